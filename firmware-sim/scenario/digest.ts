/**
 * `log_sha256`: SHA-256 over the therapy log since reset, fed as it is read. What counts is what happened to the therapy:
 * time, kind and keys; not the event number, nor the number of a dose, how often the pump was started, who asked or over which line.
 */
import { createHash } from 'node:crypto';
import type { LogEntry } from '../simulation/vocabulary.ts';

const LEFT_OUT: ReadonlySet<string> = new Set(['dose', 'boot', 'src']);

/** One entry as the digest sees it: microseconds, kind, keys sorted by name. */
export const canonicalEntry = ({ us, kind, keys }: Pick<LogEntry, 'us' | 'kind' | 'keys'>): string =>
  [
    us,
    kind,
    ...Object.keys(keys)
      .filter((key) => !LEFT_OUT.has(key))
      .toSorted()
      .map((key) => `${key}=${keys[key]}`),
  ].join(' ');

export interface LogDigest {
  add(entry: LogEntry): void;
  /** The log has a gap: from here on there is no digest. */
  void(): void;
  /** 64 hexadecimal digits, or null after a gap. */
  value(): string | null;
}

export function createLogDigest(): LogDigest {
  const hash = createHash('sha256');
  let whole = true;
  return {
    add: (entry) => void hash.update(`${canonicalEntry(entry)}\n`),
    void: () => void (whole = false),
    value: () => (whole ? hash.copy().digest('hex') : null),
  };
}
