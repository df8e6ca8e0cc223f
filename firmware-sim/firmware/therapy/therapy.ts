/** What the therapy does by itself as time passes and volumes are given: the events of the transition table that no command brings. */
import { US_PER_DAY, type Micros } from '../../../protocol/units.ts';
import { isAtLeast, latch, restriction } from '../alarms/machine.ts';
import { append } from '../log/log.ts';
import { programInForce, type Pump } from '../pump-state.ts';
import { nextInterval, nextTimed } from './day.ts';
import { askedBy, begin, fits, follow, haltBy, interrupt, note, report } from './doses.ts';
import { recordOutcome } from './dose-records.ts';
import { basalRate, steppedDose } from './program.ts';

/** Brings the therapy to `now`; conditions have been judged before. */
export function advanceTherapy(pump: Pump, now: Micros): void {
  report(pump, now);
  endDose(pump, now);
  const { action, by } = restriction(pump);
  if (by !== undefined && isAtLeast(action, 'no-bolus') && pump.dose !== undefined && pump.dose.kind !== 'prime') {
    haltBy(pump, by, now);
  }
  endPriming(pump, now);
  endBridge(pump, now);
  giveTimed(pump, now);
  takeSteps(pump, now);
}

function endDose(pump: Pump, now: Micros): void {
  const { dose } = pump;
  if (dose === undefined || dose.given < dose.volume) return;
  recordOutcome(pump, dose.n, dose.given, 'DONE');
  note(pump, now, dose, { state: 'done', nl: dose.given });
  if (dose.kind === 'patient') pump.patientEnd = now;
  pump.primeDeadline = undefined;
  follow(pump, 'done', now);
  pump.dose = undefined;
  const { waiting } = pump;
  if (waiting === undefined) return;
  pump.waiting = undefined;
  // One that was only put off begins; one that was suspended goes on with what is left of it.
  if (waiting.n === undefined) begin(pump, waiting.kind, waiting, askedBy('schedule'), now);
  else {
    pump.dose = waiting;
    note(pump, now, waiting, { state: 'resumed', nl: waiting.given });
  }
}

/** A prime that an alarm holds waits for its end, but not for ever: then it is too late for any infusion. */
function endPriming(pump: Pump, now: Micros): void {
  if (pump.primeDeadline === undefined || now < pump.primeDeadline) return;
  interrupt(pump, now, 'time-out');
  follow(pump, 'time-out', now);
  latch(pump, 'prime-timeout', now);
}

function endBridge(pump: Pump, now: Micros): void {
  if (pump.bridge === undefined || pump.commanded < pump.bridge.until) return;
  pump.bridge = undefined;
  append(pump.log, now, 'BRIDGE', { state: 'done' });
  if (pump.mode === 'bridging') follow(pump, 'bridged', now);
  // The train in hand, if there is one, was planned for the old drug.
  pump.replan = true;
  pump.nextStepAt = stepAfter(pump, now);
}

/** When the next step of step dosing is due, if the program has one and starts its plateau now. */
export const stepAfter = ({ program, stepsTaken }: Pump, now: Micros): Micros | undefined =>
  program?.steps === undefined || stepsTaken >= program.steps.count
    ? undefined
    : ((now + program.steps.everyDays * US_PER_DAY) as Micros);

/** The program runs, or will when the dose in hand is given. */
const isTherapy = ({ mode, fromStopped }: Pump): boolean => mode !== 'stopped' && mode !== 'priming' && !fromStopped;

function giveTimed(pump: Pump, now: Micros): void {
  const { program } = pump;
  if (program === undefined || program.boluses.length === 0 || !isTherapy(pump)) return;
  for (;;) {
    const due = nextTimed(pump, program, pump.timedUntil);
    if (due === undefined || due.at > now) return;
    pump.timedUntil = due.at as Micros;
    const why = whySkipped(pump, due.bolus.volume, now);
    if (why !== undefined) {
      note(pump, now, { kind: 'scheduled' }, { state: 'skipped', why });
    } else if (pump.mode === 'basal') {
      follow(pump, 'timed', now);
      begin(pump, 'scheduled', due.bolus, askedBy('schedule'), now);
    } else {
      pump.waiting = { kind: 'scheduled', volume: due.bolus.volume, rate: due.bolus.rate };
      note(pump, now, pump.waiting, { state: 'waiting' });
    }
  }
}

/** Why a bolus of the program is left out; undefined: it is given, at once or after the one in hand. */
function whySkipped(pump: Pump, volume: number, now: Micros): string | undefined {
  const { mode } = pump;
  if (mode === 'bridging' || mode === 'minimum') return mode;
  if (isAtLeast(restriction(pump).action, 'no-bolus')) return 'held';
  // One can wait behind the bolus in hand.
  if (mode === 'basal' ? pump.closing !== undefined : pump.waiting !== undefined || mode === 'scheduled-bolus') {
    return 'busy';
  }
  return fits(pump, volume, now) ? undefined : 'window';
}

function takeSteps(pump: Pump, now: Micros): void {
  const { program, nextStepAt } = pump;
  if (program?.steps === undefined || nextStepAt === undefined || now < nextStepAt) return;
  pump.stepsTaken += 1;
  pump.doseChangedAt = now;
  const dose = steppedDose(program, pump.stepsTaken);
  append(pump.log, now, 'STEP', { n: pump.stepsTaken, ng: dose, nlpd: basalRate(program, 0, pump.stepsTaken) });
  pump.nextStepAt = stepAfter(pump, now);
}

/** When the therapy changes by itself next; Infinity: never. */
export function nextOfTherapy(pump: Pump): number {
  const { program, judgedAt } = pump;
  let next: number = pump.primeDeadline ?? Infinity;
  if (!isTherapy(pump)) return next;
  const flowing = programInForce(pump);
  if (flowing !== undefined) next = Math.min(next, nextInterval(pump, flowing, judgedAt));
  if (program === undefined) return next;
  if (program.boluses.length > 0) next = Math.min(next, nextTimed(pump, program, pump.timedUntil)?.at ?? Infinity);
  return Math.min(next, pump.nextStepAt ?? Infinity);
}
