/** Sessions, leases, restarts, stops and typed doses at a pump in real time (PROTOCOL.md, H1 to H8, T1 to T6, V1, V2). */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

/** The server's wall clock, in microseconds: the test moves it. */
let wall = 0;
const started: ServedTalk[] = [];

beforeEach(() => {
  wall = 5_000_000_000;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
  vi.useRealTimers();
});

function pump(speed: number | 'lockstep' = 1): ServedTalk {
  const one = startPump({ speed, clock: () => wall });
  started.push(one);
  return one;
}

/** Wall time passes, with the server's ticks falling in it. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 50) {
    wall += Math.min(left, 50) * 1_000;
    vi.advanceTimersByTime(50);
  }
}

/** Time for a lease to end by itself, and a tick to notice. */
const LEASE = 3_050;
const BOLUS = 'BOLUS nl=20000 nlpd=1000000';

const events = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('!'));
const heartbeats = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('.'));
const mode = async (talk: Talk): Promise<string | undefined> => (await talk.must('STATUS'))['mode'];

/** A pump that has a therapy running. */
async function running(speed: number | 'lockstep' = 1): Promise<ServedTalk> {
  const one = pump(speed);
  await one.talk.must(`START if=${await makeReady(one.talk)}`);
  return one;
}

/** Every entry of a log, without check. */
async function log(talk: Talk, which = 'therapy'): Promise<string[]> {
  const { lines } = await talk.ask(`LOG from=1 n=64 log=${which}`);
  return events(lines).map((line) => line.replace(/ \*[0-9A-F]{8}$/, ''));
}

/** The active alarms, as `id state`. */
const alarms = async (talk: Talk): Promise<string[]> =>
  events((await talk.ask('ALARMS')).lines).map((line) =>
    [/ id=(\S+)/.exec(line)?.[1], / state=(\S+)/.exec(line)?.[1]].join(' '),
  );

/** Types a line, and the code that comes back. */
async function confirmed(talk: Talk, text: string): Promise<readonly string[]> {
  const [readBack = ''] = await talk.send(`${text}\n`);
  return talk.send(`${readBack.slice(readBack.indexOf('confirm '))}\n`);
}

test('a session is revoked when nothing was heard for the lease, and its next line is stale', async () => {
  const { talk } = pump();
  const sid = await talk.sid();
  await talk.must('PING');
  pass(3_000);
  expect(theReply(await talk.send(`${commandLine(2, 'PING', sid)}\n`), sid, 2).ok).toBe(true);
  pass(LEASE);
  expect(theReply(await talk.send(`${commandLine(3, 'PING', sid)}\n`), sid, 3).fields).toEqual({ code: 'STALE' });
});

test('a lease that has ended between two ticks is noticed by the next line', async () => {
  const { talk } = pump();
  const sid = await talk.sid();
  wall += 3_001_000;
  expect(theReply(await talk.send(`${commandLine(1, 'PING', sid)}\n`), sid, 1).fields).toEqual({ code: 'STALE' });
});

test('a lease runs on the time of the line, however fast the pump', async () => {
  const { talk } = pump(100_000);
  await talk.must('PING');
  pass(2_900);
  const sid = await talk.sid();
  expect(theReply(await talk.send(`${commandLine(2, 'PING', sid)}\n`), sid, 2).ok).toBe(true);
});

test('with the lease goes what was staged', async () => {
  const { talk } = await running();
  await talk.must('PROGRAM mode=continuous ng=310000 conc=1000');
  pass(LEASE);
  expect((await talk.ask('COMMIT if=4')).fields).toEqual({ code: 'NOTHING_STAGED' });
});

test('with the lease goes a program in the making', async () => {
  const { talk } = await running();
  await talk.must('PROGRAM mode=flex conc=1000 parts=2');
  pass(LEASE);
  expect((await talk.ask('INTERVAL i=1 from_us=0 ng=300000')).fields).toEqual({
    code: 'PART_ORDER',
    why: 'no-program',
  });
});

test('while its host speaks, what was staged stays', async () => {
  const { talk } = await running();
  await talk.must('PROGRAM mode=continuous ng=310000 conc=1000');
  for (let i = 0; i < 5; i += 1) {
    pass(1_000);
    await talk.must('PING');
  }
  expect((await talk.must('COMMIT if=4'))['ng']).toBe('310000');
});

/** Pauses an alarm; returns the number of the entry that raised it. */
async function pausedAlarm(talk: Talk): Promise<number> {
  await talk.must('SIM FAULT fault=memory.error mode=library');
  const [line = ''] = events((await talk.ask('ALARMS')).lines);
  const ev = Number(line.split(' ')[1]);
  await talk.must(`PAUSE ev=${ev}`);
  expect(await alarms(talk)).toEqual(['library-fault paused']);
  await talk.send('');
  return ev;
}

test('with the lease goes the silence of an alarm that was paused: it sounds again', async () => {
  const { talk } = await running();
  const ev = await pausedAlarm(talk);
  pass(LEASE + 50);
  const [raised = ''] = events(await talk.send(''));
  expect(raised).toContain(' ALARM id=library-fault pri=medium state=on ');
  expect(Number(raised.split(' ')[1])).toBeGreaterThan(ev);
  expect(await alarms(talk)).toEqual(['library-fault on']);
});

test.each([
  ['BYE', (talk: Talk) => talk.must('BYE')],
  ['RELEASE', (talk: Talk) => confirmed(talk, 'release')],
  ['another session of its host', (talk: Talk) => talk.hello()],
])('with %s goes the silence of an alarm as well', async (_, end) => {
  const { talk } = await running();
  await pausedAlarm(talk);
  await end(talk);
  expect(await alarms(talk)).toEqual(['library-fault on']);
});

test('while its host speaks, a paused alarm stays silent', async () => {
  const { talk } = await running();
  await pausedAlarm(talk);
  for (let i = 0; i < 5; i += 1) {
    pass(1_000);
    await talk.must('PING');
  }
  expect(await alarms(talk)).toEqual(['library-fault paused']);
});

test('what was acknowledged stays acknowledged when the lease ends', async () => {
  const { talk } = await running();
  await talk.must('SIM FAULT fault=memory.error mode=library');
  const [line = ''] = events((await talk.ask('ALARMS')).lines);
  await talk.must(`ACK ev=${line.split(' ')[1]}`);
  pass(LEASE);
  expect(await alarms(talk)).toEqual(['library-fault ack']);
});

test('the therapy goes on without a host, raises no alarm for it, and its log tells nothing of it', async () => {
  const { talk } = await running(1_000);
  const before = await log(talk);
  const { done_nl: made } = await talk.must('STATUS');
  pass(60_000);
  const status = await talk.must('STATUS');
  expect(status).toMatchObject({ mode: 'basal', nlpd: '300000', alarms: '0' });
  expect(Number(status['done_nl']) - Number(made)).toBeGreaterThan(200_000);
  expect(await log(talk)).toEqual(before);
});

test('a dose under way goes on to its end without a host', async () => {
  const { talk } = await running(1_000);
  await talk.must(identified(BOLUS, 0));
  pass(LEASE);
  expect((await talk.hello()).fields).toMatchObject({ dose: '1', last: 'D0000001', lstate: 'DONE', lnl: '20000' });
});

test('the log of the link tells every session, and how it ended', async () => {
  const { talk } = await running();
  const therapy = await log(talk);
  await talk.hello();
  pass(LEASE);
  await talk.hello();
  await talk.must('BYE');
  await talk.hello();
  await confirmed(talk, 'release');
  await talk.hello();
  await talk.must('SIM REBOOT');
  const told = await log(talk, 'link');
  expect(told.map((line) => line.split(' ').slice(3).join(' '))).toEqual([
    'SESSION sid=00010001 state=BEGUN',
    'SESSION sid=00010001 state=REPLACED',
    'SESSION sid=00010002 state=BEGUN',
    'SESSION sid=00010002 state=LEASE_LOST',
    'SESSION sid=00010003 state=BEGUN',
    'SESSION sid=00010003 state=BYE',
    'SESSION sid=00010004 state=BEGUN',
    'SESSION sid=00010004 state=RELEASED',
    'SESSION sid=00010005 state=BEGUN',
    'SESSION sid=00020001 state=BEGUN',
  ]);
  expect(told.map((line) => Number(line.split(' ')[1]))).toEqual(Array.from({ length: 10 }, (_, at) => at + 1));
  // Of all this the therapy has noticed the restart.
  expect((await log(talk)).slice(therapy.length).every((line) => / (?:BOOT|FLOW) /.test(line))).toBe(true);
});

test('the log of the link keeps its last entries, and states what is lost', async () => {
  const { talk } = pump();
  for (let i = 0; i < 150; i += 1) await talk.hello();
  // The first has begun, each of the others has also replaced one.
  const { fields, lines } = await talk.ask('LOG from=1 n=1 log=link');
  expect(fields).toEqual({ from: '1', next: '45', end: '300', oldest: '44', lost: '43' });
  expect(events(lines)).toHaveLength(1);
  expect((await talk.ask('LOG from=300 n=9 log=link')).fields).toMatchObject({ next: '300', lost: '0' });
});

test('another host is told how long it has to wait, and has the pump then', async () => {
  const { talk } = pump();
  await talk.must('PING');
  pass(1_000);
  expect(theReply(await talk.send(`${helloLine()}\n`), '00000000', 0).fields).toEqual({
    code: 'HELD',
    nonce: '0000AAAA',
    left_ms: '2000',
  });
  pass(LEASE - 1_000);
  expect(theReply(await talk.send(`${helloLine()}\n`), '00000000', 0).fields).toMatchObject({ sid: '00010002' });
});

test('in lock step a session outlasts any silence, until another host comes', async () => {
  const { talk } = pump('lockstep');
  const sid = await talk.sid();
  pass(60_000);
  expect(theReply(await talk.send(`${commandLine(1, 'PING', sid)}\n`), sid, 1).ok).toBe(true);
  wall += 3_001_000;
  expect(theReply(await talk.send(`${helloLine()}\n`), '00000000', 0).fields).toMatchObject({ sid: '00010002' });
});

test('a host whose connection is gone loses its lease after its time, also when it had asked for lock step', async () => {
  const { talk, connect } = pump();
  await talk.must(RESET);
  pass(10_000);
  talk.loop.cut();
  await talk.loop.quiet();
  pass(LEASE);
  const next = connect();
  expect(theReply(await next.send(`${helloLine()}\n`), '00000000', 0).fields).toMatchObject({ sid: '00010002' });
});

test('a session hears a heartbeat once a second, and none when its lease is over', async () => {
  const { talk } = pump();
  const sid = await talk.sid();
  pass(3_000);
  expect(heartbeats(await talk.send(''))).toEqual(Array<string>(3).fill(framed(`. ${sid} ev=2 dose=0 al=0`)));
  pass(10_000);
  expect(heartbeats(await talk.send(''))).toEqual([]);
});

test('a heartbeat tells the next log entry, the last dose and the alarms', async () => {
  const { talk } = await running();
  await talk.must(identified(BOLUS, 0));
  await talk.must('SIM FAULT fault=memory.error mode=library');
  const { next } = await talk.must('STATUS');
  pass(1_000);
  const beats = heartbeats(await talk.send(''));
  expect(beats.at(-1)).toBe(framed(`. ${await talk.sid()} ev=${next} dose=1 al=1`));
});

test('there is no heartbeat where nobody has a session, and none in lock step', async () => {
  const free = pump().talk;
  const locked = pump('lockstep').talk;
  await free.send('status\n');
  await locked.must('PING');
  pass(5_000);
  expect([...(await free.send('')), ...(await locked.send(''))]).toEqual([]);
});

test('a restart interrupts the dose in hand, alarms it, and never resumes it', async () => {
  const { talk } = await running(100);
  await talk.must(identified(BOLUS, 0));
  pass(2_000);
  expect(await talk.must('SIM REBOOT')).toEqual({ boot: '2' });
  const { fields } = await talk.hello();
  expect(fields).toMatchObject({ sid: '00020001', dose: '1', last: 'D0000001', lstate: 'INTERRUPTED' });
  const told = await talk.must('DOSE n=1');
  expect(told).toMatchObject({ id: 'D0000001', state: 'INTERRUPTED', given_nl: fields['lnl'] });
  // 200 s of 1728, in blocks of ten steps.
  expect(Number(told['given_nl'])).toBeGreaterThanOrEqual(2_310);
  expect(Number(told['given_nl'])).toBeLessThanOrEqual(2_400);
  expect(await alarms(talk)).toEqual(['dose-interrupted latched']);
  expect(await mode(talk)).toBe('basal');
  for (let i = 0; i < 10; i += 1) {
    pass(2_500);
    await talk.must('PING');
  }
  expect(await talk.must('DOSE n=1')).toEqual(told);
  // The host that had asked for it hears that, and not that it is given anew.
  expect(await talk.must(identified(BOLUS, 0))).toMatchObject({ state: 'INTERRUPTED', dose: '1', dup: '1' });
  expect(await mode(talk)).toBe('basal');
});

test('a restart ends the session: its next command is not obeyed', async () => {
  const { talk } = await running();
  const sid = await talk.sid();
  await talk.must('SIM REBOOT');
  const lines = await talk.send(`${commandLine(99, 'PING', sid)}\n`);
  expect(theReply(lines, sid, 99).fields).toEqual({ code: 'STALE' });
  expect(await mode(talk)).toBe('basal');
});

const STOPS = [
  ['typed', 'STOP\n'],
  ['break', '\u0003\u0003\n'],
  ['host', `${commandLine(4, 'STOP', '0BAD0001')}\n`],
  ['host', `${commandLine(0, 'STOP')}\n`],
] as const;

test.each(STOPS)(
  'a STOP by %s, %j, stops a therapy and raises an alarm that names its source',
  async (source, text) => {
    const { talk } = await running();
    await talk.send(text);
    expect(await mode(talk)).toBe('stopped');
    expect(await alarms(talk)).toEqual(['therapy-stopped latched']);
    const entries = await log(talk);
    expect(entries.filter((line) => / ALARM id=therapy-stopped .* state=on /.test(line))).toEqual([
      expect.stringMatching(new RegExp(` src=${source}$`)),
    ]);
    expect(entries.find((line) => line.includes(' STOP '))).toContain(` src=${source}`);
  },
);

test('the STOP of the host that drives the pump raises the alarm in real time, for somebody else may be with the patient', async () => {
  const { talk } = await running();
  await talk.must('STOP');
  expect(await alarms(talk)).toEqual(['therapy-stopped latched']);
});

test('in lock step the host that drives the pump stops it without an alarm, whoever else stops it does not', async () => {
  for (const [text, raised] of [
    [undefined, []],
    ['STOP\n', ['therapy-stopped latched']],
    ['\u0003\u0003\n', ['therapy-stopped latched']],
  ] as const) {
    const { talk } = await running('lockstep');
    if (text === undefined) await talk.must('STOP');
    else await talk.send(text);
    expect(await mode(talk)).toBe('stopped');
    expect(await alarms(talk)).toEqual(raised);
  }
});

test('a pump that does nothing is stopped without an alarm', async () => {
  const { talk } = pump();
  for (const [, text] of STOPS) await talk.send(text);
  expect(await alarms(talk)).toEqual([]);
});

test('STOP twice does no more than once', async () => {
  const { talk } = await running();
  await talk.send('STOP\nSTOP\n');
  const entries = await log(talk);
  expect(entries.filter((line) => / ALARM .* state=on /.test(line))).toHaveLength(1);
  expect(await mode(talk)).toBe('stopped');
});

test('STOP ends a dose for good: it is interrupted, and a START does not bring it back', async () => {
  const { talk } = await running(100);
  await talk.must(identified(BOLUS, 0));
  pass(1_000);
  await talk.send('STOP\n');
  expect(await talk.must('DOSE n=1')).toMatchObject({ state: 'INTERRUPTED' });
  const { rev } = await talk.must('STATUS');
  await talk.must(`START if=${rev}`);
  expect(await mode(talk)).toBe('basal');
});

test('Ctrl-C once is noise: with one alone nothing stops', async () => {
  const { talk } = await running();
  await talk.send('\u0003');
  await talk.send('x\u0003\n');
  expect(await mode(talk)).toBe('basal');
});

test('a typed dose, from its read-back to its end', async () => {
  const { talk } = await running(1_000);
  await talk.must('BYE');
  await talk.send('');
  const [readBack = '', machine] = await talk.send('bolus nl=20000 nlpd=1000000\n');
  const code = readBack.slice(-4);
  expect(readBack).toBe(`# BOLUS 20000 nL = 20.000 uL at 1000000 nL/day = 0.042 mL/h, dose 1. Type: confirm ${code}`);
  expect(machine).toBe(framed(`< 00000000 0 OK state=READ_BACK code=${code}`));
  const begun = await talk.send(`confirm ${code}\n`);
  expect(begun[0]).toBe('# BOLUS: rev 4, nl 20000, nlpd 1000000, dose 1, state ACCEPTED');
  expect(begun[1]).toContain(' dose=1 state=ACCEPTED ');
  pass(2_000);
  const ended = events(await talk.send(''));
  expect(ended[0]).toMatch(/ BOLUS kind=single dose=1 state=done nl=20000 /);
  expect((await talk.send(`confirm ${code}\n`))[0]).toBe('# already dose 1 DONE');
  expect(await talk.must('DOSE n=1')).toMatchObject({ src: 'typed', id: '-', state: 'DONE', given_nl: '20000' });
  expect(await talk.doses()).toBe(1);
});

test('a typed dose while a host is there has to wait for RELEASE, and is then given', async () => {
  const { talk } = await running(1_000);
  expect((await talk.send('bolus nl=20000\n')).at(-1)).toContain(' NO code=HELD ');
  expect((await confirmed(talk, 'release')).at(-1)).toBe(framed('< 00000000 0 OK'));
  expect((await confirmed(talk, 'bolus nl=20000')).find((line) => line.startsWith('<'))).toContain(' state=ACCEPTED ');
});

test('a typed dose that the pump does not give says why, in words too', async () => {
  const { talk } = pump();
  const lines = await confirmed(talk, 'bolus nl=20000');
  expect(lines).toEqual(['# BOLUS refused, NO_PROGRAM', framed('< 00000000 0 NO code=NO_PROGRAM')]);
});

test('a line by hand is ended by the return key of a terminal', async () => {
  const { talk } = pump();
  const lines = await talk.send('status\rstatus\r\n');
  expect(lines.map((line) => line.slice(0, 9))).toEqual(['# STATUS:', '< 0000000', '# STATUS:', '< 0000000']);
});
