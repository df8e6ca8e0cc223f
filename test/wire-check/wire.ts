/**
 * The line between the machines: it holds every message that was ever sent, and may bring it at any time, any number of times, or never.
 * What nobody listens for any more is left out; dose-projected.ts says why nothing is lost by it.
 */
import { decodeLine, encodeLine, NO_SESSION, type HostLinkState, type Line, type Rules } from '../../protocol/index.ts';
import { interner, memo, memoOfTwo } from './intern.ts';

/** What a host still listens for, and what it may still say. */
export interface Ear {
  readonly nonce: string | undefined;
  readonly sid: string | undefined;
  readonly seq: number | undefined;
}

/** Of a host that listens no more. */
export const DEAF: Ear = { nonce: undefined, sid: undefined, seq: undefined };

export const earOf = ({ hello, session, outstanding }: HostLinkState): Ear => ({
  nonce: hello?.nonce,
  sid: session?.sid,
  seq: outstanding?.seq,
});

/** Refusals that are to a host what silence is. */
const TAKEN_FOR_SILENCE = new Set(['HELD', 'STALE', 'SEQ', 'SEQ_REUSED', 'VERSION', 'SESSIONS']);

const MOST_EARS = 256;

/** Messages and sets of messages go by number. */
export interface Wire {
  readonly message: (text: string) => number;
  readonly text: (message: number) => string;
  /** How many messages there are: they are numbered from 0. */
  readonly size: () => number;
  readonly line: (message: number) => Line;
  /** A message for people: without its check, and of a reply to HELLO what decides. */
  readonly label: (message: number) => string;
  /** What the pump has said, as messages: without remarks, and a repeated reply as the one that it repeats. */
  readonly replies: (lines: readonly string[]) => readonly number[];
  readonly none: number;
  readonly setOf: (messages: readonly number[]) => number;
  readonly of: (set: number) => readonly number[];
  readonly union: (a: number, b: number) => number;
  readonly ear: (ear: Ear) => number;
  /** Whether this ear may still take the reply. */
  readonly isHeard: (ear: number, message: number) => boolean;
  /** Replies that one of two ears may still take. */
  readonly liveReplies: (set: number, earA: number, earB: number) => number;
  /** Commands that may still do something: of the session in force, of what the ears may yet take up, and STOP while it counts. */
  readonly liveCommands: (set: number, sid: string, earA: number, earB: number, stops: boolean) => number;
}

/** `keepsAll`: nothing is left out, to see that it makes no difference. */
export function createWire(rules: Rules, keepsAll = false): Wire {
  const messages = interner<string>();
  const sets = interner<readonly number[]>();
  const ears = interner<Ear>();
  const sids = interner<string>();

  const setOf = (of: readonly number[]): number => sets.id([...new Set(of)].toSorted((a, b) => a - b));
  const none = setOf([]);
  const union = memoOfTwo((a, b) => (b === none ? a : setOf([...sets.of(a), ...sets.of(b)])));

  const lineOf = memo((message) => {
    const decoded = decodeLine(messages.of(message));
    if (!decoded.ok) throw new Error(`not a line: ${messages.of(message)}`);
    return decoded.line;
  });

  /** Without one of these rules what is over can come back, and nothing is left out. */
  const over = !keepsAll && rules.includes('nonce') && rules.includes('session');

  function isHeardBy({ nonce, sid, seq }: Ear, line: Extract<Line, { kind: 'reply' }>): boolean {
    if (!keepsAll && !line.ok && TAKEN_FOR_SILENCE.has(line.fields['code'] ?? '')) return false;
    if (!over) return true;
    if (line.sid === NO_SESSION) return nonce !== undefined && nonce === line.fields['nonce'];
    return sid === line.sid && seq === line.seq;
  }

  function isHeard(ear: number, message: number): boolean {
    const line = lineOf(message);
    return line.kind === 'reply' && isHeardBy(ears.of(ear), line);
  }
  const liveReplies = memo((set, a, b) =>
    setOf(sets.of(set).filter((message) => isHeard(a, message) || isHeard(b, message))),
  );

  const liveCommands = memo((set, sidAndStops, pair) => {
    const mine = [ears.of(Math.floor(pair / MOST_EARS)), ears.of(pair % MOST_EARS)];
    const sid = sids.of(Math.floor(sidAndStops / 2));
    return setOf(
      sets.of(set).filter((message) => {
        const line = lineOf(message);
        if (line.kind !== 'command') return false;
        // The pump obeys it whatever session it is of.
        if (line.verb === 'STOP') return sidAndStops % 2 === 1;
        if (!over) return true;
        if (line.sid === NO_SESSION)
          return line.fields['v'] === '1' || mine.some((ear) => ear.nonce === line.fields['nonce']);
        return sid === line.sid || mine.some((ear) => ear.sid === line.sid);
      }),
    );
  });

  /** No host asks whether a reply is a repeated one. */
  const once = memo((message) => {
    const line = lineOf(message);
    if (line.kind !== 'reply' || line.fields['dup'] === undefined) return message;
    const { dup: _, ...fields } = line.fields;
    return messages.id(encodeLine({ ...line, fields }));
  });

  return {
    replies: (lines) => lines.filter((line) => !line.startsWith('#')).map((line) => once(messages.id(line))),
    message: messages.id,
    text: messages.of,
    size: messages.size,
    line: lineOf,
    label: memo((message) => shortened(messages.of(message))),
    none,
    setOf,
    of: sets.of,
    union,
    ear: (ear) => {
      const id = ears.id(ear);
      if (ears.size() > MOST_EARS) throw new RangeError('too many ears');
      return id;
    },
    isHeard,
    liveReplies,
    liveCommands: (set, sid, a, b, stops) => liveCommands(set, sids.id(sid) * 2 + Number(stops), a * MOST_EARS + b),
  };
}

const HELLO_KEYS = ['nonce', 'sid', 'dose', 'last', 'lstate', 'prev', 'v'];

/** HELLO and its reply have a dozen fields: those that decide here are shown. */
function shortened(text: string): string {
  const bare = text.replace(/ \*[0-9A-F]{8}$/, '');
  if (!/ HELLO |^< 0{8} 0 OK /.test(bare)) return bare;
  return bare
    .split(' ')
    .filter((word) => !word.includes('=') || HELLO_KEYS.includes(word.split('=')[0] ?? ''))
    .join(' ');
}
