import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAssembler, dropBrokenOff, LINE_LIMIT, push, type Assembled, type Assembler } from '../protocol/index.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const feed = (text: string, assembler: Assembler = createAssembler()): string[] =>
  push(assembler, bytes(text)).map(show);
function show(one: Assembled): string {
  switch (one.kind) {
    case 'line':
      return one.text;
    case 'break':
      return 'break';
    case 'discarded':
      return `${one.reason} ${one.bytes}`;
  }
}

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

test('two bytes 0x03 in a row are a break, wherever they stand and however they come', () => {
  expect(feed('\u0003\u0003')).toEqual(['break']);
  expect(feed('> one\n> tw\u0003\u0003o\n> three\n')).toEqual(['> one', 'break', 'unprintable 7', '> three']);
  expect(feed(`${'x'.repeat(500)}\u0003\u0003`)).toEqual(['break']);
  const assembler = createAssembler();
  expect(feed('\u0003', assembler)).toEqual([]);
  expect(feed('\u0003', assembler)).toEqual(['break']);
});

test('one byte 0x03 before a line is nothing, within one it is noise', () => {
  expect(feed('\u0003\n> one\n')).toEqual(['> one']);
  expect(feed('\u0003status\n')).toEqual(['status']);
  expect(feed('\u0003\n\u0003x\u0003\r\u0003\n')).toEqual(['unprintable 3']);
});

test('every byte 0x03 belongs to one break at most', () => {
  expect(feed('\u0003\u0003\u0003')).toEqual(['break']);
  expect(feed('\u0003\u0003\u0003\u0003')).toEqual(['break', 'break']);
});

test('a machine line that was broken off for half a second is dropped, so that what follows is not its end', () => {
  const assembler = createAssembler();
  feed('> 00010001 1 STOP', assembler);
  expect(dropBrokenOff(assembler, 499)).toBeUndefined();
  expect(dropBrokenOff(assembler, 500)).toEqual({ kind: 'discarded', reason: 'broken-off', bytes: 17 });
  expect(dropBrokenOff(assembler, 10_000)).toBeUndefined();
  expect(feed('> next\n', assembler)).toEqual(['> next']);
});

test('a typed line may take a minute between two keys', () => {
  const assembler = createAssembler();
  feed('STA', assembler);
  expect(dropBrokenOff(assembler, 59_999)).toBeUndefined();
  expect(feed('TUS\r', assembler)).toEqual(['STATUS']);
  expect(dropBrokenOff(assembler, 60_000)).toBeUndefined();
  feed('STA', assembler);
  expect(dropBrokenOff(assembler, 60_000)).toEqual({ kind: 'discarded', reason: 'broken-off', bytes: 3 });
  expect(feed('TUS\r', assembler)).toEqual(['TUS']);
});

test.each([
  ['an overlong line', 'x'.repeat(500)],
  ['a line that was spoiled', 'STA\u0007TUS'],
  ['a break in a line', 'x\u0003\u0003'],
  ['a carriage return in a machine line', '> one\r'],
])('%s without a line end is over after half a second, and a person is heard again', (_, text) => {
  const assembler = createAssembler();
  feed(text, assembler);
  expect(dropBrokenOff(assembler, 500)).toMatchObject({ kind: 'discarded', reason: 'broken-off' });
  expect(feed('STATUS\r', assembler)).toEqual(['STATUS']);
});

test('a break between two lines spoils neither', () => {
  const assembler = createAssembler();
  expect(feed('a\n\u0003', assembler)).toEqual(['a']);
  expect(push(assembler, Uint8Array.of(3))).toEqual([{ kind: 'break' }]);
  expect(feed('b\n', assembler)).toEqual(['b']);
});

const noise = fc.uint8Array({ maxLength: 600 });
/** Bytes among which line ends, overlong lines and class characters are frequent. */
const lively = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r',
        '\r\n',
        '\u0003',
        '\u0003\u0003',
        '>',
        '!',
        '.',
        'STOP',
        '> 00000000 1 STOP',
        '\u0000',
        '\u00ff',
      ),
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
