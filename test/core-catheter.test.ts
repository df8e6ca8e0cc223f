import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, createBody, fill, obey, truthOf } from '../firmware-sim/body/body.ts';
import {
  CSF_PRESSURE,
  decayed,
  DEFAULT_COMPLIANCE,
  earliestCrossing,
  freeLaw,
  pressureAfter,
  pushed,
  SLIP_FROM,
  SLIP_TO,
  slipLaw,
  sumOfPressures,
  type Catheter,
} from '../firmware-sim/body/catheter.ts';
import { PATENT_RESISTANCE } from '../firmware-sim/body/hardware.ts';
import { trainFor, workOfStep } from '../firmware-sim/firmware/dosing/schedule.ts';
import { micros, nanolitres, nanolitresPerDay } from '../protocol/units.ts';
import { RESIDUAL } from './support/body-cases.ts';
import { STEP } from './support/therapy.ts';

const slip = { from: SLIP_FROM, to: SLIP_TO };
const PATENT: Catheter = {
  compliance: DEFAULT_COMPLIANCE,
  resistance: PATENT_RESISTANCE,
  csf: CSF_PRESSURE,
  slip,
  clock: 1,
};

/** Resistances from the open lumen to a complete occlusion, at compliances from 0.01 to 0.4 µL/kPa. */
const catheters: fc.Arbitrary<Catheter> = fc.record({
  compliance: fc.double({ min: 0.01, max: 0.4, noNaN: true }),
  resistance: fc.oneof(
    fc.constant(Infinity),
    fc.double({ min: Math.log(0.32), max: Math.log(1e8), noNaN: true }).map(Math.exp),
  ),
  csf: fc.constant(CSF_PRESSURE),
  slip: fc.constant(slip),
  clock: fc.constant(1),
});
const volumes = fc.double({ min: 1, max: 100, noNaN: true });
const intervals = fc.double({ min: 0.036, max: 18, noNaN: true });

test('the constants are those of the reference: 0.2 µL/kPa and 3.2e11 Pa·s/m³', () => {
  expect(DEFAULT_COMPLIANCE).toBe(0.2 * 1_000 * 1e-3);
  // Hagen and Poiseuille for 0.53 mm × 0.89 m; the reference rounds to two digits.
  expect(PATENT_RESISTANCE).toBeCloseTo(3.2e11 * 1e-12, 2);
});

test('pressure after n equal impulses is what adding them one by one gives', () => {
  fc.assert(
    fc.property(catheters, volumes, intervals, (catheter, volume, interval) => {
      const law = freeLaw(catheter, 5_000, volume, interval);
      const a = Math.exp(-interval / (catheter.resistance * catheter.compliance));
      let [p, sum] = [5_000, 5_000];
      for (let j = 2; j <= 400; j += 1) {
        p = catheter.csf + (p - catheter.csf) * a + volume / catheter.compliance;
        sum += p;
        expect(Math.abs(pressureAfter(law, j) / p - 1)).toBeLessThan(1e-11);
      }
      expect(Math.abs(sumOfPressures(law, 400) / sum - 1)).toBeLessThan(1e-9);
    }),
  );
});

test('pressure after n impulses in slip is what pushing them one by one gives', () => {
  fc.assert(
    fc.property(catheters, volumes, intervals, (catheter, volume, interval) => {
      const law = slipLaw(catheter, 190_000, volume, interval);
      let p = 190_000;
      for (let j = 2; j <= 200; j += 1) {
        const before = decayed(catheter, p, interval);
        if (before < 150_000) return;
        p = pushed(catheter, before, volume);
        expect(Math.abs(pressureAfter(law, j) / p - 1)).toBeLessThan(1e-11);
      }
    }),
    { numRuns: 300 },
  );
});

test('a step below 150 kPa raises the pressure by volume over compliance, and no step passes 200 kPa', () => {
  expect(pushed(PATENT, 149_950, 10)).toBe(150_000);
  expect(pushed(PATENT, 150_000, 10)).toBeLessThan(150_050);
  const pressures = fc.double({ min: 0, max: 200_000, noNaN: true });
  fc.assert(
    fc.property(catheters, pressures, fc.double({ min: 0, max: 2_500, noNaN: true }), (catheter, pressure, volume) => {
      const after = pushed(catheter, pressure, volume);
      expect(after).toBeGreaterThanOrEqual(pressure);
      expect(after).toBeLessThanOrEqual(200_000);
      expect(after).toBeLessThanOrEqual((pressure + volume / catheter.compliance) * (1 + 1e-15));
    }),
  );
});

test('slip is linear: at 175 kPa a small step moves half of its volume', () => {
  expect((pushed(PATENT, 175_000, 0.01) - 175_000) * PATENT.compliance).toBeCloseTo(0.005, 6);
});

test('a proposed crossing is never later than the first one, and "never" is never said of one that comes', () => {
  let crossings = 0;
  const levels = fc.double({ min: 1_000, max: 200_000, noNaN: true });
  const starts = fc.double({ min: 1_000, max: 150_000, noNaN: true });
  fc.assert(
    fc.property(catheters, volumes, intervals, starts, levels, fc.boolean(), (catheter, volume, interval, ...rest) => {
      const [first, level, above] = rest;
      const law = freeLaw(catheter, first, volume, interval);
      const isBeyond = (j: number): boolean => (above ? pressureAfter(law, j) > level : pressureAfter(law, j) < level);
      const from = 3;
      // It is asked only from a step that lies on this side.
      if (isBeyond(from)) return;
      let j = from + 1;
      while (j < 3_000 && !isBeyond(j)) j += 1;
      const proposed = earliestCrossing(law, level, above, from);
      expect(proposed).toBeGreaterThan(from);
      if (!isBeyond(j)) return;
      crossings += 1;
      expect(proposed).toBeLessThanOrEqual(j);
    }),
    { numRuns: 2_000 },
  );
  expect(crossings).toBeGreaterThan(100);
});

test('where a law ends within rounding of a level, every step is looked at', () => {
  const law = { first: 1_050, lambda: 0.01, limit: 70_000, climb: 0 };
  for (const level of [70_000, 70_000 * (1 - 1e-13), 70_000 * (1 + 1e-13)]) {
    expect(earliestCrossing(law, level, true, 5)).toBe(6);
  }
  expect(earliestCrossing(law, 70_001, true, 5)).toBe(Infinity);
});

test('a proposal lies close to the crossing, so that leaping does not walk', () => {
  for (const resistance of [Infinity, 1e6, 2e4]) {
    const law = freeLaw({ ...PATENT, resistance }, 1_050, 10, 2.88);
    let first = 1;
    while (pressureAfter(law, first) <= 60_000) first += 1;
    expect(first - earliestCrossing(law, 60_000, true, 1)).toBeLessThan(6);
  }
});

test.each([
  { rate: 48_000, drop: 0.18, digits: 2 },
  { rate: 300_000, drop: 1.1, digits: 1 },
  { rate: 1_000_000, drop: 3.7, digits: 1 },
  { rate: 24_000_000, drop: 89, digits: 0 },
])('an open catheter drops $drop Pa on average at $rate nL/day', ({ rate, drop, digits }) => {
  const body = createBody({ stepVolume: STEP, residual: RESIDUAL, concentration: 500 });
  fill(body, 20_000_000, 500);
  const step = nanolitres(STEP);
  const train = trainFor(1, 0, workOfStep(step), nanolitresPerDay(rate), step, 10_000);
  obey(body, train);
  // Past the start, over one whole interval, in ten thousand slices.
  const from = train.first.us + 200 * train.interval.us;
  let sum = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const to = micros(Math.round(from + (train.interval.us * (i + 0.5)) / 10_000));
    while (body.now < to) advance(body, to, false, Infinity);
    sum += truthOf(body).pressure - CSF_PRESSURE;
  }
  expect(Number((sum / 10_000).toFixed(digits))).toBe(drop);
});

test('an open catheter shows no lag: its pressure has a time constant of 0.064 s', () => {
  expect(decayed(PATENT, 2_000, PATENT_RESISTANCE * 0.2) - CSF_PRESSURE).toBeCloseTo(1_000 / Math.E, 6);
  expect(decayed(PATENT, 70_000, 1.5) - CSF_PRESSURE).toBeLessThan(0.001);
});
