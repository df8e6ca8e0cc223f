/** What must never be, and what the hosts have come to. */
import type { Device } from './device.ts';
import { DEVICE, HOSTS, idOf, NAMES, type HostModel, type Parts } from './dose-state.ts';
import { memo } from './intern.ts';
import type { World } from './world.ts';

const AFTER_STOP = 'a dose began after a STOP that came after it was wanted';

/** What is wrong; undefined: nothing. */
function violationOf(device: Device, hosts: readonly HostModel[]): string | undefined {
  const { begun, begunAt, late, ledger } = device;
  if (late) return 'a dose began after its intent had expired';
  for (const [which, { outcome, wantedAt }] of hosts.entries()) {
    const times = begun[idOf(which)] ?? 0;
    const stopsLeft = begunAt[idOf(which)];
    if (wantedAt !== undefined && stopsLeft !== undefined && stopsLeft !== wantedAt) return AFTER_STOP;
    if (times > 1) return `the dose of host ${NAMES[which]} was begun ${times} times`;
    if (outcome?.result === 'Done' || outcome?.result === 'Interrupted') {
      const record = ledger.records.find(({ n }) => n === outcome.dose);
      const state = outcome.result === 'Done' ? 'DONE' : 'INTERRUPTED';
      if (record !== undefined && (record.id !== idOf(which) || record.state !== state))
        return `host ${NAMES[which]} says ${outcome.result} of a dose that is ${record.state} and has the id ${record.id}`;
    }
    if (outcome?.result === 'Done' && times !== 1)
      return `host ${NAMES[which]} says Done of a dose that was never begun`;
    if (outcome?.result === 'NotAccepted' && times !== 0)
      return `host ${NAMES[which]} says NotAccepted of a dose that was begun`;
  }
  return undefined;
}

/** Of the hosts that have a result. */
const outcomesOf = (hosts: readonly HostModel[]): readonly string[] =>
  hosts.flatMap(({ outcome }) => {
    if (outcome === undefined) return [];
    return ['why' in outcome ? `${outcome.result} ${outcome.why}` : outcome.result];
  });

export function invariants({ devices, hosts }: Parts): Pick<World, 'violation' | 'outcomes'> {
  const violation = memo((device, a, b) => violationOf(devices.of(device), [hosts.of(a), hosts.of(b)]));
  const outcomes = memo((a, b) => outcomesOf([hosts.of(a), hosts.of(b)]));
  return {
    violation: (state) => violation(state[DEVICE] ?? 0, state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0),
    outcomes: (state) => outcomes(state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0),
  };
}
