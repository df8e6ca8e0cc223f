/** What the pump-side machine is told about the pump: plain values, taken at the instant of the input that carries them. */
import { crc32, hex8 } from '../crc32.ts';
import type { Fields } from '../line.ts';

/** `ACCEPTED`: begun and not ended. `NONE`: no dose was ever begun. */
export const DOSE_STATES = ['NONE', 'ACCEPTED', 'DONE', 'INTERRUPTED'] as const;
export type DoseState = (typeof DOSE_STATES)[number];

/** Stands for the id of a dose that no host has asked for. */
export const NO_ID = '-';

/** A record of the pump's dose ledger. Volumes nL, rate nL/day, time µs. */
export interface DoseFact {
  readonly n: number;
  /** Of stops in a row: the first number that the record stands for. */
  readonly from?: number;
  readonly id: string;
  readonly terms: string;
  readonly source: string;
  readonly kind: string;
  readonly state: Exclude<DoseState, 'NONE'>;
  readonly volume: number;
  readonly rate: number;
  readonly given: number;
  readonly at: number;
}

export interface PumpFacts {
  /** Pump time, µs. */
  readonly us: number;
  /** Number of the last dose, whatever its source. */
  readonly dose: number;
  /** The last records, oldest first. */
  readonly records: readonly DoseFact[];
  /** Number of the next entry of the therapy log. */
  readonly ev: number;
  /** Active alarms. */
  readonly alarms: number;
  readonly revision: number;
  readonly serial: string;
  readonly world: 'SIM' | 'REAL';
  /** Time stands still between SIM ADVANCE; leases do not run. */
  readonly lockstep: boolean;
  /** The fastest rate, nL/day: that of a typed dose which names none. */
  readonly flowMax: number;
  readonly flowMin: number;
  /** Volume of a motor step, nL: a bolus is a whole number of them. */
  readonly step: number;
}

export const recordIn = (facts: PumpFacts, n: number): DoseFact | undefined =>
  facts.records.find((one) => (one.from ?? one.n) <= n && n <= one.n);

/** The oldest number of which there is a record, or the one that will be. */
export const oldestKept = ({ dose, records }: PumpFacts): { readonly oldest: number } => ({
  oldest: records[0]?.from ?? records[0]?.n ?? dose + 1,
});

/** What a dose is, beside id and number, as one word: equal for equal wishes (D2). */
export function termsOf(verb: string, fields: Fields): string {
  const { nl = '', nlpd = '', onlost = '', over = '' } = fields;
  return hex8(crc32([verb, nl, nlpd, onlost, over].join(' ')));
}

/** Crockford's base 32: no I, L, O, U, so that nobody misreads one. */
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const DOSE_ID = /^[0-9A-HJKMNP-TV-Z]{8}$/;

/** A dose id of 40 random bits, given as five bytes. Throws RangeError for another number of bytes. */
export function doseId(bytes: Uint8Array): string {
  if (bytes.length !== 5) throw new RangeError(`an id is made of 5 bytes, not ${bytes.length}`);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: 8 }, (_, i) => CROCKFORD[Number((bits >> BigInt(35 - 5 * i)) & 31n)]).join('');
}
