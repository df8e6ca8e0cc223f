/** What tests of wires share: a place for links, the two ends of a line, and bytes gathered until there are enough. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { once } from 'node:events';
import { openWire } from '../../bridge/wire/open-wire.ts';
import type { Wire, WireServer } from '../../bridge/wire/wire.ts';

/** A name for a virtual port that nothing has yet. */
export const freshLink = (): string => join(mkdtempSync(join(tmpdir(), 'doseloop-wire-')), 'port');

/** The connections of a server, one after the other. */
export function arrivals(server: WireServer): () => Promise<Wire> {
  const come: Wire[] = [];
  const wanted: ((wire: Wire) => void)[] = [];
  server.onConnection((wire) => {
    const first = wanted.shift();
    if (first) first(wire);
    else come.push(wire);
  });
  return () => {
    const wire = come.shift();
    return wire ? Promise.resolve(wire) : new Promise((resolve) => wanted.push(resolve));
  };
}

/** Opens a served line from outside; returns both ends of the connection. */
export async function connectTo(
  server: WireServer,
  next: () => Promise<Wire>,
): Promise<{ client: Wire; served: Wire }> {
  const client = await openWire(server.url);
  return { client, served: await next() };
}

/** Gathers what arrives on a wire. */
export function gather(wire: Wire): { bytes(): Buffer; atLeast(count: number): Promise<Buffer> } {
  let chunks: Uint8Array[] = [];
  let length = 0;
  let wake: (() => void) | undefined;
  wire.onBytes((bytes) => {
    chunks.push(bytes);
    length += bytes.length;
    wake?.();
  });
  const bytes = (): Buffer => {
    const all = Buffer.concat(chunks);
    chunks = [all];
    return all;
  };
  return {
    bytes,
    atLeast: (count) =>
      new Promise((resolve) => {
        wake = () => {
          if (length >= count) resolve(bytes());
        };
        wake();
      }),
  };
}

/** A pseudo-random megabyte that differs for each seed. */
export function megabyte(seed: number): Buffer {
  const bytes = Buffer.alloc(1 << 20);
  let state = seed;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Writes bytes in chunks of ever different length. */
export function writeInPieces(wire: Wire, bytes: Buffer): void {
  for (let at = 0, piece = 1; at < bytes.length; at += piece, piece = (piece * 7 + 1) % 9_001) {
    wire.write(bytes.subarray(at, at + piece));
  }
}

/** Starts line-talker.ts; resolves when it serves. */
export async function startTalker(url: string, mode: string): Promise<{ child: ChildProcess; url: string }> {
  const script = new URL('line-talker.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) return { child, url: line };
  throw new Error('the talker ended without a word');
}

/** Kills a process as nothing else does, and waits until it is gone. */
export async function killHard(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
