/** Whether every action and every moment that an expectation names can come within the run. */
import type { Micros } from '../../protocol/units.ts';
import type { Problem } from './diagnose.ts';
import { formatMoment } from './moment.ts';
import type { Parts, Path } from './parts.ts';
import { formatQuantity, quote } from './quantity.ts';
import { suggest } from './suggest.ts';
import type { Criterion, Moment, Wait } from './types.ts';

/** Every action must come within the run. */
export function checkTimes({ duration, timeline }: Parts): readonly Problem[] {
  return timeline.flatMap((entry, index) => {
    const [key, time] =
      entry === undefined ? [] : 'at' in entry.trigger ? ['at', entry.trigger.at] : ['after', entry.trigger.after];
    return key === undefined || time === undefined || duration === undefined || time <= duration
      ? []
      : { path: ['timeline', index, key], message: afterTheEnd(`${formatQuantity(time, 'time')} is`, duration) };
  });
}

const afterTheEnd = (what: string, duration: Micros): string =>
  `${what} after the end of the run at ${formatQuantity(duration, 'time')}`;

/** The key under which a criterion states how long is waited. */
const WAITS: Readonly<Partial<Record<Criterion['kind'], string>>> = {
  'alarm-raised': 'raised',
  'alarm-cleared': 'cleared',
  'log-entry': 'logged',
};

export const checkMoments = (parts: Parts): readonly Problem[] =>
  parts.expect.flatMap((expectation, index) => {
    const criterion = expectation?.criterion;
    if (criterion === undefined) return [];
    if ('within' in criterion) {
      return checkWait(criterion, ['expect', index, WAITS[criterion.kind] ?? ''], parts);
    }
    return 'during' in criterion ? checkSpan(criterion.during, ['expect', index, 'during'], parts) : [];
  });

function checkWait({ after, within }: Wait, path: Path, parts: Parts): readonly Problem[] {
  const problems = checkMoment(after, [...path, 'after'], parts);
  const deadline = timeOf({ ...after, offset: after.offset + within }, parts);
  const late = problems.length === 0 && deadline !== undefined && deadline > (parts.duration ?? Infinity);
  return late && parts.duration !== undefined
    ? [
        {
          path: [...path, 'within'],
          message: afterTheEnd(`the wait ends at ${formatQuantity(deadline, 'time')},`, parts.duration),
        },
      ]
    : problems;
}

function checkSpan([from, to]: readonly [Moment, Moment], path: Path, parts: Parts): readonly Problem[] {
  const problems = [...checkMoment(from, [...path, 0], parts), ...checkMoment(to, [...path, 1], parts)];
  return problems.length === 0 && isAfter(from, to, parts)
    ? [{ path, message: `the stretch ends at ${formatMoment(to)}, before it begins at ${formatMoment(from)}` }]
    : problems;
}

function checkMoment(moment: Moment, path: Path, parts: Parts): readonly Problem[] {
  const { anchor, offset } = moment;
  if (typeof anchor === 'object' && !parts.labels.includes(anchor.label)) {
    const labels = [...new Set(parts.labels)].filter((label) => label !== undefined);
    const known = labels.length === 0 ? 'no entry of the timeline has one' : `the timeline has ${labels.join(', ')}`;
    return [{ path, message: `unknown label ${quote(anchor.label)}, ${known}`, near: suggest(anchor.label, labels) }];
  }
  const { duration } = parts;
  // The time of an entry that waits for an alarm is open; its offset alone must fit into the run.
  const time = timeOf(moment, parts);
  if (duration === undefined || (time === undefined && Math.abs(offset) <= duration)) {
    return [];
  }
  if (time === undefined ? offset < 0 : time < 0) {
    return [{ path, message: `${formatMoment(moment)} is before the start of the run` }];
  }
  return time === undefined || time > duration
    ? [{ path, message: afterTheEnd(`${formatMoment(moment)} is`, duration) }]
    : [];
}

/** Microseconds after the start of the run, where the file alone tells it. */
function timeOf({ anchor, offset }: Moment, { duration, timeline, labels }: Parts): number | undefined {
  if (anchor === 'start') {
    return offset;
  }
  if (anchor === 'end') {
    return duration === undefined ? undefined : duration + offset;
  }
  const trigger = timeline[labels.indexOf(anchor.label)]?.trigger;
  return trigger !== undefined && 'at' in trigger ? trigger.at + offset : undefined;
}

function isAfter(a: Moment, b: Moment, parts: Parts): boolean {
  const [first, second] = [timeOf(a, parts), timeOf(b, parts)];
  if (first !== undefined && second !== undefined) {
    return first > second;
  }
  const sameLabel = typeof a.anchor === 'object' && typeof b.anchor === 'object' && a.anchor.label === b.anchor.label;
  return sameLabel && a.offset > b.offset;
}
