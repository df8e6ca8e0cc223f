/**
 * The therapy log: numbered, bounded, oldest overwritten and the loss visible in `oldest`. Numbers start at 1 and never
 * repeat. What it holds is what happened to the therapy; who asked for it is not part of it.
 */
import type { Micros } from '../../../protocol/units.ts';

export type LogKeys = Readonly<Record<string, string | number>>;

export interface LogEntry {
  /** Event number. */
  readonly ev: number;
  readonly us: Micros;
  readonly kind: string;
  readonly keys: LogKeys;
}

export interface TherapyLog {
  /** Entries at index `(ev - 1) % limit`. */
  readonly ring: LogEntry[];
  readonly limit: number;
  /** Number of the next entry. */
  next: number;
}

export const createLog = (limit: number): TherapyLog => ({ ring: [], limit, next: 1 });

export function append(log: TherapyLog, us: Micros, kind: string, keys: LogKeys): LogEntry {
  const entry: LogEntry = { ev: log.next, us, kind, keys };
  log.ring[(log.next - 1) % log.limit] = entry;
  log.next += 1;
  return entry;
}

/** Number of the oldest entry that is still held. */
export const oldest = (log: TherapyLog): number => Math.max(1, log.next - log.limit);

/** Up to `n` entries from number `from` on; entries that were overwritten are missing at the front. */
export function readLog(log: TherapyLog, from: number, n: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let ev = Math.max(from, oldest(log)); ev < log.next && entries.length < n; ev += 1) {
    const entry = log.ring[(ev - 1) % log.limit];
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}
