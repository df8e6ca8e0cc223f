import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from '../bridge/wire/line-reader.ts';
import { LINE_LIMIT } from '../protocol/index.ts';
import { makeWire, type WireEnd } from '../bridge/wire/wire-core.ts';

test('lines come out whole, without their line ends', async () => {
  expect(await read(['# one\n< 1 O', 'K\n', '! tw', 'o\n'])).toEqual({
    lines: ['# one', '< 1 OK', '! two'],
    discards: [],
  });
});

test('one carriage return before the line feed is no part of the line', async () => {
  expect((await read(['# one\r\n', '# two\r', '\n'])).lines).toEqual(['# one', '# two']);
});

test('empty lines are not delivered', async () => {
  expect(await read(['\n\r\n# one\n\n'])).toEqual({ lines: ['# one'], discards: [] });
});

test('a carriage return anywhere else spoils its line', async () => {
  expect(await read(['# a\rb\n# c\r\r\n# d\n'])).toEqual({
    lines: ['# d'],
    discards: ['unprintable 6', 'unprintable 6'],
  });
});

test('a line of just the limit is delivered and one byte more is dropped to its line feed', async () => {
  const longest = 'x'.repeat(LINE_LIMIT - 1);
  expect(await read([`${longest}\n`])).toEqual({ lines: [longest], discards: [] });
  expect(await read([`${longest}y\n# next\n`])).toEqual({
    lines: ['# next'],
    discards: [`overlong ${LINE_LIMIT + 1}`],
  });
});

test('the tail of an over-long line is never a line', async () => {
  const { lines } = await read(['x'.repeat(LINE_LIMIT), 'x'.repeat(LINE_LIMIT), 'STOP\n', '# next\n']);
  expect(lines).toEqual(['# next']);
});

test('noise that would read as a verb with bit 7 cleared spoils its line', async () => {
  const noise = Buffer.from([0xc2, 0xcf, 0xcc, 0xd5, 0xd3, 0x0a]).toString('latin1');
  expect(await read([noise, '# next\n'])).toEqual({ lines: ['# next'], discards: ['unprintable 6'] });
});

test('ten megabytes without a line feed are dropped and the next line is read', async () => {
  const megabyte = 'x'.repeat(1_000_000);
  const { lines, discards } = await read([...Array<string>(10).fill(megabyte), '\n# next\n']);
  expect(lines).toEqual(['# next']);
  expect(discards).toEqual(['overlong 10000001']);
});

test('a line that is cut off by the end of the wire is not delivered', async () => {
  expect(await read(['# whole\n> BOLUS nl=15'])).toEqual({ lines: ['# whole'], discards: [] });
});

test('a spoiled line that is cut off by the end of the wire is counted', async () => {
  expect(await read(['\u0007# half'])).toEqual({ lines: [], discards: ['unprintable 7'] });
});

test('the stump of one wire is not glued to the first line of the next', async () => {
  await read(['> BOLUS nl=15']);
  expect((await read(['00 *\n'])).lines).toEqual(['00 *']);
});

test('who has stopped reading hears no more', async () => {
  const end = deafWire();
  const lines: string[] = [];
  const stop = readLines(end.wire, { onLine: (line) => lines.push(line), onDiscard: () => lines.push('discard') });
  end.receive(Buffer.from('# one\n# tw'));
  await settled();
  stop();
  end.receive(Buffer.from('o\n\u0007\n'));
  await settled();
  expect(lines).toEqual(['# one']);
});

test('the lines are the same wherever the bytes are cut', async () => {
  const text = `# one\r\n\n${'x'.repeat(300)}\n\u0080two\n< 1 OK\n# cut off`;
  const whole = await read([text]);
  expect(whole.lines).toEqual(['# one', '< 1 OK']);
  for (let cut = 1; cut < text.length; cut++) {
    // oxlint-disable-next-line eslint/no-await-in-loop -- one after the other keeps a failure readable
    expect(await read([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
  }
});

test('whatever arrives, only whole printable lines within the limit come out, and every other byte is counted', async () => {
  const piece = fc.oneof(
    fc.stringMatching(/^[ -~]{0,260}$/),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const text = `${pieces.join('')}\n`;
      const expected = text
        .split('\n')
        .slice(0, -1)
        .map((line) => ({ bytes: line.length + 1, text: line.replace(/\r$/, '') }));
      const good = expected.filter((line) => line.bytes <= LINE_LIMIT && /^[ -~]*$/.test(line.text));
      const { lines, discards } = await read([...pieces, '\n']);
      expect(lines).toEqual(good.map((line) => line.text).filter((line) => line !== ''));
      const dropped = discards.reduce((sum, discard) => sum + Number(discard.split(' ')[1]), 0);
      const kept = good.reduce((sum, line) => sum + line.bytes, 0);
      expect(dropped + kept).toBe(text.length);
    }),
  );
});

/** Feeds the chunks (one character a byte) through a wire that then ends; returns what came out. */
async function read(chunks: readonly string[]): Promise<{ lines: string[]; discards: string[] }> {
  const end = deafWire();
  const lines: string[] = [];
  const discards: string[] = [];
  readLines(end.wire, {
    onLine: (line) => lines.push(line),
    onDiscard: (reason, bytes) => discards.push(`${reason} ${bytes}`),
  });
  for (const chunk of chunks) end.receive(Buffer.from(chunk, 'latin1'));
  end.lost('the test is over');
  await settled();
  return { lines, discards };
}

/** A wire whose far end is the test. */
const deafWire = (): WireEnd =>
  makeWire('test:', {
    write: () => {},
    backlog: () => 0,
    flush: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  });

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
