/** Sessions at the pump's side of the line (PROTOCOL.md, H1 to H8), by the machine alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heartbeat, LEASE_MS, SCHEMA_HASH, VERB_NAMES, VERBS, type VerbSpec } from '../protocol/index.ts';
import { commandLine, framed, helloLine } from './support/pump-talk.ts';
import { given, machine, type Machine } from './support/pump-machine.ts';
import { middlingFields } from './support/verb-lines.ts';

/** A machine with a session. */
function inSession(): Machine {
  const pump = machine();
  pump.hello();
  return pump;
}

const OTHER = '0000BBBB';

test.each(['2', '1-2', '2-2', '2-3', '1-9'])('H1: a host that speaks %s is spoken to in version 2', (v) => {
  expect(machine().hello({ v }).fields['v']).toBe('2');
});

test.each(['1', '3', '0-1', '3-9', '3-1', '2-', '-2', '02', 'x', '1-2-3', '10-20'])(
  'H1: a host that speaks %s is told which versions there are, and has no session',
  (v) => {
    const pump = machine();
    const before = pump.state;
    expect(pump.hello({ v }).fields).toEqual({ code: 'VERSION', nonce: '0000AAAA', have: '2' });
    expect(pump.state).toEqual(before);
  },
);

test.each([
  ['an older version, whose HELLO has fewer keys and another number', 1, 'HELLO v=1'],
  ['a newer version, whose HELLO has more', 0, 'HELLO v=3 nonce=0000AAAA role=bench schema=00000000 key=1'],
])('H1: a host of %s, is told the versions all the same', (_, seq, words) => {
  expect(machine().as('00000000', seq, words).fields).toMatchObject({ code: 'VERSION', have: '2' });
});

test('H1: a HELLO with another number than 0 begins no session', () => {
  const pump = machine();
  const words = 'HELLO v=2 nonce=0000AAAA role=bench schema=00000000';
  expect(pump.as('00000000', 1, words).fields).toEqual({ code: 'SEQ', want: '0' });
  expect(pump.state.session).toBeUndefined();
  expect(pump.as('00000000', 0, words).ok).toBe(true);
});

test.each([
  ['HELLO', { code: 'MISSING_KEY', key: 'v' }],
  ['HELLO v=2 role=bench schema=00000000', { code: 'MISSING_KEY', key: 'nonce' }],
  ['HELLO v=2 nonce=0000AAAA role=doctor schema=00000000', { code: 'BAD_VALUE', key: 'role' }],
  ['HELLO v=2 nonce=0000AAAA role=bench schema=00000000 now=1', { code: 'UNKNOWN_KEY', key: 'now' }],
])('H1: a %s that is not whole begins no session', (words, fields) => {
  const pump = machine();
  expect(pump.as('00000000', 0, words).fields).toEqual(fields);
  expect(pump.state.session).toBeUndefined();
});

test('H2: the reply to HELLO says in one line all that is true of the pump and its last dose', () => {
  const pump = machine();
  const last = given(41, { id: 'K7Q2M9XW', state: 'INTERRUPTED', given: 640 });
  pump.facts = { ...pump.facts, dose: 41, records: [given(40), last], lockstep: true };
  const { lines, fields } = pump.hello({ nonce: '7F21C09A' });
  expect(lines).toHaveLength(1);
  expect(fields).toEqual({
    v: '2',
    nonce: '7F21C09A',
    sid: '01180001',
    schema: SCHEMA_HASH,
    us: '5000000',
    rx: '512',
    lease: '3000',
    dose: '41',
    last: 'K7Q2M9XW',
    lstate: 'INTERRUPTED',
    lnl: '640',
    ev: '7',
    serial: 'SN77',
    world: 'REAL',
    lockstep: '1',
  });
});

test('H2: of a pump that has given no dose, HELLO says that there was none', () => {
  expect(machine().hello().fields).toMatchObject({ dose: '0', last: '-', lstate: 'NONE', lnl: '0' });
});

test('H7: what a session had staged and paused goes with it when the pump restarts, and nothing does where there was none', () => {
  const pump = machine();
  pump.give({ on: 'boot', boot: 7 });
  expect(pump.outputs).toEqual([]);
  pump.hello();
  pump.give({ on: 'boot', boot: 8 });
  expect(pump.outputs).toEqual([{ do: 'abandon' }]);
});

test('H2: a session id is the boot counter and the session counter, and none comes back', () => {
  const pump = machine({ boot: 0x118 });
  const sids = [pump.hello().fields['sid']];
  for (let i = 0; i < 3; i += 1) sids.push(pump.hello({ nonce: `0000CCC${i}`, prev: pump.sid() }).fields['sid']);
  pump.give({ on: 'boot', boot: 0xffff });
  sids.push(pump.hello().fields['sid']);
  expect(sids).toEqual(['01180001', '01180002', '01180003', '01180004', 'FFFF0001']);
});

test('H2: when a boot has given out its last session id, it gives out no more, and a repeated HELLO still gets the last', () => {
  const pump = machine();
  pump.state = { ...pump.state, sessions: 0xfffe };
  expect(pump.hello().fields['sid']).toBe('0118FFFF');
  expect(pump.hello().fields['sid']).toBe('0118FFFF');
  expect(pump.hello({ nonce: OTHER, prev: '0118FFFF' }).fields).toEqual({ code: 'SESSIONS', nonce: OTHER });
  // And whoever has the last one keeps it.
  expect(pump.ask('PING').ok).toBe(true);
});

test('H3: the same HELLO before any command gets the same session, with what is true now', () => {
  const pump = inSession();
  pump.facts = { ...pump.facts, us: 6_000_000, dose: 1, records: [given(1)] };
  expect(pump.hello().fields).toMatchObject({ sid: '01180001', us: '6000000', dose: '1', last: 'D0000001' });
  expect(pump.outputs.map((output) => output.do)).toEqual(['send']);
  expect(pump.ask('PING').ok).toBe(true);
});

test('H3: a repeated HELLO renews the lease of its session', () => {
  const pump = inSession();
  pump.pass(LEASE_MS);
  pump.hello();
  pump.pass(LEASE_MS);
  expect(pump.ask('PING').ok).toBe(true);
});

test('H3: the same HELLO after a command begins nothing: it is an old one that comes late', () => {
  const pump = inSession();
  pump.ask('PING');
  expect(pump.hello().fields).toEqual({ code: 'HELD', nonce: '0000AAAA', left_ms: '3000' });
  expect(pump.ask('PING').ok).toBe(true);
});

test('H3: the same HELLO after the end of its session gets another one', () => {
  const pump = inSession();
  pump.pass(LEASE_MS + 1);
  expect(pump.hello().fields['sid']).toBe('01180002');
});

test('H4: while a session lives another host is told how long it may yet live, and harms it in no way', () => {
  const pump = inSession();
  pump.pass(1_000);
  expect(pump.hello({ nonce: OTHER }).fields).toEqual({ code: 'HELD', nonce: OTHER, left_ms: '2000' });
  expect(pump.outputs.map((output) => output.do)).toEqual(['send']);
  expect(pump.ask('PING').ok).toBe(true);
});

test('H4: asking for a pump that is held does not make the holder live longer', () => {
  const pump = inSession();
  for (let i = 0; i < 3; i += 1) {
    pump.pass(1_000);
    expect(pump.hello({ nonce: OTHER }).fields['code']).toBe('HELD');
  }
  pump.pass(1);
  expect(pump.hello({ nonce: OTHER }).ok).toBe(true);
});

test('H4: a host replaces its own session at once, which is stale from then on', () => {
  const pump = inSession();
  pump.ask('PING');
  const { fields } = pump.hello({ nonce: OTHER, prev: '01180001' });
  expect(fields['sid']).toBe('01180002');
  expect(pump.notes()).toEqual(['REPLACED 01180001', 'SESSION 01180002']);
  expect(pump.outputs.map((output) => output.do)).toEqual(['note', 'abandon', 'note', 'send']);
  expect(pump.as('01180001', 2, 'PING').fields).toEqual({ code: 'STALE' });
});

test('H4: naming a session that is not the one in force replaces nothing', () => {
  const pump = inSession();
  expect(pump.hello({ nonce: OTHER, prev: '01170001' }).fields['code']).toBe('HELD');
});

test('H4: the pump is free a millisecond after the lease, not before', () => {
  const pump = inSession();
  pump.at += LEASE_MS;
  expect(pump.hello({ nonce: OTHER }).fields).toEqual({ code: 'HELD', nonce: OTHER, left_ms: '0' });
  pump.at += 1;
  expect(pump.hello({ nonce: OTHER }).ok).toBe(true);
  expect(pump.notes()).toEqual(['LEASE_LOST 01180001', 'SESSION 01180002']);
});

test('H4: in lock step a host that was silent for longer than the lease makes way for the next, and for nobody before', () => {
  const pump = machine();
  pump.facts = { ...pump.facts, lockstep: true };
  pump.hello();
  pump.pass(LEASE_MS);
  expect(pump.hello({ nonce: OTHER }).fields['code']).toBe('HELD');
  pump.pass(1);
  expect(pump.hello({ nonce: OTHER }).fields['sid']).toBe('01180002');
  expect(pump.notes()).toEqual(['REPLACED 01180001', 'SESSION 01180002']);
});

test('H5: a session that was replaced is stale for ever, whatever it asks', () => {
  const pump = inSession();
  for (let i = 0; i < 5; i += 1) pump.hello({ nonce: `0000CCC${i}`, prev: pump.sid() });
  for (const words of ['PING', 'STATUS', 'START if=3', 'BYE', 'DANCE']) {
    for (const seq of [1, 2]) expect(pump.as('01180001', seq, words).fields).toEqual({ code: 'STALE' });
  }
  expect(pump.obeyed).toEqual([]);
  expect(pump.ask('PING').ok).toBe(true);
});

test.each(['01180002', '01170001', 'FFFFFFFF', '00000000'])('H5: %s, which is not the session, is stale', (sid) => {
  const pump = inSession();
  expect(pump.as(sid, 1, 'START if=3').fields).toEqual({ code: 'STALE' });
  expect(pump.obeyed).toEqual([]);
});

test('H5: of all sessions that were ever begun at most one is obeyed, the newest', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('replace', 'lapse', 'bye', 'boot', 'use'), { maxLength: 30 }), (acts) => {
      const pump = machine({ boot: 1 });
      const all = new Set<string>();
      let boot = 1;
      for (const [at, act] of acts.entries()) {
        const nonce = String(at).padStart(8, '0');
        if (act === 'replace') all.add(pump.hello({ nonce, prev: pump.sid() || '00000000' }).fields['sid'] ?? '');
        else if (act === 'lapse') pump.pass(LEASE_MS + 1);
        else if (act === 'boot') pump.give({ on: 'boot', boot: (boot += 1) });
        else if (pump.state.session !== undefined) pump.ask(act === 'bye' ? 'BYE' : 'PING');
        const alive = pump.state.session?.sid;
        for (const sid of all) {
          const { code } = pump.as(sid, 4_000_000_000, 'PING').fields;
          expect(code).toBe(sid === alive ? 'SEQ' : 'STALE');
        }
      }
    }),
    { numRuns: 200 },
  );
});

const READ_ONLY = [
  ['has another verb table', { schema: '0BADCAFE' }],
  ['is a monitor', { role: 'monitor' }],
  ['is a monitor with another verb table', { role: 'monitor', schema: '0BADCAFE' }],
] as const;

test.each(READ_ONLY)('H6: a host that %s may read, and changes nothing', (_, words) => {
  for (const verb of VERB_NAMES.filter((name) => !['HELLO', 'BYE', 'STOP'].includes(name))) {
    const pump = machine();
    pump.hello(words);
    const fields = Object.entries(middlingFields(VERBS[verb].keys)).map(([key, value]) => `${key}=${value}`);
    const { code } = pump.ask([verb, ...fields].join(' ')).fields;
    const spec: VerbSpec = VERBS[verb];
    if (spec.reads === true) expect(code, verb).not.toBe('READ_ONLY');
    else expect({ verb, code, obeyed: pump.obeyed }).toEqual({ verb, code: 'READ_ONLY', obeyed: [] });
  }
});

test.each(READ_ONLY)('H6: a host that %s may stop the pump, and leave', (_, words) => {
  const pump = machine();
  pump.hello(words);
  expect(pump.ask('STOP').ok).toBe(true);
  expect(pump.obeyed).toMatchObject([{ verb: 'STOP', stop: 'host' }]);
  expect(pump.ask('BYE').ok).toBe(true);
});

test('H6: the verbs that only read are those that change nothing', () => {
  const reading = VERB_NAMES.filter((name) => (VERBS[name] as VerbSpec).reads === true);
  expect(reading.toSorted()).toEqual(
    [
      'PING',
      'BYE',
      'SYNC',
      'DOSE',
      'STATUS',
      'DEVICE',
      'FORECAST',
      'ALARMS',
      'LOG',
      'SIM TRUTH',
      'SIM BODY',
    ].toSorted(),
  );
});

test('H6: every other role with the verb table of the pump may change it', () => {
  for (const role of ['programmer', 'rig', 'bench', 'console']) {
    const pump = machine();
    pump.hello({ role });
    expect(pump.ask('START if=3').ok, role).toBe(true);
  }
});

test('H7: a session that says something within the lease lives on', () => {
  const pump = inSession();
  for (let i = 0; i < 10; i += 1) {
    pump.pass(LEASE_MS);
    expect(pump.ask('PING').ok).toBe(true);
  }
});

test('H7: time alone revokes a session that is silent for longer than the lease, once', () => {
  const pump = inSession();
  pump.pass(LEASE_MS);
  expect(pump.outputs).toEqual([]);
  pump.pass(1);
  expect(pump.outputs).toEqual([{ do: 'note', kind: 'LEASE_LOST', sid: '01180001' }, { do: 'abandon' }]);
  expect(pump.state.session).toBeUndefined();
  pump.pass(1);
  expect(pump.outputs).toEqual([]);
});

test('H7: its own next line comes too late after the lease, and is not obeyed', () => {
  const pump = inSession();
  pump.at += LEASE_MS + 1;
  expect(pump.ask('START if=3').fields).toEqual({ code: 'STALE' });
  expect(pump.outputs.map((output) => output.do)).toEqual(['note', 'abandon', 'send']);
  expect(pump.notes()).toEqual(['LEASE_LOST 01180001']);
  expect(pump.obeyed).toEqual([]);
});

/** What may be said in a session whose next number is 2. */
const RENEWS = [
  ['a command that is refused', commandLine(2, 'START', '01180001')],
  ['a command that does not follow the grammar', commandLine(2, 'START if', '01180001')],
  ['a command out of its turn', commandLine(9, 'PING', '01180001')],
  ['a command once more', commandLine(1, 'PING', '01180001')],
  ['a STOP of the session', commandLine(7, 'STOP', '01180001')],
] as const;
const RENEWS_NOT = [
  ['a damaged command', commandLine(2, 'PING', '01180001').replace('PING', 'PINK')],
  ['a command of another session', commandLine(2, 'PING', '01180002')],
  ['a STOP of another session', commandLine(2, 'STOP', '01180002')],
  ['the HELLO of another host', helloLine({ nonce: OTHER })],
  ['a typed line', 'status'],
  ['a reply that is heard again', framed('< 01180001 1 OK')],
  ['a heartbeat that is heard again', framed('. 01180001 ev=1 dose=0 al=0')],
] as const;

/** Whether a session lives on that says only this in all of a lease. */
function livesOn(text: string): boolean {
  const pump = inSession();
  pump.ask('PING');
  pump.pass(LEASE_MS / 2);
  pump.say(text);
  pump.pass(LEASE_MS / 2 + 1);
  return pump.state.session !== undefined;
}

test.each(RENEWS)('H7: %s renews the lease', (_, text) => {
  expect(livesOn(text)).toBe(true);
});

test.each(RENEWS_NOT)('H7: %s renews no lease', (_, text) => {
  expect(livesOn(text)).toBe(false);
});

test('H7: in lock step no lease ends by itself', () => {
  const pump = machine();
  pump.facts = { ...pump.facts, lockstep: true };
  pump.hello();
  pump.pass(1_000_000);
  expect(pump.outputs).toEqual([]);
  expect(pump.ask('PING').ok).toBe(true);
});

test('H7: when lock step ends, a host that has long been silent loses its lease', () => {
  const pump = machine();
  pump.facts = { ...pump.facts, lockstep: true };
  pump.hello();
  pump.pass(LEASE_MS + 1);
  pump.facts = { ...pump.facts, lockstep: false };
  pump.pass(0);
  expect(pump.notes()).toEqual(['LEASE_LOST 01180001']);
});

test('H8: BYE is answered, ends the session and makes the pump free at once', () => {
  const pump = inSession();
  expect(pump.ask('BYE')).toMatchObject({ ok: true, fields: {} });
  expect(pump.notes()).toEqual(['BYE 01180001']);
  expect(pump.outputs.map((output) => output.do)).toEqual(['send', 'note', 'abandon']);
  expect(pump.as('01180001', 2, 'PING').fields).toEqual({ code: 'STALE' });
  expect(pump.hello({ nonce: OTHER }).fields['sid']).toBe('01180002');
});

test('H8: a restart ends the session, and everything that a person was about to confirm', () => {
  const pump = machine();
  pump.say('bolus nl=100');
  const code = pump.state.readBack?.code;
  pump.give({ on: 'boot', boot: 0x119 });
  expect(pump.say(`confirm ${code}`).at(-1)).toBe(framed('< 00000000 0 NO code=CONFIRM'));
  pump.hello();
  const sid = pump.sid();
  expect(sid).toBe('01190001');
  pump.give({ on: 'boot', boot: 0x11a });
  expect(pump.as(sid, 1, 'PING').fields).toEqual({ code: 'STALE' });
});

test('H8: damaged lines are counted on across a restart', () => {
  const pump = machine();
  pump.say('> ?');
  pump.give({ on: 'boot', boot: 0x119 });
  pump.at += 200;
  expect(pump.say('> ?')).toEqual(['# bad line n=2']);
});

test('V2: a heartbeat tells the session what it must not miss, and of no session when there is none', () => {
  const pump = machine();
  expect(heartbeat(pump.state, pump.facts)).toBe(framed('. 00000000 ev=7 dose=0 al=2'));
  pump.hello();
  pump.facts = { ...pump.facts, dose: 41, ev: 9_042, alarms: 0 };
  expect(heartbeat(pump.state, pump.facts)).toBe(framed('. 01180001 ev=9042 dose=41 al=0'));
});
