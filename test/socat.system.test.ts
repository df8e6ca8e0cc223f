/** The serial client against PTYs that a program not ours has made, and socat as the maker of our own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openWire } from '../bridge/wire/open-wire.ts';
import { serveSocatPty } from '../bridge/wire/pty-socat.ts';
import type { Wire } from '../bridge/wire/wire.ts';
import { arrivals, freshLink, gather, connectTo, killHard, megabyte, writeInPieces } from './support/wire-ends.ts';

let socat: ChildProcess;
let left: Wire;
let right: Wire;

// Before all, so that without socat this is the one thing that is said.
beforeAll(() => {
  if (spawnSync('socat', ['-V']).error) throw new Error('these tests need socat: apt-get install socat');
});
beforeEach(async () => {
  const links = [freshLink(), freshLink()] as const;
  socat = spawn(
    'socat',
    links.map((link) => `pty,raw,echo=0,link=${link}`),
    { stdio: 'ignore' },
  );
  await expect.poll(() => links.every((link) => existsSync(link))).toBe(true);
  left = await openWire(links[0]);
  right = await openWire(`serial:${links[1]}?baud=9600`);
});
afterEach(async () => {
  await left.close();
  await right.close();
  if (socat.exitCode === null && socat.signalCode === null) await killHard(socat);
});

test('two serial ports carry lines to each other', async () => {
  const [atLeft, atRight] = [gather(left), gather(right)];
  left.write(Buffer.from('> ask\r\n'));
  expect(String(await atRight.atLeast(7))).toBe('> ask\r\n');
  right.write(Buffer.from('< answer\n'));
  expect(String(await atLeft.atLeast(9))).toBe('< answer\n');
});

test('two serial ports that send each other a megabyte at once do not stand still', { timeout: 30_000 }, async () => {
  const [atLeft, atRight] = [gather(left), gather(right)];
  for (let turn = 1; turn <= 5; turn++) {
    left.write(megabyte(turn));
    right.write(megabyte(turn + 100));
    await Promise.all([atLeft.atLeast(turn << 20), atRight.atLeast(turn << 20)]);
  }
  expect(atRight.bytes().equals(fiveMegabytes(1))).toBe(true);
  expect(atLeft.bytes().equals(fiveMegabytes(101))).toBe(true);
});

test('when the cable dies, both ends are lost', async () => {
  await killHard(socat);
  expect(await left.closed).toMatchObject({ reason: 'lost' });
  expect(await right.closed).toMatchObject({ reason: 'lost' });
});

test('where node-pty has no binary, socat serves: one connection across clients that come and go', async () => {
  const link = freshLink();
  const server = await serveSocatPty(link);
  const { client, served } = await connectTo(server, arrivals(server));
  const received = gather(served);
  client.write(Buffer.from('first'));
  await received.atLeast(5);
  await client.close();
  const again = await openWire(server.url);
  again.write(Buffer.from('second'));
  expect(String(await received.atLeast(11))).toBe('firstsecond');
  served.write(Buffer.from('reply'));
  expect(String(await gather(again).atLeast(5))).toBe('reply');
  await again.close();
  await server.close();
  expect(existsSync(link)).toBe(false);
});

test('a port that socat serves carries a megabyte each way', async () => {
  const server = await serveSocatPty(freshLink());
  const { client, served } = await connectTo(server, arrivals(server));
  const [up, down] = [gather(served), gather(client)];
  writeInPieces(client, megabyte(1));
  writeInPieces(served, megabyte(2));
  expect((await up.atLeast(1 << 20)).equals(megabyte(1))).toBe(true);
  expect((await down.atLeast(1 << 20)).equals(megabyte(2))).toBe(true);
  await client.close();
  await server.close();
});

const fiveMegabytes = (first: number): Buffer => Buffer.concat([0, 1, 2, 3, 4].map((turn) => megabyte(first + turn)));
