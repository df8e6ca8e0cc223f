/** A file that one process has for itself: who holds it stands in a file beside it, and whoever died holding it holds it no more. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../exit.ts';

export interface FileLock {
  readonly release: () => void;
}

/** Those of this process: its number alone would not tell them from one that an earlier process of the same number has left. */
const held = new Set<string>();

/** Throws UserError when a living process holds it, or the lock cannot be made. */
export function takeLock(path: string): FileLock {
  const lock = `${path}.lock`;
  if (held.has(lock)) throw inUse(path, lock, process.pid);
  const mine = `${lock}.${process.pid}`;
  try {
    // Made whole under another name, so that nobody ever finds a lock that does not say whose it is.
    writeFileSync(mine, String(process.pid));
    take(path, lock, mine);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${lock}: the lock cannot be made (${String(error)})`);
  } finally {
    rmSync(mine, { force: true });
  }
  held.add(lock);
  return {
    release: () => {
      if (held.delete(lock)) rmSync(lock, { force: true });
    },
  };
}

function take(path: string, lock: string, mine: string): void {
  // Once for a lock that is free, once more for one whose holder is dead.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      linkSync(mine, lock);
      return;
    } catch (error) {
      if (errno(error) !== 'EEXIST') throw error;
    }
    bury(path, lock, `${mine}.dead`);
  }
  throw new UserError(`${path}: another process takes it at this moment; each host needs a store of its own`);
}

/** Takes the lock of a dead process away. Throws UserError for that of a living one. */
function bury(path: string, lock: string, dead: string): void {
  const holder = holderIn(lock);
  if (holder === undefined) return;
  if (isAlive(holder)) throw inUse(path, lock, holder);
  try {
    renameSync(lock, dead);
  } catch (error) {
    if (errno(error) === 'ENOENT') return;
    throw error;
  }
  // Between the look and the renaming another process may have done the same, and locked it.
  const taken = holderIn(dead);
  if (taken !== holder) linkSync(dead, lock);
  rmSync(dead, { force: true });
}

function holderIn(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const inUse = (path: string, lock: string, holder: number): UserError =>
  new UserError(
    `${path}: in use by process ${holder}; each host needs a store of its own (if that process is no host, remove ${lock})`,
  );

function isAlive(pid: number): boolean {
  // Our own number in a lock that we do not hold is that of a process before us.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

const errno = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
