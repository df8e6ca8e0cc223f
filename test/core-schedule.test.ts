import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingAfter, trainFor, workOfStep } from '../firmware-sim/firmware/dosing/schedule.ts';
import { MAX_TRAIN_STEPS, stampOfStep, stepsDueBy, timeOfStep, type Train } from '../protocol/motion.ts';
import { micros, nanolitres, nanolitresPerDay, US_PER_DAY } from '../protocol/units.ts';
import { commitRate, lasting, refill, runningTherapy, start, STEP, stop } from './support/therapy.ts';

const DAY = BigInt(US_PER_DAY);
const TEN_YEARS = 3_653 * US_PER_DAY;
/** Primes at and between the ends of the range, and the ends. */
const AWKWARD_RATES = [48_000, 48_001, 48_017, 99_991, 299_993, 1_000_003, 7_919_993, 23_999_993, 24_000_000];

const rates = fc.oneof(fc.constantFrom(...AWKWARD_RATES), fc.integer({ min: 48_000, max: 24_000_000 }));
const stepVolumes = fc.oneof(fc.constantFrom(1, 10, 2_500), fc.integer({ min: 1, max: 2_500 }));

const train = (now: number, missing: number, rate: number, step: number, count: number): Train =>
  trainFor(1, now, missing, nanolitresPerDay(rate), nanolitres(step), count);

/** Numerator over the rate, µs: exact time of step k (from 0) of a rate that begins at `now` with `missing` work. */
const exact = (now: number, missing: number, rate: number, step: number, k: number): bigint =>
  BigInt(now) * BigInt(rate) + BigInt(missing) + BigInt(k) * BigInt(step) * DAY;

const ceilDiv = (numerator: bigint, den: bigint): bigint => (numerator + den - 1n) / den;

for (const rate of AWKWARD_RATES) {
  test(`over ten years at ${rate} nL/day the steps made are rate × time, rounded down, at every moment looked at`, () => {
    const work = BigInt(STEP) * DAY;
    let now = 0;
    let missing = workOfStep(nanolitres(STEP));
    let before = 0n;
    let looks = 0;
    while (now < TEN_YEARS) {
      // Chained as the pump chains them: at the stamp of the last step, a part of a microsecond late.
      const one = train(now, missing, rate, STEP, looks % 2 === 0 ? MAX_TRAIN_STEPS : 1_234_577);
      const end = stampOfStep(one, one.count - 1);
      for (const share of [0, 1 / 3, 0.618_034, 0.999_999_9, 1]) {
        const t = Math.min(TEN_YEARS, now + Math.floor((end - now) * share));
        for (const at of [t - 1, t, t + 1]) {
          if (at < now || at > end) continue;
          expect(before + BigInt(stepsDueBy(one, at))).toBe((BigInt(rate) * BigInt(at)) / work);
          looks += 1;
        }
      }
      before += BigInt(one.count);
      missing = missingAfter(one, one.count, end);
      now = end;
    }
    expect(looks).toBeGreaterThan(5);
  });
}

test('time and stamp of every step agree with exact fractions', () => {
  const cases = fc.record({
    rate: rates,
    step: stepVolumes,
    now: fc.integer({ min: 0, max: TEN_YEARS }),
    share: fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }),
    k: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ rate, step, now, share, k: position }) => {
      const whole = workOfStep(nanolitres(step));
      const missing = Math.max(1, Math.floor(whole * share));
      // As many steps as 40 mL hold.
      const count = Math.min(MAX_TRAIN_STEPS, Math.floor(40_000_000 / step));
      const k = Math.floor(position * count);
      const one = train(now, missing, rate, step, count);
      const { us, num } = timeOfStep(one, k);
      expect(BigInt(us) * BigInt(rate) + BigInt(num)).toBe(exact(now, missing, rate, step, k));
      expect(num).toBeGreaterThanOrEqual(0);
      expect(num).toBeLessThan(rate);
      expect(BigInt(stampOfStep(one, k))).toBe(ceilDiv(exact(now, missing, rate, step, k), BigInt(rate)));
    }),
    { numRuns: 2_000 },
  );
});

test('just the steps whose stamp is not after a moment are due by it', () => {
  const cases = fc.record({
    rate: rates,
    step: stepVolumes,
    count: fc.integer({ min: 1, max: 100_000 }),
    k: fc.double({ min: 0, max: 1, noNaN: true }),
    off: fc.integer({ min: -2, max: 2 }),
  });
  fc.assert(
    fc.property(cases, ({ rate, step, count, k, off }) => {
      const now = 5_000_000;
      const missing = workOfStep(nanolitres(step));
      const one = train(now, missing, rate, step, count);
      const t = stampOfStep(one, Math.floor(k * count)) + off;
      // Steps k with exact(k) <= t·rate, counted from the fraction.
      const room = BigInt(t) * BigInt(rate) - exact(now, missing, rate, step, 0);
      const due = room < 0n ? 0n : room / (BigInt(step) * DAY) + 1n;
      expect(BigInt(stepsDueBy(one, t))).toBe(due > BigInt(count) ? BigInt(count) : due);
    }),
    { numRuns: 2_000 },
  );
});

test('a step on a whole microsecond is due at it, though its interval is a fraction that no float holds', () => {
  for (const rate of [70_000, 110_000, 130_000, 490_000]) {
    const one = train(5_000_000, workOfStep(nanolitres(STEP)), rate, STEP, 100_000);
    for (let k = 0; k < 3_000; k += 1) {
      expect(stepsDueBy(one, stampOfStep(one, k))).toBe(k + 1);
      expect(stepsDueBy(one, stampOfStep(one, k) - 1)).toBe(k);
    }
  }
});

test('no step is due before the first and none after the last', () => {
  const one = train(1_000, workOfStep(nanolitres(STEP)), 48_001, STEP, 3);
  expect(stepsDueBy(one, 0)).toBe(0);
  expect(stepsDueBy(one, stampOfStep(one, 0) - 1)).toBe(0);
  expect(stepsDueBy(one, stampOfStep(one, 0))).toBe(1);
  expect(stepsDueBy(one, TEN_YEARS)).toBe(3);
});

test('the remainder carries over any changes of rate and stops, without the loss of a nanolitre-microsecond', () => {
  const legs = fc.array(
    fc.record({
      rate: fc.oneof({ weight: 4, arbitrary: rates }, { weight: 1, arbitrary: fc.constant(0) }),
      us: fc.oneof(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: US_PER_DAY })),
    }),
    { minLength: 2, maxLength: 60 },
  );
  fc.assert(
    fc.property(legs, stepVolumes, (all, step) => {
      const whole = workOfStep(nanolitres(step));
      let [now, missing, made, done] = [0, whole, 0n, 0n];
      for (const { rate, us } of all) {
        if (rate > 0) {
          const one = train(now, missing, rate, step, MAX_TRAIN_STEPS);
          const n = stepsDueBy(one, now + us);
          made += BigInt(n);
          missing = missingAfter(one, n, now + us);
          expect(missing).toBeGreaterThan(0);
          expect(missing).toBeLessThanOrEqual(whole);
        }
        now += us;
        done += BigInt(rate) * BigInt(us);
        expect(made).toBe(done / BigInt(whole));
        expect(BigInt(whole - missing)).toBe(done % BigInt(whole));
      }
    }),
    { numRuns: 500 },
  );
});

test('a pump that runs ten years through refills, stops and changes of rate is never a step away from rate × time', () => {
  const legs = fc.array(
    fc.record({
      rate: fc.integer({ min: 48_000, max: 1_500_000 }),
      days: fc.double({ min: 0.001, max: 12, noNaN: true }),
      pause: fc.integer({ min: 0, max: 40_000_000_000 }),
    }),
    { minLength: 300, maxLength: 400 },
  );
  const work = BigInt(STEP) * DAY;
  fc.assert(
    fc.property(legs, (all) => {
      const sim = runningTherapy({ profile: lasting('itb-40'), rate: 48_001, fill: 40_000_000 });
      let [now, done, rate] = [0, 0n, 48_001];
      const pass = (us: number, flow: number): void => {
        now += us;
        sim.advanceThrough(micros(now));
        done += BigInt(flow) * BigInt(us);
        expect(BigInt(sim.status.commanded)).toBe(BigInt(STEP) * (done / work));
      };
      for (let round = 0; sim.now < TEN_YEARS; round += 1) {
        const leg = all[round % all.length] ?? { rate, days: 1, pause: 0 };
        pass(Math.floor(leg.days * US_PER_DAY), rate);
        refill(sim, 40_000_000);
        pass(1_234_567, rate);
        stop(sim);
        pass(leg.pause, 0);
        start(sim);
        commitRate(sim, leg.rate);
        ({ rate } = leg);
      }
      stop(sim);
      // Time for the last step to leave the catheter.
      pass(10_000_000, 0);
      expect(sim.sample().commanded).toBe(sim.sample().delivered);
    }),
    // Shrinking hundreds of legs through ten years would take longer than reading them.
    { numRuns: 3, endOnFailure: true },
  );
});
