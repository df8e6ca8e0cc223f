/**
 * The pump's firmware: therapy, dosing, alarms, ledger and log meet here. It is woken (`wake`), told (`handle`), answered
 * (`answer`), and says when it next wants to be woken (`nextWake`). It has no clock: every call brings the time. Same calls,
 * same orders, on every machine.
 */
import type { Answer } from '../../protocol/motion.ts';
import type { Micros } from '../../protocol/units.ts';
import * as alarmCommands from './alarms/commands-alarms.ts';
import { judgeAll, nextCondition, reported, sensed } from './alarms/conditions.ts';
import { nextSignal, passTime } from './alarms/machine.ts';
import { sound } from './alarms/tones.ts';
import { startAnew } from './boot.ts';
import type { Command, Outcome } from './commands.ts';
import { book, drive } from './dosing/drive.ts';
import type { Hal } from './hal.ts';
import { DOSE_STEPS, type DoseStep } from './ledger/dose-ledger.ts';
import type { Pump } from './pump-state.ts';
import type { Handler } from './reply.ts';
import * as programCommands from './therapy/commands-program.ts';
import * as runCommands from './therapy/commands-run.ts';
import { writeJournal } from './therapy/dose-records.ts';
import { advanceTherapy, nextOfTherapy } from './therapy/therapy.ts';

export { bringToRest } from './boot.ts';
export { createPump, type Pump } from './pump-state.ts';
export { statusOf, type PumpStatus } from './status.ts';
export { restore, snapshot } from './snapshot.ts';

/** When the firmware wants to be woken next; Infinity: only by an answer or a command. */
export const nextWake = (pump: Pump): number =>
  Math.min(nextCondition(pump), nextSignal(pump.alarms), nextOfTherapy(pump), pump.toneTest?.until ?? Infinity);

export function wake(pump: Pump, hal: Hal, now: Micros): void {
  settle(pump, hal, now);
}

/** Takes the answers of one instant: all are booked before any condition is judged. */
export function answer(pump: Pump, hal: Hal, answers: readonly Answer[], now: Micros): void {
  for (const one of answers) if (one.answer === 'done') book(pump, one.train, one.n, one.t);
  for (const one of answers) {
    if (one.answer === 'tripped') sensed(pump, one.watch, now);
    else if (one.answer === 'reported') reported(pump, one.event, now);
  }
  settle(pump, hal, now);
}

/** The controller has restarted; its hardware is at rest. `journal`: its entries, the oldest first. */
export function boot(pump: Pump, hal: Hal, journal: readonly string[], now: Micros): void {
  startAnew(pump, journal, now);
  settle(pump, hal, now);
}

const HANDLERS: { readonly [Name in Command['command']]: Handler<Name> } = {
  program: programCommands.stage,
  commit: programCommands.commit,
  library: programCommands.loadLibrary,
  clock: programCommands.setClock,
  start: runCommands.start,
  stop: runCommands.stop,
  refill: runCommands.refill,
  bolus: runCommands.bolus,
  prime: runCommands.prime,
  press: runCommands.press,
  unstage: programCommands.unstage,
  acknowledge: alarmCommands.acknowledge,
  pause: alarmCommands.pause,
  resume: alarmCommands.resume,
  interrogate: alarmCommands.interrogate,
  'test-tones': alarmCommands.testTheTones,
};

export function handle(pump: Pump, hal: Hal, command: Command, now: Micros): Outcome {
  // The table types each handler by its command; behind a command known only at run time that link is lost.
  const handler = HANDLERS[command.command] as Handler<Command['command']>;
  const outcome = handler(pump, command, now);
  settle(pump, hal, now);
  return outcome;
}

const ON_STEP: { readonly [Step in DoseStep]: (pump: Pump, hal: Hal, now: Micros) => void } = {
  journal: writeJournal,
  motor: drive,
};

/** Judges every condition, lets the therapy follow, then brings journal, motor and tones to what they allow. */
function settle(pump: Pump, hal: Hal, now: Micros): void {
  pump.judgedAt = now;
  passTime(pump, now);
  judgeAll(pump, now);
  advanceTherapy(pump, now);
  for (const step of DOSE_STEPS) ON_STEP[step](pump, hal, now);
  sound(pump, hal, now);
}
