import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  commandLine,
  helloLine,
  makeReady,
  RESET,
  startPump,
  theReply,
  type ServedTalk,
  type Talk,
} from './support/pump-talk.ts';

/** The server's wall clock, in microseconds: the test moves it. */
let wall = 0;
const started: ServedTalk[] = [];

beforeEach(() => {
  wall = 5_000_000_000;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function pump(speed: number | 'lockstep'): ServedTalk {
  const one = startPump({ speed, clock: () => wall });
  started.push(one);
  return one;
}

/** Wall time passes, with the server's ticks falling in it. */
function pass(us: number): void {
  for (let left = us; left > 0; left -= 50_000) {
    wall += Math.min(left, 50_000);
    vi.advanceTimersByTime(50);
  }
}

const pumpTime = async (talk: Talk): Promise<number> => Number((await talk.must('STATUS'))['us']);
const SECOND = 1_000_000;
const butHeartbeats = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.startsWith('.'));

test.each([
  [1, 3_000_000],
  [1_000, 3_000_000_000],
  [0.5, 1_500_000],
])('at speed %d pump time after three seconds is %d µs', async (speed, expected) => {
  const { talk } = pump(speed);
  pass(3 * SECOND);
  expect(await pumpTime(talk)).toBe(expected);
});

test('no fraction of a microsecond is lost between ticks', async () => {
  const { talk } = pump(0.25);
  for (let i = 0; i < 1_000; i += 1) {
    wall += 3;
    vi.advanceTimersByTime(50);
  }
  expect(await pumpTime(talk)).toBe(750);
});

test('time between ticks counts as well: a command meets the pump at its own moment', async () => {
  const { talk } = pump(1);
  wall += 1_234;
  expect(await pumpTime(talk)).toBe(1_234);
});

test('a clock that leaps ahead is followed at once, and an alarm on the way keeps its time', async () => {
  const { talk } = pump(1);
  await talk.must(`START if=${await makeReady(talk)}`);
  await talk.must('SIM FAULT fault=catheter.occlusion mode=complete');
  wall += 10 * 3_600 * SECOND;
  vi.advanceTimersByTime(50);
  const [alarm, flow] = await talk.send('');
  expect(alarm).toMatch(/^! 6 [0-9]+ ALARM id=catheter-occlusion pri=high state=on lim=70000 \*/);
  expect(flow).toMatch(/^! 7 [0-9]+ FLOW nlpd=0 \*/);
  expect(Number(alarm?.split(' ')[2])).toBeLessThan(2 * 3_600 * SECOND);
  expect(await pumpTime(talk)).toBe(10 * 3_600 * SECOND);
});

test('in real time new entries are pushed as they come, and LOG replays the same bytes', async () => {
  const { talk } = pump(1_000);
  const pushed: string[] = [];
  const gather = (lines: readonly string[]): void => void pushed.push(...lines.filter((line) => line.startsWith('!')));
  const rev = await makeReady(talk);
  gather((await talk.ask(`START if=${rev}`)).lines);
  await talk.must('SIM FAULT fault=catheter.occlusion mode=complete');
  for (let i = 0; i < 6; i += 1) {
    pass(SECOND);
    gather(await talk.send(''));
  }
  const { lines } = await talk.ask('LOG from=1 n=64');
  const replayed = lines.filter((line) => line.startsWith('!'));
  expect(pushed.some((line) => line.includes(' ALARM id=catheter-occlusion '))).toBe(true);
  // What the commands before START wrote was pushed after their replies, which makeReady did not keep.
  expect(replayed.slice(-pushed.length)).toEqual(pushed);
  expect(await talk.send('')).toEqual([]);
});

test('the entries of a command are pushed after its reply, each once', async () => {
  const { talk } = pump(1);
  const { lines } = await talk.ask('STOP');
  expect(lines.map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual(['< 00010001 1 OK', '! 2 0 STOP']);
  pass(SECOND);
  expect(butHeartbeats(await talk.send(''))).toEqual([]);
});

test('in lock step no time passes and nothing is pushed', async () => {
  const { talk } = pump('lockstep');
  await talk.must(`START if=${await makeReady(talk)}`);
  pass(10 * SECOND);
  expect(await talk.send('')).toEqual([]);
  expect(await pumpTime(talk)).toBe(0);
});

test('SIM RESET lockstep=1 stops the clock of a pump in real time', async () => {
  const { talk } = pump(1);
  pass(SECOND);
  await talk.must(RESET);
  expect((await talk.hello()).fields['lockstep']).toBe('1');
  pass(SECOND);
  expect(await pumpTime(talk)).toBe(0);
  expect(await talk.must('SIM ADVANCE to=77')).toMatchObject({ us: '77' });
});

test('lock step ends with its connection, without a jump of pump time', async () => {
  const { talk, connect } = pump(1);
  await talk.must(RESET);
  await talk.must('SIM ADVANCE to=500');
  pass(1_000 * SECOND);
  talk.loop.cut();
  await talk.loop.quiet();
  const next = connect();
  expect(await pumpTime(next)).toBe(500);
  expect((await next.hello()).fields['lockstep']).toBe('0');
  pass(SECOND);
  expect(await pumpTime(next)).toBe(SECOND + 500);
});

test('lock step ends with its connection even when the next client is there before the end is noticed', async () => {
  const { talk, connect } = pump(1);
  await talk.must(RESET);
  talk.loop.cut();
  const next = connect();
  expect((await next.hello()).fields['lockstep']).toBe('0');
});

test('a pump that is served in lock step stays in it for the next client', async () => {
  const { talk, connect } = pump('lockstep');
  talk.loop.cut();
  await talk.loop.quiet();
  const next = connect();
  pass(SECOND);
  expect(await pumpTime(next)).toBe(0);
  expect((await next.hello()).fields['lockstep']).toBe('1');
});

test('SIM RESET without lockstep=1 starts the clock at zero', async () => {
  const { talk } = pump('lockstep');
  await talk.must('SIM RESET profile=itb-20 seed=1 conc=1000');
  pass(2 * SECOND);
  expect(await pumpTime(talk)).toBe(2 * SECOND);
});

test('a therapy goes on without a client, and what it logged meanwhile is read, not pushed', async () => {
  const { talk, connect } = pump(1_000);
  await talk.must(`START if=${await makeReady(talk)}`);
  await talk.must('SIM FAULT fault=catheter.occlusion mode=complete');
  talk.loop.cut();
  await talk.loop.quiet();
  pass(10 * SECOND);
  const next = connect();
  expect(await next.send('')).toEqual([]);
  const { lines } = await next.ask('LOG from=6 n=64');
  expect(lines[0]).toContain(' ALARM id=catheter-occlusion ');
});

test('half a command of one client is not glued to the line of the next', async () => {
  const { talk, connect } = pump(1);
  const sid = await talk.sid();
  await talk.send(`> ${sid} 1 ST`);
  talk.loop.cut();
  await talk.loop.quiet();
  const next = connect();
  expect(theReply(await next.send(`${commandLine(1, 'STATUS', sid)}\n`), sid, 1).ok).toBe(true);
});

test.each([
  ['a command', 499, helloLine(), 10],
  ['a typed line', 59_999, 'status', 3],
])('%s that is broken off for no more than %d ms is one line', async (_, ms, line, at) => {
  const { talk } = pump(1);
  await talk.send(line.slice(0, at));
  wall += ms * 1_000;
  expect(theReply(await talk.send(`${line.slice(at)}\n`), '00000000', 0).ok).toBe(true);
});

test.each([
  ['a command', 500, '> 00000000 0 PI'],
  ['a typed line', 60_000, 'he'],
])('%s that was broken off for %d ms is dropped, and what comes next is a line of its own', async (_, ms, start) => {
  const { talk } = pump(1);
  await talk.send(start);
  wall += ms * 1_000;
  const lines = await talk.send(`${helloLine()}\n`);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe('# bad line n=1');
  expect(theReply(lines, '00000000', 0).ok).toBe(true);
});

test('pump time ends at two hundred years and the pump still answers', async () => {
  const { talk } = pump(1_000_000);
  wall += 300 * 365 * 86_400 * SECOND;
  vi.advanceTimersByTime(50);
  expect(await pumpTime(talk)).toBe(200 * 365 * 86_400 * SECOND);
  pass(SECOND);
  expect((await talk.ask('STATUS')).ok).toBe(true);
});
