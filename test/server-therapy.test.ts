/** Programs in parts, doses, alarms and libraries on the line. */
import { afterEach, expect, test } from 'vitest';
import { libraryWords } from '../bridge/host/wire-command.ts';
import { LIBRARIES } from '../firmware-sim/simulation/vocabulary.ts';
import {
  commandLine,
  identified,
  makeReady,
  RESET,
  startPump,
  theReply,
  type ServedTalk,
  type Talk,
} from './support/pump-talk.ts';

const started: ServedTalk[] = [];
function pump(): Talk {
  const one = startPump();
  started.push(one);
  return one.talk;
}
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
});

const PATIENT = 'PATIENT ng=10000 dur_us=600000000 lock_us=14400000000 count=4 win_us=86400000000';

const FILLED = ['SIM FILL nl=18000000', 'REFILL if=1 nl=18000000 drained_nl=0'];
const READY = [...FILLED, 'PROGRAM mode=continuous ng=300000 conc=1000', 'COMMIT if=2'];
const RUNNING = [...READY, 'START if=3'];
const OCCLUDED = [...RUNNING, 'SIM FAULT fault=catheter.occlusion mode=complete', 'SIM ADVANCE to=36000000000'];
const FLEX = 'PROGRAM mode=flex conc=1000 parts=2';
const INTERVAL = 'INTERVAL i=1 from_us=0 ng=300000';

test('the parts of a program make one command of it, whose read-back comes with the last of them', async () => {
  const talk = pump();
  await talk.must(RESET);
  expect(await talk.must(FLEX)).toEqual({ need: '2' });
  expect(await talk.must(INTERVAL)).toEqual({ need: '1' });
  const { need, rev, nlpd, ng } = await talk.must('INTERVAL i=2 from_us=43200000000 ng=200000');
  expect({ need, rev, nlpd, ng }).toEqual({ need: '0', rev: '1', nlpd: '300000', ng: '250000' });
  expect((await talk.must('COMMIT if=1'))['ng']).toBe('250000');
});

test('looking at the pump, and a part that could not be read, leave a program in the making as it is', async () => {
  const talk = pump();
  await talk.must(RESET);
  await talk.must(FLEX);
  for (const words of ['STATUS', 'LOG from=1 n=64', 'STOP']) await talk.must(words);
  for (const words of ['INTERVAL i=1 from_us=86400000000 ng=1', 'INTERVAL i=1 from_us=0 ng=01', 'PART i=1']) {
    expect((await talk.ask(words)).ok).toBe(false);
  }
  expect(await talk.must(INTERVAL)).toEqual({ need: '1' });
});

/** What drops a program of which parts are missing. */
const DROPS: readonly (readonly [string, readonly string[]])[] = [
  ['another program in one line', ['PROGRAM mode=continuous ng=400000 conc=1000']],
  ['a reset', [RESET]],
  ['a part that is not the next one', ['INTERVAL i=3 from_us=1 ng=1']],
  ['a part that comes twice', [PATIENT, PATIENT]],
];

test.each(DROPS)('%s drops a program in the making: its next part belongs to nothing', async (_, lines) => {
  const talk = pump();
  for (const words of [RESET, FLEX]) await talk.must(words);
  for (const words of lines) await talk.ask(words);
  expect((await talk.ask(INTERVAL)).fields).toEqual({ code: 'PART_ORDER', why: 'no-program' });
});

test('a program begins anew where its parts went astray', async () => {
  const talk = pump();
  for (const words of [RESET, FLEX, INTERVAL, FLEX, INTERVAL]) await talk.must(words);
  expect(await talk.must('INTERVAL i=2 from_us=1 ng=300000')).toMatchObject({ need: '0' });
});

test.each([
  ['is still in the making', []],
  ['went astray', ['INTERVAL i=3 from_us=1 ng=1']],
])('COMMIT does not take an older program while the latest one %s', async (_, lines) => {
  const talk = pump();
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000', FLEX]) await talk.must(words);
  for (const words of lines) await talk.ask(words);
  expect((await talk.ask('COMMIT if=1')).fields).toEqual({ code: 'NOTHING_STAGED' });
  await talk.must('PROGRAM mode=continuous ng=500000 conc=1000');
  expect((await talk.must('COMMIT if=1'))['ng']).toBe('500000');
});

/** What ends a session, other than its lease, which has a file of its own. */
const ENDS: readonly (readonly [string, (talk: Talk) => Promise<unknown>])[] = [
  ['its host, which begins another,', (talk) => talk.hello()],
  ['BYE', (talk) => talk.must('BYE')],
  ['a restart of the pump', (talk) => talk.must('SIM REBOOT')],
  [
    'RELEASE, typed and confirmed,',
    async (talk) => {
      const [readBack = ''] = await talk.send('release\n');
      return talk.send(`${readBack.slice(readBack.indexOf('confirm '))}\n`);
    },
  ],
];

test.each(ENDS)('%s drops the program of a session, and the next one cannot commit it', async (_, end) => {
  const talk = pump();
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000']) await talk.must(words);
  await end(talk);
  expect((await talk.ask('COMMIT if=1')).fields).toEqual({ code: 'NOTHING_STAGED' });
});

test.each(ENDS)('%s drops a program in the making, and the next one cannot go on with it', async (_, end) => {
  const talk = pump();
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000', FLEX]) await talk.must(words);
  await end(talk);
  expect((await talk.ask('COMMIT if=1')).fields).toEqual({ code: 'NOTHING_STAGED' });
  expect((await talk.ask(INTERVAL)).fields).toEqual({ code: 'PART_ORDER', why: 'no-program' });
});

test('a session outlives its connection, and so does the program that it has staged', async () => {
  const one = startPump();
  started.push(one);
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000']) await one.talk.must(words);
  const sid = await one.talk.sid();
  one.talk.loop.cut();
  await one.talk.loop.quiet();
  const lines = await one.connect().send(`${commandLine(3, 'COMMIT if=1', sid)}\n`);
  expect(theReply(lines, sid, 3).fields).toMatchObject({ ng: '300000' });
});

test('a program that the pump refuses is refused with its last part, and leaves what was staged before', async () => {
  const talk = pump();
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000', FLEX, INTERVAL]) await talk.must(words);
  expect((await talk.ask('INTERVAL i=2 from_us=0 ng=300000')).fields).toEqual({ code: 'PLAN_RANGE', why: 'order' });
  expect((await talk.must('COMMIT if=1'))['ng']).toBe('300000');
});

const BOLUS = 'BOLUS nl=20000 nlpd=1000000';

test('a dose is accepted with its number, and the same dose again tells what became of it', async () => {
  const talk = pump();
  for (const words of [RESET, ...RUNNING]) await talk.must(words);
  const words = identified(BOLUS, 0);
  expect(await talk.must(words)).toEqual({ rev: '4', state: 'ACCEPTED', dose: '1', nl: '20000', nlpd: '1000000' });
  const known = { dose: '1', nl: '20000', nlpd: '1000000', dup: '1' };
  expect(await talk.must(words)).toEqual({ ...known, state: 'ACCEPTED', given_nl: '0' });
  await talk.must('SIM ADVANCE to=3600000000');
  expect(await talk.must(words)).toEqual({ ...known, state: 'DONE', given_nl: '20000' });
  expect((await talk.must('STATUS'))['done_nl']).toBe('20000');
});

test('a volume that is no whole number of steps is one dose, however often it is asked for', async () => {
  const talk = pump();
  for (const words of [RESET, ...RUNNING]) await talk.must(words);
  const words = identified('BOLUS nl=20004 nlpd=1000000', 0);
  expect(await talk.must(words)).toMatchObject({ state: 'ACCEPTED', nl: '20000' });
  expect(await talk.must(words)).toMatchObject({ dose: '1', nl: '20000', dup: '1' });
});

test('DOSE tells of every dose who asked for it and what became of it', async () => {
  const talk = pump();
  for (const words of [
    RESET,
    ...FILLED,
    'PROGRAM mode=continuous ng=300000 conc=1000 parts=1',
    PATIENT,
    'COMMIT if=2',
  ]) {
    await talk.must(words);
  }
  await talk.must('START if=3');
  await talk.must(identified(BOLUS, 0));
  await talk.must('SIM BUTTON');
  const { us: _, ...first } = await talk.must('DOSE n=1');
  expect(first).toEqual({
    n: '1',
    id: 'D0000001',
    src: 'host',
    kind: 'single',
    state: 'ACCEPTED',
    nl: '20000',
    nlpd: '1000000',
    given_nl: '0',
  });
  expect(await talk.must('DOSE n=2')).toMatchObject({ id: '-', src: 'patient', kind: 'patient', state: 'ACCEPTED' });
  await talk.must('STOP');
  expect(await talk.must('DOSE n=2')).toMatchObject({ state: 'INTERRUPTED' });
});

test('a STOP takes a number: a dose that was wished for before it does not begin after it', async () => {
  const talk = pump();
  for (const words of [RESET, ...RUNNING]) await talk.must(words);
  const wished = identified(BOLUS, await talk.doses());
  await talk.must('STOP');
  const { fields } = await talk.ask(wished);
  expect(fields).toEqual({ code: 'PRECOND', dose: '1', last: '-', lstate: 'DONE', lnl: '0' });
  expect(await talk.must('DOSE n=1')).toMatchObject({
    kind: 'stop',
    src: 'host',
    state: 'DONE',
    nl: '0',
    given_nl: '0',
  });
});

test('stops in a row are told under each of their numbers, and displace the record of no dose', async () => {
  const talk = pump();
  for (const words of [RESET, ...RUNNING, identified(BOLUS, 0)]) await talk.must(words);
  for (let i = 0; i < 40; i += 1) await talk.send('STOP\n');
  expect(await talk.doses()).toBe(41);
  expect(await talk.must('DOSE n=1')).toMatchObject({ id: 'D0000001', state: 'INTERRUPTED' });
  for (const n of [2, 20, 41]) expect(await talk.must(`DOSE n=${n}`)).toMatchObject({ kind: 'stop', src: 'typed' });
});

test('a refused dose leaves no record and no number', async () => {
  const talk = pump();
  for (const words of [RESET, ...RUNNING]) await talk.must(words);
  expect((await talk.ask(identified('BOLUS nl=4 nlpd=1000000', 0))).fields['code']).toBe('BOLUS_RANGE');
  expect(await talk.doses()).toBe(0);
  // Its id has been said, but no dose bears it.
  expect(await talk.must(identified(BOLUS, 0))).toMatchObject({ dose: '1' });
});

test("the patient's button works on every simulated pump, and says why it gives nothing", async () => {
  const talk = pump();
  await talk.must('SIM RESET profile=itb-20 seed=1 conc=1000');
  const rev = await makeReady(talk);
  expect(await talk.must('SIM BUTTON')).toEqual({ rev: '3', state: 'denied', why: 'none' });
  for (const words of ['PROGRAM mode=continuous ng=300000 conc=1000 parts=1', PATIENT, `COMMIT if=${rev}`]) {
    await talk.must(words);
  }
  expect(await talk.must('SIM BUTTON')).toMatchObject({ state: 'denied', why: 'stopped' });
  await talk.must('START if=4');
  expect(await talk.must('SIM BUTTON')).toEqual({ rev: '5', state: 'granted' });
  expect(await talk.must('SIM BUTTON')).toEqual({ rev: '5', state: 'denied', why: 'busy' });
});

test('ALARMS tells what is active and in which state, and what is seen and heard', async () => {
  const talk = pump();
  for (const words of [RESET, ...OCCLUDED]) await talk.must(words);
  const before = await talk.ask('ALARMS');
  expect(before.lines[0]).toMatch(/^! 6 [0-9]+ ACTIVE id=catheter-occlusion pri=high state=on \*/);
  expect(before.fields).toEqual({ n: '1', visual: 'catheter-occlusion', audible: 'catheter-occlusion' });
  await talk.must('ACK ev=6');
  const after = await talk.ask('ALARMS');
  expect(after.lines).toHaveLength(2);
  expect(after.lines[0]).toMatch(/^! 6 [0-9]+ ACTIVE id=catheter-occlusion pri=high state=ack \*/);
  expect(after.fields).toEqual({ n: '1', visual: 'catheter-occlusion' });
});

test('without an alarm ALARMS sends its reply alone', async () => {
  const talk = pump();
  await talk.must(RESET);
  const { lines, fields } = await talk.ask('ALARMS');
  expect({ lines: lines.length, fields }).toEqual({ lines: 1, fields: { n: '0' } });
});

test('FORECAST tells what START and REFILL told, and nothing before there is anything to tell', async () => {
  const talk = pump();
  await talk.must(RESET);
  expect(await talk.must('FORECAST')).toEqual({ us: '0' });
  const { rev: _, ...dates } = await talk.must(`START if=${await makeReady(talk)}`);
  // 16 mL over the low-reservoir volume at 300 µL/day are 53 days and a third.
  expect(dates).toEqual({ low_us: '4608000000000', due_us: '4608000000000' });
  expect(await talk.must('FORECAST')).toEqual({ us: '0', ...dates });
});

test('CLOCK shifts the time of day and not the time of the pump', async () => {
  const talk = pump();
  await talk.must(RESET);
  await talk.must('SIM ADVANCE to=3600000000');
  expect(await talk.must('CLOCK if=1 tod_us=0')).toEqual({ rev: '2', tod_us: '0', off_us: '82800000000' });
  expect(await talk.must('STATUS')).toMatchObject({ us: '3600000000', tod_us: '0' });
});

test('a library that LIBRARY loads is the one that programs are held against', async () => {
  const talk = pump();
  await talk.must(RESET);
  const water = Object.entries(libraryWords(LIBRARIES.water)).map(([key, value]) => `${key}=${value}`);
  expect(await talk.must(`LIBRARY ${water.join(' ')}`)).toEqual({ rev: '2', drug: 'water', ver: '1' });
  await talk.must('PROGRAM mode=continuous ng=3000000 conc=2000');
});

test('SIM RESET takes the drug whose library the pump holds, and whether tubing and catheter hold drug', async () => {
  const talk = pump();
  await talk.must(`${RESET} drug=water`);
  await talk.must('PROGRAM mode=continuous ng=3000000 conc=2000');
  const drugAtTip: string[] = [];
  for (const primed of ['0', '1']) {
    await talk.must(`${RESET} primed=${primed}`);
    await talk.must(`START if=${await makeReady(talk)}`);
    await talk.must('SIM ADVANCE to=3600000000');
    drugAtTip.push((await talk.must('SIM TRUTH'))['tip_ng'] ?? '');
  }
  expect(drugAtTip[0]).toBe('0');
  expect(Number(drugAtTip[1])).toBeGreaterThan(10_000);
});
