/**
 * What happened to the line: sessions that began and ended. A log of its own, with numbers of its own: who was connected changes
 * nothing in the therapy, and must change nothing in its log.
 */
import type { Micros } from '../../protocol/units.ts';

export interface LinkEntry {
  readonly ev: number;
  readonly us: Micros;
  readonly kind: string;
  readonly keys: Readonly<Record<string, string | number>>;
}

export interface LinkLog {
  readonly entries: LinkEntry[];
  next: number;
}

const LINK_ENTRIES = 256;

export const createLinkLog = (): LinkLog => ({ entries: [], next: 1 });

export function noteLink(log: LinkLog, us: Micros, kind: string, keys: LinkEntry['keys']): void {
  log.entries.push({ ev: log.next, us, kind, keys });
  log.next += 1;
  if (log.entries.length > LINK_ENTRIES) log.entries.shift();
}
