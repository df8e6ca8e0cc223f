import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clock, exactSeconds, grouped, span, volume } from '../firmware-sim/report/format.ts';
import { timeAxis, valueAxis } from '../firmware-sim/report/ticks.ts';

const S = 1_000_000;
const H = 3600 * S;
const D = 24 * H;
const labels = (ticks: readonly { label: string }[]): string[] => ticks.map(({ label }) => label);

describe('the value axis', () => {
  test('steps by 1, 2 or 5 and shows as many decimals as the step has', () => {
    expect(labels(valueAxis(17.9, 18, 4).ticks)).toEqual(['17.90', '17.95', '18.00']);
    expect(labels(valueAxis(0, 300, 3).ticks)).toEqual(['0', '100', '200', '300']);
    expect(labels(valueAxis(-3, 7, 5).ticks)).toEqual(['-4', '-2', '0', '2', '4', '6', '8']);
  });

  test('has two ticks for a single value', () => {
    expect(valueAxis(0, 0, 3).ticks.length).toBeGreaterThanOrEqual(2);
    expect(valueAxis(18, 18, 3).max).toBeGreaterThan(18);
  });

  test('covers its values with evenly spaced, distinct and few labels', () => {
    const value = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(value, value, fc.integer({ min: 2, max: 8 }), (a, b, most) => {
        const axis = valueAxis(a / 1000, b / 1000, most);
        expect(axis.min).toBeLessThanOrEqual(Math.min(a, b) / 1000);
        expect(axis.max).toBeGreaterThanOrEqual(Math.max(a, b) / 1000);
        expect(axis.min).toBeLessThan(axis.max);
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(most + 3);
        expect(new Set(labels(axis.ticks)).size).toBe(axis.ticks.length);
        for (const { at, label } of axis.ticks) {
          expect(Number(label)).toBeCloseTo(at, 9);
        }
      }),
    );
  });
});

describe('the time axis', () => {
  test.each([
    [0.08 * S, 's', ['0.00', '0.01', '0.02', '0.03', '0.04', '0.05', '0.06', '0.07', '0.08']],
    [60 * S, 's', ['0', '10', '20', '30', '40', '50', '60']],
    [0.5 * H, 'min', ['0', '5', '10', '15', '20', '25', '30']],
    [8 * H, 'h', ['0', '1', '2', '3', '4', '5', '6', '7', '8']],
    [2 * D, 'h', ['0', '6', '12', '18', '24', '30', '36', '42', '48']],
    [60 * D, 'd', ['0', '10', '20', '30', '40', '50', '60']],
    [3650 * D, 'd', ['0', '500', '1000', '1500', '2000', '2500', '3000', '3500']],
  ] as const)('over %d µs counts in %s', (to, unit, expected) => {
    const axis = timeAxis(0, to, 10);
    expect(axis.unit).toBe(unit);
    expect(labels(axis.ticks)).toEqual(expected);
  });

  test('puts its ticks at whole multiples since time zero, wherever the record begins', () => {
    expect(labels(timeAxis(10.4 * H, 14.6 * H, 10).ticks)).toEqual([
      '10.5',
      '11.0',
      '11.5',
      '12.0',
      '12.5',
      '13.0',
      '13.5',
      '14.0',
      '14.5',
    ]);
  });

  test('stays inside the record with few and distinct labels', () => {
    const us = fc.integer({ min: 0, max: 200 * 365 * D });
    fc.assert(
      fc.property(us, us, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const { ticks } = timeAxis(from, to, 10);
        expect(ticks.length).toBeLessThanOrEqual(11);
        expect(ticks.every(({ at }) => at >= from && at <= to)).toBe(true);
        expect(new Set(labels(ticks)).size).toBe(ticks.length);
      }),
    );
  });
});

describe('numbers for people', () => {
  test('a clock shows days, hours, minutes and seconds and cuts decimals', () => {
    expect(clock(0)).toBe('00:00:00.000000');
    expect(clock(2 * D + 3 * H + 62 * S + 999_999, 3)).toBe('2 d 03:01:02.999');
    expect(clock(59_999_999, 0)).toBe('00:00:59');
  });

  test('a span rounds before it splits', () => {
    expect([0.25, 45, 7199.9, 12 * 86_400 + 4 * 3600].map(span)).toEqual(['0.250 s', '45 s', '2 h', '12 d 4 h']);
  });

  test('thousands are grouped, decimals are not, and zero has no sign', () => {
    expect(grouped(-1_234_567.125, 3)).toBe('-1\u202F234\u202F567.125');
    expect(grouped(-0.001, 2)).toBe('0.00');
  });

  test('a volume is told in µL below 1 mL', () => {
    expect([999_990, 1_000_000].map(volume)).toEqual(['999.99 µL', '1.000 mL']);
  });

  test('seconds are exact for every microsecond of 200 years', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 * 365 * D }), (us) => {
        expect(exactSeconds(us)).toMatch(/^\d+\.\d{6}$/);
        expect(BigInt(exactSeconds(us).replace('.', ''))).toBe(BigInt(us));
      }),
    );
  });
});
