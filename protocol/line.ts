/**
 * The line grammar (PROTOCOL.md, L1 to L9): one printable ASCII line is one message, its first character is its class, and the
 * CRC covers every byte from that character to the space before `*`, so that an echoed command is never taken for a reply.
 */
import { LINE_LIMIT } from './assembler.ts';
import { crc32, hex8 } from './crc32.ts';

export type Fields = Readonly<Record<string, string>>;

export type Line =
  | {
      readonly kind: 'command';
      readonly sid: string;
      readonly seq: number;
      readonly verb: string;
      readonly fields: Fields;
    }
  | {
      readonly kind: 'reply';
      readonly sid: string;
      readonly seq: number;
      readonly ok: boolean;
      readonly fields: Fields;
    }
  | {
      readonly kind: 'event';
      readonly ev: number;
      readonly us: number;
      readonly event: string;
      readonly fields: Fields;
    }
  /** Once a second, for a host that listens: what it must not miss. */
  | { readonly kind: 'heartbeat'; readonly sid: string; readonly fields: Fields }
  /** For people; machines ignore it. Carries no CRC. */
  | { readonly kind: 'human'; readonly text: string }
  /** Typed by hand: none of the class characters. Carries no CRC. */
  | { readonly kind: 'typed'; readonly text: string };

export type Decoded =
  | { readonly ok: true; readonly line: Line }
  /** The line is damaged: nothing in it can be believed. */
  | { readonly ok: false; readonly code: 'CRC'; readonly detail: string }
  /** The line is whole and not a message. `command`: who asked, where it is a command line that tells. */
  | {
      readonly ok: false;
      readonly code: 'GRAMMAR';
      readonly detail: string;
      readonly command?: { readonly sid: string; readonly seq: number };
    };

/** The session id of what belongs to no session: HELLO, and lines that were typed. */
export const NO_SESSION = '00000000';

export const MAX_FIELDS = 16;
export const MAX_SEQ = 0xffff_ffff;

const PRINTABLE = /^[ -~]+$/;
const KEY = /^[a-z][a-z0-9_]{0,15}$/;
const VALUE = /^[A-Za-z0-9_.:+-]{1,40}$/;
const VERB = /^[A-Z]{2,12}$/;
const SID = /^[0-9A-F]{8}$/;
const TAIL = /^(.*) \*([0-9A-F]{8})$/;
const INTEGER = /^(?:0|[1-9][0-9]{0,15})$/;

/** A canonical decimal integer: no sign, no leading zero, no point, no exponent. Undefined for anything else. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The line without its LF. Throws for what has no place in the grammar: that is a programming error of the sender. */
export function encodeLine(line: Line): string {
  if (line.kind === 'human') return checked(`# ${line.text}`, line);
  if (line.kind === 'typed') return checked(line.text, line);
  const body = `${head(line)}${Object.entries(line.fields)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('')}`;
  return checked(`${body} *${hex8(crc32(body))}`, line);
}

function head(line: Exclude<Line, { kind: 'human' | 'typed' }>): string {
  switch (line.kind) {
    case 'command':
      return `> ${line.sid} ${line.seq} ${line.verb}`;
    case 'reply':
      return `< ${line.sid} ${line.seq} ${line.ok ? 'OK' : 'NO'}`;
    case 'event':
      return `! ${line.ev} ${line.us} ${line.event}`;
    case 'heartbeat':
      return `. ${line.sid}`;
  }
}

/** The text, if it fits and reads as a line of the same kind and as many fields: a space in a value would add one. */
function checked(text: string, line: Line): string {
  if (text.length > LINE_LIMIT - 1)
    throw new RangeError(`line of ${text.length + 1} bytes, limit ${LINE_LIMIT}: ${text}`);
  const back = decodeLine(text);
  const same = back.ok && back.line.kind === line.kind && fieldCount(back.line) === fieldCount(line);
  if (!same || !PRINTABLE.test(text)) throw new RangeError(`not a line of the grammar: ${JSON.stringify(text)}`);
  return text;
}

const fieldCount = (line: Line): number => ('fields' in line ? Object.keys(line.fields).length : 0);

/** Decodes a line without its LF. Never throws. */
export function decodeLine(text: string): Decoded {
  const first = text[0];
  if (first === '#') return { ok: true, line: { kind: 'human', text: text.slice(text[1] === ' ' ? 2 : 1) } };
  if (first !== '>' && first !== '<' && first !== '!' && first !== '.')
    return { ok: true, line: { kind: 'typed', text } };
  const tail = TAIL.exec(text);
  if (tail === null) return { ok: false, code: 'CRC', detail: 'no check at the end' };
  const [, body = '', check = ''] = tail;
  if (hex8(crc32(body)) !== check) return { ok: false, code: 'CRC', detail: 'the check does not match' };
  const words = body.split(' ');
  const [, a = '', b = '', c = ''] = words;
  if (words[0] !== first || words.length < (first === '.' ? 2 : 4)) return grammar('too few words');
  if (first === '.') {
    if (!SID.test(a)) return grammar(`not a session id: ${a}`);
    return withFields(words.slice(2), (fields) => ({ kind: 'heartbeat', sid: a, fields }));
  }
  const second = parseInteger(b);
  if (second === undefined) return grammar(`not an integer: ${b}`);

  if (first === '!') {
    const ev = parseInteger(a);
    if (ev === undefined || !VERB.test(c)) return grammar('not an event');
    return withFields(words.slice(4), (fields) => ({ kind: 'event', ev, us: second, event: c, fields }));
  }
  if (!SID.test(a)) return grammar(`not a session id: ${a}`);
  if (second > MAX_SEQ) return grammar(`sequence number over ${MAX_SEQ}`);
  if (first === '<') {
    if (c !== 'OK' && c !== 'NO') return grammar('neither OK nor NO');
    return withFields(words.slice(4), (fields) => ({ kind: 'reply', sid: a, seq: second, ok: c === 'OK', fields }));
  }
  const two = c === 'SIM';
  const verb = two ? `SIM ${words[4] ?? ''}` : c;
  const decoded = VERB.test(two ? (words[4] ?? '') : c)
    ? withFields(words.slice(two ? 5 : 4), (fields) => ({ kind: 'command', sid: a, seq: second, verb, fields }))
    : grammar('not a verb');
  return decoded.ok ? decoded : { ...decoded, command: { sid: a, seq: second } };
}

type Ungrammatical = Extract<Decoded, { code: 'GRAMMAR' }>;
const grammar = (detail: string): Ungrammatical => ({ ok: false, code: 'GRAMMAR', detail });

function withFields(
  words: readonly string[],
  make: (fields: Fields) => Line,
): Ungrammatical | { readonly ok: true; readonly line: Line } {
  if (words.length > MAX_FIELDS) return grammar(`more than ${MAX_FIELDS} fields`);
  // A null prototype: a key such as "constructor" finds nothing that was not sent.
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const word of words) {
    const cut = word.indexOf('=');
    const key = word.slice(0, Math.max(cut, 0));
    const value = word.slice(cut + 1);
    if (!KEY.test(key) || !VALUE.test(value)) return grammar(`not key=value: ${word}`);
    if (key in fields) return grammar(`key twice: ${key}`);
    fields[key] = value;
  }
  return { ok: true, line: make(fields) };
}
