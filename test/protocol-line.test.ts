import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLine, encodeLine, LINE_LIMIT, MAX_SEQ, parseInteger, type Line } from '../protocol/index.ts';
import { framed } from './support/pump-talk.ts';

const letters = (chars: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(chars)), minLength, maxLength });
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const key = fc.tuple(letters(LOWER, 1, 1), letters(`${LOWER}0123456789_`, 0, 15)).map(([head, tail]) => head + tail);
const value = letters(`${UPPER}${LOWER}0123456789_.:+-`, 1, 40);
const printable = (maxLength: number) =>
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength });

/** Fields of all sizes that fit a line; the null prototype is what decoding gives. */
const fields = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 16 }).map((all) => {
  const kept: Record<string, string> = Object.create(null) as Record<string, string>;
  let room = 150;
  for (const [name, text] of all) {
    room -= name.length + text.length + 2;
    if (room < 0) break;
    kept[name] = text;
  }
  return kept;
});
const sid = letters('0123456789ABCDEF', 8, 8);
const seq = fc.integer({ min: 0, max: MAX_SEQ });
const name = letters(UPPER, 2, 12);
const verb = fc.oneof(
  name.filter((word) => word !== 'SIM'),
  name.map((word) => `SIM ${word}`),
);

const lines: fc.Arbitrary<Line> = fc.oneof(
  fc.record({ kind: fc.constant('command' as const), sid, seq, verb, fields }),
  fc.record({ kind: fc.constant('reply' as const), sid, seq, ok: fc.boolean(), fields }),
  fc.record({
    kind: fc.constant('event' as const),
    ev: fc.maxSafeNat(),
    us: fc.maxSafeNat(),
    event: name,
    fields,
  }),
  fc.record({ kind: fc.constant('heartbeat' as const), sid, fields }),
  fc.record({ kind: fc.constant('human' as const), text: printable(237) }),
  fc.record({
    kind: fc.constant('typed' as const),
    text: printable(239).filter((text) => text !== '' && !'><!#.'.includes(text.charAt(0))),
  }),
);
const machineLines = lines.filter(({ kind }) => kind !== 'human' && kind !== 'typed');

test('decoding what was encoded gives the line back, for every kind', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(lines, (line) => {
      kinds.add(line.kind);
      expect(decodeLine(encodeLine(line))).toEqual({ ok: true, line });
    }),
    { numRuns: 2_000 },
  );
  expect(kinds.size).toBe(6);
});

test('encoding what was decoded gives the same bytes', () => {
  fc.assert(
    fc.property(machineLines, (line) => {
      const text = encodeLine(line);
      const decoded = decodeLine(text);
      expect(decoded.ok && encodeLine(decoded.line)).toBe(text);
    }),
  );
});

test('no one to three characters of a machine line can be changed to others without its being refused', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 94 }));
  fc.assert(
    fc.property(machineLines, fc.array(change, { minLength: 1, maxLength: 3 }), (line, changes) => {
      const text = encodeLine(line);
      const codes = Array.from(text, (char) => char.charCodeAt(0));
      for (const [where, by] of changes) {
        const at = where % codes.length;
        codes[at] = 0x20 + (((codes[at] ?? 0) - 0x20 + by) % 95);
      }
      const changed = String.fromCharCode(...codes);
      fc.pre(changed !== text);
      const decoded = decodeLine(changed);
      // A first character that is no class any more makes a text for people, or a typed one: nothing that a machine obeys.
      if (decoded.ok) expect(['human', 'typed']).toContain(decoded.line.kind);
      else expect(decoded.code).toBe('CRC');
    }),
    { numRuns: 5_000 },
  );
});

test('every change of one character of a command is refused', () => {
  const text = framed('> 00000000 12 REFILL if=3 nl=18000000 drained_nl=1500');
  for (let at = 1; at < text.length; at += 1) {
    for (let code = 0x20; code <= 0x7e; code += 1) {
      const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      if (changed !== text) expect(decodeLine(changed), changed).toMatchObject({ ok: false, code: 'CRC' });
    }
  }
});

test('decoding never throws, whatever the text', () => {
  const wild = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 100 }).map((text) => `> ${text}`),
    // A right check opens the way to the rest of the grammar.
    fc.string({ maxLength: 100 }).map((text) => framed(`> 00000000 1 ${text}`)),
    fc.string({ maxLength: 100 }).map((text) => framed(`! ${text}`)),
    fc.string({ unit: fc.constantFrom('>', '<', '!', ' ', '=', '*', '0', 'A', 'a', 'SIM'), maxLength: 60 }).map(framed),
  );
  fc.assert(
    fc.property(wild, (text) => {
      expect(typeof decodeLine(text).ok).toBe('boolean');
    }),
    { numRuns: 5_000 },
  );
});

/** What is wrong, and a command line with a right check that has it. */
const UNGRAMMATICAL: readonly (readonly [string, string])[] = [
  ['a key twice', 'START if=3 if=3'],
  ['17 fields', `START ${Array.from({ length: 17 }, (_, i) => `k${i}=1`).join(' ')}`],
  ['a key of 17 characters', `START ${'k'.repeat(17)}=1`],
  ['a value of 41 characters', `START if=${'1'.repeat(41)}`],
  ['an upper-case key', 'START IF=3'],
  ['a key that begins with a digit', 'START 1f=3'],
  ['the key __proto__', 'START __proto__=1'],
  ['an empty key', 'START =3'],
  ['an empty value', 'START if='],
  ['a field without =', 'START if'],
  ['two = in a field', 'START if=3=4'],
  ['a character that no value has', 'START if=3,5'],
  ['two spaces before a field', 'START  if=3'],
  ['two spaces between fields', 'REFILL if=1  nl=2'],
  ['a space before the check', 'START if=3 '],
  ['a lower-case verb', 'start if=3'],
  ['a verb of 13 letters', 'STARTSTARTSTA'],
  ['SIM without its second word', 'SIM'],
  ['SIM with a field for its second word', 'SIM to=3'],
];

test.each(UNGRAMMATICAL)('%s is refused as ungrammatical, and who asked is known', (_, words) => {
  expect(decodeLine(framed(`> 00000000 7 ${words}`))).toMatchObject({
    ok: false,
    code: 'GRAMMAR',
    command: { sid: '00000000', seq: 7 },
  });
});

const NO_HEAD: readonly (readonly [string, string])[] = [
  ['a leading zero in the sequence number', '> 00000000 07 STOP'],
  ['a sign', '> 00000000 +7 STOP'],
  ['a negative zero', '> 00000000 -0 STOP'],
  ['an exponent', '> 00000000 1e1 STOP'],
  ['a point', '> 00000000 7.0 STOP'],
  ['a sequence number over 32 bits', '> 00000000 4294967296 STOP'],
  ['a sequence number over 53 bits', '> 00000000 99999999999999999999 STOP'],
  ['a lower-case session id', '> 0000000a 7 STOP'],
  ['a session id of seven digits', '> 0000000 7 STOP'],
  ['two spaces in the head', '>  00000000 7 STOP'],
  ['no space after the class', '>00000000 7 STOP'],
  ['more than the class in the first word', '>x 00000000 7 STOP'],
  ['no verb', '> 00000000 7'],
  ['a reply that is neither OK nor NO', '< 00000000 7 MAYBE'],
  ['an event with a lower-case kind', '! 7 7 alarm'],
  ['an event number with a leading zero', '! 07 7 ALARM'],
  ['a heartbeat without a session', '.'],
  ['a heartbeat of a lower-case session', '. 0000000a ev=1'],
  ['a heartbeat with a number', '. 00000000 7 ev=1'],
  ['a heartbeat with a key twice', '. 00000000 ev=1 ev=1'],
  ['a heartbeat without its space', '.00000000 ev=1'],
];

test.each(NO_HEAD)('%s is refused as ungrammatical', (_, body) => {
  const decoded = decodeLine(framed(body));
  expect(decoded).toMatchObject({ ok: false, code: 'GRAMMAR' });
  expect(decoded).not.toHaveProperty('command');
});

const DAMAGED: readonly (readonly [string, string])[] = [
  ['a missing check', '> 00000000 7 STOP'],
  ['a check in lower case', `> 00000000 7 STOP *${framed('> 00000000 7 STOP').slice(-8).toLowerCase()}`],
  ['a check of seven digits', framed('> 00000000 7 STOP').slice(0, -1)],
  ['something after the check', `${framed('> 00000000 7 STOP')} `],
  ['a check without its space', framed('> 00000000 7 STOP').replace(' *', '*')],
  ['a check for the line without its class', `> ${framed('00000000 7 STOP')}`],
];

test.each(DAMAGED)('%s makes a line damaged', (_, text) => {
  expect(text).toMatch(/^> 00000000 7 STOP/);
  expect(decodeLine(text)).toMatchObject({ ok: false, code: 'CRC' });
});

test('the class is inside the check: an echoed command with its class changed is no reply', () => {
  expect(decodeLine(framed('> 00000000 7 OK').replace('>', '<'))).toMatchObject({ ok: false, code: 'CRC' });
  expect(decodeLine(framed('> 00000000 7 STOP'))).toMatchObject({ ok: true, line: { kind: 'command' } });
});

test('a key called like a property of every object is a field like any other', () => {
  const decoded = decodeLine(framed('> 00000000 7 START constructor=1 tostring=2'));
  const found = decoded.ok && decoded.line.kind === 'command' ? decoded.line.fields : undefined;
  expect(found).toEqual(Object.assign(Object.create(null), { constructor: '1', tostring: '2' }));
});

test('a field that was not sent is not found, not even one that every object has', () => {
  const decoded = decodeLine(framed('> 00000000 7 STOP'));
  const found = decoded.ok && decoded.line.kind === 'command' ? decoded.line.fields : {};
  expect(found['constructor']).toBeUndefined();
  expect('valueOf' in found).toBe(false);
});

test('sixteen fields, keys of 16 and values of 40 characters are taken', () => {
  const sixteen = Array.from({ length: 16 }, (_, i) => `k${i}=1`).join(' ');
  expect(decodeLine(framed(`> 00000000 7 START ${sixteen}`)).ok).toBe(true);
  expect(decodeLine(framed(`> 00000000 7 START ${'k'.repeat(16)}=${'v'.repeat(40)}`)).ok).toBe(true);
});

const human = (text: string): Line => ({ kind: 'human', text });

test('a line of 240 bytes with its line feed is encoded, and one of 241 is a mistake of the sender', () => {
  const longest = 'x'.repeat(LINE_LIMIT - 1 - '# '.length);
  expect(encodeLine(human(longest))).toHaveLength(239);
  expect(() => encodeLine(human(`${longest}x`))).toThrow('241 bytes, limit 240');
});

const event = (kind: string, keys: Record<string, string>): Line => ({
  kind: 'event',
  ev: 1,
  us: 1,
  event: kind,
  fields: keys,
});

const seventeen = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, '1']));

const UNSENDABLE: readonly (readonly [string, Line])[] = [
  ['a value with a space, which would be two fields', event('ALARM', { id: 'a state=off' })],
  ['a kind with a field in it', event('ALARM id=x', {})],
  ['a value that is empty', event('ALARM', { id: '' })],
  ['a sequence number below zero', { kind: 'command', sid: '00000000', seq: -1, verb: 'STOP', fields: {} }],
  ['a heartbeat of a session that is none', { kind: 'heartbeat', sid: 'x', fields: {} }],
  ['a heartbeat of 17 fields', { kind: 'heartbeat', sid: '00000000', fields: seventeen }],
  ['a fraction', { kind: 'event', ev: 1.5, us: 1, event: 'ALARM', fields: {} }],
  ['a text with a line feed', { kind: 'human', text: 'one\n> two' }],
  ['a text beyond ASCII', { kind: 'human', text: '5 µL' }],
  ['a typed line that would be a command', { kind: 'typed', text: '> STOP' }],
  ['a typed line of nothing', { kind: 'typed', text: '' }],
  ['a typed line that would be a heartbeat', { kind: 'typed', text: '. up' }],
];

test.each(UNSENDABLE)('encoding throws for %s', (_, line) => {
  expect(() => encodeLine(line)).toThrow(RangeError);
});

test('only canonical decimal integers are integers', () => {
  expect(parseInteger('0')).toBe(0);
  expect(parseInteger('1500')).toBe(1_500);
  expect(parseInteger(String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
  const wrong = ['', '-0', '-1', '+1', '00', '01', '1.0', '1.', '.5', '1e3', '0x10', '1_000', ' 1', '1 ', '١', 'NaN'];
  for (const text of [...wrong, '9007199254740992', '9'.repeat(400)]) expect(parseInteger(text), text).toBeUndefined();
});

test('a heartbeat has a session and fields, and no number', () => {
  const text = framed('. 00010001 ev=12 dose=3 al=0');
  const keys = Object.assign(Object.create(null), { ev: '12', dose: '3', al: '0' }) as Record<string, string>;
  expect(decodeLine(text)).toEqual({ ok: true, line: { kind: 'heartbeat', sid: '00010001', fields: keys } });
  expect(encodeLine({ kind: 'heartbeat', sid: '00010001', fields: keys })).toBe(text);
  expect(decodeLine(framed('. 00010001'))).toMatchObject({ ok: true, line: { kind: 'heartbeat' } });
});

test('a heartbeat is as bound to its check as any machine line', () => {
  expect(decodeLine('. 00010001 ev=12')).toMatchObject({ ok: false, code: 'CRC' });
  expect(decodeLine('. 00010001 ev=12 *00000000')).toMatchObject({ ok: false, code: 'CRC' });
  expect(decodeLine('.')).toMatchObject({ ok: false, code: 'CRC' });
});
