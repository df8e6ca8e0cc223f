/** Programs in parts, doses, alarms and libraries on the line. */
import { afterEach, expect, test } from 'vitest';
import { libraryWords } from '../bridge/host/wire-command.ts';
import { LIBRARIES } from '../firmware-sim/simulation/vocabulary.ts';
import { makeReady, RESET, startPump, type ServedTalk, type Talk } from './support/pump-talk.ts';

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

test('the end of a connection drops its program, and the next one cannot commit an older one instead', async () => {
  const one = startPump();
  started.push(one);
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000', FLEX]) await one.talk.must(words);
  one.talk.loop.cut();
  await one.talk.loop.quiet();
  const next = one.connect();
  expect((await next.ask('COMMIT if=1')).fields['code']).toBe('NOTHING_STAGED');
  expect((await next.ask(INTERVAL)).fields).toEqual({ code: 'PART_ORDER', why: 'no-program' });
});

test('a program that the pump refuses is refused with its last part, and leaves what was staged before', async () => {
  const talk = pump();
  for (const words of [RESET, 'PROGRAM mode=continuous ng=300000 conc=1000', FLEX, INTERVAL]) await talk.must(words);
  expect((await talk.ask('INTERVAL i=2 from_us=0 ng=300000')).fields).toEqual({ code: 'PLAN_RANGE', why: 'order' });
  expect((await talk.must('COMMIT if=1'))['ng']).toBe('300000');
});

const BOLUS = 'BOLUS nl=20000 nlpd=1000000';

test('doses are given only where this connection has reset the pump in lock step, and no longer than it lasts', async () => {
  const one = startPump();
  started.push(one);
  const { talk, connect } = one;
  // Served in lock step, but nobody has reset it.
  for (const words of [BOLUS, 'PRIME']) expect((await talk.ask(words)).fields).toEqual({ code: 'UNSUPPORTED' });
  await talk.must(RESET);
  await talk.must(`START if=${await makeReady(talk)}`);
  expect(await talk.must(BOLUS)).toEqual({ rev: '4', nl: '20000', nlpd: '1000000', state: 'started' });
  talk.loop.cut();
  await talk.loop.quiet();
  const next = connect();
  expect((await next.ask(BOLUS)).fields).toEqual({ code: 'UNSUPPORTED' });
  await next.must('SIM RESET profile=itb-20 seed=1 conc=1000');
  expect((await next.ask(BOLUS)).fields).toEqual({ code: 'UNSUPPORTED' });
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
  expect(before.lines[0]).toMatch(/^! 6 [0-9]+ ALARM id=catheter-occlusion pri=high state=on \*/);
  expect(before.fields).toEqual({ n: '1', visual: 'catheter-occlusion', audible: 'catheter-occlusion' });
  await talk.must('ACK ev=6');
  const after = await talk.ask('ALARMS');
  expect(after.lines).toHaveLength(2);
  expect(after.lines[0]).toMatch(/^! 6 [0-9]+ ALARM id=catheter-occlusion pri=high state=ack \*/);
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
