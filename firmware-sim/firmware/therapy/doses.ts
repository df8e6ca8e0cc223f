/** Doses: begun, suspended, ended. What was given of one is known when its last train has been booked. */
import type { Micros } from '../../../protocol/units.ts';
import { restriction, isAtLeast, latch } from '../alarms/machine.ts';
import { NO_ID, type DoseIntent, type DoseSource } from '../ledger/dose-ledger.ts';
import { append, type LogKeys } from '../log/log.ts';
import { massOfStep, roomInWindow, type DoseKind, type Pump } from '../pump-state.ts';
import { recordDose, recordOutcome } from './dose-records.ts';
import { forecast } from './forecast.ts';
import { nextMode, type Guard, type ModeEvent } from './modes.ts';
import type { Dose } from './program.ts';

/** What the guards of the transition table ask. */
function holds(pump: Pump, guard: Guard): boolean {
  switch (guard) {
    case 'to-bridge':
      return pump.bridge !== undefined;
    case 'to-minimum':
      return pump.program === undefined || pump.program.mode === 'minimum';
    case 'program-lost':
      return pump.waitsForStart;
    case 'from-stopped':
      return pump.fromStopped;
    case 'single-waits':
      return pump.waiting?.kind === 'single';
    case 'scheduled-waits':
      return pump.waiting?.kind === 'scheduled';
  }
}

/** Goes where the transition table leads. False: the event changes nothing in this mode. */
export function follow(pump: Pump, event: ModeEvent, now: Micros): boolean {
  const mode = nextMode(pump.mode, event, (guard) => holds(pump, guard));
  if (mode === undefined) return false;
  if (mode === 'stopped' && pump.mode !== 'stopped') pump.stoppedSince = now;
  if (mode !== 'stopped') pump.stoppedSince = undefined;
  pump.mode = mode;
  return true;
}

/** Writes to the log what becomes of a dose; one that has not begun has no number. */
export function note(pump: Pump, now: Micros, { kind, n }: Noted, keys: LogKeys): void {
  const numbered = n === undefined ? keys : { dose: n, ...keys };
  if (kind === 'prime') append(pump.log, now, 'PRIME', numbered);
  else append(pump.log, now, 'BOLUS', { kind, ...numbered });
}

export interface Noted {
  readonly kind: DoseKind;
  readonly n?: number | undefined;
}

/** Who asked for a dose, and under which identity. */
export type Asked = Pick<DoseIntent, 'id' | 'terms' | 'source'>;

/** A dose that no host asked for has no identity but its number. */
export const askedBy = (source: DoseSource): Asked => ({ id: NO_ID, terms: NO_ID, source });

/**
 * Begins a dose; the mode has been left already for the one in which it flows. It takes the next number, which is returned. The motor
 * follows when the pump settles, after the journal.
 */
export function begin(
  pump: Pump,
  kind: DoseKind,
  { volume, rate }: Dose,
  { id, terms, source }: Asked,
  now: Micros,
  more: LogKeys = {},
): number {
  const n = recordDose(pump, { id, terms, source, kind, volume, rate, at: now });
  pump.dose = { kind, n, volume, rate, given: 0 };
  const { low, refill } = forecast(pump, now);
  note(pump, now, pump.dose, { state: 'started', nl: volume, nlpd: rate, ...more, ...dates(low, refill) });
  return n;
}

/** Forecast dates as facts; what is not known is absent. */
export function dates(low: number | undefined, refill: number | undefined): Readonly<Record<string, number>> {
  if (refill === undefined) return low === undefined ? {} : { low_us: low };
  return low === undefined ? { due_us: refill } : { low_us: low, due_us: refill };
}

/** The dose in hand makes way for the patient's and waits. */
export function suspend(pump: Pump, now: Micros): void {
  if (pump.dose === undefined) return;
  pump.waiting = pump.dose;
  pump.dose = undefined;
  note(pump, now, pump.waiting, { state: 'waiting' });
}

/** Ends dose in hand and the one that waits before their volumes were given. They are never resumed. */
export function interrupt(pump: Pump, now: Micros, why: string): void {
  const { dose, waiting } = pump;
  pump.dose = pump.waiting = undefined;
  pump.primeDeadline = undefined;
  // Of the one that waits all trains have been booked, but for the moment in which it was suspended.
  if (waiting !== undefined) noteInterrupted(pump, waiting, why, now);
  if (dose !== undefined) pump.closing = { dose, why };
  report(pump, now);
}

/** Reports an interrupted dose, when no step of it can be on its way any more. */
export function report(pump: Pump, now: Micros): void {
  if (pump.closing === undefined) return;
  const { dose, why } = pump.closing;
  if (pump.motor.phase !== 'idle' && pump.motor.owner === dose.n) return;
  pump.closing = undefined;
  noteInterrupted(pump, dose, why, now);
}

/** A dose has ended before its volume was given; one that was put off has not even begun. */
export function noteInterrupted(pump: Pump, dose: Noted & { readonly given?: number }, why: string, now: Micros): void {
  const { n, given = 0 } = dose;
  if (n !== undefined) recordOutcome(pump, n, given, 'INTERRUPTED');
  note(pump, now, dose, { state: 'interrupted', nl: given, why });
  if (dose.kind === 'patient') pump.patientEnd = now;
}

/** Books steps on the dose that they belong to. */
export function credit(pump: Pump, n: number | undefined, volume: number): void {
  if (n === undefined || volume === 0) return;
  const dose = [pump.closing?.dose, pump.dose, pump.waiting].find((one) => one?.n === n);
  if (dose?.n === undefined) return;
  dose.given += volume;
  recordOutcome(pump, n, dose.given);
}

/** Why the patient's button gives nothing now; undefined: it gives a bolus. */
export function whyDenied(pump: Pump, now: Micros): string | undefined {
  const { program, mode, patientEnd, patientStarts } = pump;
  if (program?.patient === undefined) return 'none';
  const { volume, lockout, count, window } = program.patient;
  if (mode === 'bridging') return 'bridging';
  if (mode === 'patient-bolus' || pump.closing?.dose.kind === 'patient') return 'busy';
  if (mode === 'stopped' || mode === 'priming' || mode === 'minimum' || (mode === 'single-bolus' && pump.fromStopped)) {
    return 'stopped';
  }
  if (isAtLeast(restriction(pump).action, 'no-bolus')) return 'held';
  if (patientEnd !== undefined && now - patientEnd < lockout) return 'lockout';
  if (patientStarts.filter((start) => start > now - window).length >= count) return 'count';
  return fits(pump, volume, now) ? undefined : 'window';
}

/** Whether a dose fits under the limit of the window, counted as if nothing left the window meanwhile. */
export const fits = (pump: Pump, volume: number, now: Micros): boolean =>
  (volume / pump.profile.stepVolume) * massOfStep(pump) <= roomInWindow(pump, now);

/** As many starts of patient boluses as any window may hold: those of another program count as well. */
const REMEMBERED_STARTS = 64;

/** The patient presses the button. Returns why nothing is given, if so. */
export function press(pump: Pump, now: Micros): string | undefined {
  const why = whyDenied(pump, now);
  const bolus = pump.program?.patient;
  if (why !== undefined || bolus === undefined) {
    note(pump, now, { kind: 'patient' }, { state: 'denied', why: why ?? 'none' });
    return why ?? 'none';
  }
  follow(pump, 'press', now);
  suspend(pump, now);
  pump.patientStarts = [...pump.patientStarts, now].slice(-REMEMBERED_STARTS);
  begin(pump, 'patient', bolus, askedBy('patient'), now);
  return undefined;
}

/** An alarm that takes boluses away ends them, and says so by an alarm of its own. */
export function haltBy(pump: Pump, alarm: string, now: Micros): void {
  interrupt(pump, now, alarm);
  follow(pump, 'halted', now);
  latch(pump, 'dose-interrupted', now);
}
