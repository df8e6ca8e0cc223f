/** Judges one expectation by what was observed. Nothing vacuous: what never came to be tested is INCONCLUSIVE. */
import type { ExpectationResult } from '../report/result.ts';
import { SIGNALS, type SignalName } from '../simulation/signals.ts';
import type { AlarmId } from '../simulation/vocabulary.ts';
import { dimensionOf } from './dimensions.ts';
import { formatMoment } from './moment.ts';
import { formatQuantity } from './quantity.ts';
import type { Observed } from './stage.ts';
import type { Criterion, Expectation, Moment } from './types.ts';

type Finding = Pick<ExpectationResult, 'verdict' | 'expected' | 'measured' | 'margin'>;
type Of<Kind extends Criterion['kind']> = Extract<Criterion, { kind: Kind }>;

/** What was lost may have been the alarm. */
const GAP = 'not seen, but the log has a gap';

const time = (us: number, like?: number): string => formatQuantity(us, 'time', like);

export function judge(expectation: Expectation, observed: Observed): ExpectationResult {
  return { id: expectation.id, ...finding(expectation, observed), requirements: expectation.requirements };
}

function finding(expectation: Expectation, observed: Observed): Finding {
  switch (expectation.kind) {
    case 'alarm-raised':
      return alarmRaised(expectation, observed);
    case 'alarm-never':
      return alarmNever(expectation, observed);
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

const raisesOf = (id: AlarmId, { events }: Observed): number[] =>
  events
    .filter(({ kind, keys }) => kind === 'ALARM' && keys['id'] === id && keys['state'] === 'on')
    .map(({ us }) => us);

function alarmRaised({ alarm, after, within }: Of<'alarm-raised'>, observed: Observed): Finding {
  const expected = `${alarm} raised within ${time(within)} after ${formatMoment(after)}`;
  const from = resolve(after, observed);
  if (from === undefined) return open(expected, `${formatMoment(after)} never came`);
  const raised = raisesOf(alarm, observed).find((us) => us >= from);
  const inTime = raised !== undefined && raised - from <= within;
  if (!inTime && observed.lost > 0) return open(expected, GAP);
  if (raised === undefined) {
    return from + within > observed.duration
      ? open(expected, `not raised when the run ended ${time(observed.duration - from)} after`)
      : { verdict: 'FAIL', expected, measured: 'not raised', margin: null };
  }
  const margin = within - (raised - from);
  return {
    verdict: margin >= 0 ? 'PASS' : 'FAIL',
    expected,
    measured: `raised after ${time(raised - from, within)}`,
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

function signal({ signal: name, test, value, tolerance, during }: Of<'signal'>, observed: Observed): Finding {
  const show = (quantity: number): string => formatQuantity(quantity, dimensionOf(SIGNALS[name].unit), value);
  const [from, to] = during;
  const limits = test === 'is' ? `is ${show(value)} ± ${show(tolerance)}` : `${test} ${show(value)}`;
  const expected = `${name} ${limits} from ${formatMoment(from)} to ${formatMoment(to)}`;
  const a = resolve(from, observed);
  const b = resolve(to, observed);
  if (a === undefined || b === undefined)
    return open(expected, `${formatMoment(a === undefined ? from : to)} never came`);
  if (a > b) return open(expected, `${formatMoment(from)} came after ${formatMoment(to)}`);
  if (b > observed.duration || a < 0) return open(expected, 'the span reaches outside the run');
  const values = valuesBetween(name, a, b, observed);
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
