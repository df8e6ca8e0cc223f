/**
 * A virtual port by socat, for machines where node-pty has no binary. socat owns the PTY and the link, and removes the
 * link when it ends; this side talks to its standard input and output. It ends with this process, because its input ends.
 * A client that closes the port goes unnoticed, so this line is one endless connection.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { connectionDesk, makeWire, messageOf, settledWithin } from './wire-core.ts';
import { formatWireUrl } from './wire-url.ts';
import { WireError, type WireServer } from './wire.ts';

const START_MS = 3_000;
const LOOK_MS = 5;

type Socat = ChildProcessByStdio<Writable, Readable, null>;

/** Serves a virtual port under the name `path`; throws `WireError` UNAVAILABLE if there is no socat either, else IO. */
export async function serveSocatPty(path: string): Promise<WireServer> {
  // ignoreeof: a client that closes is no reason to end.
  const child = spawn('socat', ['STDIO', `pty,raw,echo=0,link=${path},ignoreeof`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('exit', (code, signal) => resolve(`socat ended (${signal ?? code})`));
  });
  child.stdin.on('error', () => {});
  await untilLinked(child, path, gone);

  const url = formatWireUrl({ kind: 'pty', link: path });
  const end = makeWire(url, {
    write: (bytes) => {
      child.stdin.write(bytes);
    },
    backlog: () => child.stdin.writableLength,
    flush: () =>
      child.stdin.writableLength === 0
        ? Promise.resolve()
        : new Promise((resolve) => child.stdin.write('', () => resolve())),
    destroy: async () => {
      child.kill();
      await gone;
    },
  });
  child.stdout.on('data', (bytes: Buffer) => end.receive(bytes));
  void gone.then(end.lost);
  const desk = connectionDesk();
  desk.offer(end.wire);
  return { url, onConnection: desk.onConnection, close: () => end.wire.close() };
}

async function untilLinked(child: Socat, path: string, gone: Promise<string>): Promise<void> {
  let failure: string | undefined;
  void gone.then((detail) => {
    failure = detail;
  });
  const attempts = Math.ceil(START_MS / LOOK_MS);
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (failure === undefined && existsSync(path)) return;
    if (failure !== undefined) throw startError(path, failure);
    // oxlint-disable-next-line eslint/no-await-in-loop -- waiting is the purpose
    await settledWithin(LOOK_MS, gone);
  }
  child.kill();
  throw startError(path, `socat made no port within ${START_MS / 1000} s`);
}

function startError(path: string, detail: string): WireError {
  if (!detail.includes('ENOENT')) return new WireError('IO', `no virtual port at ${path}: ${detail}`);
  return new WireError(
    'UNAVAILABLE',
    `no virtual port at ${path}: this machine can make none. Install one of the two: npm install @lydell/node-pty (it has ` +
      'no binary here, or optional packages were left out), or socat (apt-get install socat). Or serve on TCP, which ' +
      'needs neither: tcp://127.0.0.1:0',
  );
}
