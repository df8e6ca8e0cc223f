/**
 * A line inside this process, with faults that a test writes: two wires, each the far end of the other. Bytes take one turn
 * of the event loop's microtasks each, in the order in which they were written on either side.
 */
import { makeWire, type WireEnd } from '../../bridge/wire/wire-core.ts';
import type { Wire, WireServer } from '../../bridge/wire/wire.ts';

/** What becomes of bytes that were written: the chunks that arrive, in order. */
export type Passage = (bytes: Uint8Array) => readonly Uint8Array[];

export const clear: Passage = (bytes) => [bytes];
export const silence: Passage = () => [];

/** Text in, text out: for damage. */
export const garbled =
  (change: (text: string) => string): Passage =>
  (bytes) => [Buffer.from(change(Buffer.from(bytes).toString('latin1')), 'latin1')];

/** A number from 0 to 1 after the other, by a seed. */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

/** Loses lines, each with the same chance; what was written at once may be many of them. */
export function lossy(seed: number, share: number): Passage {
  const next = chances(seed);
  return garbled((text) =>
    text
      .split(/(?<=\n)/)
      .filter(() => next() >= share)
      .join(''),
  );
}

/** Cuts what passes into pieces of 1 to `longest` bytes, by a seed. */
export function chunked(seed: number, longest: number): Passage {
  let state = seed >>> 0;
  return (bytes) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const size = 1 + ((state >>> 16) % longest);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return pieces;
  };
}

export interface Loop {
  readonly host: Wire;
  readonly pump: Wire;
  /** How bytes pass from now on; `clear` at first. */
  toPump: Passage;
  toHost: Passage;
  /** Both ends lose the line. */
  readonly cut: (detail?: string) => void;
  /** Resolves when nothing is on its way. */
  readonly quiet: () => Promise<void>;
}

/** What a listener throws is an error of the test, and must not break the line for good. */
function deliver(end: WireEnd, bytes: Uint8Array): void {
  try {
    end.receive(bytes);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export function loopWires(url = 'loop'): Loop {
  let way: Promise<void> = Promise.resolve();
  const carry = (passage: () => Passage, far: () => WireEnd) => ({
    write: (bytes: Uint8Array) => {
      for (const piece of passage()(bytes)) way = way.then(() => deliver(far(), piece));
    },
    backlog: () => 0,
    flush: () => way,
    destroy: async () => far().lost('the far end has closed'),
  });
  const hostEnd: WireEnd = makeWire(
    url,
    carry(
      () => loop.toPump,
      () => pumpEnd,
    ),
  );
  const pumpEnd: WireEnd = makeWire(
    url,
    carry(
      () => loop.toHost,
      () => hostEnd,
    ),
  );
  const loop: Loop = {
    host: hostEnd.wire,
    pump: pumpEnd.wire,
    toPump: clear,
    toHost: clear,
    cut: (detail = 'cut by the test') => {
      hostEnd.lost(detail);
      pumpEnd.lost(detail);
    },
    quiet: async () => {
      for (let seen: Promise<void> | undefined; seen !== way;) {
        seen = way;
        await seen;
        // Parsers are streams: what they were given may come out a tick later.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  return loop;
}

/** A server whose clients are made by the test. */
export function loopServer(): { readonly server: WireServer; readonly connect: () => Loop } {
  let listener: ((wire: Wire) => void) | undefined;
  let latest: Loop | undefined;
  return {
    server: {
      url: 'loop',
      onConnection: (next) => void (listener = next),
      close: async () => latest?.pump.close(),
    },
    connect: () => {
      if (listener === undefined) throw new Error('nobody serves');
      latest = loopWires();
      listener(latest.pump);
      return latest;
    },
  };
}
