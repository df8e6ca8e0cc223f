/** The host's side of the line as a pure machine: sessions, one command outstanding, the same bytes again. */
import { expect, test } from 'vitest';
import {
  ALL_RULES,
  createHostLink,
  encodeLine,
  hostLink,
  RETRY_MS,
  type Fields,
  type HostLinkState,
  type LinkInput,
  type LinkOutput,
} from '../protocol/index.ts';
import { helloFields } from './support/far-end.ts';

const step = hostLink(ALL_RULES);

/** Feeds inputs one after the other; returns what came of the last. */
function after(
  state: HostLinkState,
  ...inputs: readonly LinkInput[]
): { readonly state: HostLinkState; readonly outputs: readonly LinkOutput[] } {
  let now = state;
  let outputs: readonly LinkOutput[] = [];
  for (const input of inputs) [now, outputs] = step(now, input);
  return { state: now, outputs };
}

const NONCE = 'AAAA0001';
const connect: LinkInput = { on: 'connect', nonce: NONCE };
const timeout: LinkInput = { on: 'timeout' };
const reply = (sid: string, seq: number, fields: Fields, ok = true): LinkInput => ({
  on: 'line',
  text: encodeLine({ kind: 'reply', sid, seq, ok, fields }),
});
const hello = (changed: Fields = {}): LinkInput => reply('00000000', 0, helloFields(NONCE, changed));
const request = (verb: 'STOP' | 'PING' = 'STOP'): LinkInput => ({ on: 'request', verb, fields: {} });

const fresh = createHostLink('bench');
const inSession = after(fresh, connect, hello()).state;
const asking = after(inSession, request()).state;
const sent = (outputs: readonly LinkOutput[]): string[] =>
  outputs.flatMap((one) => (one.do === 'send' ? [one.text] : []));

test('a session begins with the reply to HELLO, and commands are numbered from 1 in it', () => {
  const { outputs } = after(fresh, connect, hello());
  expect(outputs).toMatchObject([{ do: 'quiet' }, { do: 'ready', facts: { sid: '00010001' } }]);
  expect(sent(after(inSession, request()).outputs)).toEqual([expect.stringMatching(/^> 00010001 1 STOP \*/)]);
});

test.each([
  ['HELLO', fresh, connect],
  ['a command', inSession, request()],
])(
  '%s that is not answered is sent again, the same bytes, after 300, 600 and 1200 ms, and then it is lost',
  (_, state, input) => {
    let { state: now, outputs } = after(state, input);
    const texts = sent(outputs);
    const waits: number[] = [];
    while (outputs.some((one) => one.do === 'wait')) {
      waits.push(...outputs.flatMap((one) => (one.do === 'wait' ? [one.ms] : [])));
      ({ state: now, outputs } = after(now, timeout));
      texts.push(...sent(outputs));
    }
    expect(waits).toEqual([300, 600, 1200]);
    expect(texts).toHaveLength(3);
    expect(new Set(texts).size).toBe(1);
    expect(outputs).toMatchObject([{ do: 'lost', why: 'silent' }]);
    expect(now.session).toBeUndefined();
  },
);

test('a reply tells how often its command was sent', () => {
  const { outputs } = after(asking, timeout, reply('00010001', 1, { rev: '2' }));
  expect(outputs).toMatchObject([{ do: 'quiet' }, { do: 'reply', verb: 'STOP', ok: true, tries: 2 }]);
});

test.each([
  ['of another session', reply('00010002', 1, { rev: '2' })],
  ['with another number', reply('00010001', 2, { rev: '2' })],
  ['that is damaged', { on: 'line' as const, text: '< 00010001 1 OK rev=2 *00000000' }],
  ['of a HELLO that nobody waits for', hello()],
])('a reply %s changes nothing', (_, line) => {
  const { state, outputs } = after(asking, line);
  expect(state).toEqual(asking);
  expect(outputs).toEqual([]);
});

test('a reply that comes after its command was given up changes nothing', () => {
  const given = after(asking, timeout, timeout, timeout).state;
  expect(given.outstanding).toBeUndefined();
  expect(after(given, reply('00010001', 1, { rev: '2' }))).toEqual({ state: given, outputs: [] });
});

test('a second reply to the same command changes nothing', () => {
  const answered = after(asking, reply('00010001', 1, { rev: '2' })).state;
  expect(after(answered, reply('00010001', 1, { rev: '3' }))).toEqual({ state: answered, outputs: [] });
});

test.each(['STALE', 'SEQ', 'SEQ_REUSED'])('a command that is refused with %s has lost its session', (code) => {
  const { state, outputs } = after(asking, reply('00010001', 1, { code }, false));
  expect(outputs).toMatchObject([{ do: 'quiet' }, { do: 'lost', why: 'stale', code, verb: 'STOP' }]);
  expect(state).toMatchObject({ session: undefined, outstanding: undefined });
});

test('any other refusal is a reply, and the session goes on', () => {
  const { state, outputs } = after(asking, reply('00010001', 1, { code: 'PRECOND' }, false));
  expect(outputs.at(-1)).toMatchObject({ do: 'reply', ok: false, fields: { code: 'PRECOND' } });
  expect(state.session).toMatchObject({ sid: '00010001', seq: 1 });
});

test('a nonce is good for one reply', () => {
  expect(after(inSession, hello({ sid: '00010009' }))).toEqual({ state: inSession, outputs: [] });
});

test('a nonce that was given up matches nothing any more', () => {
  const given = after(fresh, connect, timeout, timeout, timeout).state;
  expect(after(given, hello())).toEqual({ state: given, outputs: [] });
});

test('a reply to the HELLO before does not answer the one that waits', () => {
  const again = after(fresh, connect, { on: 'connect', nonce: 'AAAA0002' }).state;
  expect(after(again, hello())).toEqual({ state: again, outputs: [] });
});

test.each(['HELD', 'VERSION', 'SESSIONS'])(
  'a HELLO that is refused with %s is over, and its nonce is spent',
  (code) => {
    const { state, outputs } = after(fresh, connect, reply('00000000', 0, { code, nonce: NONCE }, false));
    expect(outputs).toMatchObject([{ do: 'quiet' }, { do: 'lost', why: 'refused', code, verb: 'HELLO' }]);
    expect(after(state, hello())).toEqual({ state, outputs: [] });
  },
);

test.each([
  ['no nonce', { code: 'STALE' }],
  ['another nonce', { code: 'HELD', nonce: 'AAAA0009' }],
])('a refusal that names %s is none of this HELLO, and does not end it', (_, fields) => {
  const waiting = after(fresh, connect).state;
  expect(after(waiting, reply('00000000', 0, fields, false))).toEqual({ state: waiting, outputs: [] });
});

test('a new HELLO leaves the session and the command in it, and names the session', () => {
  const { state, outputs } = after(asking, { on: 'connect', nonce: 'AAAA0002' });
  expect(state).toMatchObject({ session: undefined, outstanding: undefined, prev: '00010001' });
  expect(sent(outputs)[0]).toContain('nonce=AAAA0002 role=bench');
  expect(sent(outputs)[0]).toContain('prev=00010001');
});

test('the session before is named also after it was lost', () => {
  const lost = after(asking, timeout, timeout, timeout).state;
  expect(sent(after(lost, { on: 'connect', nonce: 'AAAA0002' }).outputs)[0]).toContain('prev=00010001');
});

test('a command without a session, or beside another one, is a mistake of whoever asks', () => {
  expect(() => step(fresh, request())).toThrow(/no session/);
  expect(() => step(asking, request('PING'))).toThrow(/outstanding/);
});

test('a command may have a patience of its own', () => {
  const { outputs } = after(inSession, { on: 'request', verb: 'STOP', fields: {}, waits: [7, 9] }, timeout);
  expect(outputs.at(-1)).toEqual({ do: 'wait', ms: 9 });
  expect(RETRY_MS).not.toContain(9);
});
