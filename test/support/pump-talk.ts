/** Talking to a served pump in lines, with framing that shares nothing with protocol/. */
import { crc32 } from 'node:zlib';
import { servePump, type PumpServer, type PumpServerOptions } from '../../bridge/server/pump-server.ts';
import { loopServer, type Loop } from './loop-wire.ts';

/** The body of a machine line with its check. */
export const framed = (body: string): string => `${body} *${crc32(body).toString(16).toUpperCase().padStart(8, '0')}`;

/** `START if=3` as a command line. */
export const commandLine = (seq: number, words: string): string => framed(`> 00000000 ${seq} ${words}`);

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
  /** Sends a command; throws unless just one reply comes, and is its own. */
  readonly ask: (words: string) => Promise<Heard>;
  /** As `ask`, for a command that must be accepted; returns the fields. */
  readonly must: (words: string) => Promise<Readonly<Record<string, string>>>;
}

export function talkOver(loop: Loop): Talk {
  let text = '';
  let seq = 0;
  loop.host.onBytes((bytes) => void (text += Buffer.from(bytes).toString('latin1')));
  const send = async (sent: string): Promise<readonly string[]> => {
    loop.host.write(Buffer.from(sent, 'latin1'));
    await loop.quiet();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    return lines;
  };
  const ask = async (words: string): Promise<Heard> => {
    seq += 1;
    const lines = await send(`${commandLine(seq, words)}\n`);
    const replies = lines.filter((line) => line.startsWith('<'));
    const [, sid, number, result, ...rest] = (replies[0] ?? '').split(' ');
    const mine = sid === '00000000' && number === String(seq) && (result === 'OK' || result === 'NO');
    if (replies.length !== 1 || !mine) throw new Error(`not one reply to ${words}: ${JSON.stringify(lines)}`);
    const fields = Object.fromEntries(rest.slice(0, -1).map((field) => field.split('=') as [string, string]));
    return { lines, ok: result === 'OK', fields };
  };
  return {
    loop,
    send,
    ask,
    must: async (words) => {
      const { ok, fields } = await ask(words);
      if (!ok) throw new Error(`${words} was refused with ${fields['code']}`);
      return fields;
    },
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
  const served = servePump(server, { profile: 'itb-20-sense', speed: 'lockstep', clock: () => 0, ...options });
  return { served, talk: talkOver(connect()), connect: () => talkOver(connect()) };
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
