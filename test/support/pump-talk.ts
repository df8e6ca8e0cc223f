/** Talking to a served pump in lines, with framing and sessions that share nothing with protocol/ but its schema hash. */
import { crc32 } from 'node:zlib';
import { SCHEMA_HASH } from '../../protocol/schema.ts';
import { servePump, type PumpServer, type PumpServerOptions } from '../../bridge/server/pump-server.ts';
import { loopServer, type Loop } from './loop-wire.ts';

/** The body of a machine line with its check. */
export const framed = (body: string): string => `${body} *${crc32(body).toString(16).toUpperCase().padStart(8, '0')}`;

/** `START if=3` as a command line; without a session id, of no session. */
export const commandLine = (seq: number, words: string, sid = NO_SID): string => framed(`> ${sid} ${seq} ${words}`);

const NO_SID = '00000000';

export interface HelloWords {
  readonly v?: string;
  readonly nonce?: string;
  readonly role?: string;
  readonly schema?: string;
  readonly prev?: string | undefined;
}

/** A HELLO as a whole line. */
export function helloLine({
  v = '1-2',
  nonce = '0000AAAA',
  role = 'bench',
  schema = SCHEMA_HASH,
  prev,
}: HelloWords = {}): string {
  const last = prev === undefined ? '' : ` prev=${prev}`;
  return commandLine(0, `HELLO v=${v} nonce=${nonce} role=${role} schema=${schema}${last}`);
}

/** Pump time after which a dose of these tests must not begin: the last that there is. */
const FOREVER = 6_307_200_000_000_000;

/** `BOLUS nl=1 nlpd=2` or `PRIME` with what makes it one dose: it follows dose number `after`. */
export function identified(words: string, after: number, id = `D${String(after + 1).padStart(7, '0')}`): string {
  const [verb = '', ...keys] = words.split(' ');
  return [verb, `id=${id}`, `after=${after}`, `by=${FOREVER}`, 'onlost=continue', ...keys].join(' ');
}

export interface Heard {
  /** All lines that came, in order, without line ends. */
  readonly lines: readonly string[];
  readonly ok: boolean;
  /** Fields of the reply. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Talk {
  readonly loop: Loop;
  /** Sends text as it is; returns the lines that came since the last call. */
  readonly send: (text: string) => Promise<readonly string[]>;
  /** Begins a session, the next one if there is one; it says that it takes over from the last of this pump's talks. */
  readonly hello: () => Promise<Heard>;
  /** The session in force, begun if need be. */
  readonly sid: () => Promise<string>;
  /**
   * Sends a command in the session, which is begun at first use, and once more where it was revoked meanwhile; throws unless just one reply
   * comes, and is its own.
   */
  readonly ask: (words: string) => Promise<Heard>;
  /** As `ask`, for a command that must be accepted; returns the fields. */
  readonly must: (words: string) => Promise<Readonly<Record<string, string>>>;
  /** The number of the last dose. */
  readonly doses: () => Promise<number>;
  /** The words, with the identity of the next dose where they are those of a dose and have none. */
  readonly whole: (words: string) => Promise<string>;
}

/** What the talks with one pump have in common: they are those of one host, which comes back. */
export interface TalkMemory {
  nonces: number;
  sid: string | undefined;
}

/** What came, read as the one reply with this session id and number. */
export function theReply(lines: readonly string[], sid: string, seq: number, words = ''): Heard {
  const replies = lines.filter((line) => line.startsWith('<'));
  const [, to, number, result, ...rest] = (replies[0] ?? '').split(' ');
  const mine = to === sid && number === String(seq) && (result === 'OK' || result === 'NO');
  if (replies.length !== 1 || !mine) throw new Error(`not one reply to ${words}: ${JSON.stringify(lines)}`);
  const fields = Object.fromEntries(rest.slice(0, -1).map((field) => field.split('=') as [string, string]));
  return { lines, ok: result === 'OK', fields };
}

export function talkOver(loop: Loop, memory: TalkMemory = { nonces: 0, sid: undefined }): Talk {
  let text = '';
  let session: { readonly sid: string; seq: number } | undefined;
  loop.host.onBytes((bytes) => void (text += Buffer.from(bytes).toString('latin1')));
  const send = async (sent: string): Promise<readonly string[]> => {
    loop.host.write(Buffer.from(sent, 'latin1'));
    await loop.quiet();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    return lines;
  };
  const hello = async (): Promise<Heard> => {
    memory.nonces += 1;
    const nonce = memory.nonces.toString(16).toUpperCase().padStart(8, '0');
    const heard = theReply(await send(`${helloLine({ nonce, prev: memory.sid })}\n`), NO_SID, 0, 'HELLO');
    const { sid } = heard.fields;
    if (sid === undefined) throw new Error(`HELLO was refused with ${heard.fields['code']}`);
    memory.sid = sid;
    session = { sid, seq: 0 };
    return heard;
  };
  const begun = async (): Promise<{ readonly sid: string; seq: number }> => {
    if (session === undefined) await hello();
    if (session === undefined) throw new Error('no session');
    return session;
  };
  const askOnce = async (words: string): Promise<Heard> => {
    const now = await begun();
    now.seq += 1;
    return theReply(await send(`${commandLine(now.seq, words, now.sid)}\n`), now.sid, now.seq, words);
  };
  const ask = async (words: string): Promise<Heard> => {
    const heard = await askOnce(words);
    if (heard.fields['code'] !== 'STALE') return heard;
    session = undefined;
    return askOnce(words);
  };
  const doses = async (): Promise<number> => Number((await ask('DOSE n=0')).fields['dose']);
  return {
    loop,
    send,
    hello,
    sid: async () => (await begun()).sid,
    ask,
    must: async (words) => {
      const { ok, fields } = await ask(words);
      if (!ok) throw new Error(`${words} was refused with ${fields['code']}`);
      return fields;
    },
    doses,
    whole: async (words) => (/^(?:BOLUS|PRIME)(?! id=)/.test(words) ? identified(words, await doses()) : words),
  };
}

export interface ServedTalk {
  readonly served: PumpServer;
  /** The first client. */
  readonly talk: Talk;
  readonly connect: () => Talk;
}

/** A pump on a loop line; close `served` when done. */
export function startPump(options: Partial<PumpServerOptions> = {}): ServedTalk {
  const { server, connect } = loopServer();
  const memory: TalkMemory = { nonces: 0, sid: undefined };
  const served = servePump(server, { profile: 'itb-20-sense', speed: 'lockstep', clock: () => 0, ...options });
  return { served, talk: talkOver(connect(), memory), connect: () => talkOver(connect(), memory) };
}

/** 18 mL at 1000 ng/µL filled in and declared, and a program of `rate` nL/day committed. Returns the revision. */
export async function makeReady(talk: Talk, rate = 300_000): Promise<number> {
  const { drained_nl: drained } = await talk.must('SIM FILL nl=18000000');
  const { rev } = await talk.must('STATUS');
  const { rev: filled } = await talk.must(`REFILL if=${rev} nl=18000000 drained_nl=${drained}`);
  await talk.must(`PROGRAM mode=continuous ng=${rate} conc=1000`);
  return Number((await talk.must(`COMMIT if=${filled}`))['rev']);
}

export const RESET = 'SIM RESET profile=itb-20-sense seed=1 conc=1000 lockstep=1';
