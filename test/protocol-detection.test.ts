/**
 * What a check catches on lines as long as a line can be. The check of this protocol misses nothing here; one byte of XOR, which NMEA
 * sentences and the G-code of printers carry, is put to the same faults to show that they are ones that can be missed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLine, LINE_LIMIT } from '../protocol/index.ts';
import { framed } from './support/pump-talk.ts';

const LINES = 20_000;
const HEAD = '> 00010001 4294967295 BOLUS';
const KEYS = ['id', 'after', 'by', 'onlost', 'nl', 'nlpd', 'over', 'lim', 'low', 'rev', 'us', 'ng'] as const;
const CHECK = ' *00000000';
const BODY = LINE_LIMIT - '\n'.length - CHECK.length;

/** The body of a dose command that fills its line, all its values random digits. */
const body = fc
  .string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: BODY, maxLength: BODY })
  .map((digits) => {
    const text = HEAD + KEYS.map((key, i) => ` ${key}=${digits.slice(11 * i, 11 * i + 11)}`).join('');
    return text + digits.slice(text.length);
  });

const at = fc.nat({ max: LINE_LIMIT * 100 });
const set = (text: string, where: number, char: string): string => text.slice(0, where) + char + text.slice(where + 1);
const flipped = (text: string, where: number, bit: number): string =>
  set(text, where, String.fromCharCode(text.charCodeAt(where) ^ (1 << bit)));

interface Hit {
  /** Places and values from which each fault takes as many as it needs. */
  readonly places: readonly number[];
  readonly chars: readonly string[];
  readonly bit: number;
}

/** A fault of the first `span` characters of a line. */
type Fault = (text: string, span: number, hit: Hit) => string;

const FAULTS: Readonly<Record<string, Fault>> = {
  'two adjacent characters swapped': (text, span, { places: [a = 0] }) => {
    const where = a % (span - 1);
    return text.slice(0, where) + text.charAt(where + 1) + text.charAt(where) + text.slice(where + 2);
  },
  'the same bit flipped in two characters': (text, span, { places: [a = 0, b = 0], bit }) => {
    const first = a % span;
    const second = (first + 1 + (b % (span - 1))) % span;
    return flipped(flipped(text, first, bit), second, bit);
  },
  'a character dropped': (text, span, { places: [a = 0] }) => text.slice(0, a % span) + text.slice((a % span) + 1),
  'a character doubled': (text, span, { places: [a = 0] }) => text.slice(0, (a % span) + 1) + text.slice(a % span),
  'four characters garbled': (text, span, { places, chars }) =>
    places.slice(0, 4).reduce((sofar, place, i) => set(sofar, place % span, chars[i] ?? ''), text),
  'sixteen characters lost': (text, span, { places: [a = 0] }) => {
    const where = a % (span - 16);
    return text.slice(0, where) + text.slice(where + 16);
  },
};

const hit: fc.Arbitrary<Hit> = fc.record({
  places: fc.array(at, { minLength: 4, maxLength: 4 }),
  chars: fc.array(
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    { minLength: 4, maxLength: 4 },
  ),
  bit: fc.nat({ max: 6 }),
});

const xor = (text: string): string => {
  let sum = 0;
  for (let i = 0; i < text.length; i += 1) sum ^= text.charCodeAt(i);
  return sum.toString(16).toUpperCase().padStart(2, '0');
};
const xorIntact = (text: string): boolean => xor(text.slice(0, -3)) === text.slice(-2) && text.at(-3) === '*';

/** How many of the damaged lines pass for whole ones. */
function missedOf(
  fault: Fault,
  frame: (text: string) => string,
  spanOf: (framed: string) => number,
  passes: (text: string) => boolean,
): number {
  let missed = 0;
  fc.assert(
    fc.property(body, hit, (text, where) => {
      const line = frame(text);
      const damaged = fault(line, spanOf(line), where);
      fc.pre(damaged !== line);
      if (passes(damaged)) missed += 1;
    }),
    { numRuns: LINES },
  );
  return missed;
}

test('the lines are as long as lines can be, and whole before they are damaged', () => {
  fc.assert(
    fc.property(body, (text) => {
      expect(framed(text).length + 1).toBe(LINE_LIMIT);
      expect(decodeLine(framed(text))).toMatchObject({ ok: true, line: { kind: 'command', verb: 'BOLUS' } });
      expect(xorIntact(`${text}*${xor(text)}`)).toBe(true);
    }),
  );
});

test.each(Object.entries(FAULTS))('%s: none of 20,000 lines passes the check', (_, fault) => {
  const passes = (text: string): boolean => {
    const decoded = decodeLine(text);
    return decoded.ok ? !['human', 'typed'].includes(decoded.line.kind) : decoded.code !== 'CRC';
  };
  expect(missedOf(fault, framed, (line) => line.length, passes)).toBe(0);
});

/** Lines of 20,000 that one byte of XOR misses, at the least: all of the first two, some of the third. */
const XOR_MISSES: readonly (readonly [string, number])[] = [
  ['two adjacent characters swapped', LINES],
  ['the same bit flipped in two characters', LINES],
  ['four characters garbled', 1],
];

test.each(XOR_MISSES)('%s: one byte of XOR misses at least so many: %i', (name, least) => {
  const fault: Fault = FAULTS[name] ?? ((text) => text);
  const missed = missedOf(
    fault,
    (text) => `${text}*${xor(text)}`,
    (line) => line.length - '*00'.length,
    xorIntact,
  );
  expect(missed).toBeGreaterThanOrEqual(least);
});
