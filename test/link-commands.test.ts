/** Commands at most once, at the pump's side of the line (PROTOCOL.md, C1 to C4, E2, E3, T1), by the machine alone. */
import { describe, expect, test } from 'vitest';
import { commandLine, framed } from './support/pump-talk.ts';
import { machine, type Machine } from './support/pump-machine.ts';

const SID = '01180001';

/** A machine with the session SID. */
function inSession(): Machine {
  const pump = machine();
  pump.hello();
  return pump;
}

const verbs = ({ obeyed }: Machine): string[] => obeyed.map(({ verb }) => verb);

test('C1: commands are numbered from 1, and each reply bears session and number of its command', () => {
  const pump = inSession();
  for (const seq of [1, 2, 3]) {
    expect(pump.say(commandLine(seq, 'START if=3', SID))).toEqual([framed(`< ${SID} ${seq} OK rev=4`)]);
  }
  expect(verbs(pump)).toEqual(['START', 'START', 'START']);
});

test('C1: the numbers of the next session begin at 1 again', () => {
  const pump = inSession();
  pump.ask('PING');
  pump.hello({ nonce: '0000BBBB', prev: SID });
  expect(pump.as('01180002', 2, 'PING').fields).toEqual({ code: 'SEQ', want: '1' });
  expect(pump.as('01180002', 1, 'PING').ok).toBe(true);
});

test('C2: the same bytes once more get the same reply, marked as such, and are not obeyed again', () => {
  const pump = inSession();
  pump.answer = { ok: true, fields: { rev: '4', low_us: '99' } };
  const line = commandLine(1, 'START if=3', SID);
  expect(pump.say(line)).toEqual([framed(`< ${SID} 1 OK rev=4 low_us=99`)]);
  // Whatever has become of the pump meanwhile.
  pump.answer = { ok: true, fields: { rev: '5' } };
  for (let i = 0; i < 3; i += 1) {
    expect(pump.say(line)).toEqual([framed(`< ${SID} 1 OK rev=4 low_us=99 dup=1`)]);
  }
  expect(verbs(pump)).toEqual(['START']);
});

test('C2: after a repetition the next command has the next number', () => {
  const pump = inSession();
  for (let i = 0; i < 2; i += 1) pump.as(SID, 1, 'PING');
  expect(pump.as(SID, 2, 'PING')).toMatchObject({ ok: true, fields: {} });
});

test.each([
  ['the pump', 'START if=3', 'PRECOND rev=8'],
  ['the gate of doses', 'BOLUS id=D0000001 after=1 by=0 onlost=stop nl=1 nlpd=1', 'BAD_VALUE key=onlost'],
  ['the verb table', 'DANCE', 'UNKNOWN_VERB'],
  ['the keys of the verb', 'START now=1 if=3', 'UNKNOWN_KEY key=now'],
  ['the grammar', 'START if', 'GRAMMAR'],
])('C2: what %s has refused is refused again in the same words, and is not thought about anew', (_, words, refusal) => {
  const pump = inSession();
  pump.answer = { ok: false, code: 'PRECOND', fields: { rev: '8' } };
  const line = commandLine(1, words, SID);
  expect(pump.say(line)).toEqual([framed(`< ${SID} 1 NO code=${refusal}`)]);
  const { length } = pump.obeyed;
  expect(pump.say(line)).toEqual([framed(`< ${SID} 1 NO code=${refusal} dup=1`)]);
  expect(pump.obeyed).toHaveLength(length);
  // It has had its number.
  expect(pump.as(SID, 2, 'PING').ok).toBe(true);
});

test('C2: lines that went ahead of a reply are not repeated with it', () => {
  const pump = inSession();
  const event = { kind: 'event', ev: 1, us: 0, event: 'STOP', fields: {} } as const;
  pump.answer = { ok: true, fields: { n: '1' }, before: [event, { ...event, ev: 2 }] };
  const line = commandLine(1, 'ALARMS', SID);
  expect(pump.say(line)).toEqual([framed('! 1 0 STOP'), framed('! 2 0 STOP'), framed(`< ${SID} 1 OK n=1`)]);
  expect(pump.say(line)).toEqual([framed(`< ${SID} 1 OK n=1 dup=1`)]);
});

test('C2: only the last command is remembered: an earlier one is out of its turn', () => {
  const pump = inSession();
  pump.ask('START if=3');
  pump.ask('PING');
  expect(pump.as(SID, 1, 'START if=3').fields).toEqual({ code: 'SEQ', want: '3' });
  expect(verbs(pump)).toEqual(['START']);
});

test('C2: the same bytes in another session are another command', () => {
  const pump = inSession();
  pump.ask('START if=3');
  pump.hello({ nonce: '0000BBBB', prev: SID });
  expect(pump.ask('START if=3').fields).toEqual({ rev: '4' });
  expect(verbs(pump)).toEqual(['START', 'START']);
});

test('C3: a number that was used gets SEQ_REUSED with other bytes, and the first command keeps its reply', () => {
  const pump = inSession();
  pump.ask('START if=3');
  for (const words of ['START if=4', 'PING', 'START if']) {
    expect(pump.as(SID, 1, words).fields).toEqual({ code: 'SEQ_REUSED' });
  }
  expect(verbs(pump)).toEqual(['START']);
  expect(pump.as(SID, 1, 'START if=3').fields).toEqual({ rev: '4', dup: '1' });
  expect(pump.as(SID, 2, 'PING').ok).toBe(true);
});

test.each([0, 2, 3, 4_294_967_295])('C3: a session does not begin with number %d', (seq) => {
  const pump = inSession();
  expect(pump.as(SID, seq, 'START if=3').fields).toEqual({ code: 'SEQ', want: '1' });
  expect(pump.obeyed).toEqual([]);
});

test.each([0, 1, 2, 5, 6, 4_294_967_295])('C3: after number 3 number %d is out of turn, and moves nothing', (seq) => {
  const pump = inSession();
  for (let i = 0; i < 3; i += 1) pump.ask('PING');
  expect(pump.as(SID, seq, 'START if=3').fields).toEqual({ code: 'SEQ', want: '4' });
  expect(pump.obeyed).toEqual([]);
  expect(pump.as(SID, 4, 'PING').ok).toBe(true);
});

test('C3: out of turn is said before anything is said of the command itself', () => {
  const pump = inSession();
  for (const words of ['DANCE', 'START', 'START if']) {
    expect(pump.as(SID, 5, words).fields['code'], words).toBe('SEQ');
  }
});

test('E2: a command that does not follow the grammar is of no session if its session is not in force', () => {
  expect(inSession().as('01180002', 1, 'START if').fields).toEqual({ code: 'STALE' });
});

test('H1: a HELLO inside a session is stale, and uses up no number', () => {
  const pump = inSession();
  expect(pump.as(SID, 1, 'HELLO v=2').fields).toEqual({ code: 'STALE' });
  expect(pump.as(SID, 1, 'PING').ok).toBe(true);
});

test('E3: what a verb of the session does not know refuses the whole line', () => {
  const pump = inSession();
  expect(pump.ask('START').fields).toEqual({ code: 'MISSING_KEY', key: 'if' });
  expect(pump.ask('START if=3 soon=1').fields).toEqual({ code: 'UNKNOWN_KEY', key: 'soon' });
  expect(pump.ask('START if=03').fields).toEqual({ code: 'BAD_VALUE', key: 'if' });
  expect(pump.obeyed).toEqual([]);
});

test('an obeyed command is handed over with its arguments, checked', () => {
  const pump = inSession();
  pump.ask('REFILL if=3 nl=18000000 drained_nl=0');
  expect(pump.obeyed).toEqual([{ do: 'obey', verb: 'REFILL', args: { if: 3, nl: 18_000_000, drained_nl: 0 } }]);
});

test('V7: SYNC is answered by the line itself, with the time of the pump', () => {
  const pump = inSession();
  expect(pump.ask('SYNC t0=9007199254740991').fields).toEqual({
    t0: '9007199254740991',
    t1: '5000000',
    t2: '5000000',
  });
  expect(pump.ask('PING').fields).toEqual({});
  expect(pump.obeyed).toEqual([]);
});

test('an answer that nobody has asked for is a mistake of whoever runs the machine', () => {
  expect(() => inSession().give({ on: 'answer', reply: { ok: true, fields: {} }, at: 0 })).toThrow('answer to nothing');
});

describe('T1: STOP waits for nothing', () => {
  test.each([
    ['of a session that was never begun', '0BAD0001', 9],
    ['of no session', '00000000', 0],
    ['out of its turn', SID, 77],
    ['with the number of the last command', SID, 1],
  ])('a STOP %s is obeyed and answered', (_, sid, seq) => {
    const pump = inSession();
    pump.ask('PING');
    expect(pump.say(commandLine(seq, 'STOP', sid))).toEqual([framed(`< ${sid} ${seq} OK rev=4`)]);
    expect(pump.obeyed).toEqual([{ do: 'obey', verb: 'STOP', args: {}, stop: 'host' }]);
    // And the numbers of the session go on.
    expect(pump.as(SID, 2, 'PING').ok).toBe(true);
  });

  test('a STOP is obeyed where there is no session at all', () => {
    const pump = machine();
    expect(pump.as(SID, 4, 'STOP').ok).toBe(true);
    expect(verbs(pump)).toEqual(['STOP']);
    expect(pump.state.session).toBeUndefined();
  });

  test('a STOP after the lease is obeyed, and the session is over', () => {
    const pump = inSession();
    pump.at += 10_000;
    expect(pump.as(SID, 1, 'STOP').ok).toBe(true);
    expect(verbs(pump)).toEqual(['STOP']);
    expect(pump.state.session).toBeUndefined();
  });

  test('a STOP in its turn has its number as any other command', () => {
    const pump = inSession();
    expect(pump.ask('STOP').ok).toBe(true);
    expect(pump.as(SID, 1, 'PING').fields).toEqual({ code: 'SEQ_REUSED' });
    expect(pump.as(SID, 2, 'PING').ok).toBe(true);
  });

  test('the last STOP of a session once more is answered as it was: nothing can have been started since', () => {
    const pump = inSession();
    expect(pump.as(SID, 1, 'STOP').fields).toEqual({ rev: '4' });
    for (let i = 0; i < 2; i += 1) expect(pump.as(SID, 1, 'STOP').fields).toEqual({ rev: '4', dup: '1' });
    expect(verbs(pump)).toEqual(['STOP']);
    expect(pump.as(SID, 2, 'PING').ok).toBe(true);
  });

  test('a STOP that comes again after another command of its session is obeyed again', () => {
    const pump = inSession();
    pump.ask('STOP');
    pump.ask('START if=3');
    expect(pump.as(SID, 1, 'STOP').fields).toEqual({ rev: '4' });
    expect(verbs(pump)).toEqual(['STOP', 'START', 'STOP']);
    expect(pump.as(SID, 3, 'PING').ok).toBe(true);
  });

  test('a STOP of another session is obeyed every time that it comes', () => {
    const pump = inSession();
    for (let i = 0; i < 3; i += 1) expect(pump.as('0BAD0001', 1, 'STOP').fields).toEqual({ rev: '4' });
    expect(verbs(pump)).toEqual(['STOP', 'STOP', 'STOP']);
  });

  test('a STOP with keys that nobody knows is a STOP', () => {
    const pump = inSession();
    expect(pump.ask('STOP now=1').ok).toBe(true);
    expect(verbs(pump)).toEqual(['STOP']);
  });

  test('a STOP with a wrong check is noise', () => {
    const pump = inSession();
    expect(pump.say(commandLine(1, 'STOP', SID).replace('STOP', 'STOp'))).toEqual(['# bad line n=1']);
    expect(pump.say(`> ${SID} 1 STOP`)).toEqual([]);
    expect(pump.obeyed).toEqual([]);
  });
});

describe('E2: damaged lines', () => {
  const damaged = commandLine(1, 'START if=3', SID).replace('if=3', 'if=4');

  test('a damaged command is not obeyed, gets no NO and uses up no number', () => {
    const pump = inSession();
    expect(pump.say(damaged)).toEqual(['# bad line n=1']);
    expect(pump.obeyed).toEqual([]);
    expect(pump.as(SID, 1, 'START if=3').ok).toBe(true);
  });

  test('the pump remarks on damaged lines once in 200 ms at most, and counts all of them', () => {
    const pump = inSession();
    const heard = [0, 1, 199, 200, 201, 399, 400, 5_000].map((at) => {
      pump.at = 10_000 + at;
      return pump.say(damaged).join();
    });
    expect(heard).toEqual(['# bad line n=1', '', '', '# bad line n=4', '', '', '# bad line n=7', '# bad line n=8']);
  });

  test('noise that was no line, and typed lines that mean nothing, are remarked on no faster', () => {
    const pump = inSession();
    expect(pump.say('abracadabra')).toEqual(['# not a command; HELP lists what can be typed']);
    expect(pump.give({ on: 'noise', at: pump.at + 100 })).toEqual([]);
    expect(pump.say('abracadabra')).toEqual([]);
    expect(pump.say(damaged)).toEqual([]);
    pump.at += 200;
    expect(pump.give({ on: 'noise', at: pump.at })).toEqual(['# bad line n=5']);
  });

  test.each([
    ['a command without a number', framed(`> ${SID} x STOP`)],
    ['a command of a session id in small letters', framed('> 0118000a 1 PING')],
    ['a reply without a result', framed(`< ${SID} 1 PERHAPS`)],
    ['an event without a number', framed('! x 1 STOP')],
    ['a command with a number that is too large', framed(`> ${SID} 4294967296 PING`)],
  ])('%s, whole as it may be, is noise', (_, text) => {
    const pump = inSession();
    expect(pump.say(text)).toEqual(['# bad line n=1']);
    expect(pump.obeyed).toEqual([]);
  });
});
