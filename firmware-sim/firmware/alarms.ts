/**
 * The alarm machine, one per condition. A condition is a fact (`present`); the signal follows from it and from what a person
 * did. Words for the signal's presence are those of BICEPS (IEEE 11073-10207): on, ack, latched, off.
 *
 * Delivery never reads the signal: acknowledging restores no flow. It reads `present` and `locked`, where `locked` is the
 * hold that a latching alarm keeps after its condition has gone, until it was acknowledged and therapy started again.
 */
import type { Micros } from '../../protocol/units.ts';
import { ALARM_IDS, ALARMS, type AlarmId } from './alarm-table.ts';
import { append, type TherapyLog } from './log.ts';

export type AlarmPresence = 'on' | 'ack' | 'latched' | 'off';

export interface AlarmState {
  present: boolean;
  acknowledged: boolean;
  locked: boolean;
  /** Event number of the raise; what an acknowledgement names. 0 before the first. */
  raisedEv: number;
  clearedAt: Micros | undefined;
}

export type Alarms = { readonly [Id in AlarmId]: AlarmState };

const quiet = (): AlarmState => ({
  present: false,
  acknowledged: false,
  locked: false,
  raisedEv: 0,
  clearedAt: undefined,
});

export const createAlarms = (): Alarms => ({
  'catheter-occlusion': quiet(),
  'empty-reservoir': quiet(),
  'pump-stopped': quiet(),
  'low-reservoir': quiet(),
});

export function presenceOf(alarm: AlarmState): AlarmPresence {
  if (alarm.present) return alarm.acknowledged ? 'ack' : 'on';
  return alarm.locked ? 'latched' : 'off';
}

export const activeAlarms = (alarms: Alarms): AlarmId[] =>
  ALARM_IDS.filter((id) => alarms[id].present || alarms[id].locked);

/** Alarms that hold delivery now: the most restrictive action of all active conditions decides. */
export const holdingAlarms = (alarms: Alarms): AlarmId[] =>
  activeAlarms(alarms).filter((id) => ALARMS[id].delivery === 'hold');

function write(log: TherapyLog, now: Micros, id: AlarmId, state: AlarmPresence): number {
  return append(log, now, 'ALARM', { id, pri: ALARMS[id].priority, state }).ev;
}

/** Tells the machine whether a condition holds. `latchWithin` counts for alarms whose table row says so. */
export function setCondition(
  alarms: Alarms,
  id: AlarmId,
  present: boolean,
  now: Micros,
  log: TherapyLog,
  latchWithin: number,
): void {
  const alarm = alarms[id];
  if (alarm.present === present) return;
  alarm.present = present;
  if (present) {
    const again = alarm.clearedAt !== undefined && now - alarm.clearedAt <= latchWithin;
    alarm.locked ||= ALARMS[id].latching === 'within' && again;
    alarm.acknowledged = false;
    alarm.raisedEv = write(log, now, id, 'on');
  } else {
    alarm.clearedAt = now;
    write(log, now, id, presenceOf(alarm));
  }
}

/** A person acknowledges the alarm raised by event `ev`. False: no such alarm is active. Twice is once. */
export function acknowledge(alarms: Alarms, ev: number, now: Micros, log: TherapyLog): boolean {
  const id = activeAlarms(alarms).find((candidate) => alarms[candidate].raisedEv === ev);
  if (id === undefined) return false;
  if (!alarms[id].acknowledged) {
    alarms[id].acknowledged = true;
    write(log, now, id, 'ack');
  }
  return true;
}

/** What stands against a start: conditions that hold delivery, and locks that nobody has acknowledged. */
export const obstaclesToStart = (alarms: Alarms): AlarmId[] =>
  holdingAlarms(alarms).filter((id) => alarms[id].present || !alarms[id].acknowledged);

/** A start ends every lock whose condition has gone and that was acknowledged. */
export function releaseLocks(alarms: Alarms, now: Micros, log: TherapyLog): void {
  for (const id of ALARM_IDS) {
    const alarm = alarms[id];
    if (!alarm.locked || alarm.present || !alarm.acknowledged) continue;
    alarm.locked = false;
    write(log, now, id, 'off');
  }
}
