/**
 * The threats to messages of IEC 61784-3, as PROTOCOL.md lists them, each against the measure that answers it, in the code that runs in
 * pump and host. A list for the reader, no claim of conformity.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ALL_RULES,
  createHostLink,
  decodeReply,
  hostDose,
  hostLink,
  LEASE_MS,
  newDose,
  SCHEMA_HASH,
  VERB_NAMES,
  VERBS,
  type HostLinkState,
  type LinkInput,
  type LinkOutput,
} from '../protocol/index.ts';
import { garbled, silence } from './support/loop-wire.ts';
import { machine, type Machine } from './support/pump-machine.ts';
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
import { middlingFields } from './support/verb-lines.ts';

const SID = '01180001';
const BOLUS = 'BOLUS nl=20000 nlpd=1000000';

const started: ServedTalk[] = [];
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
  vi.useRealTimers();
});

/** A served pump with a therapy that runs, in lock step unless a clock is given. */
async function running(clock?: () => number): Promise<ServedTalk> {
  const one = startPump(clock === undefined ? {} : { speed: 1, clock });
  started.push(one);
  if (clock === undefined) await one.talk.must(RESET);
  await one.talk.must(`START if=${await makeReady(one.talk)}`);
  return one;
}

/** A machine of the pump in a session. */
function inSession(): Machine {
  const pump = machine();
  pump.hello();
  return pump;
}

/** What the pump has made and what is on record, to see that nothing was given. */
const givenBy = async (talk: Talk): Promise<string> => `${await talk.doses()} ${(await talk.must('STATUS'))['mode']}`;

/** The host's side of the link by itself. */
function host() {
  const step = hostLink(ALL_RULES);
  let state: HostLinkState = createHostLink('bench');
  const give = (input: LinkInput): readonly LinkOutput[] => {
    const [next, outputs] = step(state, input);
    state = next;
    return outputs;
  };
  const sent = (outputs: readonly LinkOutput[]): string[] =>
    outputs.flatMap((output) => (output.do === 'send' ? [output.text] : []));
  return { give, sent };
}

/** A host in a session with a machine. */
function hostOf(pump: Machine): ReturnType<typeof host> {
  const one = host();
  const hello = one.sent(one.give({ on: 'connect', nonce: '0000AAAA' }));
  for (const line of hello.flatMap((text) => pump.say(text))) one.give({ on: 'line', text: line });
  return one;
}

const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));

describe('corruption', () => {
  test('a command of which any one character is changed to any other is not obeyed', () => {
    const line = commandLine(1, 'START if=3', SID);
    const pump = inSession();
    for (let at = 0; at < line.length; at += 1) {
      for (const other of PRINTABLE.filter((char) => char !== line[at])) {
        pump.say(`${line.slice(0, at)}${other}${line.slice(at + 1)}`);
      }
    }
    expect(pump.obeyed).toEqual([]);
    pump.say(line);
    expect(pump.obeyed).toHaveLength(1);
  });

  test('a command that has lost, doubled or swapped characters is not obeyed', () => {
    const line = commandLine(1, 'START if=3', SID);
    const pump = inSession();
    for (let at = 0; at < line.length; at += 1) {
      const [head, char, next = '', tail] = [line.slice(0, at), line[at], line[at + 1], line.slice(at + 1)];
      pump.say(`${head}${tail}`);
      pump.say(`${head}${char}${char}${tail}`);
      if (next !== '' && next !== char) pump.say(`${head}${next}${char}${tail.slice(1)}`);
      pump.say(head);
      pump.say(tail);
    }
    expect(pump.obeyed).toEqual([]);
  });

  test('a dose that is damaged on the line is not given, and given once when it comes whole', async () => {
    const { talk } = await running();
    const words = identified(BOLUS, 0);
    const line = `${commandLine(50, words, await talk.sid())}\n`;
    talk.loop.toPump = garbled((text) => text.replace('nl=20000', 'nl=90000'));
    expect(await talk.send(line)).toEqual(['# bad line n=1']);
    talk.loop.toPump = (bytes) => [bytes];
    expect(await talk.doses()).toBe(0);
    expect(await talk.must(words)).toMatchObject({ dose: '1', nl: '20000' });
  });

  test('the tail of a line that was too long is no command', async () => {
    const { talk } = await running();
    const before = await givenBy(talk);
    await talk.send(`${'x'.repeat(240)}STOP\n`);
    await talk.send(`>${' '.repeat(239)}${commandLine(0, 'STOP')}\n`);
    expect(await givenBy(talk)).toBe(before);
  });

  test('a number that has lost its point, or won a sign or a zero, is none', async () => {
    const { talk } = await running();
    for (const nl of ['020000', '20000.0', '+20000', '2e4', '-1', '1000000001', '99999999999999999999']) {
      const words = identified(`BOLUS nl=${nl} nlpd=1000000`, 0);
      expect((await talk.ask(words)).fields, nl).toEqual({ code: 'BAD_VALUE', key: 'nl' });
    }
    expect(await talk.doses()).toBe(0);
  });

  test('a host takes no damaged reply: it asks again with the same bytes', () => {
    const pump = inSession();
    const one = host();
    one.give({ on: 'connect', nonce: '0000BBBB' });
    const [hello = ''] = pump.say(helloLine({ nonce: '0000BBBB', prev: SID }));
    expect(one.give({ on: 'line', text: hello.replace('dose=0', 'dose=1') })).toEqual([]);
    expect(one.sent(one.give({ on: 'timeout' }))).toHaveLength(1);
    expect(one.give({ on: 'line', text: hello })).toContainEqual(expect.objectContaining({ do: 'ready' }));
  });
});

describe('unintended repetition', () => {
  test('a line that doubles everything doses once', async () => {
    const { talk } = await running();
    const words = identified(BOLUS, 0);
    const sid = await talk.sid();
    const next = Number(/want=(\d+)/.exec((await talk.send(`${commandLine(0, 'PING', sid)}\n`)).join())?.[1]);
    talk.loop.toPump = (bytes) => [bytes, bytes, bytes];
    const lines = await talk.send(`${commandLine(next, words, sid)}\n`);
    expect(lines.map((line) => / dup=1 /.test(line))).toEqual([false, true, true]);
    talk.loop.toPump = (bytes) => [bytes];
    const after = await talk.send(`${commandLine(next + 1, 'DOSE n=0', sid)}\n`);
    expect(theReply(after, sid, next + 1).fields).toEqual({ code: 'NO_DOSE', dose: '1' });
  });

  test('everything that a host has ever said, said once more when its session is over, does nothing', async () => {
    const { talk, connect } = await running();
    const said: string[] = [];
    talk.loop.toPump = (bytes) => {
      said.push(Buffer.from(bytes).toString('latin1'));
      return [bytes];
    };
    await talk.hello();
    await talk.must(identified(BOLUS, 0));
    await talk.must('SIM ADVANCE to=3600000000');
    await talk.must(`REFILL if=4 nl=18000000 drained_nl=0`);
    await talk.must('BYE');
    const everything = said.join('');
    const before = await talk.send('status\n');
    const [hello, ...answers] = await connect().send(everything);
    expect(hello).toContain(' dose=1 last=D0000001 lstate=DONE ');
    expect(answers.map((line) => line.slice(0, 11))).toEqual(Array<string>(4).fill('< 00010002 '));
    expect(answers.every((line) => line.includes(' NO code=STALE '))).toBe(true);
    expect(await connect().send('status\n')).toEqual(before);
  });

  test('a dose that is asked for again in a later session is told, not given', async () => {
    const { talk } = await running();
    await talk.must(identified(BOLUS, 0));
    await talk.must('SIM ADVANCE to=3600000000');
    await talk.hello();
    expect(await talk.must(identified(BOLUS, 0))).toMatchObject({ state: 'DONE', dose: '1', dup: '1' });
    expect(await talk.doses()).toBe(1);
  });

  test('a dose that is asked for again after a restart is told from the journal, not given', async () => {
    const { talk } = await running();
    await talk.must(identified(BOLUS, 0));
    await talk.must('SIM REBOOT');
    expect(await talk.must(identified(BOLUS, 0))).toMatchObject({ state: 'INTERRUPTED', dose: '1', dup: '1' });
    expect((await talk.must('STATUS'))['mode']).toBe('basal');
  });

  test('a refill that is declared twice is counted once', async () => {
    const { talk } = await running();
    await talk.must('REFILL if=4 nl=5000000 drained_nl=0');
    expect((await talk.ask('REFILL if=4 nl=5000000 drained_nl=0')).fields).toEqual({ code: 'PRECOND', rev: '5' });
  });

  test('a host takes one reply to a HELLO: the same one again begins nothing', () => {
    const pump = machine();
    const one = host();
    const [text = ''] = one.sent(one.give({ on: 'connect', nonce: '0000AAAA' }));
    const [reply = ''] = pump.say(text);
    expect(one.give({ on: 'line', text: reply })).toContainEqual(expect.objectContaining({ do: 'ready' }));
    expect(one.give({ on: 'line', text: reply })).toEqual([]);
    one.give({ on: 'connect', nonce: '0000BBBB' });
    expect(one.give({ on: 'line', text: reply })).toEqual([]);
  });
});

describe('incorrect sequence', () => {
  test('commands that have overtaken each other are obeyed in the order of their numbers, or not', () => {
    const pump = inSession();
    expect(pump.as(SID, 2, 'START if=4').fields).toEqual({ code: 'SEQ', want: '1' });
    expect(pump.as(SID, 1, 'REFILL if=3 nl=1000000 drained_nl=0').ok).toBe(true);
    expect(pump.as(SID, 2, 'START if=4').ok).toBe(true);
    expect(pump.obeyed.map(({ verb }) => verb)).toEqual(['REFILL', 'START']);
  });

  test('a START from before a STOP does not undo it', async () => {
    const { talk } = await running();
    await talk.must('STOP');
    expect((await talk.ask('START if=4')).fields).toEqual({ code: 'PRECOND', rev: '5' });
    expect((await talk.must('STATUS'))['mode']).toBe('stopped');
  });

  test('a dose that was decided on before another one was given is not given on top of it', async () => {
    const { talk } = await running();
    await talk.must(identified(BOLUS, 0, '0000000A'));
    await talk.must('SIM ADVANCE to=3600000000');
    expect((await talk.ask(identified(BOLUS, 0, '0000000B'))).fields).toMatchObject({ code: 'PRECOND', dose: '1' });
    expect(await talk.doses()).toBe(1);
  });

  test('a host takes the reply to its command and no other', () => {
    const one = hostOf(machine());
    one.give({ on: 'request', verb: 'PING', fields: {} });
    for (const text of [`< ${SID} 2 OK`, `< ${SID} 0 OK`, '< 01180002 1 OK', '< 00000000 1 OK']) {
      expect(one.give({ on: 'line', text: framed(text) })).toEqual([]);
    }
    const outputs = one.give({ on: 'line', text: framed(`< ${SID} 1 OK`) });
    expect(outputs).toContainEqual(expect.objectContaining({ do: 'reply', ok: true }));
  });
});

describe('loss', () => {
  /** Each try of a command: it is lost on its way, its reply is, or neither. */
  const FATES = ['command', 'reply', 'none'] as const;
  const patterns = FATES.flatMap((a) => FATES.flatMap((b) => FATES.map((c) => [a, b, c] as const)));

  test.each(patterns)('whatever is lost of three tries (%s, %s, %s), a command is obeyed once at most', (...fates) => {
    const pump = machine();
    const one = hostOf(pump);
    let outputs = one.give({ on: 'request', verb: 'START', fields: { if: '3' } });
    let answered = false;
    for (const fate of fates) {
      if (answered) break;
      for (const text of one.sent(outputs)) {
        const replies = fate === 'command' ? [] : pump.say(text);
        if (fate === 'none') {
          for (const line of replies)
            answered ||= one.give({ on: 'line', text: line }).some(({ do: what }) => what === 'reply');
        }
      }
      outputs = answered ? [] : one.give({ on: 'timeout' });
    }
    const arrived = fates.slice(0, fates.includes('none') ? fates.indexOf('none') + 1 : 3);
    expect(pump.obeyed).toHaveLength(arrived.every((fate) => fate === 'command') ? 0 : 1);
    expect(answered).toBe(fates.includes('none'));
    // A host that has not been answered knows that it does not know.
    if (!answered) expect(outputs).toContainEqual(expect.objectContaining({ do: 'lost', why: 'silent' }));
  });

  test('what was not heard shows in the next heartbeat, and is read from the log', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let wall = 5_000_000_000;
    const { talk } = await running(() => wall);
    const { next } = await talk.must('STATUS');
    talk.loop.toHost = silence;
    await talk.send('STOP\n');
    talk.loop.toHost = (bytes) => [bytes];
    wall += 1_000_000;
    vi.advanceTimersByTime(50);
    const [beat = ''] = await talk.send('');
    const ev = Number(/ ev=(\d+) /.exec(beat)?.[1]);
    expect(ev).toBeGreaterThan(Number(next));
    const { lines, fields } = await talk.ask(`LOG from=${next} n=64`);
    expect(lines[0]).toContain(` STOP rev=`);
    expect(fields).toMatchObject({ next: String(ev), lost: '0' });
  });

  test('a dose whose replies were all lost is found by its id in the next session, and not given again', async () => {
    const { talk } = await running();
    const words = identified(BOLUS, 0);
    talk.loop.toHost = silence;
    await talk.send(`${commandLine(7, words, await talk.sid())}\n`);
    const line = (seq: number): string => `${commandLine(seq, words, '00010001')}\n`;
    for (let seq = 1; seq < 20; seq += 1) await talk.send(line(seq));
    talk.loop.toHost = (bytes) => [bytes];
    expect((await talk.hello()).fields).toMatchObject({ dose: '1', last: 'D0000001', lstate: 'ACCEPTED' });
    expect((await talk.must(words))['dup']).toBe('1');
  });
});

describe('unacceptable delay', () => {
  test('a dose that was held up on the line until after its deadline is not given', async () => {
    const { talk } = await running();
    const words = identified(BOLUS, 0).replace(/by=\d+/, 'by=5000000');
    await talk.must('SIM ADVANCE to=5000001');
    expect((await talk.ask(words)).fields).toEqual({ code: 'LATE', us: '5000001' });
    expect(await talk.doses()).toBe(0);
  });

  test('a command that was held up for longer than the lease is not obeyed', () => {
    const pump = inSession();
    pump.at += LEASE_MS + 1;
    expect(pump.as(SID, 1, 'START if=3').fields).toEqual({ code: 'STALE' });
    expect(pump.obeyed).toEqual([]);
  });

  test('the end of a command that hung on the line is not glued to its beginning', async () => {
    let wall = 5_000_000_000;
    const { talk } = await running(() => wall);
    const line = commandLine(0, 'STOP');
    await talk.send(line.slice(0, 20));
    wall += 500_000;
    await talk.send(`${line.slice(20)}\n`);
    expect((await talk.must('STATUS'))['mode']).toBe('basal');
  });

  test('what a person has read back half a minute ago is not given', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    pump.at += 30_001;
    pump.say(`confirm ${pump.state.readBack?.code}`);
    expect(pump.obeyed).toEqual([]);
  });

  test('a host sends no dose whose time is over, whatever it has waited for', () => {
    const intent = {
      id: 'M3D8QZ4T',
      verb: 'BOLUS',
      wish: { nl: '100', nlpd: '1000', onlost: 'continue' },
      after: 0,
      serial: 'SN77',
      expires: 1_000,
    } as const;
    const reply = decodeReply('HELLO', machine().hello().fields);
    if (!reply.ok) throw new Error(reply.detail);
    const facts = reply.reply;
    const clock = { wall: 1_000, us: 5_000_000 };
    const [, outputs] = hostDose(ALL_RULES)(newDose(intent), { on: 'ready', facts, clock });
    expect(outputs).toEqual([{ do: 'settle', outcome: { result: 'NotAccepted', why: 'EXPIRED' } }]);
  });
});

describe('insertion', () => {
  test('a command that names no session, or a likely one, is not obeyed: session ids are given out by the pump', () => {
    for (const verb of VERB_NAMES.filter((name) => name !== 'STOP' && name !== 'HELLO')) {
      const fields = Object.entries(middlingFields(VERBS[verb].keys)).map(([key, value]) => `${key}=${value}`);
      for (const sid of ['00000000', '01180000', '01180002', '01170001', 'FFFFFFFF']) {
        const pump = inSession();
        expect(pump.as(sid, 1, [verb, ...fields].join(' ')).fields).toEqual({ code: 'STALE' });
        expect(pump.obeyed).toEqual([]);
      }
    }
  });

  test('a second host cannot come between: the pump is held', () => {
    const pump = inSession();
    expect(pump.say(helloLine({ nonce: '0000BBBB', role: 'programmer' }))[0]).toContain(' NO code=HELD ');
    expect(pump.ask('START if=3').ok).toBe(true);
  });

  test('a line that is put into the middle of another spoils that, and is itself no command', async () => {
    const { talk } = await running();
    const line = commandLine(0, 'STOP');
    await talk.send(`${line.slice(0, 9)}${line}${line.slice(9)}\n`);
    expect((await talk.must('STATUS'))['mode']).toBe('basal');
  });

  test('a dose that somebody else has given is seen: the next one of the host does not follow it', async () => {
    const { talk } = await running();
    const seen = await talk.doses();
    await talk.must('BYE');
    const [readBack = ''] = await talk.send('bolus nl=20000\n');
    await talk.send(`${readBack.slice(readBack.indexOf('confirm '))}\n`);
    const { fields } = await talk.ask(identified(BOLUS, seen));
    expect(fields).toMatchObject({ code: 'PRECOND', dose: '1', last: '-' });
  });
});

describe('masquerade, echo', () => {
  test('a pump that hears all that it says itself does nothing and says nothing', async () => {
    const { talk } = await running();
    const said = [
      ...(await talk.hello()).lines,
      ...(await talk.ask('LOG from=1 n=64')).lines,
      ...(await talk.ask('ALARMS')).lines,
      ...(await talk.ask('NONE')).lines,
      ...(await talk.send('help\nstatus\n> ?\n')),
      framed(`. ${await talk.sid()} ev=1 dose=0 al=0`),
    ];
    const before = await givenBy(talk);
    expect(said.length).toBeGreaterThan(20);
    expect(await talk.send(said.map((line) => `${line}\n`).join(''))).toEqual([]);
    expect(await givenBy(talk)).toBe(before);
  });

  test('a host that hears its own commands again takes none of them for a reply', () => {
    const one = hostOf(machine());
    const [text = ''] = one.sent(one.give({ on: 'request', verb: 'PING', fields: {} }));
    expect(one.give({ on: 'line', text })).toEqual([]);
    // Nor with another class: the class is inside the check.
    expect(one.give({ on: 'line', text: `<${text.slice(1).replace('PING', 'OK')}` })).toEqual([]);
  });

  test('a command does not become another kind of line by its first character, nor another kind a command', () => {
    const pump = inSession();
    const line = commandLine(1, 'START if=3', SID);
    const reply = framed(`< ${SID} 1 START if=3`);
    for (const first of PRINTABLE.filter((char) => char !== '>')) pump.say(`${first}${line.slice(1)}`);
    pump.say(`>${reply.slice(1)}`);
    expect(pump.obeyed).toEqual([]);
  });

  test('a host with another verb table cannot change the pump by words that mean something else to it', () => {
    const pump = machine();
    const other = SCHEMA_HASH === '00000000' ? '00000001' : '00000000';
    pump.hello({ schema: other });
    expect(pump.ask('START if=3').fields).toEqual({ code: 'READ_ONLY' });
    expect(pump.ask(identified(BOLUS, 0)).fields).toEqual({ code: 'READ_ONLY' });
    expect(pump.obeyed).toEqual([]);
  });

  test('noise that reads like a dose gives none: what is typed is read back first', () => {
    const pump = machine();
    for (const text of ['bolus nl=100', 'BOLUS nl=100 nlpd=1000', 'confirm', 'confirm 0', 'prime', 'start'])
      pump.say(text);
    expect(pump.obeyed).toEqual([]);
  });
});

describe('addressing', () => {
  test('what was said to a pump before its restart means nothing to it afterwards', () => {
    const pump = inSession();
    pump.give({ on: 'boot', boot: 0x119 });
    pump.hello();
    expect(pump.sid()).toBe('01190001');
    expect(pump.as(SID, 1, 'START if=3').fields).toEqual({ code: 'STALE' });
    expect(pump.obeyed).toEqual([]);
  });

  test('what is said to one pump means nothing to another', () => {
    const [one, other] = [machine({ boot: 7 }), machine({ boot: 8 })];
    one.hello();
    other.hello();
    expect(other.as(one.sid(), 1, 'START if=3').fields).toEqual({ code: 'STALE' });
    expect(other.obeyed).toEqual([]);
  });

  test('a pump says who it is, in HELLO and in DEVICE, and another pump at the same port is another one', async () => {
    const one = startPump({ serial: 'RIG7' });
    started.push(one);
    const { talk } = one;
    expect((await talk.hello()).fields['serial']).toBe('RIG7');
    await talk.must(RESET);
    expect((await talk.must('DEVICE'))['serial']).toBe('RIG7.1');
    expect((await talk.hello()).fields['serial']).toBe('RIG7.1');
  });

  test('a host sends a dose to no other pump than the one that it was meant for, and says that it does not know', () => {
    const wish = { nl: '100', nlpd: '1000', onlost: 'continue' };
    const intent = { id: 'M3D8QZ4T', verb: 'BOLUS', wish, after: 0, serial: 'SN77', expires: 9_000 } as const;
    const clock = { wall: 1_000, us: 5_000_000 };
    const sentTo = (serial: string): unknown => {
      const pump = machine();
      pump.facts = { ...pump.facts, serial };
      const reply = decodeReply('HELLO', pump.hello().fields);
      if (!reply.ok) throw new Error(reply.detail);
      const [, outputs] = hostDose(ALL_RULES)(newDose(intent), { on: 'ready', facts: reply.reply, clock });
      return outputs[0];
    };
    expect(sentTo('SN77')).toMatchObject({ do: 'request', verb: 'BOLUS' });
    expect(sentTo('SN78')).toEqual({ do: 'settle', outcome: { result: 'Uncertain', why: 'OTHER_PUMP' } });
  });
});

test('every threat that PROTOCOL.md lists has its tests here', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const protocol = read('../protocol/PROTOCOL.md');
  const section = protocol.slice(protocol.indexOf('\n## Threats'), protocol.indexOf('\n## What was proven'));
  const threats = [...section.matchAll(/^\| ([a-z, ]+?) +\|/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'threat');
  const tested = [...read(import.meta.url).matchAll(/^describe\('([^']+)'/gm)].map(([, name]) => name);
  expect(threats).toHaveLength(8);
  expect(tested).toEqual(threats);
});
