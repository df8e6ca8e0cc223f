import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterPulses,
  afterRest,
  concentrations,
  CSF_RANGE,
  massInCsf,
  modesOf,
  NO_DRUG,
  TYPICAL_CSF,
  type CsfParameters,
  type CsfState,
} from '../firmware-sim/body/csf.ts';

const log = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(min), max: Math.log(max), noNaN: true }).map(Math.exp);
const patients = fc.oneof(
  fc.constantFrom<CsfParameters[]>(TYPICAL_CSF, CSF_RANGE.low, CSF_RANGE.high),
  fc.record({
    tipVolume: log(1e6, 3e7),
    bulkVolume: log(3e7, 2e8),
    exchange: log(100, 2e4),
    clearance: log(1_000, 3e4),
  }),
);

/** Masses at tip and bulk by Runge and Kutta, while `stored` nL of concentration `conc` leave with `tau`. */
function integrated(
  patient: CsfParameters,
  stored: number,
  conc: number,
  tau: number,
  seconds: number,
): [number, number] {
  const { tipVolume, bulkVolume, exchange, clearance } = patient;
  const slope = ([tip, bulk]: readonly number[], t: number): [number, number] => {
    const across = exchange * ((tip ?? 0) / tipVolume - (bulk ?? 0) / bulkVolume);
    const arriving = ((conc * stored) / tau) * Math.exp(-t / tau);
    return [arriving - across, across - (clearance * (bulk ?? 0)) / bulkVolume];
  };
  const pieces = Math.ceil(40 * (seconds / tau) + seconds * 0.1) + 100;
  const h = seconds / pieces;
  let state: [number, number] = [0, 0];
  const moved = (by: readonly number[], step: number): [number, number] => [
    state[0] + (by[0] ?? 0) * step,
    state[1] + (by[1] ?? 0) * step,
  ];
  for (let n = 0; n < pieces; n += 1) {
    const t = n * h;
    const k1 = slope(state, t);
    const k2 = slope(moved(k1, h / 2), t + h / 2);
    const k3 = slope(moved(k2, h / 2), t + h / 2);
    const k4 = slope(moved(k3, h), t + h);
    state = [
      state[0] + (h * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])) / 6,
      state[1] + (h * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])) / 6,
    ];
  }
  return state;
}

test('drug that arrives with a relaxing pressure spreads as a numeric integration says', () => {
  fc.assert(
    fc.property(patients, log(1, 1e5), log(10, 5_000), log(1, 20_000), (patient, stored, tau, seconds) => {
      const state = afterRest(modesOf(patient), NO_DRUG, stored, 1_000, tau, seconds);
      const [tip, bulk] = integrated(patient, stored, 1_000, tau, seconds);
      const { tip: tipConc, bulk: bulkConc } = concentrations(modesOf(patient), state);
      const total = stored * 1_000;
      expect(Math.abs(tipConc * patient.tipVolume - tip) / total).toBeLessThan(1e-8);
      expect(Math.abs(bulkConc * patient.bulkVolume - bulk) / total).toBeLessThan(1e-8);
      expect(Math.abs(massInCsf(modesOf(patient), state) - tip - bulk) / total).toBeLessThan(1e-8);
    }),
    { numRuns: 100 },
  );
});

test('any number of pulses in closed form is the same as pulse after pulse', () => {
  fc.assert(
    fc.property(
      patients,
      fc.integer({ min: 1, max: 400 }),
      log(0.05, 60),
      log(0.02, 1e5),
      log(1e-6, 2),
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      (patient, n, interval, tau, lambda, limit, gap) => {
        const modes = modesOf(patient);
        const before: CsfState = [1e6, -2e5];
        let literal = before;
        for (let k = 0; k < n; k += 1)
          literal = afterRest(modes, literal, limit + gap * Math.exp(-lambda * k), 1_000, tau, interval);
        const closed = afterPulses(modes, before, n, interval, { limit, gap, lambda }, 1_000, tau);
        const scale = 1e6 + n * (limit + Math.abs(gap)) * 1_000;
        expect(Math.abs(closed[0] - literal[0]) / scale).toBeLessThan(1e-11);
        expect(Math.abs(closed[1] - literal[1]) / scale).toBeLessThan(1e-11);
      },
    ),
    { numRuns: 300 },
  );
});

/** Concentrations, ng/mL, after `days` of pulses that carry µg/day. */
function steady(patient: CsfParameters, microgramsPerDay: number, days: number): { tip: number; bulk: number } {
  const modes = modesOf(patient);
  const interval = 60;
  const perPulse = (microgramsPerDay * 1e6 * interval) / 86_400;
  const pulses = (days * 86_400) / interval;
  // Each pulse leaves with a short time constant: all of it within its interval.
  const state = afterPulses(
    modes,
    NO_DRUG,
    pulses,
    interval,
    { limit: perPulse / 1_000, gap: 0, lambda: 0 },
    1_000,
    0.1,
  );
  const { tip, bulk } = concentrations(modes, state);
  return { tip: tip * 1_000, bulk: bulk * 1_000 };
}

test('80.8 µg/day against a clearance of 30 mL/h ends at 112 ng/mL in the bulk and five times that at the tip', () => {
  const { tip, bulk } = steady(TYPICAL_CSF, 80.8, 10);
  expect(bulk).toBeCloseTo(112.2, 0);
  expect(tip / bulk).toBeCloseTo(5, 1);
});

test('in the steady state the bulk is dose over clearance, whatever the patient', () => {
  fc.assert(
    fc.property(patients, (patient) => {
      const { bulk } = steady(patient, 100, 1_000);
      const expected = (100 * 1_000) / ((patient.clearance * 86_400) / 1e6);
      expect(bulk / expected).toBeCloseTo(1, 2);
    }),
    { numRuns: 100 },
  );
});

test('left alone, drug only leaves, and in the end all of it has', () => {
  fc.assert(
    fc.property(patients, log(1, 1e6), (patient, seconds) => {
      const modes = modesOf(patient);
      const dosed = afterRest(modes, NO_DRUG, 1_000, 1_000, 1, 100);
      const later = massInCsf(modes, afterRest(modes, dosed, 0, 0, Infinity, seconds));
      expect(later).toBeGreaterThanOrEqual(0);
      expect(later).toBeLessThan(massInCsf(modes, dosed));
      expect(massInCsf(modes, afterRest(modes, dosed, 0, 0, Infinity, 1e9))).toBeLessThan(1e-6);
    }),
    { numRuns: 100 },
  );
});
