import fc from 'fast-check';
import { expect, test } from 'vitest';
import { obey, truthOf, type Body } from '../firmware-sim/body/body.ts';
import { micros } from '../protocol/units.ts';
import { answersUntil, filledBody } from './support/whole-bench.ts';

const SECOND = 1_000_000;
const BURST = 3 * SECOND;
const INTERVAL = 10 * SECOND;

const sound = (body: Body): void =>
  void obey(body, { order: 'tone', id: 1, burst: micros(BURST), interval: micros(INTERVAL) });
const silence = (body: Body, finish: boolean): void => void obey(body, { order: 'silence', id: 2, finish });

/** Seconds that the tones have sounded, from what the battery has given beside the standby. */
function seconds(body: Body): number {
  const quiet = filledBody();
  answersUntil(quiet, body.now);
  return (truthOf(quiet).battery - truthOf(body).battery) / 5;
}

/** Seconds at so many moments after a silence at `at` µs of a tone that began at time zero. */
function soundedAfter(at: number, finish: boolean, looks: readonly number[]): number[] {
  const body = filledBody();
  sound(body);
  answersUntil(body, at);
  silence(body, finish);
  return looks.map((us) => {
    answersUntil(body, at + us);
    return Number(seconds(body).toFixed(6));
  });
}

test('a burst that sounds is finished: its seconds count as they pass, up to its end', () => {
  expect(soundedAfter(11 * SECOND, true, [0, SECOND, 2 * SECOND, 3 * SECOND, 60 * SECOND])).toEqual([4, 5, 6, 6, 6]);
});

test('a silence that finishes nothing ends a burst at once', () => {
  expect(soundedAfter(11 * SECOND, false, [0, SECOND, 60 * SECOND])).toEqual([4, 4, 4]);
});

test('between two bursts nothing is left to finish, and no further one begins', () => {
  expect(soundedAfter(3 * SECOND, true, [0, 60 * SECOND])).toEqual([3, 3]);
  expect(soundedAfter(9 * SECOND, true, [0, 60 * SECOND])).toEqual([3, 3]);
});

test('a burst that begins at the very instant of the silence is finished', () => {
  expect(soundedAfter(10 * SECOND, true, [0, 60 * SECOND])).toEqual([3, 6]);
});

test('a second silence finds the same end, and one that does not finish cuts the burst short', () => {
  for (const [finish, total] of [[true, 6] as const, [false, 5] as const]) {
    const body = filledBody();
    sound(body);
    answersUntil(body, 11 * SECOND);
    silence(body, true);
    answersUntil(body, 12 * SECOND);
    silence(body, finish);
    answersUntil(body, 90 * SECOND);
    expect(seconds(body)).toBeCloseTo(total, 6);
  }
});

test('a silence long after a finished burst finds nothing to finish', () => {
  const body = filledBody();
  sound(body);
  for (const us of [11 * SECOND, 21 * SECOND]) {
    answersUntil(body, us);
    silence(body, true);
  }
  answersUntil(body, 90 * SECOND);
  expect(seconds(body)).toBeCloseTo(6, 6);
});

test('another tone takes over from a burst that was to be finished', () => {
  const body = filledBody();
  sound(body);
  answersUntil(body, 11 * SECOND);
  silence(body, true);
  answersUntil(body, 12 * SECOND);
  sound(body);
  answersUntil(body, 14 * SECOND);
  silence(body, false);
  expect(seconds(body)).toBeCloseTo(3 + 2 + 2, 6);
});

test('a finished tone sounds as long as one that is silenced when its burst is over', () => {
  const us = fc.integer({ min: 0, max: 100 * SECOND });
  fc.assert(
    fc.property(us, us, us, (at, burst, interval) => {
      const tone = { burst: micros(Math.min(burst, interval) + 1), interval: micros(interval + 1) };
      const begun = Math.floor(at / tone.interval) * tone.interval;
      const total = [true, false].map((finish) => {
        const body = filledBody();
        obey(body, { order: 'tone', id: 1, ...tone });
        answersUntil(body, finish ? at : Math.max(at, begun + tone.burst));
        silence(body, finish);
        answersUntil(body, 1_000 * SECOND);
        return seconds(body);
      });
      expect(total[0]).toBeCloseTo(total[1] ?? Number.NaN, 6);
    }),
    { numRuns: 200 },
  );
});
