/**
 * What all wires share: listeners, the one end, the limits, and closing with deadlines. A carrier (serial port, socket,
 * PTY master) supplies four functions and reports arriving bytes and its own end.
 */
import type { Wire, WireClose, WireServer } from './wire.ts';

/** Unwritten bytes at which a far end that does not read counts as lost. */
export const MAX_BACKLOG = 4 * 1024 * 1024;
/** Bytes kept for the first listener. */
export const MAX_EARLY = 64 * 1024;
/** How long `close` waits for queued bytes to leave, and how long for the carrier to go down, in milliseconds. */
const FLUSH_MS = 500;
const DESTROY_MS = 2_000;

export interface Carrier {
  readonly write: (bytes: Uint8Array) => void;
  /** Bytes accepted by `write` that the operating system has not taken yet. */
  readonly backlog: () => number;
  /** Resolves when the queued bytes have left; it may hang, the caller has a deadline. */
  readonly flush: () => Promise<void>;
  /** Takes the carrier down, also when called twice; it may hang, the caller has a deadline. */
  readonly destroy: () => Promise<void>;
}

export interface WireEnd {
  readonly wire: Wire;
  readonly receive: (bytes: Uint8Array) => void;
  /** The carrier has failed or the far end is gone. While `close` is under way this counts as closed. */
  readonly lost: (detail: string) => void;
  readonly ended: () => boolean;
}

/** Resolves when `work` settles either way, or after `ms` milliseconds, whichever comes first. */
export function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}

export function makeWire(url: string, carrier: Carrier): WireEnd {
  // Replaced, never changed, so that a listener may subscribe or unsubscribe while bytes are handed out.
  let listeners: readonly ((bytes: Uint8Array) => void)[] = [];
  let early: Uint8Array[] | undefined = [];
  let earlyBytes = 0;
  let closing: Promise<void> | undefined;
  let ended = false;
  let resolveClosed!: (close: WireClose) => void;
  const closed = new Promise<WireClose>((resolve) => {
    resolveClosed = resolve;
  });

  const finish = (close: WireClose): void => {
    if (ended) return;
    ended = true;
    resolveClosed(close);
  };

  const lost = (detail: string): void => {
    if (ended) return;
    finish(closing ? { reason: 'closed' } : { reason: 'lost', detail });
    void settledWithin(DESTROY_MS, carrier.destroy());
  };

  const receive = (bytes: Uint8Array): void => {
    if (ended || closing) return;
    if (early) {
      if (earlyBytes + bytes.length > MAX_EARLY) return;
      earlyBytes += bytes.length;
      early.push(bytes);
      return;
    }
    for (const listener of listeners) listener(bytes);
  };

  const shutDown = async (): Promise<void> => {
    await settledWithin(FLUSH_MS, carrier.flush());
    await settledWithin(DESTROY_MS, carrier.destroy());
    finish({ reason: 'closed' });
  };

  const wire: Wire = {
    url,
    closed,
    backlog: () => (ended ? 0 : carrier.backlog()),
    write: (bytes) => {
      if (ended || closing || bytes.length === 0) return;
      if (carrier.backlog() + bytes.length > MAX_BACKLOG) {
        lost(`the far end does not read: ${carrier.backlog()} bytes are waiting`);
        return;
      }
      try {
        carrier.write(bytes);
      } catch (error) {
        lost(messageOf(error));
      }
    },
    onBytes: (listener) => {
      let subscribed = true;
      const subscription = (bytes: Uint8Array): void => {
        if (subscribed) listener(bytes);
      };
      listeners = [...listeners, subscription];
      const kept = early ?? [];
      early = undefined;
      for (const bytes of kept) subscription(bytes);
      return () => {
        subscribed = false;
        listeners = listeners.filter((other) => other !== subscription);
      };
    },
    close: async () => {
      if (ended) return;
      closing ??= shutDown();
      await closing;
    },
  };
  return { wire, receive, lost, ended: () => ended };
}

/** Holds connections until somebody listens for them. */
export function connectionDesk(): Pick<WireServer, 'onConnection'> & { readonly offer: (wire: Wire) => void } {
  const waiting: Wire[] = [];
  let listener: ((wire: Wire) => void) | undefined;
  return {
    offer: (wire) => {
      if (listener) listener(wire);
      else waiting.push(wire);
    },
    onConnection: (next) => {
      if (listener) throw new Error('a wire server has one connection listener, and it is set already');
      listener = next;
      for (const wire of waiting.splice(0)) next(wire);
    },
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The operating system's error name, such as `EIO`; undefined for what carries none. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
