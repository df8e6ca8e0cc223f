import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from '../firmware-sim/scenario/suggest.ts';

describe('the edit distance', () => {
  test.each<[string, string, number]>([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['abc', 'xabc', 1],
    ['start', 'strat', 1],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is the same in both directions, and no larger than the longer word', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a === b);
      }),
    );
  });

  test('is cut off one above the limit', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(words, words, fc.nat({ max: 4 }), (a, b, limit) => {
        expect(editDistance(a, b, limit)).toBe(Math.min(editDistance(a, b), limit + 1));
      }),
    );
  });
});

describe('a suggestion', () => {
  const words = ['scenario', 'expect', 'at', 'h', 'kPa', 'reservoir_true'];

  test.each<[string, string | undefined]>([
    ['expects', 'expect'],
    ['EXPECT', 'expect'],
    ['att', 'at'],
    ['ta', 'at'],
    ['senario', 'scenario'],
    ['reservoir_ture', 'reservoir_true'],
    ['KPA', 'kPa'],
    ['x', undefined],
    ['banana', undefined],
    ['', undefined],
  ])('for %j is %j', (given, expected) => {
    expect(suggest(given, words)).toBe(expected);
  });

  test('is the nearest, and the first of equals', () => {
    expect(suggest('raised', ['raises', 'raised-', 'raise'])).toBe('raises');
    expect(suggest('clmp', ['clips', 'clamp'])).toBe('clamp');
  });
});
