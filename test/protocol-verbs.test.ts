import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CODES,
  decodeArguments,
  decodeLine,
  decodeReply,
  encodeFields,
  encodeLine,
  isVerb,
  LEASE_MS,
  LINE_LIMIT,
  MAX_FIELDS,
  MAX_SEQ,
  SCHEMA_HASH,
  VERB_NAMES,
  VERBS,
  type Code,
  type Fields,
  type KeySpec,
  type VerbSpec,
} from '../protocol/index.ts';
import { schemaHash } from '../protocol/schema.ts';
import { MAX_MICROS } from '../protocol/units.ts';
import { libraryWords } from '../bridge/host/wire-command.ts';
import { LOG_KIND_NAMES, LOG_KINDS } from '../firmware-sim/scenario/log-kinds.ts';
import {
  ALARM_IDS,
  DRUG_NAMES,
  FAULTS,
  LIBRARIES,
  MODES,
  POPULATIONS,
  PROFILE_NAMES,
  PROGRAM_MODES,
  REFUSALS,
  SOFT_LIMIT_NAMES,
  type FaultDefinition,
} from '../firmware-sim/simulation/vocabulary.ts';
import { longestCommand, longestFields, table, widest, type Keys } from './support/verb-lines.ts';

/** What the pump adds when it repeats a reply; a reply to a dose may say so by itself. */
const repeated = (fields: Record<string, string>): Record<string, string> => ({ ...fields, dup: '1' });

test.each(table)('the longest %s line fits, there and back, and back again as a duplicate', (verb, { keys, reply }) => {
  const sid = 'FFFFFFFF';
  const answer = longestFields(reply);
  // HELLO is said outside of every session, and answered anew.
  const again = verb === 'HELLO' ? answer : repeated(answer);
  expect(Object.keys(keys).length).toBeLessThanOrEqual(MAX_FIELDS);
  expect(Object.keys(again).length).toBeLessThanOrEqual(MAX_FIELDS);
  expect(longestCommand(verb).length + 1).toBeLessThanOrEqual(LINE_LIMIT);
  expect(encodeLine({ kind: 'reply', sid, seq: MAX_SEQ, ok: true, fields: again }).length + 1).toBeLessThanOrEqual(
    LINE_LIMIT,
  );
});

/** All names in one word, as log and wire carry them. */
const ALL_LIMITS = SOFT_LIMIT_NAMES.join('+');

test('the longest refusals fit', () => {
  const name = 'x'.repeat(40);
  const big = Number.MAX_SAFE_INTEGER;
  const refusals = [
    { code: 'UNKNOWN_FAULT', fault: name, mode: name },
    { code: 'FLOW_RANGE', nlpd: big, min: big, max: big, conc_min: big, conc_max: big },
    { code: 'DOSE_RANGE', ng: big, min: big, max: big },
    { code: 'SOFT_LIMIT', soft: ALL_LIMITS },
    { code: 'PART_ORDER', why: 'no-program', want: 99 },
    { code: 'PRECOND', dose: MAX_SEQ, last: '0'.repeat(8), lstate: 'INTERRUPTED', lnl: 1_000_000_000 },
    { code: 'HELD', left_ms: LEASE_MS },
    { code: 'VERSION', have: '1-99' },
    { code: 'NO_SILENCE', alarm: widest(ALARM_IDS) },
    { code: 'UNKNOWN_KEY', key: 'k'.repeat(16) },
  ];
  for (const fields of refusals) {
    const texts = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
    const line = { kind: 'reply', sid: 'FFFFFFFF', seq: MAX_SEQ, ok: false, fields: repeated(texts) } as const;
    expect(encodeLine(line).length + 1).toBeLessThanOrEqual(LINE_LIMIT);
  }
});

/** The widest text that the log has under a key. */
const WIDEST: Readonly<Record<string, string>> = {
  after: widest(ALARM_IDS),
  check: 'F'.repeat(8),
  conc: '1000000',
  disc: 'beyond',
  drug: 'x'.repeat(12),
  due_us: String(MAX_MICROS),
  id: widest(ALARM_IDS),
  kind: 'scheduled',
  lim: '1000000000',
  low_us: String(MAX_MICROS),
  mode: widest(PROGRAM_MODES),
  n: '999',
  ng: '100000000000',
  off_us: '86399999999',
  over: ALL_LIMITS,
  pri: 'medium',
  profile: widest(PROFILE_NAMES),
  rev: String(MAX_SEQ),
  state: 'interrupted',
  tod_us: '86399999999',
  ver: '9999',
  why: widest(ALARM_IDS),
};

test.each(LOG_KIND_NAMES)('the longest %s entry of the log fits a line', (event) => {
  // The one soft limit that a bolus by itself can break.
  const own = event === 'BOLUS' ? { ...WIDEST, over: 'bolus' } : WIDEST;
  const fields = Object.fromEntries(LOG_KINDS[event].map((key) => [key, own[key] ?? '100000000']));
  const line = encodeLine({ kind: 'event', ev: MAX_SEQ, us: MAX_MICROS, event, fields });
  expect(line.length + 1).toBeLessThanOrEqual(LINE_LIMIT);
});

test('names that travel as values are values of the grammar', () => {
  const modes = Object.values(FAULTS).flatMap((definition) => Object.keys(definition.modes));
  const names = [
    ...PROFILE_NAMES,
    ...DRUG_NAMES,
    ...MODES,
    ...Object.keys(FAULTS),
    ...modes,
    ...ALARM_IDS,
    ...Object.keys(CODES),
    ALL_LIMITS,
  ];
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.:+-]{1,40}$/);
});

test('the words of the table are those of the firmware, whose room it does not see', () => {
  expect(VERBS.STATUS.reply.mode.words).toEqual(MODES);
  expect(VERBS.INTERROGATE.reply.mode.words).toEqual(MODES);
  expect(VERBS.PROGRAM.keys.mode.words).toEqual(PROGRAM_MODES);
  expect(VERBS.PROGRAM.keys.pop.words).toEqual(POPULATIONS);
});

test('names of the firmware fit the keys that carry them', () => {
  expect(ALL_LIMITS.length).toBeLessThanOrEqual(VERBS.COMMIT.keys.over.most);
  for (const name of DRUG_NAMES) {
    expect(name.length).toBeLessThanOrEqual(VERBS['SIM RESET'].keys.drug.most);
    expect(decodeArguments('LIBRARY', encodeFields(libraryWords(LIBRARIES[name])))).toMatchObject({ ok: true });
  }
});

test('every fault, mode and parameter fits the keys of SIM FAULT', () => {
  const { fault, mode, p1 } = VERBS['SIM FAULT'].keys;
  for (const [name, { modes }] of Object.entries<FaultDefinition>(FAULTS)) {
    expect(name.length).toBeLessThanOrEqual(fault.most);
    for (const [word, { parameters }] of Object.entries(modes)) {
      expect(word.length).toBeLessThanOrEqual(mode.most);
      expect(Object.keys(parameters).length).toBeLessThanOrEqual(3);
      for (const [key, { max }] of Object.entries(parameters))
        expect(`${key}:${max}`.length).toBeLessThanOrEqual(p1.most);
    }
  }
});

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

test('the measure of distance is right where it is known', () => {
  expect(distance('STOP', 'STOP')).toBe(0);
  expect(distance('kitten', 'sitting')).toBe(3);
  expect(distance('', 'abc')).toBe(3);
});

test('between any two verbs lie at least three edits', () => {
  for (const [i, a] of VERB_NAMES.entries()) {
    for (const b of VERB_NAMES.slice(i + 1)) expect(distance(a, b), `${a} and ${b}`).toBeGreaterThanOrEqual(3);
  }
});

/** Codes that stand before any verb's meaning: of the line, of the session, and of what is typed. */
const GENERAL: readonly Code[] = [
  ...(['GRAMMAR', 'UNKNOWN_VERB', 'UNKNOWN_KEY', 'MISSING_KEY', 'BAD_VALUE'] as const),
  ...(['STALE', 'SEQ', 'SEQ_REUSED', 'READ_ONLY'] as const),
  ...(['TYPED_OFF', 'CONFIRM', 'NOT_HELD'] as const),
];

test('every code is one of the line itself or belongs to a verb', () => {
  const used = new Set<string>([...GENERAL, ...table.flatMap(([, { codes }]) => codes)]);
  expect([...used].toSorted()).toEqual(Object.keys(CODES).toSorted());
});

test('every refusal of the firmware is a code of the wire, and stands at some verb', () => {
  const used = new Set<string>(table.flatMap(([, { codes }]) => codes));
  for (const refusal of Object.keys(REFUSALS)) expect([...used]).toContain(refusal);
});

/** Fields that a verb takes, with one key changed. */
const fieldsOf = (keys: Keys, changes: Record<string, string | undefined> = {}) =>
  Object.fromEntries(
    Object.entries({ ...longestFields(keys), ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

test.each(VERB_NAMES)('%s takes all its keys at their largest', (verb) => {
  expect(decodeArguments(verb, fieldsOf(VERBS[verb].keys)).ok).toBe(true);
});

test.each(VERB_NAMES)('%s refuses a key that it does not know, and names it', (verb) => {
  for (const key of ['foo', 'constructor', 'valueof']) {
    const fields = fieldsOf(VERBS[verb].keys, { [key]: '1' });
    expect(decodeArguments(verb, fields)).toEqual({ ok: false, code: 'UNKNOWN_KEY', key });
  }
});

test.each(VERB_NAMES)('%s refuses to do without a required key, names it, and does without an optional one', (verb) => {
  for (const [key, spec] of Object.entries<KeySpec>(VERBS[verb].keys)) {
    const check = decodeArguments(verb, fieldsOf(VERBS[verb].keys, { [key]: undefined }));
    if (spec.optional === true) expect(check.ok).toBe(true);
    else expect(check).toEqual({ ok: false, code: 'MISSING_KEY', key });
  }
});

test.each(VERB_NAMES)('%s refuses a value out of range or out of form, and names its key', (verb) => {
  for (const [key, spec] of Object.entries<KeySpec>(VERBS[verb].keys)) {
    if (spec.type === 'name') continue;
    const wrong =
      spec.type === 'word'
        ? ['', 'nothing', spec.words[0]?.toUpperCase() === spec.words[0] ? 'x' : (spec.words[0]?.toUpperCase() ?? '')]
        : [String(spec.max + 1), '01', '-1', '+1', '1.0', '1e3', '-0', ...(spec.min > 0 ? [String(spec.min - 1)] : [])];
    for (const value of wrong) {
      const check = decodeArguments(verb, fieldsOf(VERBS[verb].keys, { [key]: value }));
      expect(check, `${key}=${value}`).toEqual({ ok: false, code: 'BAD_VALUE', key });
    }
  }
});

test('only what stands in the table is a verb', () => {
  expect(isVerb('STOP')).toBe(true);
  for (const text of ['stop', 'SIM', 'RESET', 'constructor', 'toString', '__proto__']) expect(isVerb(text)).toBe(false);
});

test('a reply with a key too many is taken without it, for a newer pump may say more', () => {
  expect(decodeReply('STOP', { rev: '3', news: '1' })).toEqual({ ok: true, reply: { rev: 3 } });
});

test('a reply with a key too few or a wrong value is not taken, and the key is named', () => {
  expect(decodeReply('STOP', {})).toMatchObject({ ok: false, detail: expect.stringContaining('rev') as string });
  expect(decodeReply('STOP', { rev: '03' })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('rev') as string,
  });
});

const WILD = ['', '0', '1', '-1', '01', '1e3', '9'.repeat(15), '9'.repeat(17), 'stop', 'x', 'x'.repeat(41)] as const;

/** Good fields of which up to three are gone, changed, or added. */
const spoiledFields = (keys: Keys): fc.Arbitrary<Record<string, string>> => {
  const key = fc.constantFrom(...Object.keys(keys), 'foo', 'constructor');
  const change = fc.tuple(key, fc.constantFrom(undefined, ...WILD));
  return fc.array(change, { maxLength: 3 }).map((changes) => fieldsOf(keys, Object.fromEntries(changes)));
};

/** A value as the table has it, read by other means; undefined: it is none. */
function valueOf(spec: KeySpec, text: string): number | string | undefined {
  switch (spec.type) {
    case 'integer': {
      const value = BigInt(/^(?:0|[1-9][0-9]*)$/.test(text) ? text : -1);
      return value >= spec.min && value <= spec.max ? Number(value) : undefined;
    }
    case 'word':
      return spec.words.includes(text) ? text : undefined;
    case 'name':
      return text.length <= spec.most ? text : undefined;
  }
}

/** What the table says of fields: the keys of the table in their order, then those that it does not have. */
function judged(keys: Keys, fields: Readonly<Record<string, string>>) {
  const args: Record<string, number | string> = {};
  for (const [key, spec] of Object.entries(keys)) {
    if (!Object.hasOwn(fields, key)) {
      if (spec.optional === true) continue;
      return { ok: false, code: 'MISSING_KEY', key };
    }
    const value = valueOf(spec, fields[key] ?? '');
    if (value === undefined) return { ok: false, code: 'BAD_VALUE', key };
    args[key] = value;
  }
  const unknown = Object.keys(fields).find((key) => !Object.hasOwn(keys, key));
  return unknown === undefined ? { ok: true, args } : { ok: false, code: 'UNKNOWN_KEY', key: unknown };
}

test.each(table)('%s: verdict and first complaint are those of the table', (verb, { keys, reply }) => {
  fc.assert(
    fc.property(spoiledFields(keys), spoiledFields(reply), (asked, answered) => {
      expect(decodeArguments(verb, asked)).toEqual(judged(keys, asked));
      // A decoded line has no prototype.
      expect(decodeArguments(verb, Object.assign(Object.create(null), asked) as Fields)).toEqual(judged(keys, asked));
      const known = Object.fromEntries(Object.entries(answered).filter(([key]) => Object.hasOwn(reply, key)));
      const verdict = judged(reply, known);
      const check = decodeReply(verb, answered);
      if (verdict.ok) expect(check).toEqual({ ok: true, reply: verdict.args });
      else expect(check).toMatchObject({ ok: false, detail: expect.stringContaining(` ${verdict.key}: `) as string });
    }),
  );
});

test('the schema hash of this version is 5CE6EFF8', () => {
  expect(SCHEMA_HASH).toBe('5CE6EFF8');
  expect(schemaHash(VERBS)).toBe(SCHEMA_HASH);
});

/** The table with one key of SIM RESET changed. */
const withCompliance = (change: Readonly<Record<string, unknown>>): string => {
  const reset: VerbSpec = VERBS['SIM RESET'];
  const compliance = { ...VERBS['SIM RESET'].keys.compliance, ...change } as KeySpec;
  return schemaHash({ ...VERBS, 'SIM RESET': { ...reset, keys: { ...reset.keys, compliance } } });
};

test.each([
  ['unit', { unit: 'Pa' }],
  ['least value', { min: 2 }],
  ['largest value', { max: 5 }],
  ['type', { type: 'name', most: 40 }],
  ['being optional', { optional: undefined }],
])('the schema hash changes with the %s of a key', (_, change) => {
  expect(withCompliance(change)).not.toBe(SCHEMA_HASH);
});

test('the schema hash changes with a word, a key, the side of a key, and a verb', () => {
  const { STOP: stop, PROGRAM: program, ...others } = VERBS;
  const spec: VerbSpec = stop;
  const words = { ...program.keys, mode: { ...program.keys.mode, words: ['continuous', 'flexible'] } };
  const tables: Readonly<Record<string, VerbSpec>>[] = [
    { ...others, STOP: stop },
    { ...VERBS, HALT: stop },
    { ...VERBS, STOP: { ...spec, reply: {} } },
    { ...VERBS, STOP: { ...spec, keys: spec.reply, reply: {} } },
    { ...VERBS, PROGRAM: { ...program, keys: words } },
  ];
  const hashes = tables.map(schemaHash);
  expect(new Set([...hashes, SCHEMA_HASH]).size).toBe(tables.length + 1);
});

test('the schema hash stays when only a text or the order changes', () => {
  expect(withCompliance({ text: 'other words' })).toBe(SCHEMA_HASH);
  expect(schemaHash(Object.fromEntries(table.toReversed()))).toBe(SCHEMA_HASH);
});

test('every verb is a verb of the grammar', () => {
  for (const verb of VERB_NAMES) {
    const text = encodeLine({ kind: 'command', sid: '00000000', seq: 1, verb, fields: {} });
    expect(decodeLine(text)).toMatchObject({ ok: true, line: { verb } });
  }
});
