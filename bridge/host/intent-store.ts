/**
 * The intents of a host on disk (PROTOCOL.md, D7): a file to which lines are only ever added, each of them synced before `store`
 * returns, so that no byte of a dose leaves before its intent would survive a crash. What was stored and has no result is unsettled.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DoseIntent, DoseResult } from '../../protocol/index.ts';
import { UserError } from '../exit.ts';

export interface IntentStore {
  /** Throws when it cannot be written: then the dose must not be sent. */
  readonly store: (intent: DoseIntent) => void;
  /** `accepted`: it has a number, which says what became of it. */
  readonly settle: (id: string, result: DoseResult | { readonly result: 'Accepted'; readonly dose: number }) => void;
  /** The intent whose result is not known; there is one at most. */
  readonly unsettled: () => DoseIntent | undefined;
  readonly close: () => void;
}

/** For those whose doses are worth nothing: scenarios on a pump that is made for them and thrown away. */
export function memoryStore(): IntentStore {
  let open: DoseIntent | undefined;
  return {
    store: (intent) => void (open = intent),
    settle: (id) => void (open = open?.id === id ? undefined : open),
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

/**
 * Opens the file, or makes it. Throws UserError when it is in use, holds something else, or cannot be had. A last line that a crash
 * has cut in two is left out: nothing was sent on its strength.
 */
export function openIntentStore(path: string): IntentStore {
  const lock = takeLock(path);
  let open: DoseIntent | undefined;
  let file: number;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const { intent, torn } = read(path);
    open = intent;
    file = openSync(path, 'a');
    if (torn) writeSync(file, '\n');
    fsyncSync(file);
    syncFolder(dirname(path));
  } catch (error) {
    lock.release();
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: the store of intents cannot be opened (${String(error)})`);
  }
  const append = (entry: object): void => {
    writeSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
  };
  return {
    store: (intent) => {
      append({ intent });
      open = intent;
    },
    settle: (id, result) => {
      append({ settled: id, result });
      if (open?.id === id) open = undefined;
    },
    unsettled: () => open,
    close: () => {
      closeSync(file);
      lock.release();
    },
  };
}

function read(path: string): { readonly intent: DoseIntent | undefined; readonly torn: boolean } {
  if (!existsSync(path)) return { intent: undefined, torn: false };
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  let intent: DoseIntent | undefined;
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const entry = parsed(line);
    if (entry === undefined) {
      // Only what stood last when the power went can be half a line; it is followed by the line end that the next opening has set.
      if (lines.slice(index + 1).every((later) => later === '' || parsed(later) !== undefined)) continue;
      throw new UserError(
        `${path}:${index + 1}: not an entry of a store of intents; move the file away if it is something else`,
      );
    }
    if ('intent' in entry) intent = entry.intent;
    else if (intent?.id === entry.settled) intent = undefined;
  }
  return { intent, torn: rest !== '' };
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

/** Two hosts on one store would each take the other's intents for their own. */
function takeLock(path: string): { readonly release: () => void } {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  for (let attempt = 0; ; attempt += 1) {
    try {
      const handle = openSync(lock, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return { release: () => rmSync(lock, { force: true }) };
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken) throw new UserError(`${lock}: cannot be made (${String(error)})`);
      const holder = Number(readFileSync(lock, 'utf8'));
      if (attempt > 0 || isAlive(holder))
        throw new UserError(`${path}: in use by process ${holder}; each host needs a store of its own`);
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
