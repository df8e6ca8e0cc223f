import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAssembler, LINE_LIMIT, push, type Assembled, type Assembler } from '../protocol/index.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const feed = (text: string, assembler: Assembler = createAssembler()): string[] =>
  push(assembler, bytes(text)).map(show);
const show = (one: Assembled): string => (one.kind === 'line' ? one.text : `${one.reason} ${one.bytes}`);

test('lines end with a line feed, and one carriage return before it is no part of them', () => {
  expect(feed('> one\n> two\r\nthree\r\n')).toEqual(['> one', '> two', 'three']);
});

test('empty lines are no lines', () => {
  expect(feed('\n\r\n\r\r\n> one\n\n')).toEqual(['> one']);
});

test('what has not ended yet is no line', () => {
  const assembler = createAssembler();
  expect(feed('> on', assembler)).toEqual([]);
  expect(feed('e\n', assembler)).toEqual(['> one']);
});

test('a carriage return alone ends a typed line at once, and a line feed after it ends nothing', () => {
  const assembler = createAssembler();
  expect(feed('STATUS\r', assembler)).toEqual(['STATUS']);
  expect(feed('\nSTOP\r', assembler)).toEqual(['STOP']);
  expect(feed('LOG\n', assembler)).toEqual(['LOG']);
});

test.each(['>', '<', '!', '#', '.'])('a carriage return inside a line of class %s spoils all of it', (mark) => {
  expect(feed(`${mark} one\rSTOP\r\nnext\n`)).toEqual(['unprintable 9', 'next']);
});

test('a line of 240 bytes is kept and one of 241 is dropped up to its line feed', () => {
  const longest = `>${'x'.repeat(LINE_LIMIT - 2)}`;
  expect(bytes(`${longest}\n`)).toHaveLength(240);
  expect(feed(`${longest}\n`)).toEqual([longest]);
  expect(feed(`${longest}x\n> next\n`)).toEqual(['overlong 240', '> next']);
  expect(feed(`${longest.slice(1)}\n`)).toEqual([longest.slice(1)]);
});

test('the tail of an over-long line is never a line, wherever a carriage return falls in it', () => {
  expect(feed(`${'x'.repeat(500)}\rSTOP\r> STOP\r\nnext\n`)).toEqual([expect.stringMatching(/^overlong/), 'next']);
});

test.each([0x00, 0x07, 0x09, 0x1f, 0x7f, 0x80, 0xff])('byte %i drops its line to the line feed', (code) => {
  const odd = String.fromCharCode(code);
  expect(feed(`ST${odd}OP\rSTOP\n> next\n`)).toEqual([expect.stringMatching(/^unprintable/), '> next']);
  expect(feed(`${odd}STOP\n> next\n`)).toEqual(['unprintable 5', '> next']);
});

const noise = fc.uint8Array({ maxLength: 600 });
/** Bytes among which line ends, overlong lines and class characters are frequent. */
const lively = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r', '\r\n', '>', '!', 'STOP', '> 00000000 1 STOP', '\u0000', '\u00ff'),
      fc.integer({ min: 230, max: 250 }).map((length) => 'x'.repeat(length)),
      noise.map((some) => Buffer.from(some).toString('latin1')),
    ),
    { maxLength: 20 },
  )
  .map((parts) => bytes(parts.join('')));

test('the lines are the same wherever the bytes are cut', () => {
  fc.assert(
    fc.property(lively, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (all, sizes) => {
      const whole = push(createAssembler(), all);
      const assembler = createAssembler();
      const pieces: Assembled[] = [];
      for (let at = 0, i = 0; at < all.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1;
        pieces.push(...push(assembler, all.subarray(at, at + size)));
        at += size;
      }
      expect(pieces).toEqual(whole);
    }),
  );
});

test('after any bytes and a line feed a valid line is heard', () => {
  fc.assert(
    fc.property(lively, (before) => {
      const assembler = createAssembler();
      push(assembler, before);
      push(assembler, bytes('\n'));
      expect(push(assembler, bytes('> 00000000 1 STOP *B7A32D11\n'))).toEqual([
        { kind: 'line', text: '> 00000000 1 STOP *B7A32D11' },
      ]);
    }),
  );
});

test('every line is printable, not empty, and within the limit', () => {
  fc.assert(
    fc.property(lively, (all) => {
      for (const one of push(createAssembler(), all)) {
        if (one.kind === 'line') expect(one.text).toMatch(/^[ -~]{1,239}$/);
      }
    }),
  );
});

test('ten megabytes without a line feed are held in the one buffer and dropped as one line', () => {
  const assembler = createAssembler();
  const { buffer } = assembler;
  const megabyte = Buffer.alloc(1_000_000, 'x');
  for (let i = 0; i < 10; i += 1) expect(push(assembler, megabyte)).toEqual([]);
  expect(assembler.buffer).toBe(buffer);
  expect(buffer).toHaveLength(LINE_LIMIT);
  expect(feed('\n> next\n', assembler)).toEqual(['overlong 10000000', '> next']);
});
