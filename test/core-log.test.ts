import fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, createLog, oldest, readLog, type TherapyLog } from '../firmware-sim/firmware/log/log.ts';
import { micros, US_PER_DAY } from '../protocol/units.ts';
import { readyPump, runningTherapy, stop } from './support/therapy.ts';

function filledLog(limit: number, entries: number): TherapyLog {
  const log = createLog(limit);
  for (let i = 1; i <= entries; i += 1) append(log, micros(i * 1_000), 'TEST', { i });
  return log;
}

test('entries are numbered from 1 in the order in which they were written', () => {
  const log = filledLog(10, 4);
  expect(readLog(log, 1, Infinity).map(({ ev, us, keys }) => [ev, us, keys['i']])).toEqual([
    [1, 1_000, 1],
    [2, 2_000, 2],
    [3, 3_000, 3],
    [4, 4_000, 4],
  ]);
  expect(oldest(log)).toBe(1);
});

test('a new log holds nothing', () => {
  expect(readLog(createLog(5), 1, Infinity)).toEqual([]);
});

test('the log holds as many entries as its limit before it loses the first', () => {
  expect(oldest(filledLog(5, 5))).toBe(1);
  expect(readLog(filledLog(5, 5), 1, Infinity)).toHaveLength(5);
  expect(oldest(filledLog(5, 6))).toBe(2);
});

test('the oldest entries are overwritten, the newest kept, and no number is used twice', () => {
  const bounds = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 }));
  fc.assert(
    fc.property(bounds, ([limit, entries]) => {
      const log = filledLog(limit, entries);
      const kept = Math.min(limit, entries);
      const expected = Array.from({ length: kept }, (_, i) => entries - kept + 1 + i);
      expect(readLog(log, 1, Infinity).map(({ ev }) => ev)).toEqual(expected);
      expect(readLog(log, 1, Infinity).map(({ keys }) => keys['i'])).toEqual(expected);
      expect(log.ring.length).toBeLessThanOrEqual(limit);
      expect(log.next).toBe(entries + 1);
    }),
  );
});

test('reading begins at the number asked for and ends after the count asked for', () => {
  const log = filledLog(10, 10);
  expect(readLog(log, 4, 3).map(({ ev }) => ev)).toEqual([4, 5, 6]);
  expect(readLog(log, 9, 100).map(({ ev }) => ev)).toEqual([9, 10]);
  expect(readLog(log, 11, 100)).toEqual([]);
});

test('reading from a number that was overwritten begins at the oldest that is held', () => {
  expect(readLog(filledLog(4, 10), 2, 2).map(({ ev }) => ev)).toEqual([7, 8]);
});

test('a pump keeps the newest 10,000 entries of its therapy', () => {
  const sim = readyPump();
  for (let i = 0; i < 12_000; i += 1) stop(sim);
  const log = sim.log();
  expect(log).toHaveLength(10_000);
  expect(log.at(-1)?.ev).toBe(sim.status.nextEvent - 1);
  expect(log.every(({ kind }) => kind === 'STOP')).toBe(true);
});

test('the log of a therapy tells of reset, refill, program, start and flow, each with its time and facts', () => {
  const sim = runningTherapy({ rate: 48_001, fill: 18_000_000 });
  const stability = 36_500 * US_PER_DAY;
  const program = { nlpd: 48_001, ng: 48_001, conc: 1_000, low: 2_000_000 };
  const low = Math.floor((16_000_000 * US_PER_DAY) / 48_001);
  const dates = { low_us: low, due_us: low };
  expect(sim.log()).toEqual([
    { ev: 1, us: 0, kind: 'RESET', keys: { profile: 'itb-20-sense' } },
    { ev: 2, us: 0, kind: 'REFILL', keys: { rev: 2, nl: 18_000_000, drained_nl: 0, due_us: stability } },
    { ev: 3, us: 0, kind: 'COMMIT', keys: { rev: 3, mode: 'continuous', ...program, ...dates } },
    { ev: 4, us: 0, kind: 'START', keys: { rev: 4, ...dates } },
    { ev: 5, us: 0, kind: 'FLOW', keys: { nlpd: 48_001 } },
  ]);
});
