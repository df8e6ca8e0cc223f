/** Worked sessions as they happen on a pump, and the lines with verdicts of vectors.json: what any implementation can check itself with. */
import type { LogKindRow } from '../protocol/document.ts';
import { crc32, createAssembler, decodeLine, hex8, PROTOCOL_VERSION, push, SCHEMA_HASH } from '../protocol/index.ts';
import { micros } from '../protocol/units.ts';
import { LOG_KIND_NAMES, LOG_KINDS, type LogKind } from '../firmware-sim/scenario/log-kinds.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { SESSIONS, type Said, type Session } from './protocol-sessions.ts';
import { answerLine, passTime } from './server/answer.ts';
import { servedPump } from './server/served-pump.ts';

/** A line that is sent at a link time, ms, and the lines that answer it. */
export interface Exchange {
  readonly at: number;
  readonly send: string;
  readonly answer: readonly string[];
}

export interface Transcript extends Omit<Session, 'said'> {
  readonly exchanges: readonly Exchange[];
}

/** The pump of every transcript: profile, drug and boot counter. */
export const PUMP = { profile: 'itb-20-sense', concentration: 500, boot: 0x118 } as const;

const sealed = (body: string): string => `${body} *${hex8(crc32(body))}`;

export function transcriptOf({ said, ...session }: Session): Transcript {
  const pump = servedPump(new Simulation(PUMP));
  const exchanges: Exchange[] = [];
  let at = 0;
  let sid = '';
  let seq = 0;
  let code = '';

  const textOf = (one: Exclude<Said, { readonly pass: number }>): string => {
    if (typeof one === 'string') {
      seq += 1;
      return sealed(`> ${sid} ${seq} ${one}`);
    }
    if ('again' in one) return exchanges.at(-1)?.send ?? '';
    if ('line' in one) return one.line.replace('CODE', code);
    const words = one.command.replace('SCHEMA', SCHEMA_HASH);
    if (words.startsWith(sid) && sid !== '') seq = Math.max(seq, Number(words.split(' ')[1]));
    return sealed(`> ${words}`);
  };

  for (const one of said) {
    if (typeof one !== 'string' && 'pass' in one) {
      at += one.pass;
      if (!pump.lockstep) pump.simulation.advanceThrough(micros(pump.simulation.now + one.pass * 1000));
      passTime(pump, at);
      continue;
    }
    const send = textOf(one);
    const answer = answerLine(pump, send, at);
    exchanges.push({ at, send, answer });
    for (const line of answer) {
      code = /Type: confirm ([0-9]{4})/.exec(line)?.[1] ?? code;
      const given = /^< 00000000 0 OK v=.* sid=([0-9A-F]{8}) /.exec(line)?.[1];
      if (given !== undefined) [sid, seq] = [given, 0];
    }
  }
  return { ...session, exchanges };
}

export const transcripts = (): readonly Transcript[] => SESSIONS.map(transcriptOf);

/** Lines that no session shows: each breaks one rule. */
const BROKEN: readonly (readonly [string, string])[] = [
  ['a check that does not match', '> 01180001 1 STATUS *00000000'],
  ['no check', '> 01180001 1 STATUS'],
  ['a check in lower case', sealed('> 01180001 1 STATUS').toLowerCase()],
  ['two spaces', sealed('> 01180001 1  STATUS')],
  ['a leading zero in the number', sealed('> 01180001 01 STATUS')],
  ['a number over 32 bits', sealed('> 01180001 4294967296 STATUS')],
  ['a session id of seven digits', sealed('> 0118001 1 STATUS')],
  ['a verb in lower case', sealed('> 01180001 1 status')],
  ['a key twice', sealed('> 01180001 1 START if=1 if=1')],
  ['a key without a value', sealed('> 01180001 1 START if=')],
  ['a value with a comma', sealed('> 01180001 1 SIM FILL nl=1,5')],
  ['seventeen fields', sealed(`> 01180001 1 STATUS ${Array.from({ length: 17 }, (_, i) => `k${i}=1`).join(' ')}`)],
  ['a reply that is neither OK nor NO', sealed('< 01180001 1 YES')],
  ['an event without a kind', sealed('! 1 0')],
];

/** Streams as chunks of bytes, of which each character is one; what an assembler of the pump's side makes of them. */
const STREAMS: readonly (readonly [string, readonly string[]])[] = [
  ['two lines in three chunks', ['ab', 'c\nd', 'e\n']],
  ['a CR before the LF', ['> x\r\n']],
  ['a CR alone ends what was typed', ['status\rhelp\r']],
  ['a CR alone spoils what was not', ['> x\ry\n# z\n']],
  ['empty lines', ['\n\n\r\na\n']],
  ['a byte that is not printable drops its line', ['a\u0001b\ncd\n', '\u0080\ne\n']],
  ['239 bytes and an LF are a line', [`${'x'.repeat(239)}\n`]],
  ['240 bytes and an LF are none, and their tail is none either', [`${'x'.repeat(240)}STOP\nok\n`]],
  ['Ctrl-C twice is a stop wherever it stands', ['> 0118\u0003', '\u0003rest\nok\n']],
  ['Ctrl-C twice between two lines spoils neither', ['a\n\u0003', '\u0003b\n']],
  ['Ctrl-C once is noise', ['a\u0003b\nok\n']],
];

function assembled(chunks: readonly string[]): readonly object[] {
  const assembler = createAssembler();
  return chunks.flatMap((chunk) =>
    push(
      assembler,
      Uint8Array.from(chunk, (one) => one.charCodeAt(0)),
    ),
  );
}

/** What a decoder makes of a line. */
function verdictOf(line: string): object {
  const decoded = decodeLine(line);
  return decoded.ok ? { verdict: 'ok', ...decoded.line } : { verdict: decoded.code };
}

export function vectors(): string {
  const all = transcripts();
  const seen = new Set(all.flatMap(({ exchanges }) => exchanges.flatMap(({ send, answer }) => [send, ...answer])));
  const heartbeat = sealed('. 01180001 ev=12 dose=3 al=0');
  const document = {
    text: 'Vectors of the doseloop line protocol; PROTOCOL.md says how to use them. Made by npm run protocol:doc.',
    version: PROTOCOL_VERSION,
    schema: SCHEMA_HASH,
    crc: [{ of: '123456789', is: hex8(crc32('123456789')) }],
    pump: PUMP,
    bytes: STREAMS.map(([text, chunks]) => ({ text, chunks, assembled: assembled(chunks) })),
    lines: [
      ...[...seen, heartbeat].map((line) => ({ line, ...verdictOf(line) })),
      ...BROKEN.map(([why, line]) => ({ line, why, ...verdictOf(line) })),
    ],
    sessions: all,
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

const LOG_TEXTS: Readonly<Record<LogKind, string>> = {
  RESET: 'the pump as it left the factory; number 1',
  BOOT: 'the controller has restarted',
  COMMIT: 'a program was taken over',
  START: 'the therapy was started',
  STOP: 'it was stopped: what it gave in all, how long it ran, and who stopped it if that was said over the line',
  REFILL: 'a filling was declared',
  FLOW: 'the motor is driven at another rate',
  ALARM: 'an alarm changes its state; `lim` the limit in force, `after` the alarm before it',
  BOLUS:
    'state `started`, `waiting`, `resumed`, `done`, `interrupted` (`nl` is then what was given), `skipped` or `denied`',
  PRIME: 'state `started`, `done` or `interrupted`',
  BRIDGE: 'old drug runs out of the catheter at the old rate: state `started` or `done`',
  STEP: 'step dosing has changed the dose',
  CLOCK: 'the time of day was set',
  LIBRARY: 'another drug library was loaded',
  LOST: 'the program was lost',
  INTERROGATE: 'a programmer has read the pump out',
  TONES: 'the tones were tested',
};

/** Kinds of the therapy log, and the one of the line's. */
export const logKinds = (): readonly LogKindRow[] => [
  ...LOG_KIND_NAMES.map((kind) => ({ kind, keys: LOG_KINDS[kind], text: LOG_TEXTS[kind] })),
  {
    kind: 'SESSION',
    keys: ['sid', 'state'],
    text: 'only with `log=link`: state `BEGUN`, `REPLACED`, `BYE`, `LEASE_LOST` or `RELEASED`',
  },
];

/** A transcript as a person reads it: what is sent, and what comes back. */
export const rendered = ({ exchanges }: Transcript): string =>
  exchanges.flatMap(({ send, answer }) => [send, ...answer]).join('\n');
