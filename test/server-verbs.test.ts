import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  ALL_RULES,
  CODES,
  createPumpLink,
  decodeLine,
  decodeReply,
  encodeLine,
  LINE_LIMIT,
  pumpLink,
  VERB_NAMES,
  VERBS,
  type Code,
  type KeySpec,
  type Verb,
} from '../protocol/index.ts';
import type { PumpServerOptions } from '../bridge/server/pump-server.ts';
import { libraryWords } from '../bridge/host/wire-command.ts';
import { factsOf, servedPump } from '../bridge/server/served-pump.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { LIBRARIES } from '../firmware-sim/simulation/vocabulary.ts';
import {
  commandLine,
  framed,
  helloLine,
  identified,
  makeReady,
  RESET,
  startPump,
  theReply,
  type ServedTalk,
  type Talk,
} from './support/pump-talk.ts';

const started: ServedTalk[] = [];
function pump(options: Partial<PumpServerOptions> = {}): Talk {
  const one = startPump(options);
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
    .flatMap(({ lines }) => lines.map((line) => line.replace(/^< [0-9A-F]{8} [0-9]+|\*[0-9A-F]+$/g, '')))
    .join('\n');
}

/** A library as LIBRARY states it, with some of its words changed. */
const libraryLine = (changes: Readonly<Record<string, string>> = {}): string =>
  `LIBRARY ${Object.entries({ ...libraryWords(LIBRARIES.baclofen), ...changes })
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;

const PATIENT = 'PATIENT ng=10000 dur_us=600000000 lock_us=14400000000 count=4 win_us=86400000000';

const BOLUS = 'BOLUS nl=20000 nlpd=1000000';

/** Therapies with doses of every kind, and an occlusion alarm; every verb occurs, but for those that begin or end a session. */
const SESSION = [
  'PING',
  'SYNC t0=77',
  `${RESET} drug=baclofen primed=0`,
  'SIM FILL nl=18000000',
  'REFILL if=1 nl=18000000 drained_nl=0',
  'PROGRAM mode=scheduled ng=250000 conc=1000 parts=3',
  'TIMED i=1 at_us=43200000000 ng=25000 dur_us=1800000000',
  PATIENT,
  'LIMIT ng=1000000 win_us=86400000000',
  'COMMIT if=2',
  identified('PRIME', 0),
  'SIM ADVANCE to=3600000000',
  'START if=3',
  identified(BOLUS, 1),
  'SIM BUTTON',
  'SIM BUTTON',
  'SIM ADVANCE to=7200000000',
  'SIM ADVANCE to=7200000000',
  'SIM FAULT fault=catheter.occlusion mode=complete',
  'SIM ADVANCE to=36000000000',
  'DOSE n=2',
  'LOG from=1 n=64',
  'STATUS',
  'DEVICE',
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

const verbOf = (words: string): Verb =>
  VERB_NAMES.find((name) => words === name || words.startsWith(`${name} `)) as Verb;

test('every verb is answered with the reply that the table promises, and nothing beyond it', async () => {
  const talk = pump();
  const spoken = new Set<string>();
  // After a reboot the session is a new one, which BYE ends.
  for (const words of ['HELLO', ...SESSION, 'SIM REBOOT', 'BYE']) {
    const { ok, fields, lines } = await (words === 'HELLO' ? talk.hello() : talk.ask(words));
    expect(ok, `${words}: ${lines.join()}`).toBe(true);
    const verb = verbOf(words);
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

const DOSED = [...RUNNING, identified(BOLUS, 0)];

/** A code, the lines that lead to it, the line that provokes it, and what the reply says beside the code. */
const REFUSED: readonly (readonly [Code, readonly string[], string, Record<string, string>])[] = [
  ['GRAMMAR', [], 'STOP STOP', {}],
  ['UNKNOWN_VERB', [], 'DANCE nl=1', {}],
  ['UNKNOWN_VERB', [], 'SIM DANCE', {}],
  ['UNKNOWN_KEY', [], 'PING now=1', { key: 'now' }],
  ['UNKNOWN_KEY', [], 'PING constructor=1', { key: 'constructor' }],
  ['MISSING_KEY', [], 'START', { key: 'if' }],
  ['MISSING_KEY', RUNNING, 'PRIME id=D0000001', { key: 'after' }],
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
  ['BAD_VALUE', RUNNING, identified(BOLUS, 0).replace('continue', 'stop'), { key: 'onlost' }],
  ['BAD_VALUE', RUNNING, identified(BOLUS, 0, 'D000000I'), { key: 'id' }],
  ['ID_REUSED', DOSED, identified('BOLUS nl=20010 nlpd=1000000', 0), { dose: '1' }],
  ['PRECOND', DOSED, identified(BOLUS, 0, 'D0000009'), { dose: '1', last: 'D0000001', lstate: 'ACCEPTED', lnl: '0' }],
  ['PRECOND', RUNNING, identified('PRIME', 1), { dose: '0', last: '-', lstate: 'NONE', lnl: '0' }],
  ['LATE', [...RUNNING, 'SIM ADVANCE to=3'], identified(BOLUS, 0).replace(/by=\d+/, 'by=2'), { us: '3' }],
  ['NO_DOSE', DOSED, 'DOSE n=2', { dose: '1' }],
  ['NO_DOSE', DOSED, 'DOSE n=0', { dose: '1' }],
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
  ['BUSY', DOSED, BOLUS, {}],
  ['DENIED', [...RUNNING, 'STOP'], 'PRIME', { why: 'primed' }],
  [
    'WINDOW_LIMIT',
    [...FILLED, ...LIMITED, 'COMMIT if=2', 'START if=3', 'SIM ADVANCE to=43200000000'],
    'BOLUS nl=200000 nlpd=1000000 over=bolus',
    { room_ng: '160000' },
  ],
  ['INHIBITED', OCCLUDED, 'START if=4', { alarm: 'catheter-occlusion' }],
  ['INHIBITED', OCCLUDED, BOLUS, { alarm: 'catheter-occlusion' }],
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
  for (const line of [RESET, ...lead]) await talk.must(await talk.whole(line));
  const asked = await talk.whole(words);
  const before = await everything(talk);
  const { ok, fields, lines } = await talk.ask(asked);
  expect({ ok, fields, lines: lines.length }).toMatchObject({ ok: false, fields: { code, ...facts }, lines: 1 });
  expect(await everything(talk)).toBe(before);
});

/** What the line itself refuses: a code, what is sent, and the body of the reply. The session of the talk is 00010001. */
const ON_THE_LINE: readonly (readonly [Code, (talk: Talk) => Promise<string> | string, string])[] = [
  ['STALE', () => framed('> 00000001 9 START if=3'), '< 00000001 9 NO code=STALE'],
  ['STALE', () => framed('> 00000000 9 START if=3'), '< 00000000 9 NO code=STALE'],
  ['VERSION', () => helloLine({ v: '3-9' }), '< 00000000 0 NO code=VERSION nonce=0000AAAA have=2'],
  [
    'HELD',
    async (talk) => {
      await talk.hello();
      return helloLine();
    },
    '< 00000000 0 NO code=HELD nonce=0000AAAA left_ms=3000',
  ],
  ['NOT_HELD', () => 'RELEASE', '< 00000000 0 NO code=NOT_HELD'],
  ['CONFIRM', () => 'confirm 1234', '< 00000000 0 NO code=CONFIRM'],
  ['SEQ', async (talk) => commandLine(2, 'START if=3', await talk.sid()), '< 00010001 2 NO code=SEQ want=1'],
  [
    'SEQ_REUSED',
    async (talk) => {
      await talk.must('STATUS');
      return commandLine(1, 'STOPS', await talk.sid());
    },
    '< 00010001 1 NO code=SEQ_REUSED',
  ],
  [
    'READ_ONLY',
    async (talk) => {
      await talk.send(`${helloLine({ role: 'monitor' })}\n`);
      return framed('> 00010001 1 TONES');
    },
    '< 00010001 1 NO code=READ_ONLY',
  ],
];

test.each(ON_THE_LINE)('%s is what the line answers, and nothing is done', async (code, line, reply) => {
  const talk = pump();
  const text = await line(talk);
  const lines = await talk.send(`${text}\n`);
  expect(reply).toContain(`code=${code}`);
  expect(lines.filter((one) => one.startsWith('<'))).toEqual([framed(reply)]);
  const status = await talk.send('status\n');
  expect(status.find((one) => one.startsWith('<'))).toContain(' mode=stopped nlpd=0 dose_ng=0 rev=1 ');
});

test('TYPED_OFF is the answer to what is typed where nobody may type', async () => {
  const lines = await pump({ typed: 'off' }).send('help\n');
  expect(lines.at(-1)).toBe(framed('< 00000000 0 NO code=TYPED_OFF'));
});

test('SESSIONS is the answer to HELLO when a boot has given out all its session numbers', () => {
  const step = pumpLink({ rules: ALL_RULES, typed: 'dose' });
  const full = { ...createPumpLink(1), sessions: 0xffff };
  const facts = factsOf(servedPump(new Simulation({ profile: 'itb-20', concentration: 1_000 })));
  const [after, outputs] = step(full, { on: 'line', text: helloLine(), at: 0, facts });
  expect(outputs).toEqual([{ do: 'send', lines: [framed('< 00000000 0 NO code=SESSIONS nonce=0000AAAA')] }]);
  expect(after.session).toBeUndefined();
});

test('GONE is the answer to DOSE when the record is no longer kept', async () => {
  const talk = pump();
  for (const words of [RESET, ...READY]) await talk.must(words);
  for (let last = 0; last < 34; last += 2) {
    await talk.must(identified(BOLUS, last));
    await talk.must('STOP');
  }
  expect((await talk.ask('DOSE n=2')).fields).toEqual({ code: 'GONE', oldest: '3' });
  expect(await talk.must('DOSE n=3')).toMatchObject({ id: 'D0000003', state: 'INTERRUPTED' });
});

test('every code of the table can be provoked', () => {
  const provoked = [...REFUSED, ...ON_THE_LINE].map(([code]) => code);
  const here = new Set<string>([...provoked, 'TYPED_OFF', 'SESSIONS', 'GONE']);
  expect([...here].toSorted()).toEqual(Object.keys(CODES).toSorted());
});

test('a refusal belongs to its verb in the table', () => {
  const general = ['GRAMMAR', 'UNKNOWN_VERB', 'UNKNOWN_KEY', 'MISSING_KEY', 'BAD_VALUE'];
  for (const [code, , words] of REFUSED) {
    if (general.includes(code)) continue;
    expect(VERBS[verbOf(words)].codes, words).toContain(code);
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
  ['a typed line that means nothing', 'abracadabra'],
  ['a typed line of a name that every object has', 'constructor'],
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
  const sid = await talk.sid();
  const line = framed(`> ${sid} 1 HELLO ${'x'.repeat(210)}`);
  expect(line).toHaveLength(LINE_LIMIT - 1);
  expect(await talk.send(`${line}\n`)).toEqual([framed(`< ${sid} 1 NO code=GRAMMAR`)]);
  const next = await talk.send(`${commandLine(2, 'STATUS', sid)}\n`);
  expect(theReply(next, sid, 2).ok).toBe(true);
});

test('what a pump says itself is ignored when it comes back', async () => {
  const talk = pump();
  await talk.must(RESET);
  const said = (await talk.ask('LOG from=1 n=64')).lines;
  expect(said).toHaveLength(2);
  const beat = framed(`. ${await talk.sid()} ev=1 dose=0 al=0`);
  expect(await talk.send(`${said.join('\n')}\n# a remark\n${beat}\n`)).toEqual([]);
});

/** SESSION as bytes, in the session that HELLO begins. */
const spoken = (sid: string, nonce: string, prev?: string): string =>
  [helloLine({ nonce, prev }), ...SESSION.map((words, at) => commandLine(at + 1, words, sid))]
    .map((line) => `${line}\n`)
    .join('');

test('commands are obeyed in the order of the bytes, however many come at once and however they are cut', async () => {
  const talk = pump();
  talk.loop.toPump = (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  const text = spoken('00010001', '0000AAAA');
  const inPieces = await talk.send(text);
  expect(await pump().send(text)).toEqual(inPieces);
  expect(inPieces.filter((line) => / OK .*\*/.test(line))).toHaveLength(SESSION.length + 1);
});

test('the same commands after a reset get the same replies, but for session and serial number', async () => {
  const talk = pump();
  const replies = async (text: string): Promise<string[]> => {
    const lines = await talk.send(text);
    const reset = lines.findIndex((line) => / OK rev=1 us=0 /.test(line));
    expect(reset).toBeGreaterThan(0);
    return lines.slice(reset).map((line) => line.replace(/^< [0-9A-F]{8}| serial=SIM1\.[0-9]| \*[0-9A-F]{8}$/g, ''));
  };
  const first = await replies(spoken('00010001', '0000AAAA'));
  const second = await replies(spoken('00010002', '0000BBBB', '00010001'));
  expect(first.length).toBeGreaterThan(SESSION.length);
  expect(second).toEqual(first);
});

test('HELLO tells what answers and whether time stands still, DEVICE in which profile', async () => {
  const talk = pump();
  expect((await talk.hello()).fields).toMatchObject({ v: '2', world: 'SIM', serial: 'SIM1', lockstep: '1' });
  expect(await talk.must('DEVICE')).toMatchObject({ profile: 'itb-20-sense', serial: 'SIM1', cap_nl: '20000000' });
  await talk.must('SIM RESET profile=itb-40 seed=1 conc=1000');
  expect((await talk.hello()).fields).toMatchObject({ serial: 'SIM1.1', lockstep: '0' });
  expect(await talk.must('DEVICE')).toMatchObject({ profile: 'itb-40', serial: 'SIM1.1', cap_nl: '40000000' });
});

test('a pump that is reset is another one, by its serial number, in the same session', async () => {
  const talk = pump({ serial: 'RIG7', boot: 7 });
  const first = (await talk.hello()).fields;
  const { sid } = first;
  const serials = [first['serial']];
  for (let resets = 0; resets < 2; resets += 1) {
    await talk.must(RESET);
    serials.push((await talk.must('DEVICE'))['serial']);
  }
  expect(serials).toEqual(['RIG7', 'RIG7.1', 'RIG7.2']);
  expect(sid).toBe('00070001');
  expect(await talk.sid()).toBe(sid);
  expect((await talk.must('DEVICE'))['boot']).toBe('7');
  expect((await talk.hello()).fields['serial']).toBe('RIG7.2');
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
  expect(first.lines.map((line) => line.split(' ')[1])).toEqual(['6', '7', await talk.sid()]);
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
/** A key of a dose that often fits the pump as it is. */
const DOSE_KEYS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  id: fc.constantFrom('D0000001', 'D0000002', 'D0000003'),
  after: fc.constantFrom('0', '1', '2'),
  onlost: fc.constant('continue'),
};
/** A command that the table allows; sessions begin by themselves. */
const commands = fc.constantFrom(...VERB_NAMES.filter((name) => name !== 'HELLO')).chain((verb) => {
  const keys = Object.entries<KeySpec>(VERBS[verb].keys);
  return fc
    .tuple(
      ...keys.map(([key, spec]) =>
        (DOSE_KEYS[key] ?? valueOf(spec)).map((value) => [key, value, spec.optional === true] as const),
      ),
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
