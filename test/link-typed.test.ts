/** Lines that a person types at the pump's port (PROTOCOL.md, T1 to T7), by the machine alone. */
import { describe, expect, test } from 'vitest';
import { LEASE_MS, TYPED } from '../protocol/index.ts';
import { framed, helloLine } from './support/pump-talk.ts';
import { given, machine, type Machine } from './support/pump-machine.ts';

const REPLY = '< 00000000 0';
const TYPED_STOP = { do: 'obey', verb: 'STOP', args: {}, stop: 'typed' };

/** The code of the last read-back. */
const code = (pump: Machine): string => pump.state.readBack?.code ?? '';

/** A code that is not `one`. */
const other = (one: string): string => (one === '0000' ? '0001' : '0000');

describe('T1: STOP', () => {
  test.each(['STOP', 'stop', 'Stop', ' stop ', 'sToP'])('%j is obeyed', (text) => {
    const pump = machine();
    expect(pump.say(text)).toEqual(['# STOP: rev 4', framed(`${REPLY} OK rev=4`)]);
    expect(pump.obeyed).toEqual([TYPED_STOP]);
  });

  test.each(['STOPS', 'S TOP', '.STOP', '#STOP', '!STOP', '<STOP', '>STOP', 'ST0P', 'NONSTOP'])(
    '%j is none',
    (text) => {
      const pump = machine();
      pump.say(text);
      expect(pump.obeyed).toEqual([]);
    },
  );

  test.each(['off', 'read', 'dose'] as const)('it is obeyed where typed lines may do as much as %s', (typed) => {
    const pump = machine({ typed });
    pump.say('STOP');
    expect(pump.obeyed).toEqual([TYPED_STOP]);
  });

  test('it is obeyed while a host holds the pump, whose session and numbers go on', () => {
    const pump = machine();
    pump.hello();
    pump.say('STOP');
    expect(pump.obeyed).toEqual([TYPED_STOP]);
    expect(pump.ask('PING').ok).toBe(true);
  });

  test('it drops what was about to be confirmed', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.say('stop');
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.obeyed).toEqual([TYPED_STOP]);
  });
});

describe('T2: Ctrl-C twice', () => {
  test('it stops, and says so to people and machines', () => {
    const pump = machine();
    expect(pump.give({ on: 'break', at: pump.at })).toEqual(['# STOP: rev 4', framed(`${REPLY} OK rev=4`)]);
    expect(pump.obeyed).toEqual([{ ...TYPED_STOP, stop: 'break' }]);
  });

  test('it stops where nothing may be typed, and while a host holds the pump', () => {
    const pump = machine({ typed: 'off' });
    pump.hello();
    pump.give({ on: 'break', at: pump.at });
    expect(pump.obeyed).toMatchObject([{ stop: 'break' }]);
    expect(pump.ask('PING').ok).toBe(true);
  });

  test('it drops what was about to be confirmed', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.give({ on: 'break', at: pump.at });
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
  });
});

describe('T3: reading', () => {
  test('HELP tells everything that can be typed, each in a line', () => {
    const pump = machine();
    const lines = pump.say('help');
    expect(lines.slice(0, -1)).toEqual(Object.values(TYPED).map(({ usage, text }) => `# ${usage}: ${text}`));
    expect(lines.at(-1)).toBe(framed(`${REPLY} OK`));
    for (const name of ['HELP', 'STATUS', 'ALARMS', 'LOG', 'STOP', 'BOLUS', 'RELEASE', 'CONFIRM']) {
      expect(
        lines.some((line) => line.startsWith(`# ${name}`)),
        name,
      ).toBe(true);
    }
  });

  test('STATUS is answered in words, then as a machine would be answered', () => {
    const pump = machine();
    pump.answer = { ok: true, fields: { us: '5', mode: 'basal' } };
    expect(pump.say('status')).toEqual(['# STATUS: us 5, mode basal', framed(`${REPLY} OK us=5 mode=basal`)]);
    expect(pump.obeyed).toEqual([{ do: 'obey', verb: 'STATUS', args: {} }]);
  });

  test('ALARMS is answered with the alarms as lines of a machine', () => {
    const pump = machine();
    const alarm = { kind: 'event', ev: 6, us: 9, event: 'ALARM', fields: { id: 'motor-stall' } } as const;
    pump.answer = { ok: true, fields: { n: '1' }, before: [alarm] };
    expect(pump.say('alarms')).toEqual([
      '# ALARMS: n 1',
      framed('! 6 9 ALARM id=motor-stall'),
      framed(`${REPLY} OK n=1`),
    ]);
  });

  test.each([
    ['log', 7, { from: 1, n: 8 }],
    ['log', 100, { from: 92, n: 8 }],
    ['log n=3', 100, { from: 97, n: 3 }],
    ['log from=3', 100, { from: 3, n: 8 }],
    ['LOG FROM=3 N=5', 100, { from: 3, n: 5 }],
    ['log log=link', 100, { from: 1, n: 64, log: 'link' }],
  ])('%j, where %d comes next, shows what was asked for, else the latest', (text, ev, args) => {
    const pump = machine();
    pump.facts = { ...pump.facts, ev };
    pump.say(text);
    expect(pump.obeyed).toEqual([{ do: 'obey', verb: 'LOG', args }]);
  });

  test('a reply that refuses is told in words as well', () => {
    const pump = machine();
    pump.answer = { ok: false, code: 'BUSY', fields: { dose: '3' } };
    expect(pump.say('status')).toEqual(['# STATUS refused, BUSY: dose 3', framed(`${REPLY} NO code=BUSY dose=3`)]);
  });

  test('reading goes on while a host holds the pump, and leaves its session alone', () => {
    const pump = machine();
    pump.hello();
    const { session } = pump.state;
    for (const text of ['help', 'status', 'alarms', 'log']) expect(pump.say(text).at(-1)).toContain(' OK');
    expect(pump.state.session).toEqual(session);
  });

  test.each([
    ['status now=1', 'UNKNOWN_KEY key=now'],
    ['log n=65', 'BAD_VALUE key=n'],
    ['log n', 'GRAMMAR'],
    ['log =1', 'GRAMMAR'],
    ['log n=', 'GRAMMAR'],
    ['log n=$', 'GRAMMAR'],
    [`status ${'k'.repeat(60)}=1`, 'GRAMMAR'],
    [`status k$y=1`, 'GRAMMAR'],
    [`status n=${'9'.repeat(60)}`, 'GRAMMAR'],
    [`status ${'n'.repeat(225)}`, 'GRAMMAR'],
    ['status constructor=1', 'UNKNOWN_KEY key=constructor'],
    ['status __proto__=1', 'GRAMMAR'],
  ])('%j is refused with %s, and nothing is done', (text, refusal) => {
    const pump = machine();
    const lines = pump.say(text);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^# /);
    expect(lines[1]).toBe(framed(`${REPLY} NO code=${refusal}`));
    expect(pump.obeyed).toEqual([]);
  });

  test.each(['toString', 'start if=3', 'refill', 'sim reset', 'dose n=1'])('%j cannot be typed', (text) => {
    const pump = machine();
    expect(pump.say(text)).toEqual(['# not a command; HELP lists what can be typed']);
    expect(pump.obeyed).toEqual([]);
  });

  test('words that are too many for one line of text are cut off, and the line of the machine is whole', () => {
    const pump = machine();
    const fields = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`key${i}`, '1234567']));
    pump.answer = { ok: true, fields };
    const [text = '', reply] = pump.say('status');
    expect(text.length).toBe(232);
    expect(reply).toBe(
      framed(
        `${REPLY} OK ${Object.entries(fields)
          .map(([key, value]) => `${key}=${value}`)
          .join(' ')}`,
      ),
    );
  });
});

describe('T4: a dose', () => {
  test('it is read back in two units each, with its number and a code, and nothing is given', () => {
    const pump = machine();
    pump.facts = { ...pump.facts, dose: 41, records: [given(41)], flowMax: 300_000_000 };
    const lines = pump.say('bolus nl=1500 nlpd=216000000');
    expect(lines).toEqual([
      `# BOLUS 1500 nL = 1.500 uL at 216000000 nL/day = 9.000 mL/h, dose 42. Type: confirm ${code(pump)}`,
      framed(`${REPLY} OK state=READ_BACK code=${code(pump)}`),
    ]);
    expect(code(pump)).toMatch(/^[0-9]{4}$/);
    expect(pump.obeyed).toEqual([]);
  });

  test('it is read back as the whole motor steps that it will be', () => {
    const pump = machine();
    pump.facts = { ...pump.facts, step: 10 };
    expect(pump.say('bolus nl=1504')[0]).toContain('# BOLUS 1500 nL = 1.500 uL ');
  });

  test.each([
    ['bolus nl=4', { nl: '0' }],
    ['bolus nl=1500 nlpd=100', { nlpd: '100' }],
    ['bolus nl=1500 nlpd=24000001', { nlpd: '24000001' }],
  ])('%j is no bolus of the pump, and gets no code but the limits', (line, fields) => {
    const pump = machine();
    pump.facts = { ...pump.facts, step: 10, flowMin: 48_000 };
    const [text, reply] = pump.say(line);
    expect(text).toContain('at least 10 nL, at 48000 to 24000000 nL/day');
    expect(reply).toContain(' NO code=BOLUS_RANGE ');
    for (const [key, value] of Object.entries(fields)) expect(reply).toContain(` ${key}=${value} `);
    expect(pump.state.readBack).toBeUndefined();
  });

  test('a key that is missing is said to be, and one that stands there twice is not taken', () => {
    const pump = machine();
    expect(pump.say('bolus')[0]).toContain('nl is missing');
    expect(pump.say('bolus nl=1500 nl=2')[0]).toContain('nl stands there twice');
    expect(pump.state.readBack).toBeUndefined();
  });

  test('without a rate it is the fastest of the pump', () => {
    const pump = machine();
    expect(pump.say('BOLUS NL=20000')[0]).toContain(
      '# BOLUS 20000 nL = 20.000 uL at 24000000 nL/day = 1.000 mL/h, dose 1.',
    );
  });

  test('the code gives it, with no identity but its number', () => {
    const pump = machine();
    pump.say('bolus nl=1500 nlpd=1000000 over=bolus');
    const lines = pump.say(`confirm ${code(pump)}`);
    expect(lines).toEqual([
      '# BOLUS: rev 4, state ACCEPTED, dose 1, nl 1500, nlpd 1000000',
      framed(`${REPLY} OK rev=4 state=ACCEPTED dose=1 nl=1500 nlpd=1000000`),
    ]);
    expect(pump.obeyed).toEqual([
      {
        do: 'obey',
        verb: 'BOLUS',
        args: { nl: 1_500, nlpd: 1_000_000, over: 'bolus' },
        dose: { id: '-', terms: '-', source: 'typed' },
      },
    ]);
  });

  test.each([
    ['bolus', 'MISSING_KEY key=nl'],
    ['bolus 1500', 'GRAMMAR'],
    ['bolus nl=1.5', 'BAD_VALUE key=nl'],
    ['bolus nl=01', 'BAD_VALUE key=nl'],
    ['bolus nl=-1', 'BAD_VALUE key=nl'],
    ['bolus nl=100 ul=1', 'UNKNOWN_KEY key=ul'],
    ['bolus nl=100 id=D0000001', 'UNKNOWN_KEY key=id'],
    ['bolus nl=100 after=0', 'UNKNOWN_KEY key=after'],
    ['bolus nl=100 onlost=stop', 'UNKNOWN_KEY key=onlost'],
  ])('%j is refused with %s, and nothing waits for a code', (text, refusal) => {
    const pump = machine();
    expect(pump.say(text).at(-1)).toBe(framed(`${REPLY} NO code=${refusal}`));
    expect(pump.state.readBack).toBeUndefined();
  });

  test('a wrong code gives nothing, and the right one still counts', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    for (const wrong of [other(asked), '', `${asked} ${asked}`, asked.slice(1), `${asked}0`]) {
      expect(pump.say(`confirm ${wrong}`).at(-1), wrong).toBe(framed(`${REPLY} NO code=CONFIRM`));
    }
    expect(pump.obeyed).toEqual([]);
    pump.say(`CONFIRM ${asked}`);
    expect(pump.obeyed).toHaveLength(1);
  });

  test('a code is good for 30 s, and then never again', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.at += 30_001;
    expect(pump.say(`confirm ${asked}`)).toEqual([
      '# the code is older than 30 s; type the command again',
      framed(`${REPLY} NO code=CONFIRM`),
    ]);
    pump.at -= 1;
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.obeyed).toEqual([]);
  });

  test('a code is still good after 30 s to the millisecond', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    pump.at += 30_000;
    expect(pump.say(`confirm ${code(pump)}`).at(-1)).toContain(' state=ACCEPTED ');
  });

  test.each([
    ['DONE', { state: 'DONE' }],
    ['INTERRUPTED', { state: 'INTERRUPTED' }],
    ['ACCEPTED', { state: 'ACCEPTED' }],
  ] as const)('a code that is typed twice gives one dose, and tells that it is %s', (word, change) => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.say(`confirm ${asked}`);
    pump.facts = { ...pump.facts, records: pump.facts.records.map((one) => ({ ...one, ...change })) };
    for (let i = 0; i < 2; i += 1) {
      expect(pump.say(`confirm ${asked}`)).toEqual([
        `# already dose 1 ${word}`,
        framed(`${REPLY} OK state=${word} dose=1 dup=1`),
      ]);
    }
    expect(pump.obeyed).toHaveLength(1);
  });

  test('a code that is typed again when the record is gone tells no outcome', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.say(`confirm ${asked}`);
    pump.facts = { ...pump.facts, dose: 40, records: Array.from({ length: 32 }, (_, i) => given(i + 9)) };
    expect(pump.say(`confirm ${asked}`)).toEqual([
      '# already dose 1, whose record is no longer kept',
      framed(`${REPLY} NO code=GONE oldest=9`),
    ]);
  });

  test('a code whose dose the pump has refused is spent, and no dose bears it', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.answer = { ok: false, code: 'INHIBITED', fields: { alarm: 'motor-stall' } };
    expect(pump.say(`confirm ${asked}`)).toEqual([
      '# BOLUS refused, INHIBITED: alarm motor-stall',
      framed(`${REPLY} NO code=INHIBITED alarm=motor-stall`),
    ]);
    pump.answer = undefined;
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.obeyed).toHaveLength(1);
  });

  test('another read-back takes the place of the first', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const first = code(pump);
    pump.say('bolus nl=200');
    expect(pump.say(`confirm ${first}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    pump.say(`confirm ${code(pump)}`);
    expect(pump.obeyed).toMatchObject([{ args: { nl: 200 } }]);
  });

  test('no code is that of the read-back before, nor one that was confirmed last', () => {
    const asked = (before: string | undefined, confirmed: string | undefined): string => {
      const pump = machine();
      const what = { kind: 'dose', args: { nl: 1, nlpd: 1 }, after: 0 } as const;
      pump.state = {
        ...pump.state,
        readBack: before === undefined ? undefined : { code: before, until: 99_999, what },
        confirmed: confirmed === undefined ? undefined : { code: confirmed, dose: 1 },
      };
      pump.say('bolus nl=100');
      return code(pump);
    };
    const first = asked(undefined, undefined);
    const second = asked(first, undefined);
    const third = asked(first, second);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(asked(undefined, first)).toBe(second);
    expect(third).toMatch(/^[0-9]{4}$/);
  });

  test('a dose that was begun in between makes the code void', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.facts = { ...pump.facts, dose: 1, records: [given(1, { id: '-', source: 'patient' })] };
    expect(pump.say(`confirm ${asked}`)).toEqual([
      '# dose 1 was given since; type the command again',
      framed(`${REPLY} NO code=PRECOND dose=1`),
    ]);
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.obeyed).toEqual([]);
  });
});

describe('T5: while a host holds the pump', () => {
  test('nobody doses it by hand, and is told how long it may last', () => {
    const pump = machine();
    pump.hello({ role: 'rig' });
    pump.pass(1_000);
    expect(pump.say('bolus nl=100')).toEqual([
      '# session 01180001 (rig) holds the pump; wait until it has been silent for 3 s, or type RELEASE',
      framed(`${REPLY} NO code=HELD left_ms=2000`),
    ]);
    expect(pump.state.readBack).toBeUndefined();
  });

  test('a host that comes after the read-back makes the code void', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    const asked = code(pump);
    pump.hello();
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    pump.ask('BYE');
    expect(pump.say(`confirm ${asked}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.obeyed).toEqual([]);
  });

  test('a host that was refused leaves the code as it is', () => {
    const pump = machine();
    pump.say('bolus nl=100');
    pump.say(helloLine({ v: '9' }));
    pump.say(`confirm ${code(pump)}`);
    expect(pump.obeyed).toHaveLength(1);
  });

  test('in lock step, where no lease ends, whoever has been silent for as long holds nothing', () => {
    const pump = machine();
    pump.facts = { ...pump.facts, lockstep: true };
    pump.hello();
    pump.at += LEASE_MS;
    expect(pump.say('bolus nl=100').at(-1)).toContain(' NO code=HELD ');
    pump.at += 1;
    expect(pump.say('bolus nl=100').at(-1)).toContain(' state=READ_BACK ');
  });

  test('the pump is free for typed doses as soon as the lease is over', () => {
    const pump = machine();
    pump.hello();
    pump.at += LEASE_MS + 1;
    expect(pump.say('bolus nl=100').at(-1)).toContain(' state=READ_BACK ');
    expect(pump.notes()).toEqual(['LEASE_LOST 01180001']);
  });
});

describe('T6: RELEASE', () => {
  test('it is read back, and confirmed it ends the session', () => {
    const pump = machine();
    pump.hello({ role: 'rig' });
    expect(pump.say('release')[0]).toBe(`# RELEASE ends session 01180001 (rig). Type: confirm ${code(pump)}`);
    expect(pump.ask('PING').ok).toBe(true);
    expect(pump.say(`confirm ${code(pump)}`)).toEqual(['# session 01180001 is over', framed(`${REPLY} OK`)]);
    expect(pump.notes()).toEqual(['RELEASED 01180001']);
    expect(pump.outputs.map((output) => output.do)).toEqual(['note', 'abandon', 'send']);
    expect(pump.as('01180001', 2, 'PING').fields).toEqual({ code: 'STALE' });
  });

  test('there is nothing to release where no session is', () => {
    const pump = machine();
    expect(pump.say('release')).toEqual(['# no session holds the pump', framed(`${REPLY} NO code=NOT_HELD`)]);
  });

  test('a session that ended before the code was typed is not released, and no other one in its place', () => {
    const pump = machine();
    pump.hello();
    pump.say('release');
    const asked = code(pump);
    pump.pass(LEASE_MS + 1);
    expect(pump.say(`confirm ${asked}`)).toEqual([
      '# session 01180001 is over already',
      framed(`${REPLY} NO code=NOT_HELD`),
    ]);
    pump.hello();
    pump.say('release');
    const second = code(pump);
    pump.hello({ nonce: '0000BBBB', prev: pump.sid() });
    expect(pump.say(`confirm ${second}`).at(-1)).toBe(framed(`${REPLY} NO code=CONFIRM`));
    expect(pump.ask('PING').ok).toBe(true);
  });
});

describe('T7: a pump that is set so', () => {
  test.each(['bolus nl=100', 'release', 'confirm 1234'])('only to be read refuses %j', (text) => {
    const pump = machine({ typed: 'read' });
    expect(pump.say(text)).toEqual(['# typed lines only read here', framed(`${REPLY} NO code=TYPED_OFF`)]);
    expect(pump.state.readBack).toBeUndefined();
  });

  test.each(['help', 'status', 'alarms', 'log'])('only to be read answers %j', (text) => {
    expect(machine({ typed: 'read' }).say(text).at(-1)).toContain(' OK');
  });

  test.each(['help', 'status', 'alarms', 'log', 'bolus nl=100', 'release', 'confirm 1234'])(
    'to do nothing but stop refuses %j',
    (text) => {
      const pump = machine({ typed: 'off' });
      expect(pump.say(text)).toEqual([
        '# typed lines are switched off here, all but STOP',
        framed(`${REPLY} NO code=TYPED_OFF`),
      ]);
      expect(pump.obeyed).toEqual([]);
    },
  );
});
