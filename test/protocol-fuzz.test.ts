/** What a line can become on its way, and that nothing of it is taken for a command. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ALL_RULES,
  createAssembler,
  createPumpLink,
  decodeLine,
  encodeFields,
  encodeLine,
  LINE_LIMIT,
  MAX_SEQ,
  NO_SESSION,
  pumpLink,
  push,
  SCHEMA_HASH,
  TYPED,
  VERB_NAMES,
  VERBS,
  type Assembled,
  type Assembler,
  type PumpFacts,
  type PumpLinkState,
  type PumpOutput,
  type Verb,
  type VerbSpec,
} from '../protocol/index.ts';
import { framed } from './support/pump-talk.ts';
import { longestFields, middlingFields, middlingReply } from './support/verb-lines.ts';

const FACTS: PumpFacts = {
  us: 1_000_000,
  dose: 3,
  records: [],
  ev: 12,
  alarms: 0,
  revision: 5,
  serial: 'P1',
  world: 'SIM',
  lockstep: false,
  flowMax: 24_000_000,
  flowMin: 1,
  step: 1,
};

const machine = pumpLink({ rules: ALL_RULES, typed: 'dose' });
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const sentence = (sid: string, seq: number, verb: string, fields: Record<string, string>): string =>
  encodeLine({ kind: 'command', sid, seq, verb, fields });

/** A pump that a host has just said HELLO to, and whose next command has the longest number that there is. */
const LIVE: PumpLinkState = (() => {
  const hello = encodeFields({ v: 2, nonce: '0BADCAFE', role: 'bench', schema: SCHEMA_HASH });
  const [state] = machine(createPumpLink(1), {
    on: 'line',
    text: sentence(NO_SESSION, 0, 'HELLO', hello),
    at: 0,
    facts: FACTS,
  });
  if (state.session === undefined) throw new Error('no session');
  return { ...state, session: { ...state.session, seq: MAX_SEQ - 1 } };
})();
const SID = LIVE.session?.sid ?? '';

type Obeyed = Extract<PumpOutput, { do: 'obey' }>;

interface Heard {
  readonly state: PumpLinkState;
  readonly obeyed: readonly Obeyed[];
  readonly sent: readonly string[];
}

function hearOne(state: PumpLinkState, one: Assembled): readonly [PumpLinkState, readonly PumpOutput[]] {
  switch (one.kind) {
    case 'line':
      return machine(state, { on: 'line', text: one.text, at: 0, facts: FACTS });
    case 'break':
      return machine(state, { on: 'break', at: 0 });
    case 'discarded':
      return [state, []];
  }
}

/** What comes of bytes on the line; what the pump is to do is refused by it, which changes nothing. */
function hear(start: PumpLinkState, assembled: readonly Assembled[]): Heard {
  let state = start;
  const obeyed: Obeyed[] = [];
  const sent: string[] = [];
  for (const one of assembled) {
    let [next, outputs] = hearOne(state, one);
    for (const order of outputs) {
      if (order.do === 'send') sent.push(...order.lines);
      if (order.do !== 'obey') continue;
      obeyed.push(order);
      [next, outputs] = machine(next, { on: 'answer', reply: { ok: false, code: 'BUSY', fields: {} }, at: 0 });
      for (const output of outputs) if (output.do === 'send') sent.push(...output.lines);
    }
    state = next;
  }
  return { state, obeyed, sent };
}

const hearBytes = (all: Uint8Array): Heard => hear(LIVE, push(createAssembler(), all));

/** The next command of the session in force, with values of middling length and with the longest. */
const commandsOf = (verb: Verb): readonly [string, string] => [
  sentence(SID, MAX_SEQ, verb, middlingFields(VERBS[verb].keys)),
  sentence(SID, MAX_SEQ, verb, longestFields(VERBS[verb].keys)),
];

const readsOf = (verb: Verb): boolean => (VERBS[verb] as VerbSpec).reads === true;

/** Where, counted from the front or among the spaces, and to what. */
interface Change {
  readonly at: number;
  readonly space: boolean;
  readonly to: number;
}

const PRINTABLE = { min: 0x20, max: 0x7e };
const printable = fc.integer(PRINTABLE);
/** Line ends and breaks more often than the rest. */
const control = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x03), fc.integer({ min: 0, max: 0x1f }), fc.constant(0x7f));
const anywhere = fc.nat({ max: LINE_LIMIT * 10 });
const changes = (to: fc.Arbitrary<number>): fc.Arbitrary<readonly Change[]> =>
  fc.array(fc.record({ at: anywhere, space: fc.boolean(), to }), { minLength: 1, maxLength: 3 });

function changed(text: string, all: readonly Change[]): string {
  const codes = Array.from(text, (char) => char.charCodeAt(0));
  const spaces = codes.flatMap((code, index) => (code === 0x20 ? [index] : []));
  for (const { at, space, to } of all) codes[(space ? spaces[at % spaces.length] : at % codes.length) ?? 0] = to;
  return String.fromCharCode(...codes);
}

/** Words that a typed line can begin with. */
const typedWord = (text: string): string => text.trim().split(/ +/)[0]?.toUpperCase() ?? '';

const RUNS = 6_000;
test(`the search below tries more than 200,000 changes of either kind`, () => {
  expect(RUNS * VERB_NAMES.length).toBeGreaterThan(200_000);
});

test.each(VERB_NAMES)('%s: unharmed, both lines are next in the session and taken', (verb) => {
  for (const text of commandsOf(verb)) {
    expect(text.length + 1).toBeLessThanOrEqual(LINE_LIMIT);
    expect(decodeLine(text)).toMatchObject({ ok: true, line: { kind: 'command', verb } });
    const { obeyed, sent } = hearBytes(bytes(`${text}\n`));
    expect(obeyed.length + sent.length).toBeGreaterThan(0);
    expect(sent.join()).not.toMatch(/code=(?:SEQ|GRAMMAR|UNKNOWN|MISSING)/);
  }
});

test.each(VERB_NAMES)('%s: one to three other characters, and no machine obeys it', (verb) => {
  const pool = [...commandsOf(verb), encodeLine(middlingReply(verb))];
  fc.assert(
    fc.property(fc.constantFrom(...pool), changes(printable), (text, all) => {
      const damaged = changed(text, all);
      fc.pre(damaged !== text);
      const decoded = decodeLine(damaged);
      if (!decoded.ok) return decoded.code === 'CRC';
      const { line } = decoded;
      return line.kind === 'human' || (line.kind === 'typed' && !Object.hasOwn(TYPED, typedWord(line.text)));
    }),
    { numRuns: RUNS },
  );
});

test.each(VERB_NAMES)('%s: control characters too, and the pump stops or reads at most', (verb) => {
  fc.assert(
    fc.property(fc.constantFrom(...commandsOf(verb)), changes(fc.oneof(control, printable)), (text, all) => {
      const damaged = changed(text, all);
      fc.pre(damaged !== text);
      const { state, obeyed } = hearBytes(bytes(`${damaged}\n`));
      return (
        obeyed.every(({ verb: order, dose }) => dose === undefined && (order === 'STOP' || readsOf(order))) &&
        state.session === LIVE.session &&
        state.sessions === LIVE.sessions &&
        state.readBack === undefined
      );
    }),
    { numRuns: RUNS },
  );
});

test('the search would find what it looks for: a line that only its check protects is obeyed without one', () => {
  const text = sentence(SID, MAX_SEQ, 'RESUME', { ev: '1' });
  const other = sentence(SID, MAX_SEQ, 'RESUME', { ev: '2' });
  expect(hearBytes(bytes(`${text}\n`)).obeyed).toMatchObject([{ verb: 'RESUME', args: { ev: 1 } }]);
  expect(hearBytes(bytes(`${text.replace('ev=1', 'ev=2')}\n`)).obeyed).toEqual([]);
  expect(hearBytes(bytes(`${other}\n`)).obeyed).toMatchObject([{ verb: 'RESUME', args: { ev: 2 } }]);
  expect(hearBytes(bytes(`${text.replace(' RESUME ', '\nSTOP\n')}\n`)).obeyed).toMatchObject([{ verb: 'STOP' }]);
  expect(hearBytes(bytes(text.replace(' RESUME ', '\u0003\u0003'))).obeyed).toMatchObject([
    { verb: 'STOP', stop: 'break' },
  ]);
});

/** Bytes among which line ends, breaks, overlong lines, typed words and valid lines are frequent. */
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
        '.',
        ' ',
        'STOP',
        'STATUS',
        'BOLUS nl=1',
        '\u00ff',
      ),
      fc.constantFrom(...VERB_NAMES.flatMap((verb) => commandsOf(verb))),
      fc.integer({ min: 230, max: 250 }).map((length) => 'x'.repeat(length)),
      fc.uint8Array({ maxLength: 600 }).map((some) => Buffer.from(some).toString('latin1')),
    ),
    { maxLength: 20 },
  )
  .map((parts) => bytes(parts.join('')));

const PING = sentence(SID, MAX_SEQ, 'PING', {});
/** Bytes after which the session is as it was. */
const harmless = lively.filter((all) => hearBytes(all).state.session === LIVE.session);

test('after any bytes and a line feed a valid line is heard', () => {
  fc.assert(
    fc.property(harmless, (before) => {
      const assembler = createAssembler();
      const { state } = hear(LIVE, push(assembler, Buffer.concat([before, bytes('\n')])));
      fc.pre(state.session === LIVE.session);
      const { sent } = hear(state, push(assembler, bytes(`${PING}\n`)));
      expect(sent.map((text) => decodeLine(text))).toMatchObject([
        { ok: true, line: { kind: 'reply', sid: SID, seq: MAX_SEQ, ok: true } },
      ]);
    }),
    { numRuns: 2_000 },
  );
});

test('what the pump does and says is the same wherever the bytes are cut', () => {
  fc.assert(
    fc.property(lively, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (all, sizes) => {
      const assembler = createAssembler();
      const pieces: Assembled[] = [];
      for (let at = 0, i = 0; at < all.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1;
        pieces.push(...push(assembler, all.subarray(at, at + size)));
        at += size;
      }
      expect(hear(LIVE, pieces)).toEqual(hearBytes(all));
    }),
    { numRuns: 1_000 },
  );
});

const chars = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: printable.map((code) => String.fromCharCode(code)), maxLength });
/** Keys of the table, of which each verb has some, and others. */
const anyKey = fc.oneof(
  fc.constantFrom(...new Set(Object.values<VerbSpec>(VERBS).flatMap(({ keys }) => Object.keys(keys)))),
  chars(60),
);
const anyValue = fc.oneof(fc.constantFrom('0', '1', '9'.repeat(16), 'stop', 'bolus', '00000000', '2'), chars(60));
const anyWords = fc
  .array(
    fc.oneof(
      fc.tuple(anyKey, anyValue).map((pair) => pair.join('=')),
      chars(20),
    ),
    { maxLength: 4 },
  )
  .map((words) => words.map((word) => ` ${word}`).join(''));
const typedLine = fc
  .tuple(fc.constantFrom(...Object.keys(TYPED), 'confirm 0000', 'STATE', ''), anyWords)
  .map(([word, rest]) => (word + rest).slice(0, LINE_LIMIT - 1));
/** Right checks, and all that is wrong behind them. */
const checkedLine = fc
  .tuple(
    fc.constantFrom('>', '>', '>', '<', '!', '.'),
    fc.constantFrom(SID, NO_SESSION, 'FFFFFFFF'),
    fc.constantFrom(MAX_SEQ, MAX_SEQ - 1, 0, 1),
    fc.constantFrom(...VERB_NAMES, 'STATE', 'SIM STATE', 'SIM'),
    anyWords,
  )
  .map((words) => framed(words.slice(0, 4).join(' ') + words[4]));

test('whatever is typed or sent, the pump answers in lines of the grammar', () => {
  const said = fc.array(fc.oneof(typedLine, checkedLine), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(said, fc.boolean(), (texts, live) => {
      const assembled = push(createAssembler(), bytes(texts.map((text) => `${text}\n`).join('')));
      for (const text of hear(live ? LIVE : createPumpLink(1), assembled).sent) {
        expect(text.length, text).toBeLessThan(LINE_LIMIT);
        expect(decodeLine(text), text).toMatchObject({
          ok: true,
          line: { kind: expect.stringMatching(/human|reply/) as string },
        });
      }
    }),
    { numRuns: 10_000 },
  );
});

/** Bytes on the heap and outside it once what nobody holds is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const MEGABYTE = 1_000_000;
const feed = (assembler: Assembler, chunk: Uint8Array, times: number): number => {
  let ended = 0;
  for (let i = 0; i < times; i += 1) ended += push(assembler, chunk).length;
  return ended;
};

test('a hundred megabytes without a line feed take no memory, and are dropped as one line', () => {
  const assembler = createAssembler();
  const { buffer } = assembler;
  const chunk = Buffer.alloc(64, 'x');
  feed(assembler, chunk, MEGABYTE / 64);
  const before = heldBytes();
  expect(feed(assembler, chunk, (99 * MEGABYTE) / 64)).toBe(0);
  expect(heldBytes() - before).toBeLessThan(MEGABYTE);
  expect(assembler.buffer).toBe(buffer);
  expect(buffer).toHaveLength(LINE_LIMIT);
  const { length } = assembler;
  expect(length).toBeGreaterThan(99 * MEGABYTE);
  expect(push(assembler, bytes(`STOP\n${PING}\n`))).toEqual([
    { kind: 'discarded', reason: 'overlong', bytes: length + 4 },
    { kind: 'line', text: PING },
  ]);
});
