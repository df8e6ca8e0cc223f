/**
 * Lines that wait for a far end that reads slowly (PROTOCOL.md, V5). The pump never waits for the line: when too much stands in the
 * queue, what a host can do without goes first, text for people, then old heartbeats, then events, which are in the log. Replies stay:
 * there is one at most for each command, and a host waits for it before the next.
 */
import type { Wire } from '../wire/wire.ts';

/** Bytes that the carrier may hold before lines wait here. */
const MOST_BACKLOG = 4096;
/** Lines that wait. */
export const MOST_LINES = 256;

/** From what goes first to what goes last; what begins with none of these never goes. */
const DROP_ORDER = ['#', '.', '!'] as const;

export interface OutQueue {
  readonly push: (lines: readonly string[]) => void;
  /** Sends what the far end can take by now. */
  readonly flush: () => void;
  /** Lines that were dropped so far. */
  readonly dropped: () => number;
}

const encoder = new TextEncoder();

/** Drops the oldest line of the kind that is worth least. False: every line has to stay. */
export function dropOne(lines: string[]): boolean {
  for (const first of DROP_ORDER) {
    const at = lines.findIndex((line) => line.startsWith(first));
    if (at < 0) continue;
    lines.splice(at, 1);
    return true;
  }
  return false;
}

export function createOutQueue(wire: Pick<Wire, 'write' | 'backlog'>): OutQueue {
  const waiting: string[] = [];
  let dropped = 0;
  const hand = (lines: readonly string[]): void =>
    wire.write(encoder.encode(lines.map((line) => `${line}\n`).join('')));
  const flush = (): void => {
    let room = MOST_BACKLOG - wire.backlog();
    let count = 0;
    while (count < waiting.length && room > 0) {
      room -= (waiting[count]?.length ?? 0) + 1;
      count += 1;
    }
    if (count > 0) hand(waiting.splice(0, count));
  };
  return {
    push: (lines) => {
      // Only the newest heartbeat tells anything.
      if (lines.some((line) => line.startsWith('.'))) {
        for (let at = waiting.length - 1; at >= 0; at -= 1)
          if (waiting[at]?.startsWith('.') === true) waiting.splice(at, 1);
      }
      waiting.push(...lines);
      flush();
      while (waiting.length > MOST_LINES) {
        if (dropOne(waiting)) dropped += 1;
        // All of them replies: whoever asks on and on and never reads is the carrier's to give up.
        else hand(waiting.splice(0, 1));
      }
    },
    flush,
    dropped: () => dropped,
  };
}
