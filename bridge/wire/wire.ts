/**
 * A wire: bytes to and fro between two programs, whatever carries them. It knows nothing of lines, sessions or pumps.
 *
 * Every promise here has an end, and `write` never throws: whatever goes wrong on an open line shows in `closed`, in one
 * place. Only opening fails with an error, a `WireError` that a person can act on.
 */

/** How a wire ended: `closed` by this side, or `lost` because the far end vanished or the line failed. */
export type WireClose = { readonly reason: 'closed' } | { readonly reason: 'lost'; readonly detail: string };

export interface Wire {
  /** The address in the form that `parseWireUrl` reads. */
  readonly url: string;
  /**
   * Queues bytes, in order. The array must not be changed afterwards. After the end it does nothing. A far end that
   * leaves more than `MAX_BACKLOG` bytes unread counts as lost.
   */
  readonly write: (bytes: Uint8Array) => void;
  /** Bytes that were written and have not left yet. */
  readonly backlog: () => number;
  /**
   * Hands every arriving chunk to the listener; returns the function that stops it. What arrives before there is any
   * listener is kept, up to `MAX_EARLY` bytes, for the first one; with no listener left, bytes are dropped.
   */
  readonly onBytes: (listener: (bytes: Uint8Array) => void) => () => void;
  /** Resolves once, when the wire has ended; it never rejects. */
  readonly closed: Promise<WireClose>;
  /** Waits a moment for queued bytes to leave, then closes. Always settles, also when the far end hangs. */
  readonly close: () => Promise<void>;
}

/** A line that can be served. A serial port has one connection; TCP and virtual ports have one at a time. */
export interface WireServer {
  /** The address that a client opens; for `tcp://HOST:0` it tells the port that was given out. */
  readonly url: string;
  /** Sets the one listener for connections. A connection that came earlier is handed over at once. */
  readonly onConnection: (listener: (wire: Wire) => void) => void;
  /** Ends the connection, if there is one, and frees the address. Always settles. */
  readonly close: () => Promise<void>;
}

/**
 * | code | meaning |
 * |---|---|
 * | NO_PORT | nothing is there: no such device, host, or listener |
 * | BUSY | it is there and somebody else has it |
 * | DENIED | it is there and this user may not open it |
 * | BAD_URL | the address cannot be read |
 * | UNAVAILABLE | this machine lacks what is needed to serve such a line |
 * | IO | anything else that the operating system reports |
 */
export type WireErrorCode = 'NO_PORT' | 'BUSY' | 'DENIED' | 'BAD_URL' | 'UNAVAILABLE' | 'IO';

/** Opening a wire failed. The message says what, where, and what to do next; show it to people without the stack. */
export class WireError extends Error {
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WireError';
    this.code = code;
  }
}
