import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DOSE_SOURCES,
  DOSE_STATES,
  DOSES_KEPT,
  EMPTY_LEDGER,
  recordOf,
  withDose,
  withOutcome,
  withStop,
  type DoseIntent,
  type DoseLedger,
} from '../firmware-sim/firmware/ledger/dose-ledger.ts';
import { compacted, intentEntry, outcomeEntry, replayed, stopEntry } from '../firmware-sim/firmware/ledger/journal.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { answer, createPump, handle, wake, type Pump } from '../firmware-sim/firmware/pump.ts';
import type { Command } from '../firmware-sim/firmware/commands.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import { JOURNAL_ENTRIES } from '../firmware-sim/simulation/simulation.ts';
import { stepsDueBy, type Order, type Train } from '../protocol/motion.ts';
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  US_PER_HOUR,
  US_PER_MINUTE,
} from '../protocol/units.ts';
import { bolus, HOUR, MINUTE, ng, press, running, until, us } from './support/programs.ts';
import { accepted, refill, stop } from './support/therapy.ts';

const intents: fc.Arbitrary<DoseIntent> = fc.record({
  id: fc.constantFrom('-', 'QK7W3N5Z', '01234567'),
  terms: fc.constantFrom('-', '0BADCAFE'),
  source: fc.constantFrom(...DOSE_SOURCES),
  kind: fc.constantFrom('single', 'scheduled', 'patient', 'prime'),
  volume: fc.integer({ min: 10, max: 40_000_000 }),
  rate: fc.integer({ min: 48_000, max: 24_000_000 }),
  at: fc.nat(Number.MAX_SAFE_INTEGER),
});

/** What happens to the doses of a pump: one begins, a stop takes a number, or something becomes known of the last or the one before. */
const happenings = fc.array(
  fc.oneof(
    intents.map((intent) => ({ intent })),
    fc.record({ stop: fc.constantFrom(...DOSE_SOURCES), at: fc.nat() }),
    fc.record({ back: fc.nat(1), given: fc.nat(40_000_000), state: fc.constantFrom(...DOSE_STATES) }),
  ),
  { maxLength: 150, size: 'max' },
);

/** The journal of what happened, and the ledger after each of its entries, the empty one first. */
function kept(what: typeof happenings extends fc.Arbitrary<infer T> ? T : never): {
  readonly journal: readonly string[];
  readonly ledgers: readonly DoseLedger[];
} {
  const journal: string[] = [];
  const ledgers: DoseLedger[] = [EMPTY_LEDGER];
  let ledger = EMPTY_LEDGER;
  for (const one of what) {
    if ('intent' in one) {
      const begun = withDose(ledger, one.intent);
      ledger = begun.ledger;
      journal.push(intentEntry(begun.record));
    } else if ('stop' in one) {
      const stopped = withStop(ledger, one.stop, one.at);
      ledger = stopped.ledger;
      journal.push(stopEntry(stopped.record));
    } else {
      const n = ledger.number - one.back;
      ledger = withOutcome(ledger, n, one.given, one.state);
      journal.push(outcomeEntry(n, one.given, one.state));
    }
    ledgers.push(ledger);
  }
  return { journal, ledgers };
}

test('the ledger read back from the journal is the one that was kept', () => {
  fc.assert(
    fc.property(happenings, (what) => {
      const { journal, ledgers } = kept(what);
      expect(replayed(journal)).toEqual(ledgers.at(-1));
    }),
  );
});

test('a journal that was cut at any byte tells what its whole entries tell', () => {
  fc.assert(
    fc.property(happenings, (what) => {
      const { journal, ledgers } = kept(what.slice(0, 12));
      const text = journal.map((entry) => `${entry}\n`).join('');
      for (let bytes = 0; bytes <= text.length; bytes += 1) {
        const left = text.slice(0, bytes).split('\n');
        // The last one may be whole but for its line break.
        const whole = left.findIndex((entry, i) => entry !== journal[i]);
        expect(replayed(left)).toEqual(ledgers[whole === -1 ? left.length : whole]);
      }
    }),
    { numRuns: 30 },
  );
});

test('an entry in which one character is another is left out', () => {
  const { journal, ledgers } = kept([
    { intent: { id: 'QK7W3N5Z', terms: '0BADCAFE', source: 'host', kind: 'single', volume: 10, rate: 48_000, at: 0 } },
    { back: 0, given: 10, state: 'DONE' },
  ]);
  const last = journal[1] ?? '';
  for (let i = 0; i < last.length; i += 1) {
    const damaged = `${last.slice(0, i)}${last[i] === '1' ? '2' : '1'}${last.slice(i + 1)}`;
    expect(replayed([journal[0] ?? '', damaged])).toEqual(ledgers[1]);
  }
});

test('an intent that was lost leaves a gap and no other numbers', () => {
  const { journal } = kept([
    { intent: { id: 'A', terms: '-', source: 'host', kind: 'single', volume: 10, rate: 48_000, at: 0 } },
    { back: 0, given: 10, state: 'DONE' },
    { intent: { id: 'B', terms: '-', source: 'host', kind: 'single', volume: 10, rate: 48_000, at: 1 } },
  ]);
  expect(replayed(journal.slice(1))).toMatchObject({ number: 2, records: [{ n: 2, id: 'B', state: 'ACCEPTED' }] });
});

test('a stop stands for no number of which the entry was lost, for that might have been a dose', () => {
  const { journal } = kept([
    { stop: 'host', at: 1 },
    { intent: { id: 'A', terms: '-', source: 'host', kind: 'single', volume: 10, rate: 48_000, at: 2 } },
    { stop: 'host', at: 3 },
  ]);
  const ledger = replayed([journal[0] ?? '', journal[2] ?? '']);
  expect([1, 2, 3].map((n) => recordOf(ledger, n)?.kind)).toEqual(['stop', undefined, 'stop']);
});

test('a compacted journal tells the same in no more than two entries for each dose that is kept', () => {
  fc.assert(
    fc.property(happenings, (what) => {
      const { journal } = kept(what);
      const short = compacted(journal);
      expect(replayed(short)).toEqual(replayed(journal));
      expect(short.length).toBeLessThanOrEqual(2 * DOSES_KEPT);
    }),
  );
});

const BUTTON = { dose: ng(1_000), duration: us(MINUTE), lockout: us(0), count: 3, window: us(HOUR) };

test('the journal of a pump stays bounded and tells what its ledger holds, after hundreds of doses', () => {
  const sim = running();
  let most = 0;
  for (let i = 1; i <= 200; i += 1) {
    accepted(bolus(sim, 1_000, MINUTE));
    until(sim, 2 * i * MINUTE);
    most = Math.max(most, sim.journal.length);
    expect(replayed(sim.journal)).toEqual(sim.status.doses);
  }
  expect(sim.status.doses.number).toBe(200);
  expect(most).toBeGreaterThan(JOURNAL_ENTRIES / 2);
  expect(most).toBeLessThanOrEqual(JOURNAL_ENTRIES);
});

test('the journal tells of a dose its beginning, what its trains gave, and its end', () => {
  const sim = running();
  until(sim, HOUR);
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 1.25 * HOUR);
  refill(sim, 40_000_000);
  until(sim, 1.5 * HOUR);
  stop(sim);
  expect(sim.journal.map((entry) => entry.replace(/ \*[0-9A-F]{8}$/, ''))).toEqual([
    `INTENT 1 - - host single 20000 480000 ${HOUR}`,
    'GIVEN 1 5000 ACCEPTED',
    'STOP 2 2 host 5400000000',
    'GIVEN 1 10000 ACCEPTED',
    'GIVEN 1 10000 INTERRUPTED',
  ]);
});

test('a dose that goes on after a wait is not begun a second time', () => {
  const sim = running({ patient: BUTTON });
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, MINUTE);
  press(sim);
  until(sim, 2 * HOUR);
  expect(sim.journal.filter((entry) => entry.startsWith('INTENT')).map((entry) => entry.split(' ')[1])).toEqual([
    '1',
    '2',
  ]);
  expect(sim.status.doses.records.map(({ state }) => state)).toEqual(['DONE', 'DONE']);
});

/** A firmware by itself, whose orders are recorded in the order in which they leave it; a halt is answered at once. */
class Recorded {
  readonly pump: Pump = createPump(PROFILES['itb-40'], LIBRARIES.water);
  readonly orders: Order[] = [];
  readonly #hal = { order: (one: Order): void => void this.orders.push(one) };
  #answered = 0;

  command(command: Command, at = 0): void {
    accepted(handle(this.pump, this.#hal, command, micros(at)));
    this.#answer(at);
  }

  wake(at: number): void {
    wake(this.pump, this.#hal, micros(at));
    this.#answer(at);
  }

  /** The train in hand has made all its steps. */
  done(at: number): void {
    const train = this.orders.findLast((one) => one.order === 'train');
    if (train === undefined) throw new Error('no train');
    answer(this.pump, this.#hal, [{ answer: 'done', train: train.id, n: train.count, t: micros(at) }], micros(at));
  }

  #answer(at: number): void {
    for (; this.#answered < this.orders.length; this.#answered += 1) {
      if (this.orders[this.#answered]?.order !== 'halt') continue;
      const train = this.orders.slice(0, this.#answered).findLast((one): one is Train => one.order === 'train');
      if (train === undefined) continue;
      const n = stepsDueBy(train, at);
      answer(this.pump, this.#hal, [{ answer: 'done', train: train.id, n, t: micros(at) }], micros(at));
    }
  }
}

/** Filled and programmed with a button and a bolus at 01:00, all at rates of their own. */
function recorded(): Recorded {
  const one = new Recorded();
  const duration = micros(10 * US_PER_MINUTE);
  const [lockout, window] = [micros(0), micros(24 * US_PER_HOUR)];
  one.command({ command: 'refill', ifRevision: 1, volume: nanolitres(40_000_000), drained: nanolitres(0) });
  one.command({
    command: 'program',
    mode: 'scheduled',
    dose: nanograms(300_000),
    concentration: nanogramsPerMicrolitre(1_000),
    catheterLength: 500,
    patient: { dose: nanograms(1_000), duration, lockout, count: 3, window },
    boluses: [{ at: micros(US_PER_HOUR), dose: nanograms(2_000), duration }],
  });
  one.command({ command: 'commit', ifRevision: 2 });
  return one;
}

const single = { command: 'bolus', volume: nanolitres(3_000), rate: nanolitresPerDay(432_000) } as const;

const BEGINNINGS: Readonly<Record<string, { readonly rate: number; readonly begin: () => Recorded }>> = {
  single: {
    rate: 432_000,
    begin: () => {
      const one = recorded();
      one.command(single);
      return one;
    },
  },
  'single over a therapy': {
    rate: 432_000,
    begin: () => {
      const one = recorded();
      one.command({ command: 'start', ifRevision: 3 });
      one.command(single, US_PER_MINUTE);
      return one;
    },
  },
  patient: {
    rate: 144_000,
    begin: () => {
      const one = recorded();
      one.command({ command: 'start', ifRevision: 3 });
      one.command({ command: 'press' }, US_PER_MINUTE);
      return one;
    },
  },
  scheduled: {
    rate: 288_000,
    begin: () => {
      const one = recorded();
      one.command({ command: 'start', ifRevision: 3 });
      one.wake(US_PER_HOUR);
      return one;
    },
  },
  'scheduled and put off': {
    rate: 288_000,
    begin: () => {
      const one = recorded();
      one.command({ command: 'start', ifRevision: 3 });
      one.command({ command: 'press' }, US_PER_HOUR - US_PER_MINUTE);
      one.wake(US_PER_HOUR);
      one.done(US_PER_HOUR + 9 * US_PER_MINUTE);
      return one;
    },
  },
  prime: {
    rate: 24_000_000,
    begin: () => {
      const one = recorded();
      one.command({ command: 'prime' });
      return one;
    },
  },
};

test.each(Object.entries(BEGINNINGS))(
  'the journal is ordered to hold a dose before the motor is ordered to turn for it: %s',
  (name, { rate, begin }) => {
    const { orders, pump } = begin();
    const n = pump.doses.number;
    const kind = name.split(' ')[0] ?? '';
    expect(pump.doses.records.at(-1)).toMatchObject({ n, kind, rate });
    const intent = orders.findIndex((one) => one.order === 'journal' && one.text.startsWith(`INTENT ${n} `));
    const train = orders.findIndex((one) => one.order === 'train' && one.den === rate);
    expect(intent).toBeGreaterThanOrEqual(0);
    expect(train).toBeGreaterThan(intent);
    expect(orders[intent]?.id).toBeLessThan(orders[train]?.id ?? 0);
  },
);

test('ids of orders rise by one, those for the journal as well', () => {
  const { orders } = BEGINNINGS['scheduled and put off']?.begin() ?? recorded();
  expect(orders.some(({ order }) => order === 'journal')).toBe(true);
  expect(orders.map(({ id }) => id)).toEqual(orders.map((_, i) => i + 1));
});
