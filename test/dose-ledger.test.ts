import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DOSES_KEPT,
  EMPTY_LEDGER,
  interruptedByReset,
  NO_ID,
  recordOf,
  withDose,
  withOutcome,
  withStop,
  type DoseIntent,
  type DoseLedger,
} from '../firmware-sim/firmware/ledger/dose-ledger.ts';
import type { LogEntry } from '../firmware-sim/firmware/log/log.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { nanolitres, nanolitresPerDay } from '../protocol/units.ts';
import { memoryError } from './support/alarm-room.ts';
import { bolus, boluses, HOUR, MINUTE, ng, press, programmed, running, tell, until, us } from './support/programs.ts';
import { accepted, refusal, refill, stop } from './support/therapy.ts';

const intent = (id: string): DoseIntent => ({
  id,
  terms: '01234567',
  source: 'host',
  kind: 'single',
  volume: 10_000,
  rate: 240_000,
  at: 5,
});

const ledgerOf = (...ids: readonly string[]): DoseLedger =>
  ids.reduce((ledger, id) => withDose(ledger, intent(id)).ledger, EMPTY_LEDGER);

const BUTTON = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(2 * HOUR), count: 3, window: us(24 * HOUR) };
const TIMED = [{ at: us(6 * HOUR), dose: ng(10_000), duration: us(30 * MINUTE) }];

/** What the ledger of a pump says of each dose: number, kind, source, state, given. */
const records = (sim: Simulation): string[] =>
  sim.status.doses.records.map(({ n, kind, source, state, given }) => `${n} ${kind} ${source} ${state} ${given}`);

/** Entries of the log about doses: state and number. */
const numbered = (sim: Simulation): string[] =>
  sim
    .log()
    .filter(isOfDose)
    .map(({ keys }) => `${keys['state']} ${keys['dose']}`);

const isOfDose = ({ kind }: LogEntry): boolean => kind === 'BOLUS' || kind === 'PRIME';

test('doses are numbered from 1, and the number of the ledger is that of the last', () => {
  const ledger = ledgerOf('a', 'b', 'c');
  expect(ledger.records.map(({ n, id, state, given }) => [n, id, state, given])).toEqual([
    [1, 'a', 'ACCEPTED', 0],
    [2, 'b', 'ACCEPTED', 0],
    [3, 'c', 'ACCEPTED', 0],
  ]);
  expect(ledger.number).toBe(3);
  expect(EMPTY_LEDGER.number).toBe(0);
});

test('the last records are kept and the numbers go on', () => {
  fc.assert(
    fc.property(fc.nat(3 * DOSES_KEPT), (doses) => {
      const ledger = ledgerOf(...Array.from({ length: doses }, (_, i) => `id-${i}`));
      const kept = Math.min(doses, DOSES_KEPT);
      expect(ledger.number).toBe(doses);
      expect(ledger.records.map(({ n }) => n)).toEqual(Array.from({ length: kept }, (_, i) => doses - kept + 1 + i));
    }),
  );
});

test('an outcome changes the record of its number and no other', () => {
  const before = ledgerOf('a', 'b', 'c');
  const ledger = withOutcome(before, 2, 7_000, 'INTERRUPTED');
  expect(recordOf(ledger, 2)).toMatchObject({ id: 'b', given: 7_000, state: 'INTERRUPTED' });
  expect([recordOf(ledger, 1), recordOf(ledger, 3)]).toEqual([recordOf(before, 1), recordOf(before, 3)]);
  expect(ledger.number).toBe(3);
});

test('a dose that has ended stays what it is', () => {
  const ledger = withOutcome(ledgerOf('a'), 1, 10_000, 'DONE');
  expect(withOutcome(ledger, 1, 5_000, 'INTERRUPTED')).toEqual(ledger);
});

test('after a reset what had not ended is interrupted with what counts as given, and the rest as it was', () => {
  const before = withOutcome(withOutcome(ledgerOf('a', 'b'), 1, 10_000, 'DONE'), 2, 3_000);
  const ledger = interruptedByReset(before, ({ given }) => given + 100);
  expect(ledger.records).toEqual([recordOf(before, 1), { ...recordOf(before, 2), state: 'INTERRUPTED', given: 3_100 }]);
});

test('a pump that gave no dose has an empty ledger', () => {
  expect(running().status).toMatchObject({ doses: { number: 0, records: [] }, boot: 1 });
});

test('a bolus that was accepted says its number, and its record says what is known of it', () => {
  const sim = running();
  until(sim, HOUR);
  const facts = accepted(bolus(sim, 20_000, HOUR));
  expect(facts).toMatchObject({ nl: 20_000, nlpd: 480_000, dose: 1, state: 'ACCEPTED' });
  const record = { n: 1, id: NO_ID, terms: NO_ID, source: 'host', kind: 'single', volume: 20_000, rate: 480_000 };
  expect(sim.status.doses.records).toEqual([{ ...record, at: HOUR, state: 'ACCEPTED', given: 0 }]);
  until(sim, 3 * HOUR);
  expect(sim.status.doses.records).toEqual([{ ...record, at: HOUR, state: 'DONE', given: 20_000 }]);
});

test('a dose keeps the identity, the terms and the source that came with it', () => {
  const sim = programmed({}, { primed: false });
  const dose = { id: 'QK7W3N5Z', terms: '0BADCAFE', source: 'typed' } as const;
  expect(tell(sim, { command: 'prime', dose })).toMatchObject({ dose: 1, state: 'ACCEPTED' });
  until(sim, HOUR);
  const other = { ...dose, id: 'QK7W3N60' };
  tell(sim, { command: 'bolus', volume: nanolitres(1_000), rate: nanolitresPerDay(240_000), dose: other });
  expect(sim.status.doses.records).toMatchObject([
    { n: 1, kind: 'prime', ...dose },
    { n: 2, kind: 'single', ...other },
  ]);
});

test('a refused dose takes no number', () => {
  const sim = running();
  accepted(bolus(sim, 20_000, HOUR));
  expect(refusal(bolus(sim, 20_000, HOUR))).toBe('BUSY');
  expect(press(sim)).toBe('none');
  expect(sim.status.doses.number).toBe(1);
});

test('a press and a bolus of the program are doses like any other', () => {
  const sim = running({ mode: 'scheduled', patient: BUTTON, boluses: TIMED });
  press(sim);
  until(sim, 8 * HOUR);
  expect(records(sim)).toEqual(['1 patient patient DONE 10000', '2 scheduled schedule DONE 10000']);
});

test('a bolus that was suspended goes on under its number', () => {
  const sim = running({ patient: BUTTON });
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 30 * MINUTE);
  press(sim);
  expect(records(sim)).toEqual(['1 single host ACCEPTED 10000', '2 patient patient ACCEPTED 0']);
  until(sim, 3 * HOUR);
  expect(records(sim)).toEqual(['1 single host DONE 20000', '2 patient patient DONE 10000']);
  expect(numbered(sim)).toEqual(['started 1', 'waiting 1', 'started 2', 'done 2', 'resumed 1', 'done 1']);
});

test('a bolus that was suspended before its first step is resumed and not begun a second time', () => {
  const sim = running({ patient: BUTTON });
  accepted(bolus(sim, 20_000, HOUR));
  press(sim);
  until(sim, 3 * HOUR);
  expect(boluses(sim)).toEqual([
    '0 h BOLUS single started 20000',
    '0 h BOLUS single waiting',
    '0 h BOLUS patient started 10000',
    '0.1667 h BOLUS patient done 10000',
    '0.1667 h BOLUS single resumed 0',
    '1.1667 h BOLUS single done 20000',
  ]);
  expect(sim.status.doses.number).toBe(2);
});

test('a bolus of the program that was put off has no number before it begins', () => {
  const sim = running({ mode: 'scheduled', patient: BUTTON, boluses: TIMED });
  until(sim, 6 * HOUR - 5 * MINUTE);
  press(sim);
  until(sim, 6 * HOUR + MINUTE);
  expect(sim.status.doses.number).toBe(1);
  until(sim, 8 * HOUR);
  expect(numbered(sim)).toEqual(['started 1', 'waiting undefined', 'done 1', 'started 2', 'done 2']);
});

test('what was denied or skipped has no number in the log', () => {
  const sim = running({ mode: 'scheduled', patient: BUTTON, boluses: TIMED }, { fill: 2_050_000 });
  until(sim, 5 * HOUR);
  press(sim);
  until(sim, 8 * HOUR);
  expect(numbered(sim)).toEqual(['denied undefined', 'skipped undefined']);
});

test('a stop ends the dose in hand and the one that waits, each with what was given of it', () => {
  const sim = running({ patient: BUTTON });
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 30 * MINUTE);
  press(sim);
  until(sim, 35 * MINUTE);
  stop(sim);
  expect(records(sim)).toEqual([
    '1 single host INTERRUPTED 10000',
    '2 patient patient INTERRUPTED 5000',
    '3 stop host DONE 0',
  ]);
  expect(numbered(sim).slice(-2)).toEqual(['interrupted 1', 'interrupted 2']);
});

test('an alarm that takes a dose away, and one that loses the program, end its record', () => {
  const low = running({ patient: BUTTON }, { fill: 2_005_000 });
  press(low);
  until(low, HOUR);
  expect(records(low)).toEqual(['1 patient patient INTERRUPTED 5000']);
  const lost = running();
  accepted(bolus(lost, 20_000, HOUR));
  until(lost, 15 * MINUTE);
  lost.inject(memoryError('program'));
  expect(records(lost)).toEqual(['1 single host INTERRUPTED 5000']);
});

test('what was given of a dose is booked by its trains, those that a refill cuts short as well', () => {
  const sim = running();
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 15 * MINUTE);
  refill(sim, 40_000_000);
  expect(records(sim)).toEqual(['1 single host ACCEPTED 5000']);
});

test('a bolus at the very rate of the basal flow is given by trains of its own', () => {
  const sim = running();
  until(sim, HOUR);
  accepted(bolus(sim, 12_500, HOUR));
  expect(sim.status.rate).toBe(300_000);
  until(sim, 3 * HOUR);
  expect(records(sim)).toEqual(['1 single host DONE 12500']);
});

test('the ledger is part of a snapshot', () => {
  const sim = running();
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 15 * MINUTE);
  stop(sim);
  const before = sim.status.doses;
  sim.restore(sim.snapshot());
  expect(sim.status.doses).toEqual(before);
  expect(before.number).toBe(2);
});

test('a stop takes the next number, so that a dose wished for before it names one that is no longer the last', () => {
  const sim = running();
  accepted(bolus(sim, 20_000, HOUR));
  stop(sim);
  expect(sim.status.doses).toMatchObject({
    number: 2,
    records: [{ n: 1 }, { n: 2, kind: 'stop', state: 'DONE', given: 0 }],
  });
});

test('stops in a row take a number each and share one record, which is found by any of them', () => {
  let { ledger } = withStop(EMPTY_LEDGER, 'typed', 1);
  for (let i = 0; i < 40; i += 1) ({ ledger } = withStop(ledger, 'host', 2));
  expect(ledger.number).toBe(41);
  expect(ledger.records).toMatchObject([{ n: 41, from: 1, kind: 'stop' }]);
  for (const n of [1, 20, 41]) expect(recordOf(ledger, n)).toBe(ledger.records[0]);
  expect(recordOf(ledger, 42)).toBeUndefined();
});

test('a dose between two stops keeps its own record', () => {
  const first = withStop(EMPTY_LEDGER, 'host', 1).ledger;
  const { ledger } = withStop(withDose(first, intent('b')).ledger, 'host', 3);
  expect(ledger.records.map(({ n, id }) => `${n} ${id}`)).toEqual(['1 -', '2 b', '3 -']);
});
