import { expect, test } from 'vitest';
import { decodeLine, encodeLine, type Fields, type Line } from '../protocol/index.ts';
import { createHost, LinkError, type EventMessage, type Host } from '../bridge/host/host.ts';
import { garbled, loopWires, silence, type Loop } from './support/loop-wire.ts';
import { framed } from './support/pump-talk.ts';

type Command = Extract<Line, { kind: 'command' }>;

/** The far end as a function from a command to the texts that go back; it notes what it was told. */
function farEnd(loop: Loop, answer: (command: Command) => readonly string[]): Command[] {
  const heard: Command[] = [];
  let text = '';
  loop.pump.onBytes((bytes) => {
    text += Buffer.from(bytes).toString('latin1');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const decoded = decodeLine(line);
      if (!decoded.ok || decoded.line.kind !== 'command') throw new Error(`not a command: ${line}`);
      heard.push(decoded.line);
      for (const back of answer(decoded.line)) loop.pump.write(Buffer.from(`${back}\n`));
    }
  });
  return heard;
}

const reply = (seq: number, fields: Fields, ok = true): string =>
  encodeLine({ kind: 'reply', sid: '00000000', seq, ok, fields });
const event = (ev: number): string => encodeLine({ kind: 'event', ev, us: 5, event: 'STOP', fields: { rev: '2' } });

function connected(answer: (command: Command) => readonly string[], timeoutMs?: number) {
  const loop = loopWires('loop:test');
  const heard = farEnd(loop, answer);
  return { loop, heard, host: createHost(loop.host, timeoutMs) };
}

/** What a promise came to, at once or within a turn. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

const nothing: readonly string[] = [];

test('a reply is decoded by the table of its verb', async () => {
  const { host, heard } = connected(({ seq }) => [reply(seq, { rev: '17' })]);
  expect(await host.request('START', { if: 16 })).toEqual({ ok: true, reply: { rev: 17 }, events: [] });
  expect(heard).toMatchObject([{ sid: '00000000', seq: 1, verb: 'START', fields: { if: '16' } }]);
});

test('a refusal is a value with its code and facts', async () => {
  const { host } = connected(({ seq }) => [reply(seq, { code: 'PRECOND', rev: '3' }, false)]);
  expect(await host.request('START', { if: 1 })).toMatchObject({ ok: false, code: 'PRECOND', fields: { rev: '3' } });
});

test('replies that are late, foreign, damaged or our own words are ignored', async () => {
  const { host } = connected(({ seq }) => [
    reply(seq - 1, { rev: '91' }),
    reply(seq + 1, { rev: '92' }),
    encodeLine({ kind: 'reply', sid: '00000001', seq, ok: true, fields: { rev: '93' } }),
    reply(seq, { rev: '94' }).replace('rev=94', 'rev=95'),
    framed(`> 00000000 ${seq} STOP rev=96`),
    `< 00000000 ${seq} OK rev=97`,
    '# a remark',
    'OK',
    reply(seq, { rev: '17' }),
    reply(seq, { rev: '98' }),
  ]);
  expect(await host.request('STOP', {})).toMatchObject({ reply: { rev: 17 } });
  expect(await host.request('STOP', {})).toMatchObject({ reply: { rev: 17 } });
});

test('a reply that comes after its time-out is not taken for the next one', async () => {
  let late = '';
  const { host, loop } = connected(({ seq, verb }) => {
    if (verb === 'STOP') late = reply(seq, { rev: '1' });
    return verb === 'STOP' ? [] : [late, reply(seq, { rev: '2' })];
  }, 10);
  expect(await failure(host.request('STOP', {}))).toBeInstanceOf(LinkError);
  expect(await host.request('START', { if: 1 })).toMatchObject({ reply: { rev: 2 } });
  await loop.quiet();
});

test('requests made at once are sent one after the other, each after the reply before', async () => {
  const waiting: number[] = [];
  const { host, heard, loop } = connected(({ seq }) => {
    waiting.push(seq);
    return [];
  });
  const results = [1, 2, 3].map((revision) => host.request('START', { if: revision }));
  for (const seq of [1, 2, 3]) {
    await loop.quiet();
    expect(heard.map((command) => command.seq)).toEqual([1, 2, 3].slice(0, seq));
    expect(waiting).toEqual([seq]);
    waiting.pop();
    loop.pump.write(Buffer.from(`${reply(seq, { rev: String(seq * 10) })}\n`));
  }
  expect(await Promise.all(results)).toMatchObject([
    { reply: { rev: 10 } },
    { reply: { rev: 20 } },
    { reply: { rev: 30 } },
  ]);
});

test('a request that fails does not hold up the next one', async () => {
  const { host } = connected(({ seq, verb }) => (verb === 'STOP' ? [] : [reply(seq, { rev: '2' })]), 10);
  const [first, second] = [failure(host.request('STOP', {})), host.request('START', { if: 1 })];
  expect(await first).toBeInstanceOf(LinkError);
  expect(await second).toMatchObject({ ok: true });
});

test.each([
  ['a far end that says nothing', (loop: Loop) => void (loop.toHost = silence)],
  ['a command that never arrives', (loop: Loop) => void (loop.toPump = silence)],
  ['a reply that is damaged', (loop: Loop) => void (loop.toHost = garbled((text) => text.replace('rev=1', 'rev=7')))],
  ['a reply that loses its line feed', (loop: Loop) => void (loop.toHost = garbled((text) => text.replace('\n', '')))],
])('%s is a LinkError that names the verb and the address', async (_, harm) => {
  const { host, loop } = connected(({ seq }) => [reply(seq, { rev: '1' })], 10);
  harm(loop);
  const error = await failure(host.request('STOP', {}));
  expect(error).toBeInstanceOf(LinkError);
  expect((error as LinkError).message).toMatch(/loop:test.*STOP/);
});

test('a reply that does not keep its word is a LinkError that names the key', async () => {
  const { host } = connected(({ seq }) => [reply(seq, { rev: '-1' })]);
  const error = await failure(host.request('STOP', {}));
  expect(error).toBeInstanceOf(LinkError);
  expect((error as LinkError).message).toMatch(/loop:test.*STOP.*rev/);
});

test('a line that is lost fails the request in hand and those that wait, and every later one', async () => {
  const { host, loop, heard } = connected(() => nothing);
  const requests = [failure(host.request('STOP', {})), failure(host.request('STATUS', {}))];
  await loop.quiet();
  loop.cut('the plug was pulled');
  for (const error of [...(await Promise.all(requests)), await failure(host.request('STOP', {}))]) {
    expect(error).toBeInstanceOf(LinkError);
    expect((error as LinkError).message).toMatch(/loop:test.*the plug was pulled/);
  }
  expect(heard).toHaveLength(1);
});

test('a reply cut in the middle by the end of the line is no reply', async () => {
  const { host, loop } = connected(() => nothing);
  const request = failure(host.request('STOP', {}));
  await loop.quiet();
  loop.pump.write(Buffer.from(reply(1, { rev: '2' })));
  await loop.quiet();
  loop.cut();
  expect(await request).toBeInstanceOf(LinkError);
});

test('closing the host fails what it had in hand', async () => {
  const { host, loop } = connected(() => nothing);
  const request = failure(host.request('STOP', {}));
  await loop.quiet();
  await host.close();
  expect(await request).toBeInstanceOf(LinkError);
});

/** What an observer of a host has seen. */
function observed(host: Host): { readonly events: EventMessage[]; readonly completed: () => boolean } {
  const events: EventMessage[] = [];
  let completed = false;
  host.events.subscribe({ next: (one) => events.push(one), complete: () => (completed = true) });
  return { events, completed: () => completed };
}

test('events are seen as they come, pushed or replayed, and the stream completes with the line', async () => {
  const { host, loop } = connected(({ seq }) => [
    event(1),
    event(2).replace('STOP', 'STOQ'),
    event(3),
    reply(seq, { rev: '2' }),
  ]);
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

test('arguments out of the grammar are refused before anything is sent', async () => {
  const { host, heard } = connected(({ seq }) => [reply(seq, {})]);
  const bad = host.request('SIM FAULT', { fault: 'a fault=b', mode: 'x' });
  expect(await failure(bad)).toBeInstanceOf(RangeError);
  expect(heard).toEqual([]);
});
