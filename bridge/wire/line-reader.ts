/**
 * Bytes of a wire in, whole printable lines out: the receiving side of hosts and rig clients. (The pump side has its own
 * assembler in protocol/, because a pump also takes lines that are typed.)
 *
 * The lines are split by @serialport/parser-readline, and a limiter stands before it, because the parser alone has six
 * measured hazards:
 * 1. its buffer has no bound, and it searches all of it for every chunk: 1.3 MB without an LF cost 3.8 s; the limiter
 *    holds one line of 240 bytes at most;
 * 2. `encoding: 'ascii'` clears bit 7, so that noise C2 CF CC D5 D3 reads "BOLUS": here it is latin1, and the limiter lets
 *    no line pass that is not printable;
 * 3. it delivers the stump of a line as a line when its input ends: the limiter passes whole lines only;
 * 4. when a port is unplugged it is told nothing and keeps the stump, which a reopened port would glue to its first line:
 *    each wire has its own limiter and its own parser, and a wire never reopens;
 * 5. `for await` over it merges lines: only its 'data' events are used;
 * 6. it leaves the CR of a CRLF on the line: it is stripped here.
 */
import { LINE_LIMIT } from '../../protocol/index.ts';
import { ReadlineParser } from '@serialport/parser-readline';
import type { Wire } from './wire.ts';

const LF = 0x0a;
const CR = 0x0d;

export interface LineListener {
  /** A line of 0x20 to 0x7E without its line end. Empty lines are not delivered. */
  readonly onLine: (line: string) => void;
  /** A line that was dropped, once its LF has come or the wire has ended; `bytes` counts all of it, the LF included. */
  readonly onDiscard: (reason: 'overlong' | 'unprintable', bytes: number) => void;
}

/** Reads lines until the returned function is called or the wire ends. What is no whole line by then is not delivered. */
export function readLines(wire: Wire, listener: LineListener): () => void {
  const parser = new ReadlineParser({ delimiter: '\n', encoding: 'latin1' });
  let stopped = false;
  parser.on('data', (line: string) => {
    if (stopped) return;
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text !== '') listener.onLine(text);
  });
  const limiter = lineLimiter(
    (line) => parser.write(line),
    (reason, bytes) => {
      if (!stopped) listener.onDiscard(reason, bytes);
    },
  );
  const unsubscribe = wire.onBytes(limiter.push);
  void wire.closed.then(limiter.end);
  return () => {
    stopped = true;
    unsubscribe();
    parser.destroy();
  };
}

/**
 * Passes whole lines, LF included, of at most `LINE_LIMIT` bytes, printable but for one CR before the LF. Any other line
 * is dropped from its first byte to its LF; the tail of an over-long line is never taken for a line.
 */
function lineLimiter(
  pass: (line: Buffer) => void,
  onDiscard: LineListener['onDiscard'],
): { readonly push: (bytes: Uint8Array) => void; readonly end: () => void } {
  const held = Buffer.alloc(LINE_LIMIT);
  let length = 0;
  let spoiled: 'overlong' | 'unprintable' | undefined;
  let lastWasCr = false;

  const reset = (): void => {
    length = 0;
    spoiled = undefined;
    lastWasCr = false;
  };
  const take = (byte: number): void => {
    const atEnd = byte === LF;
    const printable = byte >= 0x20 && byte <= 0x7e;
    if ((lastWasCr && !atEnd) || !(printable || byte === CR || atEnd)) spoiled ??= 'unprintable';
    lastWasCr = byte === CR;
    if (length >= LINE_LIMIT) spoiled ??= 'overlong';
    else held[length] = byte;
    length += 1;
    if (!atEnd) return;
    // The parser keeps what it is given, so it gets a copy.
    if (spoiled) onDiscard(spoiled, length);
    else pass(Buffer.from(held.subarray(0, length)));
    reset();
  };
  return {
    push: (bytes) => {
      for (const byte of bytes) take(byte);
    },
    end: () => {
      if (spoiled) onDiscard(spoiled, length);
      reset();
    },
  };
}
