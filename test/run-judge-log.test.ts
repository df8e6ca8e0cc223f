/** What is expected of the log, and of alarms in all their states. */
import { expect, test } from 'vitest';
import { micros } from '../protocol/units.ts';
import { judge } from '../firmware-sim/scenario/judge.ts';
import type { Criterion, Moment } from '../firmware-sim/scenario/types.ts';
import type { LogEntry } from '../firmware-sim/simulation/vocabulary.ts';
import { alarms, at, never, raised, SECOND, seen, verdict, whole } from './support/judging.ts';
import { expecting } from './support/scenarios.ts';

/** Log entries of an alarm at seconds, in the states given. */
const states = (...entries: readonly (readonly [number, string])[]): LogEntry[] =>
  entries.map(([second, state], index) => ({
    ev: index + 1,
    us: micros(second * SECOND),
    kind: 'ALARM',
    keys: { id: 'catheter-occlusion', pri: 'high', state },
  }));

const cleared = (after: Moment, within: number): Criterion => ({
  kind: 'alarm-cleared',
  alarm: 'catheter-occlusion',
  after,
  within: micros(within),
});

test('an alarm that sounds again, after a pause or to remind, was not raised again', () => {
  const events = states([10, 'on'], [20, 'paused'], [50, 'on'], [60, 'ack'], [80, 'on']);
  expect(verdict(raised(at('start', 30), 60 * SECOND), seen({ events })).measured).toBe('not raised');
});

test('an alarm whose condition comes back to its latch was raised again', () => {
  const events = states([10, 'on'], [20, 'latched'], [50, 'on']);
  expect(verdict(raised(at('start', 30), 30 * SECOND), seen({ events })).measured).toBe('raised after 20 s');
});

test('an alarm is not raised while its signal is still to come', () => {
  const events = states([10, 'pending'], [40, 'on']);
  expect(verdict(raised(at('start'), 30 * SECOND), seen({ events })).measured).toBe('raised after 40 s');
  expect(verdict(never, seen({ events: states([10, 'pending'], [20, 'off']) })).word).toBe('PASS');
});

test('an alarm is cleared when nothing is left of it, its latch included', () => {
  const events = states([10, 'on'], [20, 'latched'], [30, 'ack'], [40, 'off']);
  expect(verdict(cleared(at('start', 15), 25 * SECOND), seen({ events }))).toEqual({
    word: 'PASS',
    measured: 'cleared after 25 s',
    margin: '0 s',
  });
  expect(verdict(cleared(at('start', 15), 25 * SECOND - 1), seen({ events })).word).toBe('FAIL');
});

test('an alarm that is not cleared fails, or is open where the run or the log leaves it so', () => {
  const events = states([10, 'on']);
  const late = cleared(at('end', -10), 10 * SECOND);
  expect(verdict(late, seen({ events }))).toEqual({ word: 'FAIL', measured: 'not cleared', margin: null });
  expect(verdict(late, seen({ events, lost: 1 })).word).toBe('INCONCLUSIVE');
  expect(verdict(cleared(at('end', -10), 11 * SECOND), seen({ events })).word).toBe('INCONCLUSIVE');
});

/** Boluses of the patient at seconds, and one of the program at the end of each span. */
const boluses = (...entries: readonly (readonly [number, string])[]): LogEntry[] =>
  entries.map(([second, state], index) => ({
    ev: index + 1,
    us: micros(second * SECOND),
    kind: 'BOLUS',
    keys: { kind: 'patient', state, nl: 10_000 },
  }));

const logged = (after: Moment, within: number, keys: Record<string, string | number> = {}): Criterion => ({
  kind: 'log-entry',
  log: 'BOLUS',
  with: keys,
  after,
  within: micros(within),
});
const counts = (count: number, during: [Moment, Moment], keys: Record<string, string | number> = {}): Criterion => ({
  kind: 'log-count',
  log: 'BOLUS',
  with: keys,
  count,
  during,
});

test('an entry of the log is waited for as an alarm is, with its margin', () => {
  const events = boluses([10, 'started'], [30, 'done']);
  expect(verdict(logged(at('start', 5), 25 * SECOND, { state: 'done' }), seen({ events }))).toEqual({
    word: 'PASS',
    measured: 'logged after 25 s',
    margin: '0 s',
  });
  expect(verdict(logged(at('start', 5), 24 * SECOND, { state: 'done' }), seen({ events })).word).toBe('FAIL');
  expect(verdict(logged(at('start', 31), 60 * SECOND), seen({ events })).measured).toBe('not logged');
  expect(verdict(logged(at('end', -1), 2 * SECOND), seen({ events })).word).toBe('INCONCLUSIVE');
  expect(verdict(logged(at('start', 31), 60 * SECOND), seen({ events, lost: 1 })).word).toBe('INCONCLUSIVE');
});

test('an entry counts when its kind and all its keys are those that are wanted, numbers and texts alike', () => {
  const events = [...boluses([10, 'done']), ...alarms(20)];
  const found = (keys: Record<string, string | number>) => verdict(counts(1, whole, keys), seen({ events })).word;
  expect(found({})).toBe('PASS');
  expect(found({ kind: 'patient', state: 'done' })).toBe('PASS');
  expect(found({ nl: 10_000 })).toBe('PASS');
  expect(found({ nl: '10000' })).toBe('PASS');
  expect(found({ nl: 10_001 })).toBe('FAIL');
  expect(found({ kind: 'single', state: 'done' })).toBe('FAIL');
  expect(found({ why: 'undefined' })).toBe('FAIL');
});

test.each([
  [1, 'FAIL', '-1 entry'],
  [2, 'PASS', '0 entries'],
  [4, 'FAIL', '-2 entries'],
] as const)('two entries where %d are wanted: %s by %s', (count, word, margin) => {
  const events = boluses([10, 'done'], [20, 'done']);
  expect(verdict(counts(count, whole), seen({ events }))).toEqual({ word, measured: '2 entries', margin });
});

test('spans that follow each other count every entry once, and the last one that at the end of the run', () => {
  const events = boluses([0, 'a'], [10, 'a'], [20, 'a'], [100, 'a']);
  const between = (a: Moment, b: Moment) => verdict(counts(0, [a, b]), seen({ events })).measured;
  expect(between(at('start'), at('start', 10))).toBe('1 entry');
  expect(between(at('start', 10), at('start', 20))).toBe('1 entry');
  expect(between(at('start', 20), at('end'))).toBe('2 entries');
  expect(between(at('start', 20), at('start', 99))).toBe('1 entry');
  expect(between(at('start', 10), at('start', 10))).toBe('1 entry');
});

test('with a gap in the log only too many entries are a verdict', () => {
  const gap = { lost: 1, events: boluses([10, 'done'], [20, 'done']) };
  expect(verdict(counts(1, whole), seen(gap)).word).toBe('FAIL');
  expect(verdict(counts(2, whole), seen(gap)).word).toBe('INCONCLUSIVE');
  expect(verdict(counts(3, whole), seen(gap)).word).toBe('INCONCLUSIVE');
});

test('a count whose span never came, or reaches outside the run, is inconclusive', () => {
  for (const during of [
    [at('clamp'), at('end')],
    [at('start'), at('end', 1)],
    [at('end'), at('start')],
  ] as [Moment, Moment][]) {
    expect(verdict(counts(0, during), seen()).word).toBe('INCONCLUSIVE');
  }
});

test('what is expected of the log reads as the log does', () => {
  const [entry, count] = [logged(at('start'), SECOND, { state: 'done' }), counts(1, whole, { kind: 'patient' })];
  expect(judge(expecting(entry), seen()).expected).toBe('BOLUS state=done logged within 1 s after 0 s');
  expect(judge(expecting(count), seen()).expected).toBe('BOLUS kind=patient: 1 entry from 0 s to end');
});
