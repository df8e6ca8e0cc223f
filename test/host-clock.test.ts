import { expect, test } from 'vitest';
import { createPumpClock, type PumpClock } from '../bridge/host/pump-clock.ts';

const clockOf = (...samples: readonly (readonly [number, number, number])[]): PumpClock => {
  const clock = createPumpClock();
  for (const [sent, heard, us] of samples) clock.add({ sent, heard, us });
  return clock;
};

test('a clock that has heard nothing tells nothing', () => {
  expect(clockOf().at(5)).toBeUndefined();
  expect(clockOf().rate()).toBe(1);
});

test('the pump was where it said half way between question and answer', () => {
  const clock = clockOf([100, 110, 5_000_000]);
  expect(clock.at(105)).toBe(5_000_000);
  expect(clock.at(205)).toBe(5_100_000);
});

test('of several answers the one that took the shortest decides', () => {
  // The second was under way for a second, and says so little about when it was made.
  const clock = clockOf([0, 10, 1_000_000], [20, 1020, 1_100_000]);
  expect(clock.rate()).not.toBe(1);
  expect(clock.at(5)).toBe(1_000_000);
});

test('of two answers that took as long the later one decides', () => {
  expect(clockOf([0, 10, 1_000_000], [100, 110, 1_103_000]).at(105)).toBe(1_103_000);
});

test('the rate is that between the first and the last answer', () => {
  const clock = clockOf([0, 0, 0], [1000, 1000, 3_600_000_000]);
  expect(clock.rate()).toBe(3600);
  expect(clock.at(1010)).toBe(3_636_000_000);
});

test('answers that came within a fifth of a second tell nothing of the rate', () => {
  expect(clockOf([0, 0, 0], [199, 199, 3_600_000_000]).rate()).toBe(1);
});

test('only the last eight answers count', () => {
  const old = [0, 0, 9_000_000_000] as const;
  const others = Array.from({ length: 8 }, (_, i) => [1000 * i, 1000 * i + 2, 1_000_000 * i + 1000] as const);
  expect(clockOf(old, ...others).at(7001)).toBe(7_001_000);
  expect(clockOf(old, ...others.slice(1)).at(0)).toBe(9_000_000_000);
});

test('a pump whose time went back is taken to stand still', () => {
  const clock = clockOf([0, 0, 5_000_000], [1000, 1000, 2_000_000]);
  expect(clock.rate()).toBe(0);
  expect(clock.at(9000)).toBe(2_000_000);
});

test('what was heard of one pump is forgotten for another', () => {
  const clock = clockOf([0, 10, 1_000_000]);
  clock.forget();
  expect(clock.at(5)).toBeUndefined();
});
