/**
 * Serving on a virtual serial port: a PTY, and a link that gives its slave side a name.
 *
 * While nobody has the slave open, reading the master fails with EIO; so the server does not hold the slave itself, and
 * looks every `LOOK_MS` whether somebody has come. A connection therefore begins when a client opens the port (or when
 * its bytes are found) and ends when the last client closes it. Two limits of this:
 * - a client that closes and another that opens before the server's event loop has looked are one connection; the session
 *   above copes, since a host starts by clearing the line;
 * - many programs, serialport among them, throw away what is in the port when they open it: a server that speaks first may
 *   not be heard.
 * A client cannot be sent away: when the server closes a connection, the next bytes of that client begin another one.
 * What was sent and not read by a client that left is dropped, or the next client would read it. When the server closes,
 * the kernel discards what the client has not read by then.
 *
 * Measured on Linux; macOS answers an unopened master in another way and is not claimed. Where node-pty has no binary,
 * socat serves (pty-socat.ts), with one endless connection.
 */
import { resolve } from 'node:path';
import { clearDeadLink, placeLink } from './pty-link.ts';
import { openPtyMaster, type PtyMaster } from './pty-master.ts';
import { serveSocatPty } from './pty-socat.ts';
import { connectionDesk, makeWire, type WireEnd } from './wire-core.ts';
import { formatWireUrl } from './wire-url.ts';
import type { Wire, WireServer } from './wire.ts';

const LOOK_MS = 20;
/** Bytes taken in one turn of the event loop at most, so that a flood does not starve everything else. */
const TURN_BYTES = 256 * 1024;

/** Makes a virtual port under the name `link`; throws `WireError` BUSY, DENIED, NO_PORT, UNAVAILABLE or IO. */
export async function servePty(link: string): Promise<WireServer> {
  const path = resolve(link);
  clearDeadLink(path);
  const master = await openPtyMaster();
  if (!master) return serveSocatPty(path);
  let release: () => void;
  try {
    release = placeLink(path, master.slave);
  } catch (error) {
    master.close();
    throw error;
  }
  const desk = connectionDesk();
  const url = formatWireUrl({ kind: 'pty', link: path });
  const line = serveLine(master, url, desk.offer);
  return {
    url,
    onConnection: desk.onConnection,
    close: async () => {
      release();
      await line.close();
    },
  };
}

interface PtyLine {
  readonly close: () => Promise<void>;
}

function serveLine(master: PtyMaster, url: string, offer: (wire: Wire) => void): PtyLine {
  /** The client that has the port open; its wire may have been closed on this side. */
  let client: Client | undefined;
  let unread = false;
  let closed = false;

  const look = (): void => {
    const state = closed ? 'closed' : readTurn();
    if (state === 'closed') return;
    if (state === 'nobody') {
      leave();
      return;
    }
    client ??= arrive();
    client.writeOut();
    // A listener of the new connection may have closed the line.
    if (!closed) master.await(client.queued() > 0);
  };

  const readTurn = (): 'quiet' | 'nobody' | 'closed' => {
    for (let taken = 0; taken < TURN_BYTES;) {
      const bytes = master.read();
      if (typeof bytes === 'string') return bytes;
      taken += bytes.length;
      if (!client || client.end.ended()) client = arrive();
      client.end.receive(bytes);
      if (closed) return 'closed';
    }
    return 'quiet';
  };

  const arrive = (): Client => {
    const next = makeClient(master, url, () => {
      if (!closed) master.await(true);
    });
    // Set before anybody hears of it, because a listener may close the line at once.
    client = next;
    offer(next.end.wire);
    return next;
  };

  const leave = (): void => {
    if (client) {
      master.pause();
      client.end.lost('the far end closed the port');
      client = undefined;
      unread = true;
    }
    if (unread) unread = master.dropUnread();
  };

  // With a client there, the poller calls; the timer is for the time between clients.
  const timer = setInterval(() => {
    if (!client) look();
  }, LOOK_MS);

  master.onReady(look);
  return {
    close: async () => {
      await client?.end.wire.close();
      if (closed) return;
      closed = true;
      clearInterval(timer);
      master.close();
    },
  };
}

interface Client {
  readonly end: WireEnd;
  queued(): number;
  writeOut(): void;
}

function makeClient(master: PtyMaster, url: string, wake: () => void): Client {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let onEmpty: (() => void) | undefined;

  const writeOut = (): void => {
    let next = queue[0];
    while (next) {
      const count = master.write(next);
      queued -= count;
      if (count < next.length) {
        queue[0] = next.subarray(count);
        return;
      }
      queue.shift();
      next = queue[0];
    }
    onEmpty?.();
  };

  const end = makeWire(url, {
    write: (bytes) => {
      queue.push(bytes);
      queued += bytes.length;
      // What fits goes at once, which spares a turn of the event loop for every reply.
      if (queue.length === 1) writeOut();
      if (queued > 0) wake();
    },
    backlog: () => queued,
    flush: () =>
      new Promise((resolved) => {
        if (queued === 0) resolved();
        else onEmpty = resolved;
      }),
    destroy: () => {
      queue = [];
      queued = 0;
      onEmpty?.();
      return Promise.resolve();
    },
  });
  return { end, queued: () => queued, writeOut };
}
