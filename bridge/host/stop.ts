/** STOP as a host says it: ahead of everything, of no session, in both forms, until the pump has answered. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeLine, MAX_SEQ, NO_SESSION, type Line } from '../../protocol/index.ts';
import type { Wire } from '../wire/wire.ts';
import { LinkError } from './link-error.ts';

/** Between a STOP and the next, and at last to giving up, ms. */
const WAITS = [300, 300, 600, 600, 1200, 1200] as const;

const encoder = new TextEncoder();

export interface Stop {
  readonly stop: (ended: () => LinkError | undefined) => Promise<void>;
  readonly onReply: (line: Extract<Line, { kind: 'reply' }>) => void;
}

export function createStop(wire: Wire): Stop {
  const waiting = new Map<number, () => void>();
  // Its reply is known by its number: one to an earlier STOP may come late, and the pump may have been started since.
  let seq = randomInt(1, MAX_SEQ >>> 1);

  async function stop(ended: () => LinkError | undefined): Promise<void> {
    seq += 1;
    const mine = seq;
    let done = false;
    const said = new Promise<void>((resolve) => {
      waiting.set(mine, () => {
        done = true;
        resolve();
      });
    });
    const line = encodeLine({ kind: 'command', sid: NO_SESSION, seq: mine, verb: 'STOP', fields: {} });
    try {
      // Twice does no harm, and one of the two forms needs no check.
      for (const ms of WAITS) {
        const over = ended();
        if (over !== undefined) throw over;
        // The pump names who was first: the host, not somebody who typed.
        wire.write(encoder.encode(`\n${line}\nSTOP\n`));
        await Promise.race([said, sleep(ms)]);
        if (done) return;
      }
    } finally {
      waiting.delete(mine);
    }
    throw new LinkError(`${wire.url}: the pump does not say that it has stopped. Stop it at the device.`);
  }

  return {
    stop,
    onReply: ({ sid, seq: number, ok }) => {
      if (sid === NO_SESSION && ok) waiting.get(number)?.();
    },
  };
}
