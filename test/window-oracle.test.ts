import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  massInWindow,
  MAX_STRETCHES,
  remember,
  stepsThatFit,
  stretchOf,
  timeOfMass,
  type Stretch,
} from '../firmware-sim/firmware/ledger/window.ts';
import { missingAfter, trainFor, workOfStep } from '../firmware-sim/firmware/dosing/schedule.ts';
import { stampOfStep, stepsDueBy, type Train } from '../protocol/motion.ts';
import { nanolitres, nanolitresPerDay, US_PER_HOUR } from '../protocol/units.ts';

const STEP = nanolitres(10);
const LONG = 10_000_000;

/** What was given: trains one after the other with pauses between, and every step of them by its stamp, which is all that counts. */
interface Past {
  readonly stretches: Stretch[];
  readonly steps: { readonly us: number; readonly mass: number }[];
  readonly now: number;
  readonly missing: number;
}

const pasts: fc.Arbitrary<Past> = fc
  .array(
    fc.record({
      rate: fc.integer({ min: 48_000, max: 24_000_000 }),
      steps: fc.integer({ min: 0, max: 60 }),
      pause: fc.integer({ min: 0, max: 600_000_000 }),
      mass: fc.constantFrom(5_000, 10_000, 20_000),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => {
    const stretches: Stretch[] = [];
    const steps: Past['steps'] = [];
    let [now, missing] = [0, workOfStep(STEP)];
    for (const [i, part] of parts.entries()) {
      const train = trainFor(i + 1, now, missing, nanolitresPerDay(part.rate), STEP, LONG);
      // Halted somewhere between two steps.
      const halt = part.steps === 0 ? now : stampOfStep(train, part.steps - 1) + Math.floor(train.interval.us / 3);
      const made = stepsDueBy(train, halt);
      for (let k = 0; k < made; k += 1) steps.push({ us: stampOfStep(train, k), mass: part.mass });
      if (made > 0) remember(stretches, stretchOf(train, made, part.mass), halt, 7 * 24 * US_PER_HOUR);
      missing = missingAfter(train, made, halt);
      now = halt + part.pause;
    }
    return { stretches, steps, now, missing };
  });

const brute = ({ steps }: Past, now: number, window: number): number =>
  steps.filter(({ us }) => us > now - window && us <= now).reduce((sum, { mass }) => sum + mass, 0);

const windows = fc.integer({ min: 1_000_000, max: 3_600_000_000 });

test('the mass in a window is the sum of the steps whose stamps lie in it, at its edges to the microsecond', () => {
  fc.assert(
    fc.property(pasts, windows, fc.nat(200), (past, window, pick) => {
      const stamps = past.steps.map(({ us }) => us + window);
      const edge = stamps[pick % Math.max(1, stamps.length)] ?? past.now;
      for (const now of [past.now, edge - 1, edge, edge + 1].filter((at) => at >= past.now)) {
        expect(massInWindow(past.stretches, now, window)).toBe(brute(past, now, window));
      }
    }),
    { numRuns: 500 },
  );
});

test('the time at which a window holds no more than so much is the first such microsecond', () => {
  fc.assert(
    fc.property(pasts, windows, fc.double({ min: 0, max: 1, noNaN: true }), (past, window, share) => {
      const target = Math.floor(brute(past, past.now, window) * share);
      const at = timeOfMass(past.stretches, past.now, window, target);
      expect(brute(past, at, window)).toBeLessThanOrEqual(target);
      if (at > past.now) expect(brute(past, at - 1, window)).toBeGreaterThan(target);
    }),
    { numRuns: 500 },
  );
});

/** Steps of a train that can be made one after the other with no window over the limit; at most `most`. */
function fitting(past: Past, train: Train, mass: number, limit: number, window: number, most: number): number {
  const steps = [...past.steps];
  for (let k = 0; k < most; k += 1) {
    const us = stampOfStep(train, k);
    steps.push({ us, mass });
    if (brute({ ...past, steps }, us, window) > limit) return k;
  }
  return most;
}

test('a train is never planned over the limit, and never so short that its end is no reason to ask again', () => {
  let [cut, whole, exact] = [0, 0, 0];
  fc.assert(
    fc.property(
      pasts,
      windows,
      fc.integer({ min: 48_000, max: 24_000_000 }),
      fc.double({ min: 0.3, max: 1.5, noNaN: true }),
      (past, window, rate, share) => {
        const most = 120;
        const mass = 10_000;
        const limit = Math.max(mass, Math.floor(brute(past, past.now, window) * share) + 20 * mass * (share - 0.3));
        const train = trainFor(99, past.now, past.missing, nanolitresPerDay(rate), STEP, LONG);
        const planned = stepsThatFit(past.stretches, train, mass, past.now, { limit, window }, most);
        const possible = fitting(past, train, mass, limit, window, most);
        expect(planned).toBeLessThanOrEqual(possible);
        const room = Math.floor((limit - brute(past, past.now, window)) / mass);
        expect(planned).toBeGreaterThanOrEqual(Math.min(most, Math.max(0, Math.min(room, possible))));
        if (planned < most) cut += 1;
        else whole += 1;
        if (planned === possible) exact += 1;
      },
    ),
    { numRuns: 500 },
  );
  // Agreement where nothing is ever cut would prove little.
  expect(cut).toBeGreaterThan(100);
  expect(whole).toBeGreaterThan(50);
  expect(exact).toBeGreaterThan(200);
});

test('a steady rate that fits under the limit is planned without an end', () => {
  const rate = nanolitresPerDay(300_000);
  const train = trainFor(1, 0, workOfStep(STEP), rate, STEP, LONG);
  const day = 24 * US_PER_HOUR;
  const made = stepsDueBy(train, 3 * day);
  const stretches = [stretchOf(train, made, 10_000)];
  const next = trainFor(2, 3 * day, missingAfter(train, made, 3 * day), rate, STEP, LONG);
  expect(stepsThatFit(stretches, next, 10_000, 3 * day, { limit: 300_050_000, window: day }, LONG)).toBe(LONG);
});

test('more stretches than are kept are merged so that a window can only look fuller than it is', () => {
  const stretches: Stretch[] = [];
  const steps: Past['steps'] = [];
  const [interval, count] = [1_000_000, MAX_STRETCHES + 300];
  for (let i = 0; i < count; i += 1) {
    const at = i * interval;
    const train: Train = {
      order: 'train',
      id: i,
      first: { us: at, num: 0 },
      interval: { us: interval, num: 0 },
      den: 1_000,
      count: 1,
    };
    steps.push({ us: at, mass: 10_000 });
    remember(stretches, stretchOf(train, 1, 10_000), at, 7 * 24 * US_PER_HOUR);
  }
  expect(stretches.length).toBeLessThanOrEqual(MAX_STRETCHES);
  const past: Past = { stretches, steps, now: count * interval, missing: 0 };
  for (const window of [200, 900, 1_100, 1_300].map((seconds) => seconds * interval)) {
    expect(massInWindow(stretches, past.now, window)).toBeGreaterThanOrEqual(brute(past, past.now, window));
  }
  expect(massInWindow(stretches, past.now, 7 * 24 * US_PER_HOUR)).toBe(count * 10_000);
});
