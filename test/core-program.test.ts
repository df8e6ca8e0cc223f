import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import { checkProgram, type ProgramCheck } from '../firmware-sim/firmware/therapy/check-program.ts';
import { nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';

const PROFILE = PROFILES['itb-20-sense'];

function check(dose: number, concentration: number, low?: number): ProgramCheck {
  const lowReservoir = low === undefined ? undefined : nanolitres(low);
  const request = { dose: nanograms(dose), concentration: nanogramsPerMicrolitre(concentration), lowReservoir };
  return checkProgram(request, PROFILE, LIBRARIES.water);
}

const rateOf = (one: ProgramCheck): number | undefined => (one.ok ? one.program.rates[0]?.rate : undefined);
const codeOf = (one: ProgramCheck): string => (one.ok ? 'accepted' : one.code);

test('50 µg/day at 2000 µg/mL is refused, naming the flow, the limit and the concentrations that would do', () => {
  const refused = check(50_000, 2_000);
  expect(refused).toMatchObject({ ok: false, code: 'FLOW_RANGE' });
  expect(refused.ok ? {} : refused.facts).toEqual({
    nlpd: 25_000,
    min: 48_000,
    max: 24_000_000,
    conc_min: 3,
    conc_max: 1_041,
  });
  expect(refused.ok ? '' : refused.message).toBe(
    'flow 25 µL/day (50 µg/day at 2000 µg/mL) is below the minimum of 48 µL/day; ' +
      'a concentration of at most 1041 µg/mL would do (sold: 500, 1000)',
  );
});

test('50 µg/day at 1000 µg/mL is accepted at 50 µL/day', () => {
  expect(rateOf(check(50_000, 1_000))).toBe(50_000);
});

test('the lowest flow is accepted and one nanolitre per day less is refused', () => {
  expect(rateOf(check(48_000, 1_000))).toBe(48_000);
  expect(codeOf(check(47_999, 1_000))).toBe('FLOW_RANGE');
});

test('the highest flow is accepted and one nanolitre per day more is refused', () => {
  expect(rateOf(check(24_000_000, 1_000))).toBe(24_000_000);
  expect(codeOf(check(24_000_001, 1_000))).toBe('FLOW_RANGE');
});

test('too high a flow is refused, naming the least concentration that would do', () => {
  const refused = check(36_000_000, 1_000);
  expect(refused.ok ? '' : refused.message).toBe(
    'flow 36000 µL/day (36000 µg/day at 1000 µg/mL) is above the maximum of 24000 µL/day; ' +
      'a concentration of at least 1500 µg/mL would do (sold: 2000)',
  );
});

test('a refusal says so where no product is sold in a concentration that would do', () => {
  const refused = check(10_000, 500);
  expect(refused.ok ? '' : refused.message).toContain('at most 208 µg/mL would do (none that is sold)');
});

test('a dose that no concentration can bring into the range is refused without naming one', () => {
  const refused = check(40, 1);
  expect(refused.ok ? '' : refused.message).toContain('; no concentration would do');
});

test('a dose of nothing is refused', () => {
  expect(codeOf(check(0, 500))).toBe('FLOW_RANGE');
});

const programs = fc.tuple(fc.integer({ min: 1, max: 40_000_000 }), fc.integer({ min: 1, max: 5_000 }));

test('both ends of the concentrations that a refusal names are accepted', () => {
  let refusals = 0;
  fc.assert(
    fc.property(programs, ([dose, concentration]) => {
      const refused = check(dose, concentration);
      if (refused.ok) return;
      const [min, max] = [Number(refused.facts['conc_min']), Number(refused.facts['conc_max'])];
      if (max < 1) return;
      refusals += 1;
      expect(codeOf(check(dose, min))).toBe('accepted');
      expect(codeOf(check(dose, max))).toBe('accepted');
    }),
    { numRuns: 500 },
  );
  expect(refusals).toBeGreaterThan(20);
});

test('the flow differs from dose over concentration by half a nanolitre per day at the most', () => {
  fc.assert(
    fc.property(programs, ([dose, concentration]) => {
      const rate = rateOf(check(dose, concentration));
      if (rate === undefined) return;
      // |rate − 1000·dose/concentration| <= 1/2, in integers.
      const error = BigInt(rate) * BigInt(concentration) - 1_000n * BigInt(dose);
      expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(BigInt(concentration));
    }),
    { numRuns: 1_000 },
  );
});

test('the read-back states the dose that the rounded flow delivers', () => {
  const read = check(100_001, 1_999);
  expect(read.ok ? read.program : undefined).toMatchObject({
    dose: 100_001,
    rates: [{ rate: 50_026 }],
    actualDose: 100_001.974,
  });
});

test('the low-reservoir volume is 2 mL unless the program states another', () => {
  const [usual, own] = [check(100_000, 1_000), check(100_000, 1_000, 4_000_000)];
  expect(usual.ok ? usual.program.lowReservoir : undefined).toBe(2_000_000);
  expect(own.ok ? own.program.lowReservoir : undefined).toBe(4_000_000);
});

test('the low-reservoir volume must lie over the residual volume and under the capacity', () => {
  expect(codeOf(check(100_000, 1_000, 1_400_000))).toBe('LOW_RANGE');
  expect(codeOf(check(100_000, 1_000, 1_400_001))).toBe('accepted');
  expect(codeOf(check(100_000, 1_000, 19_999_999))).toBe('accepted');
  expect(codeOf(check(100_000, 1_000, 20_000_000))).toBe('LOW_RANGE');
});

test('a refused low-reservoir volume is named with its bounds', () => {
  const refused = check(100_000, 1_000, 1_000_000);
  expect(refused.ok ? {} : refused.facts).toEqual({ low: 1_000_000, min: 1_400_000, max: 20_000_000 });
  expect(refused.ok ? '' : refused.message).toContain('low-reservoir volume 1 mL lies outside 1.4 to 20 mL');
});
