import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  CODES,
  decodeLine,
  decodeReply,
  encodeLine,
  LINE_LIMIT,
  VERB_NAMES,
  VERBS,
  type Code,
  type KeySpec,
  type Verb,
} from '../protocol/index.ts';
import { libraryWords } from '../bridge/host/wire-command.ts';
import { servedPump } from '../bridge/server/served-pump.ts';
import { HANDLERS } from '../bridge/server/verbs.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { LIBRARIES } from '../firmware-sim/simulation/vocabulary.ts';
import { commandLine, framed, makeReady, RESET, startPump, type ServedTalk, type Talk } from './support/pump-talk.ts';

const started: ServedTalk[] = [];
function pump(): Talk {
  const one = startPump();
  started.push(one);
  return one.talk;
}
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
});

/** All that a pump can show of itself without changing. */
async function everything(talk: Talk): Promise<string> {
  const seen = [await talk.ask('STATUS'), await talk.ask('SIM TRUTH'), await talk.ask('LOG from=1 n=64')];
  return seen
    .flatMap(({ lines }) => lines.map((line) => line.replace(/^< 00000000 [0-9]+|\*[0-9A-F]+$/g, '')))
    .join('\n');
}

/** A library as LIBRARY states it, with some of its words changed. */
const libraryLine = (changes: Readonly<Record<string, string>> = {}): string =>
  `LIBRARY ${Object.entries({ ...libraryWords(LIBRARIES.baclofen), ...changes })
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;

const PATIENT = 'PATIENT ng=10000 dur_us=600000000 lock_us=14400000000 count=4 win_us=86400000000';

/** Therapies with doses of every kind, and an occlusion alarm; every verb occurs. */
const SESSION = [
  'HELLO v=7',
  `${RESET} drug=baclofen primed=0`,
  'SIM FILL nl=18000000',
  'REFILL if=1 nl=18000000 drained_nl=0',
  'PROGRAM mode=scheduled ng=250000 conc=1000 parts=3',
  'TIMED i=1 at_us=43200000000 ng=25000 dur_us=1800000000',
  PATIENT,
  'LIMIT ng=1000000 win_us=86400000000',
  'COMMIT if=2',
  'PRIME',
  'SIM ADVANCE to=3600000000',
  'START if=3',
  'BOLUS nl=20000 nlpd=1000000',
  'SIM BUTTON',
  'SIM BUTTON',
  'SIM ADVANCE to=7200000000',
  'SIM ADVANCE to=7200000000',
  'SIM FAULT fault=catheter.occlusion mode=complete',
  'SIM ADVANCE to=36000000000',
  'LOG from=1 n=64',
  'STATUS',
  'FORECAST',
  'ALARMS',
  'SIM TRUTH',
  'SIM BODY',
  'PAUSE ev=21',
  'RESUME ev=21',
  'ACK ev=24',
  'REFILL if=4 nl=18000000 drained_nl=0',
  'CLOCK if=5 tod_us=3600000000',
  'INTERROGATE',
  'SIM FAULT fault=catheter.occlusion mode=partial p1=resistance:1000',
  'STOP',
  'TONES',
  libraryLine(),
  'PROGRAM mode=continuous ng=250000 conc=1000 parts=1',
  'TITRATE dir=up ng=25000 days=7 count=4',
  'PROGRAM mode=flex conc=2000 parts=2 pop=spinal cath_mm=700 bridge=none low=3000000',
  'INTERVAL i=1 from_us=0 ng=200000',
  'INTERVAL i=2 from_us=28800000000 ng=500000',
  'COMMIT if=8 over=step+interval+bridge',
];

test('every verb is answered with the reply that the table promises, and nothing beyond it', async () => {
  const talk = pump();
  const spoken = new Set<string>();
  for (const words of SESSION) {
    const { ok, fields, lines } = await talk.ask(words);
    expect(ok, `${words}: ${lines.join()}`).toBe(true);
    const verb = VERB_NAMES.find((name) => words === name || words.startsWith(`${name} `)) as Verb;
    spoken.add(verb);
    expect(decodeReply(verb, fields)).toMatchObject({ ok: true });
    const promised: Readonly<Record<string, KeySpec>> = VERBS[verb].reply;
    expect(Object.keys(promised)).toEqual(expect.arrayContaining(Object.keys(fields)));
  }
  expect([...spoken].toSorted()).toEqual([...VERB_NAMES].toSorted());
});

const FILLED = ['SIM FILL nl=18000000', 'REFILL if=1 nl=18000000 drained_nl=0'];
const READY = [...FILLED, 'PROGRAM mode=continuous ng=300000 conc=1000', 'COMMIT if=2'];
const RUNNING = [...READY, 'START if=3'];
const OCCLUDED = [...RUNNING, 'SIM FAULT fault=catheter.occlusion mode=complete', 'SIM ADVANCE to=36000000000'];
const FLEX = 'PROGRAM mode=flex conc=1000 parts=2';
const INTERVAL = 'INTERVAL i=1 from_us=0 ng=300000';
const LIMITED = ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1', 'LIMIT ng=310000 win_us=86400000000'];

/** A code, the lines that lead to it, the line that provokes it, and what the reply says beside the code. */
const REFUSED: readonly (readonly [Code, readonly string[], string, Record<string, string>])[] = [
  ['GRAMMAR', [], 'STOP STOP', {}],
  ['UNKNOWN_VERB', [], 'DOSE nl=1', {}],
  ['UNKNOWN_VERB', [], 'SIM DANCE', {}],
  ['UNKNOWN_KEY', [], 'STOP now=1', { key: 'now' }],
  ['UNKNOWN_KEY', [], 'STOP constructor=1', { key: 'constructor' }],
  ['MISSING_KEY', [], 'START', { key: 'if' }],
  ['BAD_VALUE', [], 'START if=01', { key: 'if' }],
  ['BAD_VALUE', [], 'SIM RESET profile=itb-30 seed=1 conc=1000', { key: 'profile' }],
  ['BAD_VALUE', [], 'SIM RESET profile=constructor seed=1 conc=1000', { key: 'profile' }],
  ['BAD_VALUE', [], 'SIM RESET profile=itb-20 seed=1 conc=1000 drug=constructor', { key: 'drug' }],
  ['BAD_VALUE', [], 'COMMIT if=1 over=dose+doses', { key: 'over' }],
  ['BAD_VALUE', READY, 'BOLUS nl=20000 nlpd=1000000 over=boluses', { key: 'over' }],
  ['BAD_VALUE', [], libraryLine({ conc: '500+' }), { key: 'conc' }],
  ['BAD_VALUE', [], libraryLine({ dose_ng: '1+2+3' }), { key: 'dose_ng' }],
  ['BAD_VALUE', [], libraryLine({ bolus_ng: '1+99999999999999' }), { key: 'bolus_ng' }],
  ['BAD_VALUE', [], libraryLine({ step: '30+15+015' }), { key: 'step' }],
  ['UNSUPPORTED', ['SIM RESET profile=itb-20 seed=1 conc=1000'], 'BOLUS nl=20000 nlpd=1000000', {}],
  ['UNSUPPORTED', ['SIM RESET profile=itb-20 seed=1 conc=1000'], 'PRIME', {}],
  ['PART_ORDER', [], INTERVAL, { why: 'no-program' }],
  ['PART_ORDER', [FLEX, INTERVAL, 'INTERVAL i=2 from_us=1 ng=300000'], PATIENT, { why: 'no-program' }],
  ['PART_ORDER', [FLEX], 'INTERVAL i=2 from_us=1 ng=300000', { why: 'index', want: '1' }],
  ['PART_ORDER', [FLEX, INTERVAL], INTERVAL, { why: 'index', want: '2' }],
  ['PART_ORDER', [FLEX, PATIENT], PATIENT, { why: 'twice' }],
  ['PRECOND', [], 'REFILL if=7 nl=18000000 drained_nl=0', { rev: '1' }],
  ['PRECOND', [], 'CLOCK if=7 tod_us=0', { rev: '1' }],
  ['NO_LIBRARY', ['SIM FAULT fault=memory.error mode=library'], 'PROGRAM mode=continuous ng=300000 conc=1000', {}],
  ['LIBRARY_CHECK', [], libraryLine({ check: '00000000' }), {}],
  ['LIBRARY_CHECK', [], libraryLine({ days: '181' }), {}],
  ['FLOW_RANGE', [], 'PROGRAM mode=continuous ng=50000 conc=2000', { nlpd: '25000', min: '48000', conc_max: '1041' }],
  ['FLOW_RANGE', [], 'PROGRAM mode=continuous ng=100000000000 conc=1', { nlpd: '100000000000000', max: '24000000' }],
  ['DOSE_RANGE', [], 'PROGRAM mode=continuous ng=3000000 conc=2000', { ng: '3000000', min: '1000', max: '2003000' }],
  ['LOW_RANGE', [], 'PROGRAM mode=continuous ng=300000 conc=1000 low=1', { low: '1', min: '1400000' }],
  ['PLAN_RANGE', [], 'PROGRAM mode=flex conc=1000', { why: 'empty' }],
  ['PLAN_RANGE', ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1'], INTERVAL, { why: 'intervals' }],
  [
    'PATIENT_RANGE',
    ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1'],
    PATIENT.replace('=4', '=0'),
    { why: 'count' },
  ],
  [
    'STEP_RANGE',
    ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1'],
    'TITRATE dir=down ng=100000 days=7 count=3',
    { why: 'flow' },
  ],
  [
    'LIMIT_RANGE',
    ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1'],
    'LIMIT ng=300000 win_us=86400000000',
    { ng: '300000', min: '300020' },
  ],
  ['VOLUME_RANGE', [], 'REFILL if=1 nl=20000001 drained_nl=0', { nl: '20000001', max: '20000000' }],
  ['VOLUME_RANGE', [], 'SIM FILL nl=20000001', { nl: '20000001', max: '20000000' }],
  ['BOLUS_RANGE', RUNNING, 'BOLUS nl=4 nlpd=1000000', { nl: '0', nlpd: '1000000' }],
  ['SOFT_LIMIT', ['PROGRAM mode=continuous ng=1500000 conc=1001'], 'COMMIT if=1 over=dose', { soft: 'dose+conc' }],
  ['SOFT_LIMIT', RUNNING, 'BOLUS nl=200000 nlpd=1000000', { soft: 'bolus' }],
  ['NOTHING_STAGED', [], 'COMMIT if=1', {}],
  ['NOTHING_STAGED', ['PROGRAM mode=continuous ng=300000 conc=1000', FLEX], 'COMMIT if=1', {}],
  ['NO_PROGRAM', FILLED, 'START if=2', {}],
  ['NO_REFILL', ['PROGRAM mode=continuous ng=300000 conc=1000', 'COMMIT if=1'], 'START if=2', {}],
  ['RUNNING', RUNNING, 'START if=4', {}],
  ['NOT_STOPPED', RUNNING, 'PRIME', {}],
  ['BUSY', [...RUNNING, 'BOLUS nl=20000 nlpd=1000000'], 'BOLUS nl=20000 nlpd=1000000', {}],
  ['DENIED', [...RUNNING, 'STOP'], 'PRIME', { why: 'primed' }],
  [
    'WINDOW_LIMIT',
    [...FILLED, ...LIMITED, 'COMMIT if=2', 'START if=3', 'SIM ADVANCE to=43200000000'],
    'BOLUS nl=200000 nlpd=1000000 over=bolus',
    { room_ng: '160000' },
  ],
  ['INHIBITED', OCCLUDED, 'START if=4', { alarm: 'catheter-occlusion' }],
  ['INHIBITED', OCCLUDED, 'BOLUS nl=20000 nlpd=1000000', { alarm: 'catheter-occlusion' }],
  ['NO_ALARM', [], 'ACK ev=1', { ev: '1' }],
  ['NO_SILENCE', OCCLUDED, 'RESUME ev=6', { alarm: 'catheter-occlusion' }],
  ['ALARMING', OCCLUDED, 'TONES', {}],
  ['NOT_LOCKSTEP', ['SIM RESET profile=itb-20 seed=1 conc=1000'], 'SIM ADVANCE to=1', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.leak mode=complete', { fault: 'catheter.leak', mode: 'complete' }],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=constructor mode=complete', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=constructor', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=partial', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=partial p1=resistance', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=partial p1=resistance:0', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=partial p1=constructor:5', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.kink mode=on p1=bore:50 p2=bore:50', {}],
  ['UNKNOWN_FAULT', [], 'SIM FAULT fault=catheter.occlusion mode=complete p1=resistance:5', {}],
];

test.each(REFUSED)('%s is the answer, after %j, to %s', async (code, lead, words, facts) => {
  const talk = pump();
  for (const line of [RESET, ...lead]) await talk.must(line);
  const before = await everything(talk);
  const { ok, fields, lines } = await talk.ask(words);
  expect({ ok, fields, lines: lines.length }).toMatchObject({ ok: false, fields: { code, ...facts }, lines: 1 });
  expect(await everything(talk)).toBe(before);
});

test('a session id that was never given out is stale, and its command is not obeyed', async () => {
  const talk = pump();
  await makeReady(talk);
  const before = await everything(talk);
  expect(await talk.send(`${framed('> 00000001 9 START if=3')}\n`)).toEqual([framed('< 00000001 9 NO code=STALE')]);
  expect(await everything(talk)).toBe(before);
});

test('every code of the table can be provoked, but for VERSION, which needs a version before the first', () => {
  const provoked = new Set<string>([...REFUSED.map(([code]) => code), 'STALE', 'VERSION']);
  expect([...provoked].toSorted()).toEqual(Object.keys(CODES).toSorted());
  const one = servedPump(new Simulation({ profile: 'itb-20', concentration: 1_000 }), true);
  expect(HANDLERS.HELLO(one, { v: 0 })).toEqual({
    ok: false,
    code: 'VERSION',
    fields: { have: '1' },
  });
});

test('a refusal belongs to its verb in the table', () => {
  const general = ['GRAMMAR', 'UNKNOWN_VERB', 'UNKNOWN_KEY', 'MISSING_KEY', 'BAD_VALUE', 'STALE'];
  for (const [code, , words] of REFUSED) {
    if (general.includes(code)) continue;
    const verb = VERB_NAMES.find((name) => words === name || words.startsWith(`${name} `)) as Verb;
    expect(VERBS[verb].codes, words).toContain(code);
  }
});

test.each(['START if=2', 'COMMIT if=2', 'REFILL if=2 nl=5000000 drained_nl=100'])(
  'a stale %s is refused with the revision in force and changes nothing',
  async (words) => {
    const talk = pump();
    const rev = await makeReady(talk);
    await talk.must('PROGRAM mode=continuous ng=600000 conc=1000');
    const before = await everything(talk);
    expect((await talk.ask(words)).fields).toEqual({ code: 'PRECOND', rev: String(rev) });
    expect(await everything(talk)).toBe(before);
  },
);

test('a START sent before a STOP cannot undo it', async () => {
  const talk = pump();
  const rev = await makeReady(talk);
  await talk.must('STOP');
  expect((await talk.ask(`START if=${rev}`)).fields['code']).toBe('PRECOND');
  expect((await talk.must('STATUS'))['mode']).toBe('stopped');
});

const longWord = 'x'.repeat(205);
const BAD_LINES: readonly (readonly [string, string])[] = [
  ['a line of noise', 'qu\u00e9 \u0000\u0007'],
  ['an over-long line', `> ${'x'.repeat(400)}`],
  ['a command without its check', '> 00000000 1 STOP'],
  ['a command with a wrong check', commandLine(1, 'STOP').replace('STOP', 'STOQ')],
  ['a whole command without a sequence number', framed('> 00000000 x STOP')],
  ['a whole line of another class with a very long word', framed(`! 1 1 XX ${longWord}`)],
  ['a typed STOP', 'STOP'],
  ['a typed line that ends with a carriage return', 'STATUS\r'],
];

test.each(BAD_LINES)('%s gets text for people only, and the next command is obeyed', async (_, line) => {
  const talk = pump();
  const rev = await makeReady(talk);
  await talk.must(`START if=${rev}`);
  const lines = await talk.send(`${line}\n`);
  expect(lines).toHaveLength(1);
  for (const answer of lines) expect(decodeLine(answer)).toMatchObject({ ok: true, line: { kind: 'human' } });
  expect((await talk.must('STATUS'))['mode']).toBe('basal');
});

test('the longest ungrammatical command is told so and hurts nobody', async () => {
  const talk = pump();
  const line = framed(`> 00000000 5 HELLO ${'x'.repeat(210)}`);
  expect(line).toHaveLength(LINE_LIMIT - 1);
  expect(await talk.send(`${line}\n`)).toEqual([framed('< 00000000 5 NO code=GRAMMAR')]);
  expect((await talk.ask('HELLO v=1')).ok).toBe(true);
});

test('what a pump says itself is ignored when it comes back', async () => {
  const talk = pump();
  await talk.must(RESET);
  const said = (await talk.ask('LOG from=1 n=64')).lines;
  expect(said).toHaveLength(2);
  expect(await talk.send(`${said.join('\n')}\n# a remark\n`)).toEqual([]);
});

test('commands are obeyed in the order of the bytes, however many come at once and however they are cut', async () => {
  const talk = pump();
  talk.loop.toPump = (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  const text = SESSION.map((words, seq) => `${commandLine(seq, words)}\n`).join('');
  const inPieces = await talk.send(text);
  expect(await pump().send(text)).toEqual(inPieces);
  expect(inPieces.filter((line) => line.startsWith('<'))).toHaveLength(SESSION.length);
});

test('the same session after a reset gets the same bytes back', async () => {
  const talk = pump();
  const text = SESSION.map((words, seq) => `${commandLine(seq, words)}\n`).join('');
  const [, ...first] = await talk.send(text);
  const [, ...second] = await talk.send(text);
  expect(first.length).toBeGreaterThan(SESSION.length);
  expect(second).toEqual(first);
});

test('HELLO tells what answers, in which profile, and whether time stands still', async () => {
  const talk = pump();
  expect(await talk.must('HELLO v=1')).toMatchObject({
    v: '1',
    world: 'SIMULATED',
    profile: 'itb-20-sense',
    lockstep: '1',
  });
  await talk.must('SIM RESET profile=itb-40 seed=1 conc=1000');
  expect(await talk.must('HELLO v=99')).toMatchObject({ v: '1', profile: 'itb-40', lockstep: '0' });
});

test('SIM ADVANCE is absolute: a time that has passed moves nothing', async () => {
  const talk = pump();
  const rev = await makeReady(talk);
  await talk.must(`START if=${rev}`);
  await talk.must('SIM ADVANCE to=3600000000');
  const before = await everything(talk);
  for (const to of [3_600_000_000, 3_599_999_999, 0]) {
    expect(await talk.must(`SIM ADVANCE to=${to}`)).toMatchObject({ us: '3600000000', more: '0' });
  }
  expect(await everything(talk)).toBe(before);
});

test('SIM ADVANCE returns at the first new log entry, and the way there does not matter', async () => {
  const talks = [pump(), pump()] as const;
  for (const talk of talks) for (const words of [RESET, ...OCCLUDED.slice(0, -1)]) await talk.must(words);
  const [once, often] = talks;
  const { us, next } = await once.must('SIM ADVANCE to=36000000000');
  expect(Number(us)).toBeLessThan(36_000_000_000);
  expect(next).toBe('8');
  for (let to = 100_000_000; to < Number(us); to += 100_000_000) await often.must(`SIM ADVANCE to=${to}`);
  await often.must('SIM ADVANCE to=36000000000');
  expect(await everything(often)).toBe(await everything(once));
});

test('one step at a time, SIM ADVANCE comes back after a million steps and goes on when it is sent again', async () => {
  const talk = pump();
  await talk.must(`${RESET} drug=water leap=0`);
  const rev = await makeReady(talk, 24_000_000);
  // Filled with 18 mL the pump makes 1.6 million steps until the reservoir is low.
  await talk.must(`START if=${rev}`);
  const first = await talk.must('SIM ADVANCE to=86400000000');
  expect(first).toMatchObject({ more: '1', next: '6' });
  expect(await talk.must('STATUS')).toMatchObject({ done_nl: '10000000' });
  const second = await talk.must('SIM ADVANCE to=86400000000');
  expect(second).toMatchObject({ more: '0', next: '7' });
  expect(Number(second['us'])).toBeGreaterThan(Number(first['us']));
});

test('a log longer than one answer is read in pages', async () => {
  const talk = pump();
  await talk.must(RESET);
  for (let i = 0; i < 99; i += 1) await talk.must('STOP');
  const first = await talk.ask('LOG from=1 n=64');
  expect(first.lines).toHaveLength(65);
  expect(first.fields).toEqual({ from: '1', next: '65', end: '101', oldest: '1', lost: '0' });
  const second = await talk.ask('LOG from=65 n=64');
  expect(second.lines).toHaveLength(37);
  expect(second.fields).toMatchObject({ from: '65', next: '101', end: '101' });
  expect(second.lines[0]).toMatch(/^! 65 0 STOP /);
  expect((await talk.ask('LOG from=101 n=64')).fields).toMatchObject({ next: '101', end: '101', lost: '0' });
});

test('what was overwritten before it was read is stated as lost', async () => {
  const talk = pump();
  await talk.must(RESET);
  const kept = 10_000;
  await talk.send(Array.from({ length: kept + 4 }, (_, seq) => `${commandLine(seq, 'STOP')}\n`).join(''));
  const first = await talk.ask('LOG from=1 n=2');
  expect(first.fields).toEqual({ from: '1', next: '8', end: '10006', oldest: '6', lost: '5' });
  expect(first.lines.map((line) => line.split(' ')[1])).toEqual(['6', '7', '00000000']);
  expect((await talk.ask('LOG from=4 n=1')).fields).toMatchObject({ next: '7', lost: '2' });
  expect((await talk.ask('LOG from=6 n=1')).fields).toMatchObject({ next: '7', lost: '0' });
});

/** A value that a key takes: anything in range, and often one that leads somewhere. */
const valueOf = (spec: KeySpec): fc.Arbitrary<string> =>
  spec.type === 'integer'
    ? fc
        .oneof(
          fc.integer({ min: spec.min, max: spec.max }),
          fc.integer({ min: spec.min, max: Math.min(spec.max, spec.min + 9) }),
          fc.constantFrom(
            ...[18_000_000, 300_000, 1_000, 3_600_000_000].filter((n) => n >= spec.min && n <= spec.max),
            spec.min,
          ),
        )
        .map(String)
    : spec.type === 'word'
      ? fc.constantFrom(...spec.words)
      : fc.constantFrom('itb-20-sense', 'itb-40', 'catheter.occlusion', 'complete', 'partial', 'released', 'x');
/** A command that the table allows. */
const commands = fc.constantFrom(...VERB_NAMES).chain((verb) => {
  const keys = Object.entries<KeySpec>(VERBS[verb].keys);
  return fc
    .tuple(
      ...keys.map(([key, spec]) => valueOf(spec).map((value) => [key, value, spec.optional === true] as const)),
      fc.nat(),
    )
    .map((parts) => {
      const drop = (parts.at(-1) as number) % 2 === 0;
      const fields = parts.slice(0, -1) as (readonly [string, string, boolean])[];
      const kept = fields.filter(([, , isOptional]) => !isOptional || !drop);
      return { verb, fields: Object.fromEntries(kept.map(([key, value]) => [key, value])) };
    });
});

test('a pump answers any valid command with one reply that keeps its word, whatever came before', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { minLength: 1, maxLength: 30 }), fc.boolean(), async (list, ready) => {
      const { served, talk } = startPump();
      try {
        if (ready) await talk.must(`START if=${await makeReady(talk)}`);
        for (const { verb, fields } of list) {
          // A walk over two centuries is no test of the wire.
          if (fields['leap'] === '0') continue;
          const words = [verb, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`)].join(' ');
          const heard = await talk.ask(words);
          for (const line of heard.lines) expect(decodeLine(line)).toMatchObject({ ok: true });
          expect(heard.lines.filter((line) => line.startsWith('<'))).toHaveLength(1);
          if (heard.ok) {
            accepted += 1;
            expect(decodeReply(verb, heard.fields), `${words}: ${heard.lines.join()}`).toMatchObject({ ok: true });
          } else expect(Object.keys(CODES)).toContain(heard.fields['code']);
        }
      } finally {
        await served.close();
      }
    }),
    { numRuns: 100 },
  );
  expect(accepted).toBeGreaterThan(200);
});

test('a reply line is what the encoder of the protocol makes of it', async () => {
  const talk = pump();
  for (const words of SESSION) {
    for (const line of (await talk.ask(words)).lines) {
      const decoded = decodeLine(line);
      expect(decoded.ok && encodeLine(decoded.line)).toBe(line);
    }
  }
});
