import { closeSync, constants, existsSync, lstatSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLines } from '../bridge/wire/line-reader.ts';
import { openWire, serveWire } from '../bridge/wire/open-wire.ts';
import { openPtyMaster, type PtyMaster } from '../bridge/wire/pty-master.ts';
import { serveSocatPty } from '../bridge/wire/pty-socat.ts';
import { openError } from '../bridge/wire/serial-wire.ts';
import { MAX_BACKLOG } from '../bridge/wire/wire-core.ts';
import type { Wire, WireServer } from '../bridge/wire/wire.ts';
import {
  arrivals,
  freshLink,
  gather,
  connectTo,
  killHard,
  megabyte,
  startTalker,
  writeInPieces,
} from './support/wire-ends.ts';

let link: string;
let server: WireServer;
let next: () => Promise<Wire>;

beforeEach(async () => {
  // Without the binary, socat would serve, and the tests would show something else.
  (await silentMaster()).close();
  link = freshLink();
  server = await serveWire(`pty:${link}`);
  next = arrivals(server);
});
afterEach(() => server.close());

test('bytes of every value arrive in order both ways, whatever the chunks', async () => {
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

test('nothing is echoed', async () => {
  const { client, served } = await connectTo(server, next);
  const [atServer, atClient] = [gather(served), gather(client)];
  client.write(Buffer.from('> to the pump\r\n'));
  await atServer.atLeast(15);
  served.write(Buffer.from('< to the host\n'));
  await atClient.atLeast(14);
  expect(String(atServer.bytes())).toBe('> to the pump\r\n');
  expect(String(atClient.bytes())).toBe('< to the host\n');
});

test('a client that closes ends its connection, and the next one has its own', async () => {
  for (let turn = 0; turn < 10; turn++) {
    const { client, served } = await connectTo(server, next);
    client.write(Buffer.from(`turn ${turn}`));
    expect(String(await gather(served).atLeast(6))).toBe(`turn ${turn}`);
    await client.close();
    expect(await served.closed).toEqual({ reason: 'lost', detail: 'the far end closed the port' });
  }
});

test('a shell that writes one line and leaves is heard', async () => {
  const port = openRaw(link);
  writeSync(port, 'STOP\n');
  closeSync(port);
  const served = await next();
  expect(String(await gather(served).atLeast(5))).toBe('STOP\n');
  expect(await served.closed).toMatchObject({ reason: 'lost' });
});

test('a client does not read what was meant for the one before', async () => {
  const first = openRaw(link);
  const served = await next();
  served.write(Buffer.alloc(100_000, 'x'));
  closeSync(first);
  await served.closed;
  // The kernel hands on what it held by and by; two more clients that come and go give it the time.
  for (let turn = 0; turn < 2; turn++) {
    const between = openRaw(link);
    const connection = await next();
    closeSync(between);
    await connection.closed;
  }
  const last = openRaw(link);
  expect(() => readSync(last, Buffer.alloc(10))).toThrow('EAGAIN');
  closeSync(last);
});

test('a connection that the server has closed begins anew with the next bytes of the client', async () => {
  const { client, served } = await connectTo(server, next);
  await served.close();
  expect(await served.closed).toEqual({ reason: 'closed' });
  client.write(Buffer.from('hello'));
  const again = await next();
  expect(String(await gather(again).atLeast(5))).toBe('hello');
  await client.close();
  expect(await again.closed).toMatchObject({ reason: 'lost' });
});

test('closing the server removes the link, ends its connection and hangs up on the client', async () => {
  const { client, served } = await connectTo(server, next);
  await server.close();
  expect(existsSync(link)).toBe(false);
  expect(await served.closed).toEqual({ reason: 'closed' });
  expect(await client.closed).toMatchObject({ reason: 'lost' });
});

test('a server that exits removes its link', async () => {
  const path = freshLink();
  const { child } = await startTalker(`pty:${path}`, 'exit');
  if (child.exitCode === null) await once(child, 'exit');
  expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
});

test('a server that is killed in mid-line is lost, its stump is no line, and its link can be served again', async () => {
  const path = freshLink();
  const talker = await startTalker(`pty:${path}`, 'stump');
  const client = await openWire(talker.url);
  const received = gather(client);
  const lines: string[] = [];
  readLines(client, { onLine: (line) => lines.push(line), onDiscard: () => {} });
  client.write(Buffer.from('\n'));
  await received.atLeast(13);
  await killHard(talker.child);
  expect(await client.closed).toMatchObject({ reason: 'lost' });
  expect(lines).toEqual(['# whole']);

  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  const again = await serveWire(`pty:${path}`);
  const { served } = await connectTo(again, arrivals(again));
  served.write(Buffer.from('hello'));
  await again.close();
});

test('a far end that hangs up between two reads is lost', async () => {
  const master = await silentMaster();
  const client = await openWire(master.slave);
  client.onBytes(() => master.close());
  master.write(Buffer.from('# last words\n'));
  expect(await client.closed).toMatchObject({ reason: 'lost' });
});

test('a server that is killed in full flow is lost', { timeout: 30_000 }, async () => {
  for (let turn = 0; turn < 3; turn++) {
    const talker = await startTalker(`pty:${freshLink()}`, 'flood');
    const client = await openWire(talker.url);
    await gather(client).atLeast(100_000);
    await killHard(talker.child);
    expect(await client.closed).toMatchObject({ reason: 'lost' });
  }
});

test('a port that does not exist is NO_PORT', async () => {
  await expect(openWire(freshLink())).rejects.toMatchObject({ name: 'WireError', code: 'NO_PORT' });
});

test('a port that somebody has open is BUSY', async () => {
  const { client } = await connectTo(server, next);
  await expect(openWire(server.url)).rejects.toMatchObject({ name: 'WireError', code: 'BUSY' });
  await client.close();
});

test('a file that is no port is IO', async () => {
  await expect(openWire('/dev/null')).rejects.toMatchObject({ name: 'WireError', code: 'IO' });
});

test('a port that the user may not open is DENIED, and the group is named', () => {
  // Said by serialport to a user outside the group; the superuser is never told.
  const error = openError('/dev/ttyUSB0', new Error('Error: Permission denied, cannot open /dev/ttyUSB0'));
  expect(error.code).toBe('DENIED');
  expect(error.message).toContain('dialout');
});

test('a name that a file has is not served', async () => {
  const path = freshLink();
  writeFileSync(path, 'precious');
  await expect(serveWire(`pty:${path}`)).rejects.toMatchObject({ name: 'WireError', code: 'BUSY' });
  expect(lstatSync(path).isFile()).toBe(true);
});

test('a name that a living server has is not served twice', async () => {
  await expect(serveWire(`pty:${link}`)).rejects.toMatchObject({ name: 'WireError', code: 'BUSY' });
  expect(existsSync(link)).toBe(true);
});

test('a name in a folder that does not exist is NO_PORT', async () => {
  await expect(serveWire(`pty:${link}/nowhere/port`)).rejects.toMatchObject({ name: 'WireError', code: 'NO_PORT' });
});

test('a machine without any means to make a virtual port is told of all three ways out', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    await expect(serveSocatPty(freshLink())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/node-pty.*socat.*tcp:\/\/127\.0\.0\.1:0/s),
    });
  } finally {
    process.env['PATH'] = path;
  }
});

test('closing settles though nobody reads at the far end', async () => {
  const master = await silentMaster();
  const client = await openWire(master.slave);
  writeInPieces(client, megabyte(3));
  await client.close();
  expect(await client.closed).toEqual({ reason: 'closed' });
  master.close();
});

test('a far end that never reads is lost when the backlog is full', async () => {
  const master = await silentMaster();
  const client = await openWire(master.slave);
  for (let sent = 0; sent <= MAX_BACKLOG; sent += 1 << 20) client.write(megabyte(4));
  expect(await client.closed).toMatchObject({ reason: 'lost', detail: expect.stringContaining('does not read') });
  master.close();
});

/** The master of a PTY that nobody reads. */
async function silentMaster(): Promise<PtyMaster> {
  const master = await openPtyMaster();
  if (master) return master;
  throw new Error('the binary of @lydell/node-pty is missing, which these tests need: npm ci --include=optional');
}

/** Opens a port without any settings, as a shell does. */
const openRaw = (path: string): number => openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
