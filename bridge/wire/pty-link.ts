/**
 * The name of a virtual port: a symbolic link to the slave of a PTY. A link that a killed server left is replaced, nothing
 * else is ever overwritten. Numbers of PTYs are given out again, so that a dead server's link may point to a stranger's
 * terminal; that looks as if it were in use, and a person has to say that it is not.
 */
import { existsSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { errnoOf, messageOf } from './wire-core.ts';
import { WireError, type WireErrorCode } from './wire.ts';

/** Removes a link that a dead server left; whatever else has the name stays, and the caller is told. */
export function clearDeadLink(path: string): void {
  const target = linkTarget(path);
  if (target === undefined) return;
  if (!target.startsWith('/dev/pts/') || existsSync(target)) {
    throw new WireError(
      'BUSY',
      `${path} is a link to ${target}, which is in use. Choose another name, or remove the link if nobody serves it: rm ${path}`,
    );
  }
  unlinkSync(path);
}

/** Where the link points; undefined if nothing has the name. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw linkError(path, error);
  }
}

/** Makes the link; the returned function removes it, as does the end of the process, unless it points elsewhere by then. */
export function placeLink(path: string, slave: string): () => void {
  try {
    symlinkSync(slave, path);
  } catch (error) {
    throw linkError(path, error);
  }
  const remove = (): void => {
    try {
      if (readlinkSync(path) === slave) unlinkSync(path);
    } catch {
      // It is gone already.
    }
  };
  process.once('exit', remove);
  return () => {
    process.off('exit', remove);
    remove();
  };
}

const LINK_ERRORS: Readonly<Record<string, readonly [WireErrorCode, string]>> = {
  EINVAL: ['BUSY', 'exists and is no link to a virtual port. Choose another name.'],
  EEXIST: ['BUSY', 'was taken by another program just now. Choose another name.'],
  EACCES: ['DENIED', 'cannot be made by this user. Choose a folder you may write to.'],
  EPERM: ['DENIED', 'cannot be made by this user. Choose a folder you may write to.'],
  EROFS: ['DENIED', 'cannot be made on a read-only disk. Choose another folder.'],
  ENOENT: ['NO_PORT', 'cannot be made: there is no such folder. Make it first, or choose another.'],
  ENOTDIR: ['NO_PORT', 'cannot be made: there is no such folder. Make it first, or choose another.'],
};

function linkError(path: string, error: unknown): WireError {
  const [code, advice] = LINK_ERRORS[errnoOf(error) ?? ''] ?? ['IO', `cannot be made: ${messageOf(error)}`];
  return new WireError(code, `${path} ${advice}`, error);
}
