import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  acknowledge,
  passTime,
  pause,
  releaseLocks,
  resume,
  setCondition,
} from '../firmware-sim/firmware/alarms/machine.ts';
import { presenceOf } from '../firmware-sim/firmware/alarms/machine.ts';
import { highestAudible, highestVisual, listed } from '../firmware-sim/firmware/alarms/signals.ts';
import { ALARM_IDS, ALARMS, type AlarmId } from '../firmware-sim/firmware/alarms/table.ts';
import { readLog, type LogEntry } from '../firmware-sim/firmware/log/log.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Fault } from '../firmware-sim/body/faults.ts';
import { micros, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import { after, alarmRoom, memoryError, presences, warm } from './support/alarm-room.ts';
import { occlusion, refill, runningTherapy } from './support/therapy.ts';

interface Told {
  readonly id: string;
  readonly presence: string;
  readonly ev: number;
  readonly since: number;
  readonly acknowledged: boolean;
}

/** What the entries of a log say about alarms, added up by somebody who knows nothing but their words. */
function addUp(entries: readonly LogEntry[]): Told[] {
  const told = new Map<string, Told>();
  for (const { kind, ev, us, keys } of entries) {
    if (kind !== 'ALARM') continue;
    const [id, state] = [String(keys['id']), String(keys['state'])];
    const before = told.get(id);
    if (state === 'off') {
      told.delete(id);
      continue;
    }
    const latched = before?.presence === 'latched';
    const raises = state === 'on' || state === 'pending';
    told.set(id, {
      id,
      // The acknowledgement of a latch leaves it latched.
      presence: state === 'ack' && latched ? 'latched' : state,
      ev: raises ? ev : (before?.ev ?? NaN),
      since: raises && (before === undefined || latched) ? us : (before?.since ?? NaN),
      acknowledged: state === 'ack' || (!raises && before?.acknowledged === true),
    });
  }
  const rank = ({ id }: Told): number => ['high', 'medium', 'low'].indexOf(ALARMS[id as AlarmId].priority);
  return [...told.values()].toSorted((a, b) => rank(a) - rank(b) || b.ev - a.ev);
}

const seen = (told: readonly Told[]): string | undefined => told.find(({ presence }) => presence !== 'pending')?.id;
const heard = (told: readonly Told[]): string | undefined =>
  told.find(({ presence, acknowledged }) => presence === 'on' || (presence === 'latched' && !acknowledged))?.id;

type Act = 'raise' | 'delayed' | 'clear' | 'acknowledge' | 'pause' | 'resume' | 'start';

test('A20: the active alarms of the machine are what its log adds up to', () => {
  const acts = fc.array(
    fc.tuple(
      fc.constantFrom<Act[]>('raise', 'raise', 'delayed', 'clear', 'acknowledge', 'pause', 'resume', 'start'),
      fc.constantFrom(...ALARM_IDS),
      fc.constantFrom(0, 1, US_PER_HOUR, US_PER_DAY),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(acts, (list) => {
      const room = alarmRoom();
      let now = 0;
      for (const [deed, id, wait] of list) {
        now += wait;
        const us = micros(now);
        passTime(room, us);
        const active = room.alarms.active.includes(id);
        if (deed === 'raise') setCondition(room, id, true, us);
        else if (deed === 'delayed') setCondition(room, id, true, us, { delay: US_PER_HOUR });
        else if (deed === 'clear') setCondition(room, id, false, us);
        else if (deed === 'start') releaseLocks(room, us);
        else if (active) ({ acknowledge, pause, resume })[deed](room, id, us);
        const told = addUp(readLog(room.log, 1, Infinity));
        expect(listed(room.alarms)).toEqual(told.map((one) => one.id));
        for (const one of told) {
          const state = room.alarms[one.id as AlarmId];
          expect([presenceOf(state), state.raisedEv, state.raisedAt]).toEqual([one.presence, one.ev, one.since]);
        }
        expect([highestVisual(room.alarms), highestAudible(room.alarms)]).toEqual([seen(told), heard(told)]);
      }
    }),
    { numRuns: 300 },
  );
});

const faults = fc.constantFrom<Fault[]>(
  occlusion('complete'),
  occlusion('released'),
  { fault: 'rotor.stall', mode: 'stuck' },
  { fault: 'rotor.stall', mode: 'off' },
  { fault: 'sensor.pressure', mode: 'dead' },
  { fault: 'sensor.pressure', mode: 'off' },
  { fault: 'rotor.turn', mode: 'wrong', turn: 1_200_000 },
  { fault: 'rotor.turn', mode: 'off' },
  { fault: 'telemetry.lockup', mode: 'on' },
  { fault: 'battery.cell', mode: 'wrong', share: 50_000 },
  warm(46),
  warm(37),
  memoryError('program'),
  memoryError('log'),
  memoryError('library'),
);
type Deed = 'start' | 'stop' | 'refill' | 'acknowledge' | 'pause' | 'resume' | 'interrogate';
const deeds = fc.constantFrom<Deed[]>(
  'start',
  'stop',
  'refill',
  'acknowledge',
  'acknowledge',
  'pause',
  'resume',
  'interrogate',
);

function act(sim: Simulation, deed: Deed, choice: number): void {
  const alarm = sim.status.alarms[choice % Math.max(1, sim.status.alarms.length)];
  if (deed === 'start') sim.command({ command: 'start', ifRevision: sim.status.revision });
  else if (deed === 'stop' || deed === 'interrogate') sim.command({ command: deed });
  else if (deed === 'refill') refill(sim, choice % 2 === 0 ? 18_000_000 : 2_001_000);
  else if (alarm !== undefined) sim.command({ command: deed, ev: alarm.ev });
}

test('A20: status.alarms is what the therapy log adds up to, whatever happens to pump and patient', () => {
  const step = fc.record({
    wait: fc.nat(5 * US_PER_HOUR),
    fault: fc.option(faults, { nil: undefined }),
    deed: fc.option(deeds, { nil: undefined }),
    choice: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const sim = runningTherapy({ rate: 3_000_000, fill: 18_000_000 });
      for (const { wait, fault, deed, choice } of steps) {
        if (fault !== undefined) sim.inject(fault);
        if (deed !== undefined) act(sim, deed, choice);
        after(sim, wait);
        const told = addUp(sim.log());
        const { alarms, visual, audible } = sim.status;
        expect(alarms.map(({ id, presence, ev, since }) => ({ id, presence, ev, since }))).toEqual(
          told.map(({ id, presence, ev, since }) => ({ id, presence, ev, since })),
        );
        expect([visual, audible]).toEqual([seen(told), heard(told)]);
      }
    }),
    { numRuns: 60 },
  );
});

test('A20: the active alarms are whole when the log has long forgotten how they began', () => {
  const sim = runningTherapy({ profile: { ...PROFILES['itb-20-sense'], logEntries: 4 }, fill: 2_000_000 });
  sim.inject(memoryError('library'));
  for (let i = 0; i < 10; i += 1) sim.command({ command: 'interrogate' });
  expect(addUp(sim.log())).toEqual([]);
  expect(presences(sim)).toEqual({ 'library-fault': 'on', 'low-reservoir': 'on' });
  expect(sim.status.alarms.map(({ since }) => since)).toEqual([0, 0]);
});
