/** Judges the conditions of alarms: those that time or the ledger decides, those that a comparator finds, and those that are events. */
import type { Reported } from '../../../protocol/motion.ts';
import { US_PER_DAY, type Micros } from '../../../protocol/units.ts';
import { append } from '../log/log.ts';
import { computedReservoir, massOfStep, roomInWindow, stepsBefore, type Pump } from '../pump-state.ts';
import { timeOfMass } from '../ledger/window.ts';
import { interrupt, follow } from '../therapy/doses.ts';
import { isWhole } from '../therapy/library.ts';
import { latch, setCondition, type Raise } from './machine.ts';
import { senseOf, type Sense } from './senses.ts';
import type { AlarmId } from './table.ts';

/** A dose limit that was reached lets delivery go on when one part in so many of it has left the window, so that it does not chatter. */
const LIMIT_BAND = 50;

/** Remembers the alarm for the next start: one that is raised again and again is not to be started away. */
export function judge(pump: Pump, id: AlarmId, present: boolean, now: Micros, raise?: Raise): void {
  if (pump.alarms[id].present === present) return;
  if (present) pump.alarmSinceStart = id;
  setCondition(pump, id, present, now, raise);
}

/** Every condition that follows from time and ledger. */
export function judgeAll(pump: Pump, now: Micros): void {
  const { profile, program } = pump;
  const volume = computedReservoir(pump, now);
  if (volume !== undefined) {
    judge(pump, 'empty-reservoir', volume - profile.residual < profile.stepVolume, now);
    judge(pump, 'low-reservoir', volume <= (program?.lowReservoir ?? profile.lowReservoir), now);
  }
  judge(pump, 'pump-stopped', now >= stoppedLimitAt(pump), now);
  judge(pump, 'refill-overdue', now >= overdueAt(pump), now);
  judge(pump, 'elective-replacement', pump.replacementSince !== undefined || now >= noticeAt(pump), now);
  judge(pump, 'end-of-service', now >= endOfServiceAt(pump), now);
  judge(pump, 'library-fault', !pump.libraryIsWhole, now);
  judge(pump, 'low-battery-reset', pump.lost === 'low-battery-reset', now);
  judge(pump, 'memory-error-critical', pump.lost === 'memory-error-critical', now);
  judgeLimit(pump, now);
}

function judgeLimit(pump: Pump, now: Micros): void {
  const { present } = pump.alarms['dose-limit'];
  const limit = pump.program?.limit;
  if (limit === undefined) return judge(pump, 'dose-limit', false, now);
  // A train was planned so that it fits: the limit is reached at the end of one, or not at all.
  if (!present && pump.motor.phase !== 'idle') return;
  const room = roomInWindow(pump, now);
  const step = massOfStep(pump);
  judge(pump, 'dose-limit', present ? room < bandOf(limit.mass, step) : pump.mode !== 'stopped' && room < step, now);
}

const bandOf = (limit: number, step: number): number => Math.max(step, Math.ceil(limit / LIMIT_BAND));

const stoppedLimitAt = ({ stoppedSince, profile }: Pump): number =>
  stoppedSince === undefined ? Infinity : stoppedSince + profile.stoppedLimit;

/** The last day of its stability is still a day on which it may be in the pump. */
const overdueAt = ({ filledAt, stabilityDays }: Pump): number =>
  filledAt === undefined || stabilityDays === undefined ? Infinity : filledAt + stabilityDays * US_PER_DAY + 1;

const noticeAt = ({ profile }: Pump): number => profile.serviceLife - profile.replacementNotice;

const endOfServiceAt = ({ replacementSince, profile }: Pump): number =>
  Math.min(
    profile.serviceLife,
    replacementSince === undefined ? Infinity : replacementSince + profile.replacementNotice,
  );

/** When the next of these conditions changes by itself; Infinity: none will. */
export function nextCondition(pump: Pump): number {
  const { alarms } = pump;
  let next = Infinity;
  const consider = (id: AlarmId, at: number): void => {
    if (!alarms[id].present && at < next) next = at;
  };
  consider('pump-stopped', stoppedLimitAt(pump));
  consider('refill-overdue', overdueAt(pump));
  consider('elective-replacement', noticeAt(pump));
  consider('end-of-service', endOfServiceAt(pump));
  const limit = pump.program?.limit;
  if (alarms['dose-limit'].present && limit !== undefined) {
    const target = limit.mass - bandOf(limit.mass, massOfStep(pump));
    next = Math.min(next, timeOfMass(pump.stretches, pump.judgedAt, limit.window, target));
  }
  return next;
}

/** A comparator has tripped. */
export function sensed(pump: Pump, watch: number, now: Micros): void {
  const sense = senseOf(pump, watch);
  if (sense === undefined) return;
  const side = pump.watches[sense.alarm]?.side;
  pump.watches[sense.alarm] = undefined;
  if (side === 'clear') return cleared(pump, sense, now);
  if (sense.unless !== undefined && pump.alarms[sense.unless].present) return;
  // It stands again before anybody has read that it had recovered.
  if (sense.alarm === 'motor-stall') pump.lockUp = { ...pump.lockUp, recovered: false };
  const facts = { lim: sense.raise.limit };
  if (sense.alarm === 'low-battery-reset') loseProgram(pump, sense.alarm, now);
  if (sense.alarm === 'over-delivery') {
    // Held, the motor shows nothing more: the evidence is what it was.
    pump.alarmSinceStart = sense.alarm;
    return latch(pump, sense.alarm, now, facts);
  }
  if (sense.alarm === 'elective-replacement') pump.replacementSince = now;
  judge(pump, sense.alarm, true, now, { facts, delay: delayOf(pump, sense, now) });
}

function delayOf(pump: Pump, { alarm, raise }: Sense, now: Micros): number {
  if (alarm === 'over-temperature') return pump.profile.temperature.delay;
  if (alarm !== 'motor-stall') return 0;
  // The steps that were missed, at whatever rates, tell since when it stands.
  return Math.max(0, stepsBefore(pump, raise.rows, now) + pump.profile.rotor.stallAfter - now);
}

function cleared(pump: Pump, { alarm }: Sense, now: Micros): void {
  if (alarm === 'motor-stall' && pump.lockUp.interrogations > 0) {
    pump.lockUp = { ...pump.lockUp, recovered: true };
    return;
  }
  judge(pump, alarm, false, now);
}

/** The hardware says something unasked. */
export function reported(pump: Pump, event: Reported['event'], now: Micros): void {
  switch (event) {
    case 'telemetry-locked':
      // Until the first interrogation nothing sounds, until the second no recovery is logged: pump.md 1.4 (S6) and 1.5 (S5).
      pump.lockUp = { silent: true, interrogations: 2, recovered: pump.lockUp.recovered };
      return;
    case 'program-memory':
      return loseProgram(pump, 'memory-error-critical', now);
    case 'log-memory':
      return latch(pump, 'memory-error', now);
    case 'library-memory':
      // What is kept is no longer what was checked.
      if (pump.library !== undefined) pump.library = { ...pump.library, version: pump.library.version + 1 };
      break;
    case 'library-lost':
      pump.library = undefined;
      break;
  }
  pump.staged = undefined;
  pump.libraryIsWhole = pump.library !== undefined && isWhole(pump.library);
}

/** Program and dose are gone; a therapy that ran goes on at the minimum rate until a person programs and starts it. */
export function loseProgram(pump: Pump, why: NonNullable<Pump['lost']>, now: Micros): void {
  pump.lost = why;
  append(pump.log, now, 'LOST', { why });
  const dosing = pump.dose !== undefined || pump.waiting !== undefined;
  interrupt(pump, now, why);
  pump.program = pump.staged = pump.bridge = pump.nextStepAt = undefined;
  pump.stepsTaken = 0;
  follow(pump, 'lost', now);
  pump.fromStopped = false;
  pump.waitsForStart = pump.mode === 'minimum';
  pump.replan = true;
  if (dosing) latch(pump, 'dose-interrupted', now);
}

/** A programmer reads the pump out. */
export function interrogated(pump: Pump, now: Micros): void {
  const interrogations = Math.max(0, pump.lockUp.interrogations - 1);
  const recovered = pump.lockUp.recovered && interrogations > 0;
  const recovers = pump.lockUp.recovered && interrogations === 0;
  pump.lockUp = { silent: false, interrogations, recovered };
  if (recovers) judge(pump, 'motor-stall', false, now);
}
