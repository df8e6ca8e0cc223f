import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_WORK, type Simulation } from '../firmware-sim/simulation/simulation.ts';
import { micros, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import { commitRate, refill, runningTherapy, stampOfNth, start, STEP, stop } from './support/therapy.ts';

const RATE = 299_993;
const through = (sim: Simulation, us: number): void => sim.advanceThrough(micros(us));
/** All that can be seen but the charge of the battery, which every command costs a second of telemetry. */
const everything = (sim: Simulation) => ({
  log: sim.log(),
  status: sim.status,
  sample: { ...sim.sample(), battery: 0 },
});

test('a change of rate in the middle of a step carries the fraction of it', () => {
  // 2.88 s a step: three quarters of it at 300 µL/day, the last quarter at 100 µL/day takes three times as long.
  const sim = runningTherapy({ rate: 300_000 });
  through(sim, 2_160_000);
  commitRate(sim, 100_000);
  through(sim, 2_160_000 + 2_160_000 - 1);
  expect(sim.status.commanded).toBe(0);
  through(sim, 2_160_000 + 2_160_000);
  expect(sim.status.commanded).toBe(STEP);
  through(sim, 2_160_000 + 2_160_000 + 8_640_000 - 1);
  expect(sim.status.commanded).toBe(STEP);
  through(sim, 2_160_000 + 2_160_000 + 8_640_000);
  expect(sim.status.commanded).toBe(2 * STEP);
});

test('a stop in the middle of a step keeps the fraction of it for the next start', () => {
  const sim = runningTherapy({ rate: 300_000 });
  through(sim, 2_160_000);
  stop(sim);
  through(sim, US_PER_HOUR);
  start(sim);
  through(sim, US_PER_HOUR + 720_000 - 1);
  expect(sim.status.commanded).toBe(0);
  through(sim, US_PER_HOUR + 720_000);
  expect(sim.status.commanded).toBe(STEP);
});

test('committing the program that runs already, or refilling, moves no step', () => {
  const moments = fc.array(fc.integer({ min: 1, max: 10 * US_PER_HOUR }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(moments, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (times, choices) => {
      const sim = runningTherapy({ rate: RATE });
      for (const [i, us] of times.toSorted((a, b) => a - b).entries()) {
        through(sim, us);
        if (choices[i] === true) commitRate(sim, RATE);
        else refill(sim, 18_000_000);
      }
      for (const k of [13_000, 20_001]) {
        through(sim, stampOfNth(k, RATE) - 1);
        expect(sim.status.commanded).toBe((k - 1) * STEP);
        through(sim, stampOfNth(k, RATE));
        expect(sim.status.commanded).toBe(k * STEP);
      }
      expect(sim.log().filter(({ kind }) => kind === 'FLOW')).toHaveLength(1);
    }),
  );
});

test('at the stamp of a step the step comes before a stop, and a microsecond earlier it does not', () => {
  for (const [early, steps] of [
    [0, 77],
    [1, 76],
  ] as const) {
    const sim = runningTherapy({ rate: RATE });
    through(sim, stampOfNth(77, RATE) - early);
    stop(sim);
    through(sim, US_PER_DAY);
    expect(sim.sample()).toMatchObject({ commanded: steps * STEP, reservoir_true: 18_000_000 - steps * STEP });
  }
});

test('what the pump believes to have commanded is what the body has drawn, as long as nothing fails', () => {
  const sim = runningTherapy({ rate: RATE });
  for (const hours of [0.001, 1, 7.7, 100, 700]) {
    through(sim, Math.floor(hours * US_PER_HOUR));
    const { commanded, reservoir_computed: computed, reservoir_true: real } = sim.sample();
    expect(computed).toBe(18_000_000 - (commanded ?? NaN));
    expect(real).toBe(computed);
  }
});

test('advance ends with the first instant that adds to the log, and goes on when asked again', () => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_100 });
  const low = stampOfNth(10, RATE);
  expect(sim.advance(micros(US_PER_DAY))).toEqual({ now: low, complete: true });
  expect(sim.advance(micros(US_PER_DAY))).toEqual({ now: US_PER_DAY, complete: true });
});

test('a time in the past moves nothing', () => {
  const sim = runningTherapy({ rate: RATE });
  through(sim, US_PER_HOUR);
  const before = everything(sim);
  expect(sim.advance(micros(5))).toEqual({ now: US_PER_HOUR, complete: true });
  expect(everything(sim)).toEqual(before);
});

test('a walk is cut after a million steps and says so; leaping needs no cut', () => {
  const fast = { rate: 24_000_000, fill: 20_000_000, leap: false };
  const sim = runningTherapy(fast);
  const end = stampOfNth(MAX_WORK + 10, fast.rate);
  expect(sim.advance(end)).toEqual({ now: stampOfNth(MAX_WORK, fast.rate), complete: false });
  expect(sim.advance(end)).toEqual({ now: end, complete: true });
  expect(runningTherapy({ ...fast, leap: true }).advance(end)).toEqual({ now: end, complete: true });
});
