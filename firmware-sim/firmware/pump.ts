/**
 * The pump's firmware: program, therapy, ledger, alarms and log meet here. It is woken (`wake`), told (`handle`), answered
 * (`answer`), and says when it next wants to be woken (`nextWake`). It has no clock: every call brings the time. Same calls,
 * same orders, on every machine.
 */
import type { Answer } from '../../protocol/motion.ts';
import type { Micros } from '../../protocol/units.ts';
import { activeAlarms, presenceOf, setCondition, type AlarmPresence } from './alarms.ts';
import type { AlarmId } from './alarm-table.ts';
import type { Command, Outcome } from './commands.ts';
import { book, drive } from './drive.ts';
import type { Hal } from './hal.ts';
import { obey } from './obey.ts';
import { computedReservoir, trainVolume, type Pump } from './pump-state.ts';
import { sound } from './tones.ts';

export { createPump, type Pump } from './pump-state.ts';

/** When the firmware wants to be woken next; Infinity: only by an answer or a command. */
export function nextWake(pump: Pump): number {
  if (pump.stoppedSince === undefined || pump.alarms['pump-stopped'].present) return Infinity;
  return pump.stoppedSince + pump.profile.stoppedLimit;
}

export function wake(pump: Pump, hal: Hal, now: Micros): void {
  settle(pump, hal, now);
}

/** Takes the answers of one instant: all are booked before any condition is judged. */
export function answer(pump: Pump, hal: Hal, answers: readonly Answer[], now: Micros): void {
  for (const one of answers) {
    if (one.answer === 'done') book(pump, one.train, one.n, one.t);
    else if (one.watch === pump.riseWatch) {
      pump.riseWatch = undefined;
      judge(pump, 'catheter-occlusion', true, now);
    } else if (one.watch === pump.clearWatch) {
      pump.clearWatch = undefined;
      judge(pump, 'catheter-occlusion', false, now);
    }
  }
  settle(pump, hal, now);
}

export function handle(pump: Pump, hal: Hal, command: Command, now: Micros): Outcome {
  const outcome = obey(pump, command, now);
  settle(pump, hal, now);
  return outcome;
}

function judge(pump: Pump, id: AlarmId, present: boolean, now: Micros): void {
  setCondition(pump.alarms, id, present, now, pump.log, pump.profile.occlusion?.latchWithin ?? 0);
}

/** Judges every condition that time or the ledger decides, then brings the motor to what they allow. */
function settle(pump: Pump, hal: Hal, now: Micros): void {
  const volume = computedReservoir(pump, now);
  if (volume !== undefined) {
    judge(pump, 'low-reservoir', volume <= (pump.program?.lowReservoir ?? pump.profile.lowReservoir), now);
    judge(pump, 'empty-reservoir', volume - pump.profile.residual < pump.profile.stepVolume, now);
  }
  const stopped = pump.stoppedSince !== undefined && now - pump.stoppedSince >= pump.profile.stoppedLimit;
  judge(pump, 'pump-stopped', stopped, now);
  drive(pump, hal, now);
  sound(pump, hal);
}

/** What the firmware believes, at `now`. Reading changes nothing. */
export interface PumpStatus {
  readonly mode: 'stopped' | 'running';
  /** nL/day at which the motor is driven: 0 while delivery is held. */
  readonly rate: number;
  readonly revision: number;
  readonly reservoir: number | undefined;
  readonly commanded: number;
  /** Number of the next log entry. */
  readonly nextEvent: number;
  readonly alarms: readonly { readonly id: AlarmId; readonly presence: AlarmPresence; readonly ev: number }[];
}

export function statusOf(pump: Pump, now: Micros): PumpStatus {
  return {
    mode: pump.mode,
    rate: pump.flow,
    revision: pump.revision,
    reservoir: computedReservoir(pump, now),
    commanded: pump.commanded + trainVolume(pump, now),
    nextEvent: pump.log.next,
    alarms: activeAlarms(pump.alarms).map((id) => ({
      id,
      presence: presenceOf(pump.alarms[id]),
      ev: pump.alarms[id].raisedEv,
    })),
  };
}
