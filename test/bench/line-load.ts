/** What a full line carries, and the bytes with which a line is drowned; on the compiled package, as all that is timed. */
import type * as Protocol from '../../protocol/index.ts';
import type { Line, Verb } from '../../protocol/index.ts';
import { middlingFields } from '../support/verb-lines.ts';
import { DIST } from './workloads.ts';

const { createAssembler, decodeArguments, decodeLine, decodeReply, encodeLine, push, VERB_NAMES, VERBS } =
  (await import(new URL('protocol/index.js', DIST).href)) as typeof Protocol;

/** Bytes that a line of 115,200 baud carries in a second: eight bits, a start and a stop bit. */
export const BYTES_PER_SECOND = 11_520;

interface Message {
  readonly line: Line;
  /** Whose table it is held against; absent of what has none. */
  readonly verb?: Verb;
}

/** Every command with its reply, and with each pair a log entry and a heartbeat. */
const MESSAGES: readonly Message[] = VERB_NAMES.flatMap((verb, i): Message[] => {
  const { keys, reply } = VERBS[verb];
  const ids = { sid: '00010001', seq: 1_000 + i } as const;
  const entry = { id: 'catheter-occlusion', pri: 'high', state: 'on', lim: '70000' };
  return [
    { line: { kind: 'command', ...ids, verb, fields: middlingFields(keys) }, verb },
    { line: { kind: 'reply', ...ids, ok: true, fields: middlingFields(reply) }, verb },
    { line: { kind: 'event', ev: 1_000 + i, us: 11_180_160_000, event: 'ALARM', fields: entry } },
    { line: { kind: 'heartbeat', sid: ids.sid, fields: { ev: String(1_000 + i), dose: '41', al: '0' } } },
  ];
});

/** So many messages, the table round and round. */
export const messages = (count: number): readonly Message[] =>
  Array.from({ length: count }, (_, i) => MESSAGES[i % MESSAGES.length]).filter((one) => one !== undefined);

const bytesOf = ({ line }: Message): number => encodeLine(line).length + 1;

/** The messages of a second: one more would be too many. */
export function messagesOfASecond(): readonly Message[] {
  let bytes = 0;
  let count = 0;
  for (const one of messages(1_000)) {
    bytes += bytesOf(one);
    if (bytes > BYTES_PER_SECOND) break;
    count += 1;
  }
  return messages(count);
}

/** The messages as bytes, in one chunk. */
export const encoded = (all: readonly Message[]): Buffer =>
  Buffer.from(all.map(({ line }) => `${encodeLine(line)}\n`).join(''), 'latin1');

/** Lines out of bytes, decoded and held against the table of the verb; returns how many were good. */
export function decoded(bytes: Uint8Array, all: readonly Message[], chunk = bytes.length): number {
  const assembler = createAssembler();
  let good = 0;
  let next = 0;
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const one of push(assembler, bytes.subarray(at, at + chunk))) {
      if (one.kind !== 'line') continue;
      const verb = all[next]?.verb;
      next += 1;
      const line = decodeLine(one.text);
      if (line.ok && isGood(line.line, verb)) good += 1;
    }
  }
  return good;
}

function isGood(line: Line, verb: Verb | undefined): boolean {
  if (verb === undefined) return line.kind === 'event' || line.kind === 'heartbeat';
  if (line.kind === 'command') return decodeArguments(verb, line.fields).ok;
  return line.kind === 'reply' && decodeReply(verb, line.fields).ok;
}

const CHUNK = 64;

/** Bytes without a line end, in small chunks through an assembler that has heard as many as it says. */
export function drown(bytes: Uint8Array, times = 1, assembler = createAssembler()): Protocol.Assembler {
  for (let i = 0; i < times; i += 1) {
    for (let at = 0; at < bytes.length; at += CHUNK) push(assembler, bytes.subarray(at, at + CHUNK));
  }
  return assembler;
}

/** The least that looking for a line end costs. */
export function scan(bytes: Uint8Array): number {
  let ends = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === 0x0a) ends += 1;
  return ends;
}
