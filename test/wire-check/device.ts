/**
 * The pump behind the link as the check sees it: its dose ledger and journal, which are those of the firmware, and the least that they
 * stand on: a motor that has begun and not ended a dose, and time before and after the deadline of every intent.
 */
import {
  DOSE_STEPS,
  EMPTY_LEDGER,
  interruptedByReset,
  NO_ID,
  withDose,
  withOutcome,
  withStop,
  type DoseIntent,
  type DoseLedger,
  type DoseStep,
} from '../../firmware-sim/firmware/ledger/dose-ledger.ts';
import { intentEntry, outcomeEntry, replayed, stopEntry } from '../../firmware-sim/firmware/ledger/journal.ts';
import type { DoseIdentity, PumpFacts, Rules, VerbReply } from '../../protocol/index.ts';

export interface Device {
  readonly ledger: DoseLedger;
  readonly journal: readonly string[];
  /** The dose for which the motor turns; 0: none. */
  readonly running: number;
  /** How often the motor began for each id. */
  readonly begun: Readonly<Record<string, number>>;
  /** For each id, the STOPs that were left when the motor began for it. */
  readonly begunAt: Readonly<Record<string, number>>;
  /** A dose of a host began after its intent had expired. */
  readonly late: boolean;
  /** 0: before the expiry of every intent, 1: after it. */
  readonly t: 0 | 1;
  /** What may still happen. */
  readonly presses: number;
  readonly floods: number;
  readonly reboots: number;
  readonly stops: number;
}

export const WALL_MS = [0, 10_000] as const;
export const EXPIRES_MS = 4000;

export const createDevice = ({
  presses,
  floods,
  reboots,
  stops,
}: Pick<Device, 'presses' | 'floods' | 'reboots' | 'stops'>): Device => ({
  ledger: EMPTY_LEDGER,
  journal: [],
  running: 0,
  begun: {},
  begunAt: {},
  late: false,
  t: 0,
  presses,
  floods,
  reboots,
  stops,
});

const microsNow = ({ t }: Device): number => WALL_MS[t] * 1000;

export const factsOf = (device: Device): PumpFacts => ({
  us: microsNow(device),
  dose: device.ledger.number,
  records: device.ledger.records,
  ev: 1,
  alarms: 0,
  revision: 1,
  serial: 'P1',
  world: 'SIM',
  lockstep: false,
  flowMax: 1000,
  flowMin: 1,
  step: 1,
});

const wish = (id: string, terms: string, source: DoseIntent['source'], volume: number): DoseIntent => ({
  id,
  terms,
  source,
  kind: 'single',
  volume,
  rate: 1,
  at: 0,
});

/** The order of the firmware; without the rule, the other one. */
const orderOf = (rules: Rules): readonly DoseStep[] =>
  rules.includes('journal') ? DOSE_STEPS : DOSE_STEPS.toReversed();

export interface Given {
  readonly reply: VerbReply;
  readonly device: Device;
  /** The same, cut short by a reset after each step but the last: no reply was made. */
  readonly cut: readonly Device[];
}

/** A dose that has passed the gate. */
export function give(rules: Rules, device: Device, { id, terms, source }: DoseIdentity, volume: number): Given {
  if (device.running !== 0) return { reply: { ok: false, code: 'BUSY', fields: {} }, device, cut: [] };
  const { ledger, record } = withDose(device.ledger, wish(id, terms, source, volume));
  const does: Readonly<Record<DoseStep, (one: Device) => Device>> = {
    journal: (one) => ({ ...one, ledger, journal: [...one.journal, intentEntry(record)] }),
    motor: (one) => ({
      ...one,
      ledger,
      running: record.n,
      begun: id === NO_ID ? one.begun : { ...one.begun, [id]: (one.begun[id] ?? 0) + 1 },
      begunAt: id === NO_ID ? one.begunAt : { ...one.begunAt, [id]: one.stops },
      late: one.late || (source === 'host' && one.t === 1),
    }),
  };
  const stages = orderOf(rules).reduce<Device[]>((sofar, step) => [...sofar, does[step](sofar.at(-1) ?? device)], []);
  const fields = { state: 'ACCEPTED', dose: String(record.n), nl: String(volume), nlpd: '1', rev: '1' };
  return { reply: { ok: true, fields }, device: stages.at(-1) ?? device, cut: stages.slice(0, -1).map(reset) };
}

/** The controller restarts: what it knows of doses is what the journal tells. */
export function reset(device: Device): Device {
  const ledger = interruptedByReset(replayed(device.journal), ({ n, volume }) => (n === device.running ? volume : 0));
  const journal = ledger.records
    .filter(
      ({ n, state }) =>
        state === 'INTERRUPTED' && device.ledger.records.some((one) => one.n === n && one.state === 'ACCEPTED'),
    )
    .map(({ n, given }) => outcomeEntry(n, given, 'INTERRUPTED'));
  return { ...device, ledger, journal: [...device.journal, ...journal], running: 0, reboots: device.reboots - 1 };
}

/** The dose in hand has been given. */
export function finish(device: Device): Device {
  const { running: n, ledger, journal } = device;
  const volume = ledger.records.find((one) => one.n === n)?.volume ?? 0;
  return {
    ...device,
    running: 0,
    ledger: withOutcome(ledger, n, volume, 'DONE'),
    journal: [...journal, outcomeEntry(n, volume, 'DONE')],
  };
}

/** A STOP is obeyed: the dose in hand ends there, and a number is taken. */
export function stop(rules: Rules, device: Device): Device {
  const stopped = ended({ ...device, stops: device.stops - 1 });
  if (!rules.includes('stop')) return stopped;
  const { ledger, record } = withStop(stopped.ledger, 'typed', 0);
  return { ...stopped, ledger, journal: [...stopped.journal, stopEntry(record)] };
}

function ended(left: Device): Device {
  const { running: n, ledger, journal } = left;
  if (n === 0) return left;
  return {
    ...left,
    running: 0,
    ledger: withOutcome(ledger, n, 0, 'INTERRUPTED'),
    journal: [...journal, outcomeEntry(n, 0, 'INTERRUPTED')],
  };
}

/** The patient presses, `times` times, and is given as many small boluses at once. */
export function press(device: Device, times: number): Device {
  let { ledger } = device;
  const journal = [...device.journal];
  for (let i = 0; i < times; i += 1) {
    const one = withDose(ledger, wish(NO_ID, NO_ID, 'patient', 1));
    ledger = withOutcome(one.ledger, one.record.n, 1, 'DONE');
    journal.push(intentEntry(one.record), outcomeEntry(one.record.n, 1, 'DONE'));
  }
  return {
    ...device,
    ledger,
    journal,
    ...(times > 1 ? { floods: device.floods - 1 } : { presses: device.presses - 1 }),
  };
}
