/** What the values of a scenario must be to each other: labels, moments, volumes, alarms and programs against the profile. */
import type { Micros } from '../../protocol/units.ts';
import {
  ALARMS,
  checkProgram,
  PROFILE_NAMES,
  PROFILES,
  type AlarmDefinition,
  type AlarmId,
  type Profile,
  type ProfileName,
} from '../simulation/vocabulary.ts';
import type { Problem } from './diagnose.ts';
import { formatMoment } from './moment.ts';
import { formatQuantity, quote } from './quantity.ts';
import type { ExpectationDraft, ProgramDraft, PumpDraft, TimelineDraft } from './schema.ts';
import { suggest } from './suggest.ts';
import type { Moment } from './types.ts';

/** The parts of a scenario that could be read; undefined where one could not, so that the others are checked all the same. */
export interface Parts {
  readonly duration: Micros | undefined;
  readonly pump: PumpDraft | undefined;
  readonly program: ProgramDraft | undefined;
  readonly timeline: readonly (TimelineDraft | undefined)[];
  readonly expect: readonly (ExpectationDraft | undefined)[];
  /** By entry of the timeline, those of entries that could not be read as well. */
  readonly labels: readonly (string | undefined)[];
  /** By expectation, in the same way. */
  readonly ids: readonly (string | undefined)[];
}

type Path = readonly PropertyKey[];

export const checkParts = (parts: Parts): readonly Problem[] =>
  [checkUnique, checkTimes, checkMoments, checkVolumes, checkAlarms, checkPrograms].flatMap((check) => check(parts));

const checkUnique = ({ labels, ids }: Parts): readonly Problem[] => [
  ...repeated(labels, 'timeline', 'label'),
  ...repeated(ids, 'expect', 'id'),
];

const repeated = (names: readonly (string | undefined)[], list: string, key: string): readonly Problem[] =>
  names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return name === undefined || first === index
      ? []
      : { path: [list, index, key], message: `${quote(name)} is taken by ${list} ${first + 1}` };
  });

/** Every action must come within the run. */
function checkTimes({ duration, timeline }: Parts): readonly Problem[] {
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

function checkMoments(parts: Parts): readonly Problem[] {
  return parts.expect.flatMap((expectation, index) => {
    const criterion = expectation?.criterion;
    if (criterion?.kind === 'alarm-raised') {
      const path = ['expect', index, 'raised'];
      const problems = checkMoment(criterion.after, [...path, 'after'], parts);
      const deadline = timeOf({ ...criterion.after, offset: criterion.after.offset + criterion.within }, parts);
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
    if (criterion?.kind === 'signal') {
      const path = ['expect', index, 'during'];
      const [from, to] = criterion.during;
      const problems = [...checkMoment(from, [...path, 0], parts), ...checkMoment(to, [...path, 1], parts)];
      return problems.length === 0 && isAfter(from, to, parts)
        ? [{ path, message: `the stretch ends at ${formatMoment(to)}, before it begins at ${formatMoment(from)}` }]
        : problems;
    }
    return [];
  });
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

function checkVolumes({ pump, timeline }: Parts): readonly Problem[] {
  if (pump === undefined) {
    return [];
  }
  const { capacity } = PROFILES[pump.profile];
  const check = (volume: number, path: Path): readonly Problem[] =>
    volume <= capacity
      ? []
      : [
          {
            path,
            message: `${formatQuantity(volume, 'volume')} is over the capacity of ${pump.profile}, ${formatQuantity(capacity, 'volume')}`,
          },
        ];
  return [
    ...check(pump.fill, ['pump', 'fill']),
    ...timeline.flatMap((entry, index) =>
      entry?.act.do === 'refill' ? check(entry.act.volume, ['timeline', index, 'volume']) : [],
    ),
  ];
}

/** Waiting for what the profile cannot raise would wait for ever; that it is never raised can be expected. */
function checkAlarms({ pump, timeline, expect }: Parts): readonly Problem[] {
  const name = pump?.profile;
  if (name === undefined) {
    return [];
  }
  const check = (id: AlarmId, path: Path, remedy: string): readonly Problem[] =>
    canRaise(name, id)
      ? []
      : [{ path, message: `profile ${name} has no pressure sensor and never raises ${id}: ${remedy}` }];
  const use = `use ${sensing(name).join(' or ')}`;
  return [
    ...timeline.flatMap((entry, index) =>
      entry !== undefined && 'when' in entry.trigger
        ? check(entry.trigger.when, ['timeline', index, 'when', 'alarm'], use)
        : [],
    ),
    ...expect.flatMap((expectation, index) =>
      expectation?.criterion.kind === 'alarm-raised'
        ? check(expectation.criterion.alarm, ['expect', index, 'alarm'], `${use}, or expect "never: true"`)
        : [],
    ),
  ];
}

function canRaise(profile: ProfileName, alarm: AlarmId): boolean {
  const { needsSensor }: AlarmDefinition = ALARMS[alarm];
  return !needsSensor || PROFILES[profile].occlusion !== undefined;
}

/** The profiles with a sensor and the same reservoir. */
const sensing = (profile: ProfileName): readonly ProfileName[] =>
  PROFILE_NAMES.filter(
    (name) => PROFILES[name].occlusion !== undefined && PROFILES[name].capacity === PROFILES[profile].capacity,
  );

function checkPrograms({ pump, program, timeline }: Parts): readonly Problem[] {
  if (pump === undefined) {
    return [];
  }
  const profile: Profile = PROFILES[pump.profile];
  const check = ({ dose, concentration, lowReservoir }: ProgramDraft, path: Path): readonly Problem[] => {
    const checked = checkProgram(
      { dose, concentration: concentration ?? pump.drug.concentration, lowReservoir },
      profile,
    );
    const key = !checked.ok && checked.code === 'LOW_RANGE' ? 'low_reservoir' : 'dose';
    return checked.ok ? [] : [{ path: [...path, key], message: checked.message }];
  };
  return [
    ...(program === undefined ? [] : check(program, ['program'])),
    ...timeline.flatMap((entry, index) =>
      entry?.act.do === 'program' ? check(entry.act.program, ['timeline', index, 'program']) : [],
    ),
  ];
}
