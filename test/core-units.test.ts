import { expect, test } from 'vitest';
import {
  MAX_MICROS,
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  pascals,
  UnitRangeError,
  US_PER_DAY,
} from '../protocol/units.ts';

const CONSTRUCTORS = [
  { name: 'µs', make: micros, min: 0, max: 200 * 365 * 86_400_000_000 },
  { name: 'nL', make: nanolitres, min: 0, max: 1_000_000_000 },
  { name: 'nL/day', make: nanolitresPerDay, min: 0, max: 1_000_000_000 },
  { name: 'ng', make: nanograms, min: 0, max: 10_000_000_000_000 },
  { name: 'ng/µL', make: nanogramsPerMicrolitre, min: 1, max: 1_000_000 },
  { name: 'Pa', make: pascals, min: -200_000, max: 2_000_000 },
];

for (const { name, make, min, max } of CONSTRUCTORS) {
  test(`both ends of the range of ${name} are accepted and handed back unchanged`, () => {
    expect(make(min)).toBe(min);
    expect(make(max)).toBe(max);
  });

  test(`one below and one above the range of ${name} are refused`, () => {
    expect(() => make(min - 1)).toThrow(UnitRangeError);
    expect(() => make(max + 1)).toThrow(UnitRangeError);
  });

  test.each([NaN, Infinity, -Infinity, 1.5, min + 0.5, 2 ** 53])(`%s ${name} is refused`, (value) => {
    expect(() => make(value)).toThrow(UnitRangeError);
  });
}

test('a refusal names the value, the range and the unit', () => {
  expect(() => nanogramsPerMicrolitre(0)).toThrow('0 is not an integer from 1 to 1000000 ng/µL');
  expect(() => nanogramsPerMicrolitre(0)).toThrow(expect.objectContaining({ unit: 'ng/µL', value: 0 }));
});

test('pump time stays exact: its greatest value and the next microsecond are different numbers', () => {
  expect(Number.isSafeInteger(MAX_MICROS + US_PER_DAY)).toBe(true);
});
