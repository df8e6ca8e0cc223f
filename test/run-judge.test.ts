import { expect, test } from 'vitest';
import { micros } from '../protocol/units.ts';
import type { Criterion, Moment } from '../firmware-sim/scenario/types.ts';
import {
  alarms,
  at,
  never,
  pressure,
  pressures,
  raised,
  SECOND,
  seen,
  signals,
  verdict,
  whole,
} from './support/judging.ts';

/** The unit in which a margin is shown is the judge's choice, its size is not: in Pa or µs. */
const FACTORS: Readonly<Record<string, number>> = { Pa: 1, kPa: 1_000, µs: 1, ms: 1_000, s: SECOND };
function sizeOf(text: string | null): number {
  const [digits = '', unit = ''] = (text ?? '').split(' ');
  // Adding zero makes 0 of -0.
  return Math.round(Number(digits) * (FACTORS[unit] ?? Number.NaN)) + 0;
}

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
