import { expect, test } from 'vitest';
import { micros } from '../protocol/units.ts';
import { judge } from '../firmware-sim/scenario/judge.ts';
import type { Observed, SampleAt } from '../firmware-sim/scenario/stage.ts';
import type { Criterion, Moment } from '../firmware-sim/scenario/types.ts';
import type { SignalSample } from '../firmware-sim/simulation/signals.ts';
import type { LogEntry } from '../firmware-sim/simulation/vocabulary.ts';
import { expecting } from './support/scenarios.ts';

const SECOND = 1_000_000;
const END = 100 * SECOND;

const signals = (values: Partial<SignalSample>): SignalSample => ({
  rate: 0,
  dose_rate: 0,
  reservoir_computed: 0,
  commanded: 0,
  reservoir_true: 0,
  delivered: 0,
  drug_delivered: 0,
  pressure: 0,
  leaked: 0,
  pocket: 0,
  tip_concentration: 0,
  csf_tip: 0,
  csf_bulk: 0,
  pressure_reading: 0,
  rotor_feedback: 0,
  battery: 0,
  refill_discrepancy: undefined,
  ...values,
});
/** Pressures in Pa, at seconds. */
const pressures = (...values: readonly (readonly [number, number])[]): SampleAt[] =>
  values.map(([at, pressure]) => ({ us: at * SECOND, signals: signals({ pressure }) }));
/** Occlusion alarms at seconds; a negative time is the end of one. */
const alarms = (...times: readonly number[]): LogEntry[] =>
  times.map((at, index) => ({
    ev: index + 1,
    us: micros(Math.abs(at) * SECOND),
    kind: 'ALARM',
    keys: { id: 'catheter-occlusion', pri: 'high', state: at < 0 ? 'off' : 'on' },
  }));

const seen = (parts: Partial<Observed> = {}): Observed => ({
  duration: micros(END),
  events: [],
  samples: pressures([0, 1_000], [50, 1_000], [100, 1_000]),
  labels: new Map(),
  lost: 0,
  ...parts,
});

const at = (anchor: string, seconds = 0): Moment => ({
  anchor: anchor === 'start' || anchor === 'end' ? anchor : { label: anchor },
  offset: seconds * SECOND,
});
const verdict = (criterion: Criterion, observed: Observed) => {
  const { verdict: word, measured, margin } = judge(expecting(criterion), observed);
  return { word, measured, margin };
};

/** The unit in which a margin is shown is the judge's choice, its size is not: in Pa or µs. */
const FACTORS: Readonly<Record<string, number>> = { Pa: 1, kPa: 1_000, µs: 1, ms: 1_000, s: SECOND };
function sizeOf(text: string | null): number {
  const [digits = '', unit = ''] = (text ?? '').split(' ');
  // Adding zero makes 0 of -0.
  return Math.round(Number(digits) * (FACTORS[unit] ?? Number.NaN)) + 0;
}

const raised = (after: Moment, within: number): Criterion => ({
  kind: 'alarm-raised',
  alarm: 'catheter-occlusion',
  after,
  within: micros(within),
});
const never: Criterion = { kind: 'alarm-never', alarm: 'catheter-occlusion' };
const pressure = (
  how: 'is' | 'below' | 'above',
  value: number,
  during: [Moment, Moment],
  tolerance = 0,
): Criterion => ({
  kind: 'signal',
  signal: 'pressure',
  test: how,
  value,
  tolerance,
  during,
});
const whole: [Moment, Moment] = [at('start'), at('end')];

test('an alarm exactly at the end of its window passes with a margin of nothing', () => {
  const one = verdict(raised(at('start', 10), 20 * SECOND), seen({ events: alarms(30) }));
  expect(one).toEqual({ word: 'PASS', measured: 'raised after 20 s', margin: '0 s' });
});

test('an alarm one microsecond after its window fails, and the margin says by how much', () => {
  const one = verdict(raised(at('start', 10), 20 * SECOND - 1), seen({ events: alarms(30) }));
  expect(one.word).toBe('FAIL');
  expect(sizeOf(one.margin)).toBe(-1);
});

test('an alarm at the very moment from which it is awaited counts, and an earlier one does not', () => {
  expect(verdict(raised(at('start', 30), 0), seen({ events: alarms(30) })).word).toBe('PASS');
  expect(verdict(raised(at('start', 31), SECOND), seen({ events: alarms(30) })).word).toBe('FAIL');
});

test('the first raise after the moment counts, not an earlier or a later one', () => {
  const events = alarms(5, -6, 40, -50, 60);
  expect(verdict(raised(at('start', 10), 50 * SECOND), seen({ events })).measured).toBe('raised after 30 s');
});

test('the end of an alarm is no raise, and neither is another alarm', () => {
  expect(verdict(raised(at('start'), SECOND), seen({ events: alarms(-1) })).word).toBe('FAIL');
  expect(verdict(never, seen({ events: alarms(-1) })).word).toBe('PASS');
  const other: Criterion = { ...never, kind: 'alarm-never', alarm: 'low-reservoir' };
  expect(verdict(other, seen({ events: alarms(1) })).word).toBe('PASS');
});

test('an alarm that was not raised fails when its window closed within the run', () => {
  expect(verdict(raised(at('end', -10), 10 * SECOND), seen())).toEqual({
    word: 'FAIL',
    measured: 'not raised',
    margin: null,
  });
});

test('an alarm that was not raised is inconclusive when the run ended before its window', () => {
  expect(verdict(raised(at('end', -10), 10 * SECOND + 1), seen()).word).toBe('INCONCLUSIVE');
});

test('an alarm in time passes although the run ends before its window', () => {
  expect(verdict(raised(at('end', -10), 20 * SECOND), seen({ events: alarms(95) })).word).toBe('PASS');
});

test('an alarm that must never come fails with the time at which it came', () => {
  expect(verdict(never, seen({ events: alarms(30) }))).toEqual({
    word: 'FAIL',
    measured: 'raised at 30 s',
    margin: null,
  });
});

test('what hangs on a label that never came is inconclusive', () => {
  for (const criterion of [
    raised(at('clamp'), SECOND),
    pressure('below', 2_000, [at('clamp'), at('end')]),
    pressure('below', 2_000, [at('start'), at('clamp')]),
  ]) {
    expect(verdict(criterion, seen({ events: alarms(1) }))).toEqual({
      word: 'INCONCLUSIVE',
      measured: 'clamp never came',
      margin: null,
    });
  }
});

test('a label counts from the time at which its entry was carried out', () => {
  const labels = new Map([['clamp', micros(40 * SECOND)]]);
  expect(verdict(raised(at('clamp', 5), 5 * SECOND), seen({ labels, events: alarms(50) })).measured).toBe(
    'raised after 5 s',
  );
});

test('with a gap in the log neither an alarm that was not seen nor one that came late is judged', () => {
  const gap = { lost: 1 };
  expect(verdict(never, seen(gap)).word).toBe('INCONCLUSIVE');
  expect(verdict(raised(at('start'), SECOND), seen(gap)).word).toBe('INCONCLUSIVE');
  expect(verdict(raised(at('start'), SECOND), seen({ ...gap, events: alarms(50) })).word).toBe('INCONCLUSIVE');
});

test('with a gap in the log what was seen still counts', () => {
  const gap = { lost: 1, events: alarms(30) };
  expect(verdict(never, seen(gap)).word).toBe('FAIL');
  expect(verdict(raised(at('start'), 30 * SECOND), seen(gap)).word).toBe('PASS');
});

test.each([
  ['is', 1_000, 0, 'PASS', '0 kPa'],
  ['is', 1_005, 5, 'PASS', '0 kPa'],
  ['is', 995, 5, 'PASS', '0 kPa'],
  ['is', 1_006, 5, 'FAIL', '-1 Pa'],
  ['is', 994, 5, 'FAIL', '-1 Pa'],
  ['is', 1_002, 5, 'PASS', '3 Pa'],
  ['below', 1_001, 0, 'PASS', '1 Pa'],
  ['below', 1_000, 0, 'FAIL', '0 kPa'],
  ['below', 999, 0, 'FAIL', '-1 Pa'],
  ['above', 999, 0, 'PASS', '1 Pa'],
  ['above', 1_000, 0, 'FAIL', '0 kPa'],
  ['above', 1_001, 0, 'FAIL', '-1 Pa'],
] as const)('1000 Pa %s %d Pa ± %d Pa: %s by %s', (kind, value, tolerance, word, margin) => {
  const found = verdict(pressure(kind, value, whole, tolerance), seen());
  expect(found.word).toBe(word);
  expect(sizeOf(found.margin)).toBe(sizeOf(margin));
});

test('the worst sample of the span decides', () => {
  const samples = pressures([0, 1_000], [50, 1_900], [100, 1_000]);
  expect(verdict(pressure('below', 1_800, whole), seen({ samples })).word).toBe('FAIL');
  expect(verdict(pressure('below', 1_901, whole), seen({ samples })).word).toBe('PASS');
  expect(verdict(pressure('above', 999, whole), seen({ samples })).word).toBe('PASS');
});

test('samples outside the span do not count', () => {
  const samples = pressures([0, 9_000], [10, 1_000], [20, 1_000], [30, 9_000]);
  const during: [Moment, Moment] = [at('start', 10), at('start', 20)];
  expect(verdict(pressure('is', 1_000, during), seen({ samples })).word).toBe('PASS');
});

const spanOf = (a: number, b: number): Criterion => pressure('is', 3, [at('start', a), at('start', b)]);

test('at its beginning a span sees what was done at that instant, at its end it does not yet', () => {
  const samples = pressures([10, 1], [10, 2], [10, 3], [20, 3], [20, 4], [20, 5]);
  expect(verdict(spanOf(10, 20), seen({ samples })).word).toBe('PASS');
  expect(verdict(spanOf(10, 10), seen({ samples })).word).toBe('PASS');
  expect(verdict(spanOf(20, 20), seen({ samples })).measured).toContain('5 Pa');
});

test('a span from a moment to itself with a sample just there is judged by it', () => {
  const samples = pressures([10, 7], [20, 8]);
  const found = verdict(pressure('is', 7, [at('start', 10), at('start', 10)]), seen({ samples }));
  expect(found.word).toBe('PASS');
});

test('a span without a sample in it is inconclusive', () => {
  const samples = pressures([0, 1], [100, 1]);
  const found = verdict(pressure('is', 1, [at('start', 10), at('start', 20)]), seen({ samples }));
  expect(found.word).toBe('INCONCLUSIVE');
});

test('a span outside the run is inconclusive, and so is one that ends before it begins', () => {
  const outside: [Moment, Moment][] = [
    [at('start', -1), at('end')],
    [at('start'), at('end', 1)],
    [at('end'), at('start')],
  ];
  for (const during of outside) expect(verdict(pressure('is', 1_000, during), seen()).word).toBe('INCONCLUSIVE');
});

test('a signal that was not known all through the span is inconclusive', () => {
  const criterion: Criterion = {
    ...pressure('is', 0, whole, 10),
    kind: 'signal',
    signal: 'refill_discrepancy',
  } as Criterion;
  expect(verdict(criterion, seen()).word).toBe('INCONCLUSIVE');
  const samples = [0, 50, 100].map((second) => ({
    us: second * SECOND,
    signals: signals({ refill_discrepancy: second === 50 ? undefined : 3 }),
  }));
  expect(verdict(criterion, seen({ samples })).word).toBe('INCONCLUSIVE');
  const known = samples.map(({ us }) => ({ us, signals: signals({ refill_discrepancy: 3 }) }));
  expect(verdict(criterion, seen({ samples: known })).word).toBe('PASS');
});

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
