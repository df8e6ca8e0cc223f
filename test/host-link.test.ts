import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeLine, type Fields } from '../protocol/index.ts';
import { LinkError, type EventMessage, type Host } from '../bridge/host/host.ts';
import { failure, helloFields, hostAt, replyTo, type Answer, type Command } from './support/far-end.ts';
import { garbled, silence, type Loop } from './support/loop-wire.ts';
import { framed } from './support/pump-talk.ts';

const event = (ev: number): string => encodeLine({ kind: 'event', ev, us: 5, event: 'STOP', fields: { rev: '2' } });

/** Answers every command that is neither HELLO nor DOSE. */
const says =
  (answer: (command: Command) => readonly string[]): Answer =>
  (command) =>
    command.verb === 'HELLO' || command.verb === 'DOSE' ? undefined : answer(command);
const always = (fields: Fields, ok = true): Answer => says((command) => [replyTo(command, fields, ok)]);

const HASTY = { patience: [5, 5], connectMs: 20 };

/** Promises that were rejected while nobody listened, in all of this file. */
const unheard: unknown[] = [];
const note = (reason: unknown): void => void unheard.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
});

test('a reply is decoded by the table of its verb', async () => {
  const { host, heard } = hostAt(always({ rev: '17' }));
  expect(await host.request('START', { if: 16 })).toEqual({ ok: true, reply: { rev: 17 }, events: [] });
  expect(heard).toMatchObject([{ sid: '00010001', seq: 1, verb: 'START', fields: { if: '16' } }]);
});

test('a refusal is a value with its code and facts', async () => {
  const { host } = hostAt(always({ code: 'PRECOND', rev: '3' }, false));
  expect(await host.request('START', { if: 1 })).toMatchObject({ ok: false, code: 'PRECOND', fields: { rev: '3' } });
});

test('replies that are late, foreign, damaged or our own words are ignored', async () => {
  const { host } = hostAt(
    says(({ sid, seq }) => [
      replyTo({ sid, seq: seq - 1 }, { rev: '91' }),
      replyTo({ sid, seq: seq + 1 }, { rev: '92' }),
      replyTo({ sid: '00000001', seq }, { rev: '93' }),
      replyTo({ sid, seq }, { rev: '94' }).replace('rev=94', 'rev=95'),
      framed(`> ${sid} ${seq} STOP rev=96`),
      `< ${sid} ${seq} OK rev=97`,
      '# a remark',
      'OK',
      replyTo({ sid, seq }, { rev: '17' }),
      replyTo({ sid, seq }, { rev: '98' }),
    ]),
  );
  expect(await host.request('STOP', {})).toMatchObject({ reply: { rev: 17 } });
  expect(await host.request('STOP', {})).toMatchObject({ reply: { rev: 17 } });
});

test('a command whose line end was lost is heard when it is said again, and not taken for one line with it', async () => {
  const { host, loop, heard } = hostAt(always({ rev: '17' }), { patience: [5, 1_000] });
  await host.connect();
  let cut = 0;
  loop.toPump = (bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    if (!text.includes(' START ') || cut > 0) return [bytes];
    cut += 1;
    return [Buffer.from(text.replace(/\n$/, ''), 'latin1')];
  };
  expect(await host.request('START', { if: 16 })).toMatchObject({ reply: { rev: 17 } });
  expect(cut).toBe(1);
  expect(heard.map(({ seq, verb }) => `${seq} ${verb}`)).toContain('1 START');
});

test('a host that stops names itself before it says the bare word, which anybody could have typed', async () => {
  let said = '';
  const { host, loop } = hostAt((command) => (command.verb === 'STOP' ? [replyTo(command, { rev: '2' })] : undefined));
  loop.toPump = (bytes) => {
    said += Buffer.from(bytes).toString('latin1');
    return [bytes];
  };
  await host.stop();
  expect(said.trim().split('\n')).toEqual([expect.stringMatching(/^> 00000000 [0-9]+ STOP \*/), 'STOP']);
});

test('a reply that comes after its time-out is not taken for the next one', async () => {
  let late = '';
  const { host } = hostAt(
    says((command) => {
      if (command.verb === 'STOP') late = replyTo(command, { rev: '1' });
      return command.verb === 'STOP' ? [] : [late, replyTo(command, { rev: '2' })];
    }),
    HASTY,
  );
  expect(await failure(host.request('STOP', {}))).toBeInstanceOf(LinkError);
  expect(await host.request('START', { if: 1 })).toMatchObject({ reply: { rev: 2 } });
});

test('a command whose reply is lost is sent again with the same bytes', async () => {
  const texts: string[] = [];
  const { host } = hostAt(
    says((command) => {
      texts.push(encodeLine(command));
      return texts.length < 3 ? [] : [replyTo(command, { rev: '4' })];
    }),
    { patience: [5, 5, 5000] },
  );
  expect(await host.request('STOP', {})).toMatchObject({ reply: { rev: 4 } });
  expect(texts).toHaveLength(3);
  expect(new Set(texts).size).toBe(1);
});

test('requests made at once are sent one after the other, each after the reply before', async () => {
  const { host, heard, loop } = hostAt(says(() => []));
  await host.connect();
  const results = [1, 2, 3].map((revision) => host.request('START', { if: revision }));
  for (const seq of [1, 2, 3]) {
    await loop.quiet();
    expect(heard.map((command) => command.seq)).toEqual([1, 2, 3].slice(0, seq));
    loop.pump.write(Buffer.from(`${replyTo({ sid: '00010001', seq }, { rev: String(seq * 10) })}\n`));
  }
  expect(await Promise.all(results)).toMatchObject([
    { reply: { rev: 10 } },
    { reply: { rev: 20 } },
    { reply: { rev: 30 } },
  ]);
});

test('a request that fails does not hold up the next one', async () => {
  const { host } = hostAt(
    says((command) => (command.verb === 'STOP' ? [] : [replyTo(command, { rev: '2' })])),
    HASTY,
  );
  const [first, second] = [failure(host.request('STOP', {})), host.request('START', { if: 1 })];
  expect(await first).toBeInstanceOf(LinkError);
  expect(await second).toMatchObject({ ok: true });
});

test('what only reads is asked again in a new session when the old one is over', async () => {
  const { host, heard } = hostAt(
    says((command) =>
      command.sid === '00010001'
        ? [replyTo(command, { code: 'STALE' }, false)]
        : [replyTo(command, { us: '1', low_us: '2', due_us: '3' })],
    ),
  );
  expect(await host.request('FORECAST', {})).toMatchObject({ ok: true });
  expect(heard.map(({ sid }) => sid)).toEqual(['00010001', '00010002']);
});

test('what changes the pump is not said again by itself when the session is over, and the next request has a new one', async () => {
  const { host, heard } = hostAt(
    says((command) =>
      command.sid === '00010001' ? [replyTo(command, { code: 'STALE' }, false)] : [replyTo(command, { rev: '5' })],
    ),
  );
  const error = await failure(host.request('START', { if: 1 }));
  expect(String(error)).toMatch(/LinkError: loop:test: the session was over when START came \(STALE\); read STATUS/);
  expect(await host.request('START', { if: 4 })).toMatchObject({ ok: true });
  expect(heard.map(({ sid }) => sid)).toEqual(['00010001', '00010002']);
});

test.each([
  ['a far end that says nothing', (loop: Loop) => void (loop.toHost = silence)],
  ['a command that never arrives', (loop: Loop) => void (loop.toPump = silence)],
  ['a reply that is damaged', (loop: Loop) => void (loop.toHost = garbled((text) => text.replace('rev=1', 'rev=7')))],
  ['a reply that loses its line feed', (loop: Loop) => void (loop.toHost = garbled((text) => text.replace('\n', '')))],
])('%s is a LinkError that names the verb and the address', async (_, harm) => {
  const { host, loop } = hostAt(always({ rev: '1' }), HASTY);
  await host.connect();
  harm(loop);
  const error = await failure(host.request('STOP', {}));
  expect(error).toBeInstanceOf(LinkError);
  expect(String(error)).toContain('loop:test: no answer to STOP within 0.01 s. Does a pump listen there?');
});

test('a pump that does not answer HELLO is a LinkError that says so', async () => {
  const { host, loop } = hostAt(() => [], HASTY);
  loop.toHost = silence;
  expect(String(await failure(host.connect()))).toBe(
    'LinkError: loop:test: no answer to HELLO within 0.02 s. Does a pump listen there?',
  );
});

const refusing =
  (fields: Fields): Answer =>
  (command) => [replyTo(command, { nonce: command.fields['nonce'] ?? '', ...fields }, false)];

test.each([
  [
    'speaks another version',
    { code: 'VERSION', have: '7-9' },
    /the pump speaks version 7-9 of the protocol; update one/,
  ],
  ['has no session left', { code: 'SESSIONS' }, /no session numbers left; restart it/],
  ['is held by another host for longer than we wait', { code: 'HELD', left_ms: '3000' }, /another host holds the pump/],
])('a pump that %s is a LinkError with what to do', async (_, fields, message) => {
  const { host } = hostAt(refusing(fields), HASTY);
  const error = await failure(host.connect());
  expect(error).toBeInstanceOf(LinkError);
  expect(String(error)).toMatch(message);
});

test('a pump that another host holds for a moment is waited for', async () => {
  let asked = 0;
  const { host } = hostAt((command) => {
    if (command.verb !== 'HELLO') return undefined;
    asked += 1;
    return asked === 1 ? refusing({ code: 'HELD', left_ms: '1' })(command) : undefined;
  });
  expect(await host.connect()).toMatchObject({ sid: '00010001' });
  expect(asked).toBe(2);
});

test('a HELLO names the session before, so that the pump gives way to its own host', async () => {
  const { host, all } = hostAt(says(() => []));
  await host.connect();
  await host.connect();
  expect(all.map(({ fields }) => fields['prev'])).toEqual([undefined, '00010001']);
});

test('a reply that does not keep its word is a LinkError that names the key', async () => {
  const { host } = hostAt(always({ rev: '-1' }));
  const error = await failure(host.request('STOP', {}));
  expect(error).toBeInstanceOf(LinkError);
  expect(String(error)).toMatch(/loop:test.*STOP.*rev/);
});

test('a line that is lost fails the request in hand and those that wait, and every later one', async () => {
  const { host, loop, heard } = hostAt(says(() => []));
  await host.connect();
  const requests = [failure(host.request('STOP', {})), failure(host.request('STATUS', {}))];
  await loop.quiet();
  loop.cut('the plug was pulled');
  for (const error of [...(await Promise.all(requests)), await failure(host.request('STOP', {}))]) {
    expect(error).toBeInstanceOf(LinkError);
    expect(String(error)).toMatch(/loop:test.*the plug was pulled/);
  }
  expect(heard).toHaveLength(1);
});

test('the last remark of the pump is in the error when the line ends', async () => {
  const { host, loop } = hostAt(says(() => []));
  await host.connect();
  const request = failure(host.request('STOP', {}));
  loop.pump.write(Buffer.from('# another program has taken this port\n'));
  await loop.quiet();
  loop.cut();
  expect(String(await request)).toContain('It had said: "another program has taken this port"');
});

test('a line that ends while a session is begun fails the connect', async () => {
  const { host, loop } = hostAt(() => []);
  const connecting = failure(host.connect());
  await loop.quiet();
  loop.cut('gone');
  expect(String(await connecting)).toMatch(/the line ended: gone/);
});

test('a reply cut in the middle by the end of the line is no reply', async () => {
  const { host, loop } = hostAt(says(() => []));
  await host.connect();
  const request = failure(host.request('STOP', {}));
  await loop.quiet();
  loop.pump.write(Buffer.from(replyTo({ sid: '00010001', seq: 1 }, { rev: '2' })));
  await loop.quiet();
  loop.cut();
  expect(await request).toBeInstanceOf(LinkError);
});

test('closing the host fails what it had in hand, and closing twice is one closing', async () => {
  const { host, loop } = hostAt(says(() => []));
  await host.connect();
  const request = failure(host.request('STOP', {}));
  await loop.quiet();
  await Promise.all([host.close(), host.close()]);
  expect(await request).toBeInstanceOf(LinkError);
});

test('a host that closes with a session in force says BYE, and one that has none says nothing', async () => {
  const one = hostAt(says(() => []));
  await one.host.connect();
  await one.host.close();
  expect(one.heard).toMatchObject([{ sid: '00010001', seq: 1, verb: 'BYE' }]);
  const other = hostAt(says(() => []));
  await other.host.close();
  expect(other.all).toEqual([]);
});

test('a host that has nothing to say says something all the same before its lease is over', async () => {
  const { host, heard } = hostAt((command) => {
    if (command.verb === 'HELLO') return [replyTo(command, helloFields(command.fields['nonce'], { lease: '30' }))];
    return [replyTo(command, command.verb === 'SYNC' ? { t0: command.fields['t0'] ?? '', t1: '5', t2: '5' } : {})];
  });
  await host.connect();
  await vi.waitUntil(() => heard.length > 1, { timeout: 30_000 });
  expect(heard.slice(0, 2).map(({ verb }) => verb)).toEqual(['SYNC', 'PING']);
  await host.close();
});

/** What an observer of a host has seen. */
function observed(host: Host): { readonly events: EventMessage[]; readonly completed: () => boolean } {
  const events: EventMessage[] = [];
  let completed = false;
  host.events.subscribe({ next: (one) => events.push(one), complete: () => (completed = true) });
  return { events, completed: () => completed };
}

test('events are seen as they come, pushed or replayed, and the stream completes with the line', async () => {
  const { host, loop } = hostAt(
    says((command) => [event(1), event(2).replace('STOP', 'STOQ'), event(3), replyTo(command, { rev: '2' })]),
  );
  const seen = observed(host);
  loop.pump.write(Buffer.from(`${event(7)}\n`));
  await loop.quiet();
  const result = await host.request('STOP', {});
  expect(result.ok && result.events.map(({ ev }) => ev)).toEqual([1, 3]);
  expect(seen.events.map(({ ev }) => ev)).toEqual([7, 1, 3]);
  expect(seen.events[0]).toMatchObject({ us: 5, event: 'STOP', fields: { rev: '2' } });
  expect(seen.completed()).toBe(false);
  loop.cut();
  await loop.quiet();
  expect(seen.completed()).toBe(true);
});

test('arguments out of the grammar are refused without a word of them, and the next request is as ever', async () => {
  const { host, heard } = hostAt(always({ rev: '2' }));
  const bad = host.request('SIM FAULT', { fault: 'a fault=b', mode: 'x' });
  expect(await failure(bad)).toBeInstanceOf(RangeError);
  expect(heard).toEqual([]);
  expect(await host.request('STOP', {})).toMatchObject({ ok: true });
});

test('STOP is said in both forms without a session, and a late reply to an earlier one is not taken for its own', async () => {
  const { host, heard, loop } = hostAt(says(() => []));
  const first = host.stop();
  await loop.quiet();
  const [stop] = heard;
  if (stop === undefined) throw new Error('no STOP came');
  expect(stop).toMatchObject({ sid: '00000000', verb: 'STOP' });
  loop.pump.write(Buffer.from(`${replyTo(stop, { rev: '2' })}\n`));
  await first;
  let stopped = false;
  const second = host.stop().then(() => (stopped = true));
  await loop.quiet();
  loop.pump.write(Buffer.from(`${replyTo(stop, { rev: '2' })}\n`));
  await loop.quiet();
  expect(stopped).toBe(false);
  loop.pump.write(Buffer.from(`${replyTo({ sid: stop.sid, seq: stop.seq + 1 }, { rev: '3' })}\n`));
  expect(await second).toBe(true);
});

test('a HELLO reply with a nonce that was not asked for begins no session', async () => {
  const { host } = hostAt(
    (command) => (command.verb === 'HELLO' ? [replyTo(command, helloFields('00000000'))] : undefined),
    HASTY,
  );
  expect(await failure(host.connect())).toBeInstanceOf(LinkError);
  expect(host.session).toBeUndefined();
});
