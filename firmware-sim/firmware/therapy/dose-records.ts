/** The records of a pump's doses: its ledger, and what the journal is to be told of every change of it. */
import type { Micros } from '../../../protocol/units.ts';
import {
  withDose,
  withOutcome,
  withStop,
  type DoseIntent,
  type DoseSource,
  type DoseState,
} from '../ledger/dose-ledger.ts';
import { intentEntry, outcomeEntry, stopEntry } from '../ledger/journal.ts';
import type { Hal } from '../hal.ts';
import { order } from '../dosing/orders.ts';
import type { Pump } from '../pump-state.ts';

/** A dose begins: it takes the next number, which is returned. */
export function recordDose(pump: Pump, intent: DoseIntent): number {
  const { ledger, record } = withDose(pump.doses, intent);
  pump.doses = ledger;
  pump.journal = [...pump.journal, intentEntry(record)];
  return record.n;
}

/** So much was given of a dose, nL in all; `state` when it has ended. */
export function recordOutcome(pump: Pump, n: number, given: number, state?: DoseState): void {
  pump.doses = withOutcome(pump.doses, n, given, state);
  pump.journal = [...pump.journal, outcomeEntry(n, given, state)];
}

/** A stop takes a number, so that no dose that was wished for before it begins after it. */
export function recordStop(pump: Pump, source: DoseSource, now: Micros): void {
  const { ledger, record } = withStop(pump.doses, source, now);
  pump.doses = ledger;
  pump.journal = [...pump.journal, stopEntry(record)];
}

/** Orders that what is new be written into the journal. */
export function writeJournal(pump: Pump, hal: Hal): void {
  for (const text of pump.journal) order(pump, hal, { order: 'journal', id: pump.nextOrderId, text });
  if (pump.journal.length > 0) pump.journal = [];
}
