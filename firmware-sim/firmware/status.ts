/** What the firmware believes, at a moment. Reading changes nothing. */
import { presenceOf, type AlarmPresence } from './alarms/machine.ts';
import { highestAudible, highestVisual, listed } from './alarms/signals.ts';
import { ALARMS, type AlarmId, type AlarmPriority } from './alarms/table.ts';
import type { DoseLedger } from './ledger/dose-ledger.ts';
import { commandedBy, computedReservoir, timeOfDay, type Pump } from './pump-state.ts';
import { forecast } from './therapy/forecast.ts';
import type { Mode } from './therapy/modes.ts';
import { steppedDose } from './therapy/program.ts';

export interface ActiveAlarm {
  readonly id: AlarmId;
  readonly priority: AlarmPriority;
  readonly presence: AlarmPresence;
  /** Number of the log entry that signalled it last. */
  readonly ev: number;
  /** Pump time at which its condition began, µs. */
  readonly since: number;
}

export interface PumpStatus {
  /** What was commanded; alarms may hold the flow. */
  readonly mode: Mode;
  /** How often the controller has been started, 1 to 65535. */
  readonly boot: number;
  /** The doses that were begun last; `number` is the precondition of the next. */
  readonly doses: DoseLedger;
  /** nL/day at which the motor is driven: 0 while delivery is held. */
  readonly rate: number;
  /** ng per day of the program, with the steps that were taken; 0 without one. */
  readonly dose: number;
  readonly revision: number;
  readonly reservoir: number | undefined;
  readonly commanded: number;
  /** µs since midnight. */
  readonly timeOfDay: number;
  /** Pump times at which the reservoir will be low, and the refill is due; undefined: not known yet. */
  readonly lowAt: number | undefined;
  readonly refillAt: number | undefined;
  /** Number of the next log entry. */
  readonly nextEvent: number;
  /** By priority, then the newest first. */
  readonly alarms: readonly ActiveAlarm[];
  readonly visual: AlarmId | undefined;
  readonly audible: AlarmId | undefined;
}

export function statusOf(pump: Pump, now: number): PumpStatus {
  const { low, refill } = forecast(pump, now);
  const { program, stepsTaken, alarms } = pump;
  return {
    mode: pump.mode,
    boot: pump.boot,
    doses: pump.doses,
    rate: pump.flow,
    dose: program === undefined ? 0 : steppedDose(program, stepsTaken),
    revision: pump.revision,
    reservoir: computedReservoir(pump, now),
    commanded: commandedBy(pump, now),
    timeOfDay: timeOfDay(pump, now),
    lowAt: low,
    refillAt: refill,
    nextEvent: pump.log.next,
    alarms: listed(alarms).map((id) => ({
      id,
      priority: ALARMS[id].priority,
      presence: presenceOf(alarms[id]),
      ev: alarms[id].raisedEv,
      since: alarms[id].raisedAt ?? 0,
    })),
    visual: highestVisual(alarms),
    audible: highestAudible(alarms),
  };
}
