/** `doseloop console`: a person, or a script on standard input, talks to a pump. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pc from 'picocolors';
import { colours } from '../colours.ts';
import { completeLine } from '../console/complete-line.ts';
import type { Voice } from '../console/conversation.ts';
import { openHistory } from '../console/history.ts';
import { onInterrupt } from '../console/interrupt.ts';
import { stateFolder, storeName } from '../console/state-files.ts';
import { createTalk, type Talk } from '../console/talk.ts';
import { openTerminal, type Terminal } from '../console/terminal.ts';
import { toldStore } from '../console/told-store.ts';
import { EXIT, UserError } from '../exit.ts';
import { createHost, LinkError, type Host } from '../host/host.ts';
import { memoryStore, openIntentStore, type IntentStore } from '../host/intent-store.ts';
import { openWire } from '../wire/open-wire.ts';
import { WireError, type Wire } from '../wire/wire.ts';

export interface ConsoleOptions {
  readonly store?: string;
  readonly history?: string;
  readonly json: boolean;
}

/** A pump that another host holds is waited for a little longer than a lease lasts: that host may be gone. */
const CONNECT_MS = 6000;
const PLAIN_WIDTH = 120;

/** Talks until the person leaves, the input ends or the line does. Returns the exit code. */
export async function talkTo(url: string, options: ConsoleOptions): Promise<number> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && !options.json;
  const wire = await openWire(url).catch((error: unknown) => {
    if (!(error instanceof WireError)) throw error;
    throw new UserError(error.message, error.code === 'BAD_URL' ? EXIT.invalid : EXIT.link);
  });
  try {
    return interactive ? await byHand(wire, options) : await fromPipe(wire, options);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new UserError(error.message, EXIT.link);
  } finally {
    await wire.close();
  }
}

/** Resolves with what is to be said when the line ends by itself. */
const lineLost = async (wire: Wire): Promise<string> => {
  const close = await wire.closed;
  // Closed by this side: nobody waits for it any more.
  if (close.reason === 'closed') return new Promise(() => {});
  return `${wire.url}: the line ended: ${close.detail}. The pump goes on by itself; is it still there?`;
};

const out = (text: string): void => void process.stdout.write(`${text}\n`);

const paintPlain = pc.createColors(false);
const now = (): number => performance.now();
const random = (): number => randomInt(10_000);

interface Opened {
  readonly host: Host;
  readonly talk: Talk;
}

/** A host whose store tells the conversation what became of each dose. */
function open(
  wire: Wire,
  store: IntentStore,
  rest: { readonly voice: Voice; readonly interactive: boolean; readonly width: () => number },
): Opened {
  const told = toldStore(store, (result) => talk.settled(result));
  const host = createHost(wire, { role: 'console', store: told, connectMs: CONNECT_MS });
  const paint = rest.interactive ? colours : paintPlain;
  const talk = createTalk(host, { ...rest, paint, unsettled: told.unsettled, now, random });
  return { host, talk };
}

const storePath = (wire: Wire, { store }: ConsoleOptions): string => store ?? join(stateFolder(), storeName(wire.url));

async function byHand(wire: Wire, options: ConsoleOptions): Promise<number> {
  const store = openIntentStore(storePath(wire, options));
  const history = openHistory(options.history ?? join(stateFolder(), 'console-history'));
  let terminal: Terminal | undefined;
  const voice: Voice = {
    say: (text) => (terminal === undefined ? void process.stdout.write(`${text}\n`) : terminal.say(text)),
    record: () => {},
    changed: () => terminal?.refresh(),
  };
  const { host, talk } = open(wire, store, { voice, interactive: true, width: () => process.stdout.columns });
  const fail = (error: unknown): void => {
    if (!(error instanceof LinkError)) throw error;
    // What has failed is one command; that the line itself has ended is told elsewhere.
    voice.say(colours.red(error.message));
  };
  const ended = new Promise<number>((resolve) => {
    let pressed: number | undefined;
    const begin = (): void => {
      terminal = openTerminal({
        input: process.stdin,
        output: process.stdout,
        history,
        complete: completeLine,
        prompt: talk.prompt,
        onLine: (line) => void talk.take(line).then((took) => took === 'quit' && resolve(EXIT.ok), fail),
        onInterrupt: () => {
          const { does, last } = onInterrupt(pressed, now());
          pressed = last;
          terminal?.clear();
          if (does === 'stop') void talk.stop().catch(fail);
          else voice.say('Ctrl-C once more within a second stops the pump; `quit` or Ctrl-D leaves it as it is.');
        },
        onEnd: () => resolve(EXIT.ok),
      });
      terminal.refresh();
    };
    void talk.begin().then(begin, (error: unknown) => {
      resolve(EXIT.link);
      process.stderr.write(`doseloop: ${error instanceof LinkError ? error.message : String(error)}\n`);
      if (!(error instanceof LinkError)) throw error;
    });
    void lineLost(wire).then((text) => {
      // Before the editor ends, which by itself is how a person leaves.
      resolve(EXIT.link);
      terminal?.close();
      process.stderr.write(`doseloop: ${text}\n`);
    });
    process.once('SIGTERM', () => resolve(EXIT.terminated));
    process.once('SIGHUP', () => resolve(EXIT.terminated));
    process.once('SIGINT', () => resolve(EXIT.interrupted));
  });
  const code = await ended;
  terminal?.close();
  const farewell = talk.farewell();
  if (farewell !== undefined) voice.say(farewell);
  await host.close();
  return code;
}

/** Lines from a pipe, one after the other; the first that is wrong or refused ends it, for the others may rest on it. */
async function fromPipe(wire: Wire, options: ConsoleOptions): Promise<number> {
  const path = storePath(wire, options);
  // No dose is given from here. An intent that a person has left behind is asked for all the same, and a store that was named must be one.
  const store = options.store !== undefined || existsSync(path) ? openIntentStore(path) : memoryStore();
  const voice: Voice = {
    say: options.json ? (text) => void process.stderr.write(`${text}\n`) : out,
    record: options.json ? (entry) => out(JSON.stringify(entry)) : () => {},
    changed: () => {},
  };
  const { host, talk } = open(wire, store, { voice, interactive: false, width: () => PLAIN_WIDTH });
  try {
    const lost = lineLost(wire).then((text) => {
      throw new UserError(text, EXIT.link);
    });
    lost.catch(() => {});
    const signalled = new Promise<number>((resolve) => {
      process.once('SIGTERM', () => resolve(EXIT.terminated));
      process.once('SIGINT', () => resolve(EXIT.interrupted));
    });
    return await Promise.race([readScript(talk, voice), lost, signalled]);
  } finally {
    await host.close();
    process.stdin.destroy();
  }
}

async function readScript(talk: Talk, voice: Voice): Promise<number> {
  await talk.begin();
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    count += 1;
    const took = await talk.take(line);
    if (took === 'quit') break;
    if (took === 'wrong') {
      voice.say(`line ${count} of the input was not done, and the rest is not read: ${line.slice(0, 80)}`);
      return EXIT.invalid;
    }
  }
  return EXIT.ok;
}
