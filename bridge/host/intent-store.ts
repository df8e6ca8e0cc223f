/**
 * The intents of a host on disk (PROTOCOL.md, D7): a file to which lines are only ever added, each of them synced before `store`
 * returns, so that no byte of a dose leaves before its intent would survive a crash. What was stored and has no result is unsettled.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DoseIntent, DoseResult } from '../../protocol/index.ts';
import { UserError } from '../exit.ts';
import { takeLock } from './file-lock.ts';

export type Settlement =
  | DoseResult
  /** It has a number, which says what became of it. */
  | { readonly result: 'Accepted'; readonly dose: number }
  /** A person has looked, and takes it upon them that it is over. */
  | { readonly result: 'Resolved' };

export interface IntentStore {
  /** Throws UserError when it cannot be written: then the dose must not be sent. */
  readonly store: (intent: DoseIntent) => void;
  /** One that is Uncertain stays unsettled: only a person can say that it is over. Throws as `store` does. */
  readonly settle: (id: string, result: Settlement) => void;
  /** The intent whose result is not known, or is Uncertain; there is one at most. */
  readonly unsettled: () => DoseIntent | undefined;
  readonly close: () => void;
}

/** Whether nobody has to look any more. */
const ends = (result: string): boolean => result !== 'Uncertain';

/** For those whose doses are worth nothing: scenarios on a pump that is made for them and thrown away. */
export function memoryStore(): IntentStore {
  let open: DoseIntent | undefined;
  return {
    store: (intent) => void (open = intent),
    settle: (id, { result }) => void (open = open?.id === id && ends(result) ? undefined : open),
    unsettled: () => open,
    close: () => {},
  };
}

const INTENT = z.object({
  id: z.string(),
  verb: z.enum(['BOLUS', 'PRIME']),
  wish: z.record(z.string(), z.string()),
  after: z.number(),
  serial: z.string(),
  expires: z.number(),
});
const ENTRY = z.union([
  z.object({ intent: INTENT }),
  z.object({ settled: z.string(), result: z.object({ result: z.string() }).loose() }),
]);
/** How the two kinds of entry begin. */
const BEGINNINGS = ['{"intent":{"id":"', '{"settled":"'];

/**
 * Opens the file, or makes it and its folder. Throws UserError when it is in use, holds something else, or cannot be had. A last line that
 * a crash has cut in two is taken away: nothing was sent on its strength.
 */
export function openIntentStore(path: string): IntentStore {
  const folder = dirname(path);
  let file: number | undefined;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const lock = takeLock(path);
  let open: DoseIntent | undefined;
  try {
    const { intent, length, torn } = read(path);
    open = intent;
    file = openSync(path, 'a');
    if (torn) ftruncateSync(file, length);
    fsyncSync(file);
    syncFolder(folder);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    lock.release();
    throw error instanceof UserError ? error : cannotOpen(path, error);
  }
  return { ...writer(path, file, open), close: once(closing(file, lock.release)) };
}

const cannotOpen = (path: string, error: unknown): UserError =>
  new UserError(`${path}: the store of intents cannot be opened (${String(error)})`);

function writer(path: string, file: number, found: DoseIntent | undefined): Omit<IntentStore, 'close'> {
  let open = found;
  /** What went wrong once: whether it is on disk nobody can say, and the next line might be glued to half of it. */
  let broken: unknown;
  const append = (entry: object): void => {
    if (broken === undefined) {
      try {
        writeFileSync(file, `${JSON.stringify(entry)}\n`);
        fsyncSync(file);
        return;
      } catch (error) {
        broken = error;
      }
    }
    throw new UserError(`${path}: the intent of a dose cannot be stored, hence no dose is given (${String(broken)})`);
  };
  return {
    store: (intent) => {
      append({ intent });
      open = intent;
    },
    settle: (id, result) => {
      append({ settled: id, result });
      if (open?.id === id && ends(result.result)) open = undefined;
    },
    unsettled: () => open,
  };
}

const closing = (file: number, release: () => void) => (): void => {
  closeSync(file);
  release();
};

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}

interface Found {
  readonly intent: DoseIntent | undefined;
  /** Bytes of whole lines; what follows them is `torn`. */
  readonly length: number;
  readonly torn: boolean;
}

function read(path: string): Found {
  if (!existsSync(path)) return { intent: undefined, length: 0, torn: false };
  const text = readFileSync(path, 'latin1');
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  let intent: DoseIntent | undefined;
  for (const [index, line] of lines.entries()) {
    const entry = parsed(line);
    if (entry === undefined) throw foreign(path, index + 1);
    if ('intent' in entry) intent = entry.intent;
    else if (intent?.id === entry.settled && ends(entry.result.result)) intent = undefined;
  }
  if (!isTorn(rest)) throw foreign(path, lines.length + 1);
  return { intent, length: text.length - rest.length, torn: rest !== '' };
}

const foreign = (path: string, line: number): UserError =>
  new UserError(`${path}:${line}: not an entry of a store of intents; move the file away if it is something else`);

/** What a crash can leave of an entry: its beginning, and zeros where the disk had made room for more. */
function isTorn(rest: string): boolean {
  const text = rest.replace(/\0+$/, '');
  return BEGINNINGS.some((one) => text.startsWith(one) || one.startsWith(text));
}

function parsed(line: string): z.infer<typeof ENTRY> | undefined {
  try {
    const result = ENTRY.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** A new file is found again after a crash only if its folder was synced as well. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
