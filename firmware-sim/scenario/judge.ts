/** Judges one expectation by what was observed. Nothing vacuous: what never came to be tested is INCONCLUSIVE. */
import type { ExpectationResult } from '../report/result.ts';
import { SIGNALS, type SignalName } from '../simulation/signals.ts';
import type { AlarmId } from '../simulation/vocabulary.ts';
import { dimensionOf } from './dimensions.ts';
import { formatMoment } from './moment.ts';
import { formatQuantity } from './quantity.ts';
import type { Observed } from './stage.ts';
import type { Criterion, Expectation, LogPattern, Moment, Wait } from './types.ts';

type Finding = Pick<ExpectationResult, 'verdict' | 'expected' | 'measured' | 'margin'>;
type Of<Kind extends Criterion['kind']> = Extract<Criterion, { kind: Kind }>;

/** What was lost may have been the alarm, or the entry. */
const GAP = 'not seen, but the log has a gap';

const time = (us: number, like?: number): string => formatQuantity(us, 'time', like);

export function judge(expectation: Expectation, observed: Observed): ExpectationResult {
  return { id: expectation.id, ...finding(expectation, observed), requirements: expectation.requirements };
}

function finding(expectation: Expectation, observed: Observed): Finding {
  switch (expectation.kind) {
    case 'alarm-raised':
      return awaited(expectation.alarm, 'raised', raisesOf(expectation.alarm, observed), expectation, observed);
    case 'alarm-cleared':
      return awaited(expectation.alarm, 'cleared', clearingsOf(expectation.alarm, observed), expectation, observed);
    case 'alarm-never':
      return alarmNever(expectation, observed);
    case 'log-entry':
      return awaited(patternText(expectation), 'logged', entriesOf(expectation, observed), expectation, observed);
    case 'log-count':
      return logCount(expectation, observed);
    case 'signal':
      return signal(expectation, observed);
  }
}

/** Pump time of a moment; undefined when its label never came. */
function resolve({ anchor, offset }: Moment, { duration, labels }: Observed): number | undefined {
  if (anchor === 'start') return offset;
  if (anchor === 'end') return duration + offset;
  const at = labels.get(anchor.label);
  return at === undefined ? undefined : at + offset;
}

/**
 * Times at which an alarm was raised: a signal that begins. One that sounds again after a pause, or to remind, was not raised
 * again; one whose condition comes back to its latch was.
 */
function raisesOf(id: AlarmId, { events }: Observed): number[] {
  const times: number[] = [];
  let up = false;
  for (const { us, kind, keys } of events) {
    if (kind !== 'ALARM' || keys['id'] !== id) continue;
    if (keys['state'] === 'on' && !up) times.push(us);
    if (keys['state'] === 'on') up = true;
    else if (keys['state'] === 'off' || keys['state'] === 'latched') up = false;
  }
  return times;
}

/** Times at which nothing was left of an alarm, its latch included. */
const clearingsOf = (id: AlarmId, { events }: Observed): number[] =>
  events
    .filter(({ kind, keys }) => kind === 'ALARM' && keys['id'] === id && keys['state'] === 'off')
    .map(({ us }) => us);

const entriesOf = ({ log, with: wanted }: LogPattern, { events }: Observed): number[] =>
  events
    .filter(
      ({ kind, keys }) =>
        kind === log && Object.entries(wanted).every(([key, value]) => key in keys && `${keys[key]}` === `${value}`),
    )
    .map(({ us }) => us);

const patternText = ({ log, with: wanted }: LogPattern): string =>
  [log, ...Object.entries(wanted).map(([key, value]) => `${key}=${value}`)].join(' ');

/** The first of `times` from the moment on comes within the wait. `happens` is what happens then to `what`. */
function awaited(
  what: string,
  happens: string,
  times: readonly number[],
  { after, within }: Wait,
  observed: Observed,
): Finding {
  const expected = `${what} ${happens} within ${time(within)} after ${formatMoment(after)}`;
  const from = resolve(after, observed);
  if (from === undefined) return open(expected, `${formatMoment(after)} never came`);
  const came = times.find((us) => us >= from);
  const inTime = came !== undefined && came - from <= within;
  if (!inTime && observed.lost > 0) return open(expected, GAP);
  if (came === undefined) {
    return from + within > observed.duration
      ? open(expected, `not ${happens} when the run ended ${time(observed.duration - from)} after`)
      : { verdict: 'FAIL', expected, measured: `not ${happens}`, margin: null };
  }
  const margin = within - (came - from);
  return {
    verdict: margin >= 0 ? 'PASS' : 'FAIL',
    expected,
    measured: `${happens} after ${time(came - from, within)}`,
    margin: time(margin, within),
  };
}

function alarmNever({ alarm }: Of<'alarm-never'>, observed: Observed): Finding {
  const expected = `${alarm} never raised`;
  const [first] = raisesOf(alarm, observed);
  if (first === undefined && observed.lost > 0) return open(expected, GAP);
  return first === undefined
    ? { verdict: 'PASS', expected, measured: 'not raised', margin: null }
    : { verdict: 'FAIL', expected, measured: `raised at ${time(first)}`, margin: null };
}

/** A span and its ends in pump time, or why there is none. */
function spanOf([from, to]: readonly [Moment, Moment], observed: Observed): readonly [number, number] | string {
  const a = resolve(from, observed);
  const b = resolve(to, observed);
  if (a === undefined || b === undefined) return `${formatMoment(a === undefined ? from : to)} never came`;
  if (a > b) return `${formatMoment(from)} came after ${formatMoment(to)}`;
  return b > observed.duration || a < 0 ? 'the span reaches outside the run' : [a, b];
}

const spanText = ([from, to]: readonly [Moment, Moment]): string => `from ${formatMoment(from)} to ${formatMoment(to)}`;

const counted = (n: number): string => `${n} ${Math.abs(n) === 1 ? 'entry' : 'entries'}`;

/** An entry at the end of a span belongs to the next one; after the end of the run there is none. */
function logCount(expectation: Of<'log-count'>, observed: Observed): Finding {
  const { count, during } = expectation;
  const expected = `${patternText(expectation)}: ${counted(count)} ${spanText(during)}`;
  const span = spanOf(during, observed);
  if (typeof span === 'string') return open(expected, span);
  const [a, b] = span;
  const found = entriesOf(expectation, observed).filter(
    (us) => us >= a && (us < b || (us === b && (a === b || b === observed.duration))),
  ).length;
  if (found <= count && observed.lost > 0) return open(expected, `${counted(found)} seen, but the log has a gap`);
  const miss = Math.abs(found - count);
  return {
    verdict: miss === 0 ? 'PASS' : 'FAIL',
    expected,
    measured: counted(found),
    margin: miss === 0 ? counted(0) : counted(-miss),
  };
}

function signal({ signal: name, test, value, tolerance, during }: Of<'signal'>, observed: Observed): Finding {
  const show = (quantity: number): string => formatQuantity(quantity, dimensionOf(SIGNALS[name].unit), value);
  const limits = test === 'is' ? `is ${show(value)} ± ${show(tolerance)}` : `${test} ${show(value)}`;
  const expected = `${name} ${limits} ${spanText(during)}`;
  const span = spanOf(during, observed);
  if (typeof span === 'string') return open(expected, span);
  const values = valuesBetween(name, ...span, observed);
  if (values === undefined) return open(expected, `${name} was not known all through the span`);

  const margins = values.map((seen) =>
    test === 'is' ? tolerance - Math.abs(seen - value) : test === 'below' ? value - seen : seen - value,
  );
  const worst = margins.reduce((least, margin) => Math.min(least, margin), Infinity);
  const passes = test === 'is' ? worst >= 0 : worst > 0;
  const low = values.reduce((least, seen) => Math.min(least, seen), Infinity);
  const high = values.reduce((most, seen) => Math.max(most, seen), -Infinity);
  return {
    verdict: passes ? 'PASS' : 'FAIL',
    expected,
    measured: low === high ? show(low) : `${show(low)} to ${show(high)}`,
    margin: show(worst),
  };
}

/**
 * The samples of a span: at its beginning the state after everything that was done at that instant, at its end the state
 * before. Undefined where there is none, or the signal was not known for one of them.
 */
function valuesBetween(name: SignalName, a: number, b: number, { samples }: Observed): number[] | undefined {
  const firstAtEnd = samples.findIndex(({ us }) => us >= b);
  const lastAtStart = samples.findLastIndex(({ us }) => us <= a);
  const atStart = samples[lastAtStart]?.us === a;
  const begin = atStart ? lastAtStart : lastAtStart + 1;
  const atEnd = samples[firstAtEnd]?.us === b;
  const stop = firstAtEnd < 0 ? samples.length : atEnd ? firstAtEnd + 1 : firstAtEnd;
  const values = samples
    .slice(begin, Math.max(stop, atStart && a === b ? begin + 1 : stop))
    .map(({ signals }) => signals[name]);
  return values.length === 0 || values.some((value) => value === undefined) ? undefined : (values as number[]);
}

const open = (expected: string, measured: string): Finding => ({
  verdict: 'INCONCLUSIVE',
  expected,
  measured,
  margin: null,
});
