import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres, nanolitresPerDay, pascals } from '../protocol/units.ts';
import { DIMENSION_NAMES, DIMENSIONS, dimensionOf, type Dimension } from '../firmware-sim/scenario/dimensions.ts';
import { formatQuantity, parseQuantity } from '../firmware-sim/scenario/quantity.ts';

const message = (text: string, dimension: Dimension): string => {
  const read = parseQuantity(text, dimension);
  return read.ok ? `no error: ${read.value}` : read.message + (read.near === undefined ? '' : ` [${read.near}]`);
};

describe('reading a quantity', () => {
  test.each<[string, Dimension, number]>([
    ['300 ug/day', 'doseRate', 300_000],
    ['300 µg/day', 'doseRate', 300_000],
    ['300 μg / d', 'doseRate', 300_000],
    ['300 mcg/day', 'doseRate', 300_000],
    ['12.5 ug/h', 'doseRate', 300_000],
    ['2000 ug/mL', 'concentration', 2000],
    ['2 mg/ml', 'concentration', 2000],
    ['20 mL', 'volume', 20_000_000],
    ['2mL', 'volume', 2_000_000],
    ['50 nL', 'volume', 50],
    ['0.1 mL', 'volume', 100_000],
    ['1e3 nL', 'volume', 1000],
    ['250 mcL', 'volume', 250_000],
    ['66 min', 'time', 3_960_000_000],
    ['48 h', 'time', 172_800_000_000],
    ['30 d', 'time', 2_592_000_000_000],
    ['30 days', 'time', 2_592_000_000_000],
    ['2 hours', 'time', 7_200_000_000],
    ['2 years', 'time', 63_072_000_000_000],
    ['69 kPa', 'pressure', 69_000],
    ['10 psi', 'pressure', 68_948],
    ['100 mmHg', 'pressure', 13_332],
    ['10 cmH2O', 'pressure', 981],
    ['-2 kPa', 'pressure', -2000],
    ['1.2 mg', 'mass', 1_200_000],
    ['0.3 mL/day', 'rate', 300_000],
    ['300 uL/day', 'rate', 300_000],
    ['0.0125 mL/h', 'rate', 300_000],
    ['0.2 uL/kPa', 'compliance', 200_000],
    ['1 uL/mmHg', 'compliance', 7_500_616],
    ['230 kPa/(mL/day)', 'resistance', 230_000],
    ['250000 Pa/(mL/day)', 'resistance', 250_000],
    ['2e16 Pa.s/m3', 'resistance', 231_481],
    ['2e16 Pa·s/m³', 'resistance', 231_481],
  ])('%s as %s', (text, dimension, value) => {
    expect(parseQuantity(text, dimension)).toEqual({ ok: true, value });
  });

  test.each<[string, Dimension, string]>([
    ['20', 'time', 'missing unit, write for example "20 min"'],
    ['', 'time', '"" is not a quantity, write for example "20 min"'],
    ['soon', 'time', '"soon" is not a quantity, write for example "20 min"'],
    ['20 mL', 'time', '"20 mL" is a volume, but a time is wanted, for example "20 min"'],
    ['5 ug/day', 'rate', '"5 ug/day" is a dose per time, but a flow rate is wanted, for example "300 uL/day"'],
    ['20 mni', 'time', 'unknown unit "mni", a time takes us, ms, s, min, h, d, weeks, years [min]'],
    ['20 KPa', 'pressure', 'unknown unit "KPa", a pressure takes Pa, hPa, kPa, MPa, mbar, bar, psi, mmHg, cmH2O [kPa]'],
    ['20 furlongs', 'mass', 'unknown unit "furlongs", a mass takes ng, ug, mg, g'],
    ['0.5 nL', 'volume', '"0.5 nL" is finer than 1 nL, the unit in which a volume is kept'],
    ['0.0000001 uL/h', 'rate', '"0.0000001 uL/h" is finer than 1 nL/day, the unit in which a flow rate is kept'],
    ['-5 min', 'time', '"-5 min" is negative, which a time cannot be here'],
    ['2 L', 'volume', '"2 L" is too large, the most is 1000 mL'],
    ['1e30 years', 'time', '"1e30 years" is too large, the most is 73000 d'],
    ['-300 kPa', 'pressure', '"-300 kPa" is too small, the least is -200 kPa'],
    ['1 h 6 min', 'time', '"1 h 6 min" is more than one number, write one number and one unit'],
    ['0,5 mL', 'volume', '"0,5" is not a number here, write digits with a decimal point, for example "0.5"'],
    ['.5 mL', 'volume', '".5" is not a number here, write digits with a decimal point, for example "0.5"'],
    ['5. mL', 'volume', '"5." is not a number here, write digits with a decimal point, for example "0.5"'],
    ['1e99 mL', 'volume', '"1" is not a number here, write digits with a decimal point, for example "0.5"'],
  ])('refuses %j as %s', (text, dimension, expected) => {
    expect(message(text, dimension)).toBe(expected);
  });

  test('takes narrower limits than the dimension has', () => {
    const limits = { min: 10_000, max: 1_000_000 };
    expect(parseQuantity('0.01 uL/kPa', 'compliance', limits)).toEqual({ ok: true, value: 10_000 });
    expect(parseQuantity('2 uL/kPa', 'compliance', limits)).toMatchObject({
      message: '"2 uL/kPa" is too large, the most is 1 µL/kPa',
    });
    expect(parseQuantity('0.009 uL/kPa', 'compliance', limits)).toMatchObject({
      message: '"0.009 uL/kPa" is too small, the least is 0.01 µL/kPa',
    });
  });

  test('is exact for every decimal number of a whole unit', () => {
    const exact = DIMENSION_NAMES.flatMap((dimension) =>
      DIMENSIONS[dimension].units.filter(({ rounds }) => !rounds).map((unit) => ({ dimension, unit })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...exact), fc.nat(), fc.nat({ max: 9 }), ({ dimension, unit }, digits, decimals) => {
        const padded = String(digits).padStart(decimals + 1, '0');
        const cut = padded.length - decimals;
        const text = `${padded.slice(0, cut)}${decimals === 0 ? '' : `.${padded.slice(cut)}`} ${unit.symbol}`;
        const read = parseQuantity(text, dimension, { min: 0, max: Number.MAX_SAFE_INTEGER });
        const numerator = BigInt(digits) * unit.factor.num;
        const denominator = unit.factor.den * 10n ** BigInt(decimals);
        if (numerator % denominator !== 0n) {
          expect(read).toMatchObject({ ok: false, message: expect.stringContaining('is finer than 1') });
        } else if (numerator / denominator > BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(read).toMatchObject({ ok: false, message: expect.stringContaining('is too large') });
        } else {
          expect(read).toEqual({ ok: true, value: Number(numerator / denominator) });
        }
      }),
    );
  });

  test('is within half an integer unit where it rounds', () => {
    const rounding = DIMENSION_NAMES.flatMap((dimension) =>
      DIMENSIONS[dimension].units.filter(({ rounds }) => rounds).map((unit) => ({ dimension, unit })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...rounding), fc.integer({ min: 1, max: 1_000_000 }), ({ dimension, unit }, n) => {
        const read = parseQuantity(`${n} ${unit.symbol}`, dimension, { min: 0, max: Number.MAX_SAFE_INTEGER });
        const { num, den } = unit.factor;
        if (read.ok) {
          const twiceTheError = 2n * (BigInt(read.value) * den - BigInt(n) * num);
          expect(twiceTheError <= den && twiceTheError >= -den).toBe(true);
        } else {
          expect(2n * BigInt(n) * num < den || BigInt(n) * num > den * BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
        }
      }),
    );
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...DIMENSION_NAMES), (text, dimension) => {
        const read = parseQuantity(text, dimension);
        expect(read.ok ? Number.isSafeInteger(read.value) : read.message.length > 0).toBe(true);
      }),
    );
  });
});

describe('the table of dimensions', () => {
  test.each<[Dimension, (value: number) => number]>([
    ['time', micros],
    ['volume', nanolitres],
    ['rate', nanolitresPerDay],
    ['mass', nanograms],
    ['doseRate', nanograms],
    ['concentration', nanogramsPerMicrolitre],
    ['pressure', pascals],
  ])('has for %s the range of its constructor', (dimension, make) => {
    const { min, max } = DIMENSIONS[dimension];
    expect([make(min), make(max)]).toEqual([min, max]);
    expect(() => make(min - 1)).toThrow(RangeError);
    expect(() => make(max + 1)).toThrow(RangeError);
  });

  test.each(DIMENSION_NAMES)('has for %s an example that can be read', (dimension) => {
    expect(parseQuantity(DIMENSIONS[dimension].example, dimension)).toMatchObject({ ok: true });
  });

  test.each(DIMENSION_NAMES)('finds %s by its integer unit', (dimension) => {
    expect(dimensionOf(DIMENSIONS[dimension].unit)).toBe(dimension);
  });

  test('throws for a unit that no dimension is kept in', () => {
    expect(() => dimensionOf('furlongs')).toThrow('no dimension is kept in furlongs');
  });
});

describe('printing a quantity', () => {
  test.each<[number, Dimension, string]>([
    [300_000, 'rate', '300 µL/day'],
    [3_960_000_000, 'time', '66 min'],
    [5_400_000_000, 'time', '90 min'],
    [172_800_000_000, 'time', '2 d'],
    [1500, 'time', '1.5 ms'],
    [0, 'time', '0 s'],
    [0, 'rate', '0 µL/day'],
    [1_250_000, 'volume', '1.25 mL'],
    [1_234_567, 'volume', '1.23457 mL'],
    [999_999_999, 'volume', '1000 mL'],
    [-1_000_000, 'volume', '-1 mL'],
    [150_000, 'doseRate', '150 µg/day'],
    [2000, 'concentration', '2000 µg/mL'],
    [69_000, 'pressure', '69 kPa'],
    [-68_948, 'pressure', '-68.948 kPa'],
    [10_000, 'compliance', '0.01 µL/kPa'],
    [250_000, 'resistance', '250 kPa/(mL/day)'],
    [1, 'volume', '1 nL'],
  ])('%d as %s is %s', (value, dimension, text) => {
    expect(formatQuantity(value, dimension)).toBe(text);
  });

  test('can be read again, exactly up to six significant digits', () => {
    const values = fc
      .constantFrom(...DIMENSION_NAMES)
      .chain((dimension) => fc.tuple(fc.constant(dimension), fc.maxSafeInteger()));
    fc.assert(
      fc.property(values, ([dimension, any]) => {
        const { min, max } = DIMENSIONS[dimension];
        const value = min + (Math.abs(any) % (max - min + 1));
        const text = formatQuantity(value, dimension);
        expect(text).toMatch(/^-?\d+(?:\.\d+)? \S+$/u);
        expect(
          text
            .replace(/ .*/u, '')
            .replace(/^-?[0.]*|\./gu, '')
            .replace(/0+$/u, '').length,
        ).toBeLessThanOrEqual(6);
        const read = parseQuantity(text, dimension);
        expect(read.ok && Math.abs(read.value - value) <= Math.abs(value) * 5.000_01e-6).toBe(true);
      }),
    );
  });

  test('loses nothing of an integer of at most six digits', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DIMENSION_NAMES), fc.integer({ min: 1, max: 999_999 }), (dimension, value) => {
        fc.pre(value <= DIMENSIONS[dimension].max);
        expect(parseQuantity(formatQuantity(value, dimension), dimension)).toEqual({ ok: true, value });
      }),
    );
  });
});
