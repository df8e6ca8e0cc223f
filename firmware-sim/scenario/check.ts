/** What the values of a scenario must be to each other: labels, moments, volumes, alarms, log keys and programs. */
import {
  ALARMS,
  PROFILE_NAMES,
  PROFILES,
  type AlarmDefinition,
  type AlarmId,
  type ProfileName,
} from '../simulation/vocabulary.ts';
import { checkMoments, checkTimes } from './check-moments.ts';
import { checkBoluses, checkPrograms } from './check-programs.ts';
import type { Problem } from './diagnose.ts';
import { LOG_KINDS } from './log-kinds.ts';
import type { Parts, Path } from './parts.ts';
import { formatQuantity, quote } from './quantity.ts';
import { suggest } from './suggest.ts';

const CHECKS = [
  checkUnique,
  checkTimes,
  checkMoments,
  checkVolumes,
  checkAlarms,
  checkLogKeys,
  checkRefusals,
  checkPrograms,
  checkBoluses,
] as const;

export const checkParts = (parts: Parts): readonly Problem[] => CHECKS.flatMap((check) => check(parts));

function checkUnique({ labels, ids }: Parts): readonly Problem[] {
  return [...repeated(labels, 'timeline', 'label'), ...repeated(ids, 'expect', 'id')];
}

const repeated = (names: readonly (string | undefined)[], list: string, key: string): readonly Problem[] =>
  names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return name === undefined || first === index
      ? []
      : { path: [list, index, key], message: `${quote(name)} is taken by ${list} ${first + 1}` };
  });

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
    ...expect.flatMap((expectation, index) => {
      const criterion = expectation?.criterion;
      return criterion?.kind === 'alarm-raised' || criterion?.kind === 'alarm-cleared'
        ? check(criterion.alarm, ['expect', index, 'alarm'], `${use}, or expect "never: true"`)
        : [];
    }),
  ];
}

function canRaise(profile: ProfileName, alarm: AlarmId): boolean {
  const { needs }: AlarmDefinition = ALARMS[alarm];
  return needs !== 'pressure-sensor' || PROFILES[profile].occlusion !== undefined;
}

/** The profiles with a sensor and the same reservoir. */
const sensing = (profile: ProfileName): readonly ProfileName[] =>
  PROFILE_NAMES.filter(
    (name) => PROFILES[name].occlusion !== undefined && PROFILES[name].capacity === PROFILES[profile].capacity,
  );

/** An entry with a key that its kind does not have would never be found, and none of it would be expected for nothing. */
function checkLogKeys({ expect }: Parts): readonly Problem[] {
  return expect.flatMap((expectation, index) => {
    const criterion = expectation?.criterion;
    if (criterion === undefined || !('log' in criterion)) return [];
    const known: readonly string[] = LOG_KINDS[criterion.log];
    return Object.keys(criterion.with)
      .filter((key) => !known.includes(key))
      .map((key): Problem => {
        const has = known.length === 0 ? 'no keys' : `the keys ${known.join(', ')}`;
        const message = `an entry of kind ${criterion.log} has ${has}, not ${quote(key)}`;
        return { path: ['expect', index, 'with', key], at: 'key', message, near: suggest(key, known) };
      });
  });
}

/** Only the pump refuses, and only what it is told. */
function checkRefusals({ timeline }: Parts): readonly Problem[] {
  return timeline.flatMap((entry, index) =>
    entry?.refused !== undefined && entry.act.do === 'inject'
      ? { path: ['timeline', index, 'refused'], at: 'key', message: 'no pump refuses a fault, leave "refused" out' }
      : [],
  );
}
