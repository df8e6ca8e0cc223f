import { expect, test } from 'vitest';
import { acknowledge, releaseLocks, setCondition, type AlarmRoom } from '../firmware-sim/firmware/alarms/machine.ts';
import { micros, US_PER_HOUR } from '../protocol/units.ts';
import { alarmRoom } from './support/alarm-room.ts';

/** Of the profile, for alarms that latch when they come back. */
const WITHIN = 24 * US_PER_HOUR;

test('the latch counts from the last clearing, to the microsecond, and only for alarms whose table row says so', () => {
  const lockedAfter = (pause: number, id: 'catheter-occlusion' | 'empty-reservoir' = 'catheter-occlusion'): boolean => {
    const room = alarmRoom();
    for (const [present, us] of [
      [true, 0],
      [false, 500],
      [true, 500 + pause],
    ] as const) {
      setCondition(room, id, present, micros(us));
    }
    return room.alarms[id].locked;
  };
  expect(lockedAfter(1)).toBe(true);
  expect(lockedAfter(WITHIN)).toBe(true);
  expect(lockedAfter(WITHIN + 1)).toBe(false);
  expect(lockedAfter(1, 'empty-reservoir')).toBe(false);
});

/** Raised and cleared in turn at these hours. */
function turnedAt(...hours: number[]): AlarmRoom {
  const room = alarmRoom();
  for (const [i, hour] of hours.entries()) {
    setCondition(room, 'catheter-occlusion', i % 2 === 0, micros(hour * US_PER_HOUR));
  }
  return room;
}

test('the latch counts from the last clearing, not from the first', () => {
  expect(turnedAt(0, 1, 30, 31).alarms['catheter-occlusion'].locked).toBe(false);
  expect(turnedAt(0, 1, 30, 31, 54).alarms['catheter-occlusion'].locked).toBe(true);
});

test('a lock that nobody released stays, however late the condition comes back', () => {
  expect(turnedAt(0, 1, 2, 3, 300, 301).alarms['catheter-occlusion'].locked).toBe(true);
});

function lockedAfterRelease(acknowledged: boolean, ...hours: number[]): boolean {
  const room = turnedAt(...hours);
  const now = micros(10 * US_PER_HOUR);
  if (acknowledged) acknowledge(room, 'catheter-occlusion', now);
  releaseLocks(room, now);
  return room.alarms['catheter-occlusion'].locked;
}

test('a lock is released only when its condition has gone and it was acknowledged', () => {
  expect(lockedAfterRelease(false, 0, 1, 2, 3)).toBe(true);
  expect(lockedAfterRelease(true, 0, 1, 2)).toBe(true);
  expect(lockedAfterRelease(true, 0, 1, 2, 3)).toBe(false);
});

test('the first alarm of a pump never latches', () => {
  expect(turnedAt(5).alarms['catheter-occlusion'].locked).toBe(false);
});

test('telling the machine twice that a condition holds raises it once', () => {
  const room = alarmRoom();
  setCondition(room, 'low-reservoir', true, micros(5));
  acknowledge(room, 'low-reservoir', micros(6));
  setCondition(room, 'low-reservoir', true, micros(7));
  expect(room.log.next).toBe(3);
  expect(room.alarms['low-reservoir']).toMatchObject({ present: true, acknowledged: true, raisedEv: 1 });
});
