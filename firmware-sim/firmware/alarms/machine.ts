/**
 * The alarm machine, one per condition. A condition is a fact (`present`); the signal follows from it and from what a person did. Words
 * for the signal's presence are those of BICEPS (IEEE 11073-10207), with `pending` before it is signalled and `paused` for a silence
 * that ends by itself.
 *
 * Delivery never reads the signal: acknowledging or silencing restores no flow. It reads `present` and `locked`, where `locked` is what a
 * latching alarm keeps after its condition has gone.
 */
import type { Micros } from '../../../protocol/units.ts';
import { append, type LogKeys, type TherapyLog } from '../log/log.ts';
import type { Profile } from '../profiles.ts';
import {
  ALARM_IDS,
  ALARMS,
  DELIVERY_ACTIONS,
  type AlarmDefinition,
  type AlarmId,
  type DeliveryAction,
} from './table.ts';

export type AlarmPresence = 'pending' | 'on' | 'paused' | 'ack' | 'latched' | 'off';

export interface AlarmState {
  /** The condition holds. */
  present: boolean;
  acknowledged: boolean;
  locked: boolean;
  /** Number of the log entry that signalled it last; what an acknowledgement names. 0 before the first. */
  raisedEv: number;
  raisedAt: Micros | undefined;
  clearedAt: Micros | undefined;
  /** When the signal of a condition that holds begins, and when a silence ends. */
  pendingUntil: Micros | undefined;
  pausedUntil: Micros | undefined;
  remindAt: Micros | undefined;
}

/** `active`: those whose condition holds or that are locked, in the order of the table; of most pumps, most of the time, none. */
export type Alarms = { readonly [Id in AlarmId]: AlarmState } & { active: readonly AlarmId[] };

/** What the machine works on. */
export interface AlarmRoom {
  readonly alarms: Alarms;
  readonly log: TherapyLog;
  readonly profile: Profile;
}

const quiet = (): AlarmState => ({
  present: false,
  acknowledged: false,
  locked: false,
  raisedEv: 0,
  raisedAt: undefined,
  clearedAt: undefined,
  pendingUntil: undefined,
  pausedUntil: undefined,
  remindAt: undefined,
});

export const createAlarms = (): Alarms => {
  const states = Object.fromEntries(ALARM_IDS.map((id) => [id, quiet()]));
  return { ...(states as { [Id in AlarmId]: AlarmState }), active: [] };
};

export function presenceOf(alarm: AlarmState): AlarmPresence {
  if (!alarm.present) return alarm.locked ? 'latched' : 'off';
  if (alarm.pendingUntil !== undefined) return 'pending';
  if (alarm.pausedUntil !== undefined) return 'paused';
  return alarm.acknowledged ? 'ack' : 'on';
}

const isActive = (alarm: AlarmState): boolean => alarm.present || alarm.locked;

/** Takes note of what is active, after a condition or a lock has changed. */
function list(alarms: Alarms): void {
  alarms.active = ALARM_IDS.filter((id) => isActive(alarms[id]));
}

export const deliveryOf = ({ delivery }: Profile, id: AlarmId): DeliveryAction => delivery[id] ?? ALARMS[id].delivery;

const rank = (action: DeliveryAction): number => DELIVERY_ACTIONS.indexOf(action);

/** Whether one action takes away at least as much as another. */
export const isAtLeast = (action: DeliveryAction, other: DeliveryAction): boolean => rank(action) >= rank(other);

export interface Restriction {
  readonly action: DeliveryAction;
  /** Undefined: nothing is taken away. */
  readonly by: AlarmId | undefined;
}

const UNRESTRICTED: Restriction = { action: 'continue', by: undefined };

/** What is left of delivery: the most restrictive action of all active alarms, whatever their priority, and the alarm that asks for it. */
export function restriction({ alarms, profile }: Pick<AlarmRoom, 'alarms' | 'profile'>): Restriction {
  if (alarms.active.length === 0) return UNRESTRICTED;
  let action: DeliveryAction = 'continue';
  let by: AlarmId | undefined;
  for (const id of alarms.active) {
    const asked = deliveryOf(profile, id);
    if (rank(asked) > rank(action)) [action, by] = [asked, id];
  }
  return { action, by };
}

/** What stands against a start: conditions that hold delivery, and locks that nobody has acknowledged. */
export const obstaclesToStart = ({ alarms, profile }: AlarmRoom): AlarmId[] =>
  alarms.active.filter((id) => deliveryOf(profile, id) === 'hold' && (alarms[id].present || !alarms[id].acknowledged));

function write(room: AlarmRoom, id: AlarmId, now: Micros, state: AlarmPresence, facts: LogKeys = {}): number {
  return append(room.log, now, 'ALARM', { id, pri: ALARMS[id].priority, state, ...facts }).ev;
}

/** The signal begins, or begins again. A latch keeps the number of the entry that raised it. */
function annunciate(room: AlarmRoom, id: AlarmId, now: Micros, facts?: LogKeys): void {
  const alarm = room.alarms[id];
  alarm.pendingUntil = alarm.pausedUntil = alarm.remindAt = undefined;
  alarm.acknowledged = false;
  const ev = write(room, id, now, presenceOf(alarm), facts);
  if (alarm.present) alarm.raisedEv = ev;
}

export interface Raise {
  /** From the condition to its signal, µs. What the alarm does to delivery waits for nothing. */
  readonly delay?: number;
  /** More about the condition for the log, the limit in force for example. */
  readonly facts?: LogKeys;
}

/** Tells the machine whether a condition holds. */
export function setCondition(room: AlarmRoom, id: AlarmId, present: boolean, now: Micros, raise: Raise = {}): void {
  const alarm = room.alarms[id];
  if (alarm.present === present) return;
  alarm.present = present;
  if (!present) {
    list(room.alarms);
    alarm.pendingUntil = alarm.pausedUntil = undefined;
    if (!alarm.locked) alarm.remindAt = undefined;
    alarm.clearedAt = now;
    write(room, id, now, presenceOf(alarm));
    return;
  }
  const { latching }: AlarmDefinition = ALARMS[id];
  const within = room.profile.occlusion?.latchWithin ?? 0;
  const again = alarm.clearedAt !== undefined && now - alarm.clearedAt <= within;
  alarm.locked ||= latching === 'always' || (latching === 'within' && again);
  list(room.alarms);
  alarm.raisedAt = now;
  alarm.acknowledged = false;
  const { delay = 0, facts } = raise;
  if (delay > 0) {
    alarm.pendingUntil = (now + delay) as Micros;
    alarm.raisedEv = write(room, id, now, 'pending', facts);
  } else annunciate(room, id, now, facts);
}

/** A condition that is an event: raised, and gone at once; what is left is its latch. */
export function latch(room: AlarmRoom, id: AlarmId, now: Micros, facts?: LogKeys): void {
  setCondition(room, id, true, now, facts === undefined ? {} : { facts });
  setCondition(room, id, false, now);
}

/** When time alone changes a signal next; Infinity: never. */
export function nextSignal(alarms: Alarms): number {
  let next = Infinity;
  for (const id of alarms.active) {
    const { pendingUntil, pausedUntil, remindAt } = alarms[id];
    if (pendingUntil !== undefined && pendingUntil < next) next = pendingUntil;
    if (pausedUntil !== undefined && pausedUntil < next) next = pausedUntil;
    if (remindAt !== undefined && remindAt < next) next = remindAt;
  }
  return next;
}

/** Signals whose delay or silence has ended by `now` begin. */
export function passTime(room: AlarmRoom, now: Micros): void {
  if (nextSignal(room.alarms) > now) return;
  for (const id of room.alarms.active) {
    const { pendingUntil, pausedUntil, remindAt } = room.alarms[id];
    if ([pendingUntil, pausedUntil, remindAt].some((due) => due !== undefined && due <= now)) annunciate(room, id, now);
  }
}

/** The active alarm that the log entry `ev` has raised. */
export const alarmRaisedBy = (alarms: Alarms, ev: number): AlarmId | undefined =>
  alarms.active.find((id) => alarms[id].raisedEv === ev);

/** A person acknowledges an active alarm. False: its silence policy does not let them. Twice is once. */
export function acknowledge(room: AlarmRoom, id: AlarmId, now: Micros): boolean {
  const alarm = room.alarms[id];
  const { silence }: AlarmDefinition = ALARMS[id];
  if (alarm.pendingUntil !== undefined || (alarm.present && silence === 'pause')) return false;
  if (!alarm.acknowledged) {
    alarm.acknowledged = true;
    alarm.pausedUntil = undefined;
    // Whoever has silenced what goes on taking delivery away may forget it.
    if (silence === 'remind') alarm.remindAt = (now + room.profile.remindAfter) as Micros;
    write(room, id, now, 'ack');
  }
  // A latch that takes nothing from delivery has done its work when somebody has seen it.
  if (!alarm.present && alarm.locked && deliveryOf(room.profile, id) === 'continue') release(room, id, now);
  return true;
}

/** Silences the alarm until `pausedUntil`, which is returned; undefined: there is nothing to silence. */
export function pause(room: AlarmRoom, id: AlarmId, now: Micros): Micros | undefined {
  const alarm = room.alarms[id];
  if (!alarm.present || alarm.pendingUntil !== undefined || alarm.acknowledged) return undefined;
  alarm.pausedUntil = (now + room.profile.pauseFor) as Micros;
  write(room, id, now, 'paused');
  return alarm.pausedUntil;
}

/** Ends a pause or an acknowledgement early. False: there is none. */
export function resume(room: AlarmRoom, id: AlarmId, now: Micros): boolean {
  const alarm = room.alarms[id];
  if (alarm.pausedUntil === undefined && !alarm.acknowledged) return false;
  annunciate(room, id, now);
  return true;
}

function release(room: AlarmRoom, id: AlarmId, now: Micros): void {
  room.alarms[id].locked = false;
  room.alarms[id].remindAt = undefined;
  list(room.alarms);
  write(room, id, now, 'off');
}

/** A start ends every lock whose condition has gone and that was acknowledged. */
export function releaseLocks(room: AlarmRoom, now: Micros): void {
  for (const id of room.alarms.active) {
    const alarm = room.alarms[id];
    if (alarm.locked && !alarm.present && alarm.acknowledged) release(room, id, now);
  }
}
