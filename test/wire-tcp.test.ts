import { connect } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWire, serveWire } from '../bridge/wire/open-wire.ts';
import type { Wire, WireServer } from '../bridge/wire/wire.ts';
import { arrivals, gather, connectTo, killHard, megabyte, startTalker, writeInPieces } from './support/wire-ends.ts';

let server: WireServer;
let next: () => Promise<Wire>;

beforeEach(async () => {
  server = await serveWire('tcp://127.0.0.1:0');
  next = arrivals(server);
});
afterEach(() => server.close());

test('the address of a server on port 0 tells the port that it was given', () => {
  expect(server.url).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test('IPv6 addresses work in both directions', async () => {
  const six = await serveWire('tcp://[::1]:0');
  const { client, served } = await connectTo(six, arrivals(six));
  served.write(Buffer.from('hello'));
  expect(String(await gather(client).atLeast(5))).toBe('hello');
  await six.close();
});

test('bytes arrive in order both ways, whatever the chunks', async () => {
  const { client, served } = await connectTo(server, next);
  served.onBytes((bytes) => served.write(bytes));
  const received = gather(client);
  let sent = Buffer.alloc(0);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2_000 })), async (chunks) => {
      for (const chunk of chunks) client.write(chunk);
      sent = Buffer.concat([sent, ...chunks]);
      expect((await received.atLeast(sent.length)).equals(sent)).toBe(true);
    }),
  );
});

test('a megabyte each way at once arrives intact', async () => {
  const { client, served } = await connectTo(server, next);
  const [up, down] = [gather(served), gather(client)];
  writeInPieces(client, megabyte(1));
  writeInPieces(served, megabyte(2));
  expect((await up.atLeast(1 << 20)).equals(megabyte(1))).toBe(true);
  expect((await down.atLeast(1 << 20)).equals(megabyte(2))).toBe(true);
});

test('what was written before closing still arrives', async () => {
  const { client, served } = await connectTo(server, next);
  const received = gather(served);
  writeInPieces(client, megabyte(3));
  await client.close();
  expect((await received.atLeast(1 << 20)).equals(megabyte(3))).toBe(true);
});

test('closing is closed on this side and lost on the other', async () => {
  const { client, served } = await connectTo(server, next);
  await client.close();
  expect(await client.closed).toEqual({ reason: 'closed' });
  expect(await served.closed).toEqual({ reason: 'lost', detail: 'the far end closed the connection' });
});

test('closing twice, and writing after it, does nothing', async () => {
  const { client } = await connectTo(server, next);
  await Promise.all([client.close(), client.close()]);
  client.write(Buffer.from('too late'));
  await client.close();
  expect(await client.closed).toEqual({ reason: 'closed' });
});

test('a second client is told that the line is busy and let go, and the first one goes on', async () => {
  const { client, served } = await connectTo(server, next);
  const second = await openWire(server.url);
  const told = gather(second);
  expect(await second.closed).toMatchObject({ reason: 'lost' });
  expect(String(told.bytes())).toMatch(/^# busy: another connection has this port, .*\n$/);
  client.write(Buffer.from('still here'));
  expect(String(await gather(served).atLeast(10))).toBe('still here');
});

test('when a client has gone, the next one is served', async () => {
  const first = await connectTo(server, next);
  await first.client.close();
  await first.served.closed;
  const { client, served } = await connectTo(server, next);
  client.write(Buffer.from('hello'));
  expect(String(await gather(served).atLeast(5))).toBe('hello');
});

test('closing the server ends its connection and frees the port', async () => {
  const { client, served } = await connectTo(server, next);
  await server.close();
  expect(await served.closed).toEqual({ reason: 'closed' });
  expect(await client.closed).toMatchObject({ reason: 'lost' });
  const again = await serveWire(server.url);
  await again.close();
  expect(again.url).toBe(server.url);
});

test('closing settles though the far end never reads', async () => {
  const far = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  await once(far, 'connect');
  far.pause();
  const served = await next();
  writeInPieces(served, megabyte(4));
  writeInPieces(served, megabyte(5));
  await served.close();
  expect(await served.closed).toEqual({ reason: 'closed' });
  far.destroy();
});

test('a port where nobody listens is NO_PORT', async () => {
  await server.close();
  await expect(openWire(server.url)).rejects.toMatchObject({ name: 'WireError', code: 'NO_PORT' });
});

test('connecting to port 0 is BAD_URL', async () => {
  await expect(openWire('tcp://127.0.0.1:0')).rejects.toMatchObject({ code: 'BAD_URL' });
});

test('a port where somebody listens cannot be served: BUSY', async () => {
  await expect(serveWire(server.url)).rejects.toMatchObject({ name: 'WireError', code: 'BUSY' });
});

test('a server that is killed in mid-line is lost', async () => {
  const talker = await startTalker('tcp://127.0.0.1:0', 'stump');
  const client = await openWire(talker.url);
  const received = gather(client);
  client.write(Buffer.from('\n'));
  await received.atLeast(13);
  await killHard(talker.child);
  expect(await client.closed).toMatchObject({ reason: 'lost' });
});
