import { expect, test } from 'vitest';
import { acknowledge, createAlarms, releaseLocks, setCondition, type Alarms } from '../firmware-sim/firmware/alarms.ts';
import { createLog, type TherapyLog } from '../firmware-sim/firmware/log.ts';
import { micros, US_PER_HOUR } from '../protocol/units.ts';

test('the latch counts from the last clearing, to the microsecond, and only for alarms whose table row says so', () => {
  const within = 24 * US_PER_HOUR;
  const lockedAfter = (pause: number, id: 'catheter-occlusion' | 'empty-reservoir' = 'catheter-occlusion'): boolean => {
    const [alarms, log] = [createAlarms(), createLog(10)];
    for (const [present, us] of [
      [true, 0],
      [false, 500],
      [true, 500 + pause],
    ] as const) {
      setCondition(alarms, id, present, micros(us), log, within);
    }
    return alarms[id].locked;
  };
  expect(lockedAfter(1)).toBe(true);
  expect(lockedAfter(within)).toBe(true);
  expect(lockedAfter(within + 1)).toBe(false);
  expect(lockedAfter(1, 'empty-reservoir')).toBe(false);
});

/** Raised and cleared in turn at these hours. */
function turnedAt(...hours: number[]): { alarms: Alarms; log: TherapyLog } {
  const [alarms, log] = [createAlarms(), createLog(100)];
  for (const [i, hour] of hours.entries()) {
    setCondition(alarms, 'catheter-occlusion', i % 2 === 0, micros(hour * US_PER_HOUR), log, 24 * US_PER_HOUR);
  }
  return { alarms, log };
}

test('the latch counts from the last clearing, not from the first', () => {
  expect(turnedAt(0, 1, 30, 31).alarms['catheter-occlusion'].locked).toBe(false);
  expect(turnedAt(0, 1, 30, 31, 54).alarms['catheter-occlusion'].locked).toBe(true);
});

test('a lock that nobody released stays, however late the condition comes back', () => {
  expect(turnedAt(0, 1, 2, 3, 300, 301).alarms['catheter-occlusion'].locked).toBe(true);
});

function lockedAfterRelease(acknowledged: boolean, ...hours: number[]): boolean {
  const { alarms, log } = turnedAt(...hours);
  const now = micros(10 * US_PER_HOUR);
  if (acknowledged) acknowledge(alarms, alarms['catheter-occlusion'].raisedEv, now, log);
  releaseLocks(alarms, now, log);
  return alarms['catheter-occlusion'].locked;
}

test('a lock is released only when its condition has gone and it was acknowledged', () => {
  expect(lockedAfterRelease(false, 0, 1, 2, 3)).toBe(true);
  expect(lockedAfterRelease(true, 0, 1, 2)).toBe(true);
  expect(lockedAfterRelease(true, 0, 1, 2, 3)).toBe(false);
});

test('the first alarm of a pump never latches', () => {
  const [alarms, log] = [createAlarms(), createLog(10)];
  setCondition(alarms, 'catheter-occlusion', true, micros(5), log, 24 * US_PER_HOUR);
  expect(alarms['catheter-occlusion'].locked).toBe(false);
});

test('telling the machine twice that a condition holds raises it once', () => {
  const [alarms, log] = [createAlarms(), createLog(10)];
  setCondition(alarms, 'low-reservoir', true, micros(5), log, 0);
  acknowledge(alarms, 1, micros(6), log);
  setCondition(alarms, 'low-reservoir', true, micros(7), log, 0);
  expect(log.next).toBe(3);
  expect(alarms['low-reservoir']).toMatchObject({ present: true, acknowledged: true, raisedEv: 1 });
});
