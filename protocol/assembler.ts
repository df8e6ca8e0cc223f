/**
 * From bytes to lines. A line that is too long, or holds a byte that does not belong on the wire, is dropped whole, up to
 * its LF: what follows an overrun is the tail of something, never a command (PROTOCOL.md, L2 and L3).
 */

/** Longest line in bytes, LF included. */
export const LINE_LIMIT = 240;

export type Assembled =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'discarded'; readonly reason: 'overlong' | 'unprintable' | 'broken-off'; readonly bytes: number }
  /** Two bytes 0x03 in a row, Ctrl-C twice, wherever they stood: stop (T2). One alone is noise. */
  | { readonly kind: 'break' };

export interface Assembler {
  readonly buffer: Uint8Array;
  /** Bytes of the line so far, kept or not. */
  length: number;
  spoiled: 'overlong' | 'unprintable' | undefined;
  /** The last byte was a CR: an LF after it belongs to the same line end. */
  afterCr: boolean;
  /** The last byte was a 0x03 that is no part of a pair. */
  afterBreak: boolean;
}

export const createAssembler = (): Assembler => ({
  buffer: new Uint8Array(LINE_LIMIT),
  length: 0,
  spoiled: undefined,
  afterCr: false,
  afterBreak: false,
});

const LF = 0x0a;
const CR = 0x0d;
const ETX = 0x03;

/** A line of a machine comes in one go; a person thinks between two keys (V6). Milliseconds. */
const GAP_MS = { machine: 500, typed: 60_000 } as const;

/** Takes a chunk of any size; returns what came to an end in it. Memory is bounded by LINE_LIMIT. */
export function push(assembler: Assembler, chunk: Uint8Array): Assembled[] {
  const ended: Assembled[] = [];
  for (const byte of chunk) {
    if (byte === ETX) {
      if (assembler.afterBreak) ended.push({ kind: 'break' });
      assembler.afterBreak = !assembler.afterBreak;
      // Before a line it is no part of it: a person who has pressed Ctrl-C once, or twice, is heard again at once.
      if (assembler.length === 0) continue;
    } else assembler.afterBreak = false;
    if (byte === LF) {
      if (assembler.length > 0) ended.push(end(assembler));
      assembler.afterCr = false;
      continue;
    }
    if (assembler.afterCr) {
      // A CR without its LF: it ends a line typed at a terminal, and spoils any other.
      assembler.afterCr = false;
      if (assembler.length > 0) {
        if (isTyped(assembler)) ended.push(end(assembler));
        else spoil(assembler, 'unprintable');
      }
    }
    if (byte === CR) {
      assembler.afterCr = true;
      // A terminal sends CR alone and waits: its line ends now, an LF that may follow ends nothing.
      if (assembler.length > 0 && isTyped(assembler)) ended.push(end(assembler));
      continue;
    }
    if (byte < 0x20 || byte > 0x7e) spoil(assembler, 'unprintable');
    // The LF counts, so the last byte of the buffer is its.
    if (assembler.length >= LINE_LIMIT - 1) spoil(assembler, 'overlong');
    if (assembler.spoiled === undefined) assembler.buffer[assembler.length] = byte;
    assembler.length += 1;
  }
  return ended;
}

/**
 * To be called when no byte has come for `ms`: a line that was broken off for so long is dropped, so that what comes next is not taken
 * for its end. Returns what was dropped.
 */
export function dropBrokenOff(assembler: Assembler, ms: number): Assembled | undefined {
  const { length } = assembler;
  if (length === 0 || ms < (isTyped(assembler) ? GAP_MS.typed : GAP_MS.machine)) return undefined;
  assembler.length = 0;
  assembler.spoiled = undefined;
  assembler.afterCr = false;
  return { kind: 'discarded', reason: 'broken-off', bytes: length };
}

const isTyped = ({ buffer, spoiled }: Assembler): boolean =>
  spoiled === undefined && !'><!.#'.includes(String.fromCharCode(buffer[0] ?? 0));

function spoil(assembler: Assembler, reason: 'overlong' | 'unprintable'): void {
  assembler.spoiled ??= reason;
}

function end(assembler: Assembler): Assembled {
  const { buffer, length, spoiled } = assembler;
  assembler.length = 0;
  assembler.spoiled = undefined;
  if (spoiled !== undefined) return { kind: 'discarded', reason: spoiled, bytes: length };
  return { kind: 'line', text: String.fromCharCode(...buffer.subarray(0, length)) };
}
