/**
 * The dose ledger: every dose that was begun, whoever asked for it, has a number and a record, and the last of them are kept.
 * The number is the precondition of the next dose on the wire (PROTOCOL.md, D3), the record is what a host asks for whose reply was
 * lost (D8). Pure functions over plain data; what must outlive the power is in the journal (journal.ts).
 */

/** Who asked: a host on the wire, a person typing at the pump's port, the patient's button, the program. */
export const DOSE_SOURCES = ['host', 'typed', 'patient', 'schedule'] as const;
export type DoseSource = (typeof DOSE_SOURCES)[number];

/** `ACCEPTED`: begun and not ended. A dose that is held or suspended has not ended. */
export const DOSE_STATES = ['ACCEPTED', 'DONE', 'INTERRUPTED'] as const;
export type DoseState = (typeof DOSE_STATES)[number];

/** Stands for the identity that a dose does not have: only a host gives one. */
export const NO_ID = '-';

/** What a dose is, whatever became of it. */
export interface DoseIntent {
  /** Eight characters that the host made, or `NO_ID`. */
  readonly id: string;
  /** Check over what the host asked for, so that the same id with another wish is noticed; `NO_ID` without a host. */
  readonly terms: string;
  readonly source: DoseSource;
  readonly kind: string;
  /** nL, whole motor steps. */
  readonly volume: number;
  /** nL/day. */
  readonly rate: number;
  /** Pump time at which it was accepted, µs. */
  readonly at: number;
}

export interface DoseRecord extends DoseIntent {
  /** Its number, from 1. */
  readonly n: number;
  /** Of a stop that stands for several numbers: the first of them. */
  readonly from?: number;
  readonly state: DoseState;
  /** Volume given so far, nL. */
  readonly given: number;
}

export interface DoseLedger {
  /** Number of the last dose that was begun; 0: none was. */
  readonly number: number;
  /** The last records, oldest first. */
  readonly records: readonly DoseRecord[];
}

export const DOSES_KEPT = 32;

export const EMPTY_LEDGER: DoseLedger = { number: 0, records: [] };

/**
 * What happens when a dose begins, in this order: a motor that turns before the journal knows of the dose may give it a second
 * time after a reset.
 */
export const DOSE_STEPS = ['journal', 'motor'] as const;
export type DoseStep = (typeof DOSE_STEPS)[number];

/** The ledger with one dose more, which has the next number. */
export function withDose(
  ledger: DoseLedger,
  intent: DoseIntent,
): { readonly ledger: DoseLedger; readonly record: DoseRecord } {
  const record: DoseRecord = { ...intent, n: ledger.number + 1, state: 'ACCEPTED', given: 0 };
  return { ledger: { number: record.n, records: [...ledger.records, record].slice(-DOSES_KEPT) }, record };
}

/** The ledger with what is now known of dose `n`. One that is no longer kept, or has ended, stays what it is. */
export function withOutcome(ledger: DoseLedger, n: number, given: number, state: DoseState = 'ACCEPTED'): DoseLedger {
  return {
    ...ledger,
    records: ledger.records.map((one) => (one.n === n && one.state === 'ACCEPTED' ? { ...one, given, state } : one)),
  };
}

/** What a record of a stop says that it is. */
export const STOP_KIND = 'stop';

/**
 * A stop takes a number like a dose: whoever has wished for a dose before it names a number that is no longer the last, and is refused,
 * however late the line comes (PROTOCOL.md, T1). Stops in a row share one record, so that they displace none of a dose.
 */
export function withStop(
  { number, records }: DoseLedger,
  source: DoseSource,
  at: number,
): { readonly ledger: DoseLedger; readonly record: DoseRecord } {
  const n = number + 1;
  const last = records.at(-1);
  const again = last?.kind === STOP_KIND && last.n === number;
  const record: DoseRecord = {
    id: NO_ID,
    terms: NO_ID,
    source,
    kind: STOP_KIND,
    volume: 0,
    rate: 0,
    at,
    n,
    state: 'DONE',
    given: 0,
    ...(again ? { from: last.from ?? last.n } : {}),
  };
  return {
    ledger: { number: n, records: [...(again ? records.slice(0, -1) : records), record].slice(-DOSES_KEPT) },
    record,
  };
}

/** The record that has the number, or stands for it. */
export const recordOf = (ledger: DoseLedger, n: number): DoseRecord | undefined =>
  ledger.records.find((one) => (one.from ?? one.n) <= n && n <= one.n);

/** The ledger after a reset: what had not ended was interrupted, and nothing resumes it. `given`: what must count as given of each. */
export function interruptedByReset(ledger: DoseLedger, given: (record: DoseRecord) => number): DoseLedger {
  return {
    ...ledger,
    records: ledger.records.map((one) =>
      one.state === 'ACCEPTED' ? { ...one, state: 'INTERRUPTED', given: given(one) } : one,
    ),
  };
}
