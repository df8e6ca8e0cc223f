/**
 * The journal of doses: what the pump writes into memory that outlives the power, one checked line an entry, and the ledger that a
 * pump reads back from it. A line that the power cut in two fails its check and is as if it had not been written.
 */
import { crc32, hex8 } from '../../../protocol/crc32.ts';
import {
  DOSE_SOURCES,
  DOSE_STATES,
  DOSES_KEPT,
  EMPTY_LEDGER,
  STOP_KIND,
  withDose,
  withOutcome,
  withStop,
  type DoseLedger,
  type DoseRecord,
  type DoseState,
} from './dose-ledger.ts';

const sealed = (body: string): string => `${body} *${hex8(crc32(body))}`;

/** A dose begins. Written before the motor turns for it. */
export const intentEntry = ({ n, id, terms, source, kind, volume, rate, at }: DoseRecord): string =>
  sealed(`INTENT ${n} ${id} ${terms} ${source} ${kind} ${volume} ${rate} ${at}`);

/** So much was given of a dose, nL in all; `state` when it has ended. */
export const outcomeEntry = (n: number, given: number, state: DoseState = 'ACCEPTED'): string =>
  sealed(`GIVEN ${n} ${given} ${state}`);

/** A stop has taken a number, or stands for all from the first of several to the last. */
export const stopEntry = ({ n, from = n, source, at }: DoseRecord): string =>
  sealed(`STOP ${n} ${from} ${source} ${at}`);

/** As few entries as tell the same: what outlives the power is bounded. */
export const compacted = (entries: readonly string[]): string[] =>
  replayed(entries).records.flatMap((record) =>
    record.kind === STOP_KIND
      ? [stopEntry(record)]
      : [intentEntry(record), outcomeEntry(record.n, record.given, record.state)],
  );

const ENTRY = /^(.*) \*([0-9A-F]{8})$/;

/** The ledger that the entries tell of, in the order in which they were written. Damaged ones are left out. */
export function replayed(entries: readonly string[], from: DoseLedger = EMPTY_LEDGER): DoseLedger {
  let ledger = from;
  for (const entry of entries) {
    const [, body = '', check = ''] = ENTRY.exec(entry) ?? [];
    if (check !== hex8(crc32(body))) continue;
    const [word, ...rest] = body.split(' ');
    if (word === 'INTENT') ledger = begun(ledger, rest);
    else if (word === 'STOP') ledger = stopped(ledger, rest);
    else ledger = outcome(ledger, rest);
  }
  return ledger;
}

function begun(
  ledger: DoseLedger,
  [n, id = '', terms = '', source, kind = '', volume, rate, at]: readonly string[],
): DoseLedger {
  const known = DOSE_SOURCES.find((one) => one === source) ?? 'host';
  const intent = { id, terms, source: known, kind, volume: Number(volume), rate: Number(rate), at: Number(at) };
  // The entry names the number, so that one that was lost to damage leaves a gap and not another numbering.
  return withDose({ ...ledger, number: Number(n) - 1 }, intent).ledger;
}

/** An entry stands for the numbers that it names and for no others: one that was lost in between might have been a dose. */
function stopped({ records }: DoseLedger, [n, from, source, at]: readonly string[]): DoseLedger {
  const last = records.at(-1);
  const again = last?.kind === STOP_KIND && Number(from) <= (last.from ?? last.n);
  const before = again ? records.slice(0, -1) : records;
  const by = DOSE_SOURCES.find((one) => one === source) ?? 'host';
  const { record } = withStop({ number: Number(n) - 1, records: [] }, by, Number(at));
  const whole = from === n ? record : { ...record, from: Number(from) };
  return { number: record.n, records: [...before, whole].slice(-DOSES_KEPT) };
}

function outcome(ledger: DoseLedger, [n, given, state]: readonly string[]): DoseLedger {
  return withOutcome(ledger, Number(n), Number(given), DOSE_STATES.find((one) => one === state) ?? 'ACCEPTED');
}
