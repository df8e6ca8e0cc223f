/** The gate through which every dose of a host goes, and the records behind it (PROTOCOL.md, D1 to D6), by the machine alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doseId, DOSE_ID, termsOf, type DoseFact } from '../protocol/index.ts';
import { GATE } from '../protocol/session/dose-gate.ts';
import { given, machine, type Machine } from './support/pump-machine.ts';
import { commandLine } from './support/pump-talk.ts';

type Order = Readonly<Record<string, string | number>>;

const ORDER: Order = {
  id: 'M3D8QZ4T',
  after: 0,
  by: 56_234_000,
  onlost: 'continue',
  nl: 1_500,
  nlpd: 216_000_000,
};

const words = (order: Order, verb = 'BOLUS'): string =>
  [verb, ...Object.entries(order).map(([key, value]) => `${key}=${value}`)].join(' ');
const bolus = (changes: Order = {}): string => words({ ...ORDER, ...changes });
const without = (key: string): string =>
  words(Object.fromEntries(Object.entries(ORDER).filter(([name]) => name !== key)));

/** A machine with a session, and doses that were given before. */
function inSession(...records: readonly DoseFact[]): Machine {
  const pump = machine();
  pump.facts = { ...pump.facts, dose: records.at(-1)?.n ?? 0, records };
  pump.hello();
  return pump;
}

/** What is now known of a dose. */
function becomes(pump: Machine, n: number, change: Partial<DoseFact>): void {
  const records = pump.facts.records.map((one) => (one.n === n ? { ...one, ...change } : one));
  pump.facts = { ...pump.facts, records };
}

test('D1: a dose is handed to the pump with its identity, and the pump answers', () => {
  const pump = inSession(given(41));
  const { fields } = pump.ask(bolus({ after: 41 }));
  expect(fields).toEqual({ rev: '4', state: 'ACCEPTED', dose: '42', nl: '1500', nlpd: '216000000' });
  expect(pump.obeyed).toMatchObject([
    {
      verb: 'BOLUS',
      args: { nl: 1_500, nlpd: 216_000_000 },
      dose: { id: 'M3D8QZ4T', terms: expect.stringMatching(/^[0-9A-F]{8}$/) as string, source: 'host' },
    },
  ]);
});

test.each(['id', 'after', 'by', 'onlost', 'nl', 'nlpd'])('D1: a bolus without %s= is none', (key) => {
  const pump = inSession();
  expect(pump.ask(without(key)).fields).toEqual({ code: 'MISSING_KEY', key });
  expect(pump.obeyed).toEqual([]);
});

test.each(['M3D8QZ4I', 'M3D8QZ4L', 'M3D8QZ4O', 'M3D8QZ4U', 'm3d8qz4t', 'M3D8QZ4', 'M3D8QZ4TT', 'M3D8-Z4T'])(
  'D1: %s is no id of a dose',
  (id) => {
    const pump = inSession();
    expect(pump.ask(bolus({ id })).fields).toEqual({ code: 'BAD_VALUE', key: 'id' });
    expect(pump.obeyed).toEqual([]);
  },
);

test('D1: an id is made of 40 bits, and every one of them counts', () => {
  expect(doseId(new Uint8Array(5))).toBe('00000000');
  expect(doseId(new Uint8Array(5).fill(255))).toBe('ZZZZZZZZ');
  const ids = Array.from({ length: 40 }, (_, bit) => {
    const bytes = new Uint8Array(5);
    bytes[bit >> 3] = 1 << (bit & 7);
    return doseId(bytes);
  });
  expect(new Set(ids).size).toBe(40);
  for (const id of ids) expect(id).toMatch(DOSE_ID);
  expect(() => doseId(new Uint8Array(4))).toThrow(RangeError);
});

test.each([
  ['is under way', { state: 'ACCEPTED', given: 300 }, { state: 'ACCEPTED', given_nl: '300' }],
  ['was given', { state: 'DONE', given: 1_500 }, { state: 'DONE', given_nl: '1500' }],
  ['was interrupted', { state: 'INTERRUPTED', given: 640 }, { state: 'INTERRUPTED', given_nl: '640' }],
] as const)('D2: the same dose once more, while it %s, is told and not given', (_, outcome, told) => {
  const pump = inSession();
  pump.ask(bolus());
  becomes(pump, 1, outcome);
  expect(pump.ask(bolus()).fields).toEqual({ ...told, dose: '1', nl: '1500', nlpd: '216000000', dup: '1' });
  expect(pump.obeyed).toHaveLength(1);
});

test('D2: a dose is known in every later session, and after a restart', () => {
  const pump = inSession();
  pump.ask(bolus());
  pump.hello({ nonce: '0000BBBB', prev: pump.sid() });
  expect(pump.ask(bolus()).fields['dup']).toBe('1');
  pump.give({ on: 'boot', boot: 0x119 });
  pump.hello();
  expect(pump.ask(bolus()).fields['dup']).toBe('1');
  expect(pump.obeyed).toHaveLength(1);
});

test('D2: a dose is known though others were given since', () => {
  const pump = inSession();
  pump.ask(bolus());
  pump.ask(bolus({ id: '0000000A', after: 1 }));
  expect(pump.ask(bolus()).fields).toMatchObject({ dose: '1', dup: '1' });
  expect(pump.obeyed).toHaveLength(2);
});

test('D2: the deadline is that of one attempt: another one is the same dose, a passed one tells what became of it', () => {
  const pump = inSession();
  pump.ask(bolus());
  expect(pump.ask(bolus({ by: 99_000_000 })).fields['dup']).toBe('1');
  pump.facts = { ...pump.facts, us: 60_000_000 };
  expect(pump.ask(bolus()).fields['dup']).toBe('1');
});

test('D2: the order of the keys is no part of what a dose is', () => {
  const pump = inSession();
  pump.ask(bolus());
  const turned = words(Object.fromEntries(Object.entries(ORDER).toReversed()));
  expect(turned).not.toBe(bolus());
  expect(pump.ask(turned).fields['dup']).toBe('1');
});

test.each([
  ['another volume', bolus({ nl: 1_501 })],
  ['another rate', bolus({ nlpd: 216_000_001 })],
  ['an override', bolus({ over: 'bolus' })],
  ['another number before it', bolus({ after: 1 })],
  ['another verb', words({ id: 'M3D8QZ4T', after: 0, by: 56_234_000, onlost: 'continue' }, 'PRIME')],
])('D2: an id that was used is refused with %s', (_, other) => {
  const pump = inSession();
  pump.ask(bolus());
  expect(pump.ask(other).fields).toEqual({ code: 'ID_REUSED', dose: '1' });
  expect(pump.obeyed).toHaveLength(1);
});

test('D2: doses differ in what they are if any of their terms does', () => {
  const fields = { nl: '1', nlpd: '2', onlost: 'continue' };
  const all = [
    termsOf('BOLUS', fields),
    termsOf('PRIME', fields),
    termsOf('BOLUS', { ...fields, nl: '2' }),
    termsOf('BOLUS', { ...fields, nlpd: '1' }),
    termsOf('BOLUS', { ...fields, onlost: 'stop' }),
    termsOf('BOLUS', { ...fields, over: 'bolus' }),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(termsOf('BOLUS', { by: '7', after: '3', id: 'X', ...fields })).toBe(termsOf('BOLUS', fields));
});

test('D2: an id that is no longer kept is stopped by the number instead', () => {
  const pump = inSession(...Array.from({ length: 32 }, (_, i) => given(i + 2)));
  expect(pump.ask(bolus({ id: 'D0000001' })).fields).toMatchObject({ code: 'PRECOND', dose: '33' });
});

test.each([
  ['DONE', 1_000],
  ['ACCEPTED', 300],
  ['INTERRUPTED', 640],
] as const)('D3: an order that does not follow the last dose is told of it, which is %s', (state, volume) => {
  for (const after of [0, 1, 3]) {
    const pump = inSession(given(1), given(2, { state, given: volume }));
    const fields = { code: 'PRECOND', dose: '2', last: 'D0000002', lstate: state, lnl: String(volume) };
    expect(pump.ask(bolus({ after })).fields).toEqual(fields);
    expect(pump.obeyed).toEqual([]);
  }
});

test('D3: a dose of the patient counts, though it has no id', () => {
  const pump = inSession(given(1, { id: '-', source: 'patient', kind: 'patient' }));
  expect(pump.ask(bolus()).fields).toMatchObject({ code: 'PRECOND', dose: '1', last: '-', lstate: 'DONE' });
});

test('D3: to a pump that has given nothing only the first dose follows', () => {
  const pump = inSession();
  const fields = { code: 'PRECOND', dose: '0', last: '-', lstate: 'NONE', lnl: '0' };
  expect(pump.ask(bolus({ after: 1 })).fields).toEqual(fields);
});

test('D4: a dose may begin at its deadline and no microsecond later', () => {
  const pump = inSession();
  pump.facts = { ...pump.facts, us: 56_234_001 };
  expect(pump.ask(bolus()).fields).toEqual({ code: 'LATE', us: '56234001' });
  pump.facts = { ...pump.facts, us: 56_234_000 };
  expect(pump.ask(bolus()).ok).toBe(true);
  expect(pump.obeyed).toHaveLength(1);
});

test.each(['stop', 'kvo'])(
  'an implant takes no dose with onlost=%s: its programmer leaves after every visit',
  (onlost) => {
    const pump = inSession();
    expect(pump.ask(bolus({ onlost })).fields).toEqual({ code: 'BAD_VALUE', key: 'onlost' });
    expect(pump.obeyed).toEqual([]);
  },
);

test('D5: of all that is wrong with an order, the first in the order of the gate is told', () => {
  const pump = inSession(given(1, { id: 'M3D8QZ4T' }));
  pump.answer = { ok: false, code: 'BUSY', fields: {} };
  // Everything is wrong, and then less and less.
  const order: Record<string, string | number> = { ...ORDER, id: 'M3D8QZ4O', onlost: 'stop', after: 7, by: 0 };
  const said: unknown[] = [];
  for (const mend of [{}, { id: 'M3D8QZ4T' }, { onlost: 'continue' }, { id: '0000000A' }, { after: 1 }, { by: 9e9 }]) {
    Object.assign(order, mend);
    const { code, key } = pump.ask(words(order)).fields;
    said.push(key === undefined ? code : `${code} ${key}`);
  }
  expect(said).toEqual(['BAD_VALUE id', 'BAD_VALUE onlost', 'ID_REUSED', 'PRECOND', 'LATE', 'BUSY']);
  expect(GATE.map(({ rule }) => rule)).toEqual(['form', 'form', 'id', 'after', 'by']);
});

test('D5: whether the session may change anything, and the number of the command, come before the gate', () => {
  const pump = machine();
  pump.hello({ role: 'monitor' });
  const wrong = bolus({ onlost: 'stop' });
  expect(pump.as('01180001', 2, wrong).fields['code']).toBe('SEQ');
  expect(pump.as('01180002', 1, wrong).fields['code']).toBe('STALE');
  expect(pump.ask(wrong).fields['code']).toBe('READ_ONLY');
});

test('D5: a dose that the pump refuses has had no number: the same order is taken when it can be', () => {
  const pump = inSession();
  pump.answer = { ok: false, code: 'INHIBITED', fields: { alarm: 'catheter-occlusion' } };
  expect(pump.ask(bolus()).fields).toEqual({ code: 'INHIBITED', alarm: 'catheter-occlusion' });
  pump.answer = undefined;
  expect(pump.ask(bolus()).fields).toMatchObject({ state: 'ACCEPTED', dose: '1' });
});

test('C2: the line of a dose once more gets the reply of then, whatever became of the dose since', () => {
  const pump = inSession();
  pump.ask(bolus());
  becomes(pump, 1, { state: 'DONE', given: 1_500 });
  expect(pump.as(pump.sid(), 1, bolus()).fields).toMatchObject({ state: 'ACCEPTED', dose: '1', dup: '1' });
  expect(pump.obeyed).toHaveLength(1);
});

test('PRIME goes through the same gate', () => {
  const pump = inSession();
  const prime = (changes: Order = {}): string => {
    const { nl: _, nlpd: __, ...identity } = { ...ORDER, ...changes };
    return words(identity, 'PRIME');
  };
  expect(pump.ask(prime({ onlost: 'stop' })).fields['key']).toBe('onlost');
  expect(pump.ask(prime({ after: 1 })).fields['code']).toBe('PRECOND');
  expect(pump.ask(prime({ by: 0 })).fields['code']).toBe('LATE');
  expect(pump.ask(prime()).fields).toMatchObject({ state: 'ACCEPTED', dose: '1' });
  expect(pump.ask(prime()).fields).toMatchObject({ dose: '1', dup: '1' });
  expect(pump.obeyed).toMatchObject([{ verb: 'PRIME', dose: { id: 'M3D8QZ4T', source: 'host' } }]);
});

test('DOSE tells the record of a dose by its number, whoever asked for it', () => {
  const pump = inSession(
    given(1),
    given(2, { id: '-', source: 'patient', kind: 'patient', state: 'ACCEPTED', given: 3 }),
  );
  expect(pump.ask('DOSE n=2').fields).toEqual({
    n: '2',
    id: '-',
    src: 'patient',
    kind: 'patient',
    state: 'ACCEPTED',
    nl: '1000',
    nlpd: '1000000',
    given_nl: '3',
    us: '1000000',
  });
  expect(pump.ask('DOSE n=1').fields).toMatchObject({ n: '1', id: 'D0000001', src: 'host', state: 'DONE' });
  expect(pump.obeyed).toEqual([]);
});

test('DOSE tells a dose that was never begun from one whose record is gone', () => {
  const pump = inSession(...Array.from({ length: 32 }, (_, i) => given(i + 10)));
  expect(pump.ask('DOSE n=42').fields).toEqual({ code: 'NO_DOSE', dose: '41' });
  expect(pump.ask('DOSE n=0').fields).toEqual({ code: 'NO_DOSE', dose: '41' });
  expect(pump.ask('DOSE n=9').fields).toEqual({ code: 'GONE', oldest: '10' });
  expect(pump.ask('DOSE n=10').ok).toBe(true);
});

test('DOSE finds the record of stops in a row under each of their numbers, and the oldest number is the first of them', () => {
  const pump = inSession(given(9, { from: 5, id: '-', kind: 'stop', volume: 0 }), given(10));
  for (const n of [5, 7, 9]) expect(pump.ask(`DOSE n=${n}`).fields).toMatchObject({ n: String(n), kind: 'stop' });
  expect(pump.ask('DOSE n=10').fields['kind']).toBe('single');
  expect(pump.ask('DOSE n=4').fields).toEqual({ code: 'GONE', oldest: '5' });
});

test('DOSE of a pump that has lost all its records says that they are gone', () => {
  const pump = machine();
  pump.facts = { ...pump.facts, dose: 5 };
  pump.hello();
  expect(pump.ask('DOSE n=5').fields).toEqual({ code: 'GONE', oldest: '6' });
});

test('whatever is sent, in whatever session, however often and in whatever order: no id is handed over twice', () => {
  const sendings = fc.record({
    id: fc.constantFrom('0000000A', '0000000B', '0000000C'),
    // Undefined: the right one.
    after: fc.option(fc.nat(4), { nil: undefined }),
    nl: fc.constantFrom(100, 200),
    act: fc.constantFrom('next', 'next', 'next', 'again', 'session', 'boot', 'patient'),
  });
  let doses = 0;
  fc.assert(
    fc.property(fc.array(sendings, { minLength: 5, maxLength: 40 }), (list) => {
      const pump = inSession();
      let last: string | undefined;
      let seq = 0;
      for (const [at, { id, after, nl, act }] of list.entries()) {
        if (act === 'session' || act === 'boot') {
          if (act === 'boot') pump.give({ on: 'boot', boot: 0x200 + at });
          pump.hello({ nonce: String(at).padStart(8, '0'), prev: pump.sid() });
          seq = 0;
        } else if (act === 'patient') {
          const n = pump.facts.dose + 1;
          pump.facts = { ...pump.facts, dose: n, records: [...pump.facts.records, given(n, { id: '-' })] };
        } else if (act === 'again' && last !== undefined) {
          pump.say(last);
        } else {
          seq += 1;
          last = commandLine(seq, bolus({ id, nl, after: after ?? pump.facts.dose }), pump.sid());
          pump.say(last);
        }
      }
      const ids = pump.obeyed.map(({ dose }) => dose?.id);
      expect(new Set(ids).size).toBe(ids.length);
      doses += ids.length;
    }),
    { numRuns: 300 },
  );
  expect(doses).toBeGreaterThan(300);
});
