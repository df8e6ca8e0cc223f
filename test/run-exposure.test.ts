import { expect, test } from 'vitest';
import { exposureOf } from '../firmware-sim/scenario/exposure.ts';

const HOUR = 3_600_000_000;
const at = (...levels: number[]) => levels.map((level, hour) => ({ us: hour * HOUR, level }));

test('the time below a fraction of the steady state counts from when that was first reached', () => {
  // Rises for two hours, is over 50 from the first on, falls under it half way from hour 3 to 4 and stays there.
  expect(exposureOf(at(0, 50, 100, 100, 0, 0), 100, 0.5)).toEqual({ hoursBelow: 1.5, peakRatio: 1 });
});

test('a level that never comes to the fraction has no time below it', () => {
  expect(exposureOf(at(0, 10, 40), 100, 0.5)).toEqual({ hoursBelow: null, peakRatio: 0.4 });
});

test('a peak is told as a share of the steady state', () => {
  expect(exposureOf(at(100, 400, 100), 100, 0.5)).toEqual({ hoursBelow: 0, peakRatio: 4 });
});
