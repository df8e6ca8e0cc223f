/** How a scenario file states what is expected: tables of what can be said of an alarm, a signal and the log. */
import { z } from 'zod';
import { micros } from '../../protocol/units.ts';
import { SIGNALS, type SignalName } from '../simulation/signals.ts';
import { ALARM_IDS } from '../simulation/vocabulary.ts';
import { branch, byValueOf, mappingOf, oneKeyOf, type Choice } from './choice.ts';
import { DIMENSIONS, dimensionOf } from './dimensions.ts';
import {
  addIssue,
  described,
  exactly,
  identifier,
  integer,
  isRecord,
  listOf,
  mapping,
  mapValues,
  quantity,
  word,
} from './fields.ts';
import { LOG_KIND_NAMES } from './log-kinds.ts';
import { END, momentSchema, START } from './moment.ts';
import type { Criterion } from './types.ts';

const alarm = word('alarm', ALARM_IDS);
const wait = mapping({ after: momentSchema.default(START), within: quantity('time', micros) });

const ALARM_TESTS: Readonly<Record<'raised' | 'cleared' | 'never', Choice<Criterion>>> = {
  raised: branch({ alarm, raised: wait }, ({ alarm: id, raised: { after, within } }) => ({
    kind: 'alarm-raised',
    alarm: id,
    after,
    within,
  })),
  cleared: branch({ alarm, cleared: wait }, ({ alarm: id, cleared: { after, within } }) => ({
    kind: 'alarm-cleared',
    alarm: id,
    after,
    within,
  })),
  never: branch({ alarm, never: exactly(true, 'write "never: true", or leave the expectation out') }, (fields) => ({
    kind: 'alarm-never',
    alarm: fields.alarm,
  })),
};

const during = z
  .tuple([momentSchema, momentSchema], { error: 'two moments are wanted here, for example [0 s, end]' })
  .default([START, END]);

/** Keys of a log entry with what they must be. */
const keyValues = z
  .unknown()
  .transform((value, sink): Readonly<Record<string, string | number>> => {
    if (!isRecord(value)) {
      addIssue(sink, { message: `a mapping is wanted here, for example { state: done }, not ${described(value)}` });
      return z.NEVER;
    }
    const wrong = Object.entries(value).filter(([, one]) => typeof one !== 'string' && !Number.isSafeInteger(one));
    for (const [key, one] of wrong) {
      addIssue(sink, { message: `text or an integer is wanted here, not ${described(one)}`, path: [key] });
    }
    return wrong.length > 0 ? z.NEVER : (value as Record<string, string | number>);
  })
  .default({});

const entry = { log: word('log kind', LOG_KIND_NAMES), with: keyValues };

const LOG_TESTS: Readonly<Record<'logged' | 'count', Choice<Criterion>>> = {
  logged: branch({ ...entry, logged: wait }, ({ log, with: keys, logged: { after, within } }) => ({
    kind: 'log-entry',
    log,
    with: keys,
    after,
    within,
  })),
  count: branch({ ...entry, count: integer(0, 1_000_000), during }, (fields) => ({
    kind: 'log-count',
    log: fields.log,
    with: fields.with,
    count: fields.count,
    during: fields.during,
  })),
};

/** What can be said of a signal, in its own unit. A difference can be negative, so a limit may be as well. */
function signalTests(signal: SignalName): Choice<Criterion> {
  const dimension = dimensionOf(SIGNALS[signal].unit);
  const { min, max } = DIMENSIONS[dimension];
  const value = quantity(dimension, Number, { min: Math.min(min, -max) });
  const tolerance = quantity(dimension, Number, { min: 0 }).default(0);
  const about = { kind: 'signal', signal } as const;
  return oneKeyOf<Criterion>({
    is: branch({ is: value, tolerance, during }, (fields) => ({
      ...about,
      test: 'is',
      value: fields.is,
      tolerance: fields.tolerance,
      during: fields.during,
    })),
    below: branch({ below: value, during }, (fields) => ({
      ...about,
      test: 'below',
      value: fields.below,
      tolerance: 0,
      during: fields.during,
    })),
    above: branch({ above: value, during }, (fields) => ({
      ...about,
      test: 'above',
      value: fields.above,
      tolerance: 0,
      during: fields.during,
    })),
  });
}

export const expectation = mappingOf(
  {
    criterion: oneKeyOf({
      alarm: oneKeyOf(ALARM_TESTS),
      signal: byValueOf(
        'signal',
        'signal',
        mapValues(SIGNALS, (_, name) => signalTests(name as SignalName)),
      ),
      log: oneKeyOf(LOG_TESTS),
    }),
  },
  { id: identifier.optional(), requirements: listOf(identifier).optional() },
).transform(({ criterion, common }) => ({ criterion, id: common.id, requirements: common.requirements }));
