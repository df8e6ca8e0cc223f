/**
 * The format of a scenario file as zod schemas made of tables: a new action, fault, signal or program mode is one row. What
 * they give is near to types.ts; parse.ts adds what one value alone cannot tell (labels, lines, defaults from elsewhere).
 */
import { z } from 'zod';
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  US_PER_DAY,
  type Nanograms,
  type NanogramsPerMicrolitre,
  type Nanolitres,
} from '../../protocol/units.ts';
import { SIGNALS, type SignalName } from '../simulation/signals.ts';
import {
  ALARM_IDS,
  DEFAULT_PROFILE,
  FAULTS,
  PROFILE_NAMES,
  type Fault,
  type FaultDefinition,
} from '../simulation/vocabulary.ts';
import { branch, byValueOf, mappingOf, oneKeyOf, type Choice } from './choice.ts';
import { DIMENSIONS, dimensionOf } from './dimensions.ts';
import { exactly, identifier, integer, line, listOf, mapping, quantity, word, type Shape } from './fields.ts';
import { END, labelSchema, momentSchema, START } from './moment.ts';
import type { Action, Criterion, TimelineEntry } from './types.ts';

/** Longest run: twenty years, beyond the service life of a pump. */
export const MAX_DURATION = micros(20 * 365 * US_PER_DAY);

const mapValues = <V, R>(table: Readonly<Record<string, V>>, f: (value: V, key: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, f(value, key)]));

const time = quantity('time', micros);
const volume = quantity('volume', nanolitres);
const concentration = quantity('concentration', nanogramsPerMicrolitre);
const alarm = word('alarm', ALARM_IDS);
const requirements = listOf(identifier);

/** A program before the drug's concentration stands in for one that is not written. */
export interface ProgramDraft {
  readonly mode: 'continuous';
  readonly dose: Nanograms;
  readonly concentration: NanogramsPerMicrolitre | undefined;
  readonly lowReservoir: Nanolitres | undefined;
}

const PROGRAM_MODES: Readonly<Record<ProgramDraft['mode'], Choice<ProgramDraft>>> = {
  continuous: branch(
    {
      dose: quantity('doseRate', nanograms),
      concentration: concentration.optional(),
      low_reservoir: volume.optional(),
    },
    (fields) => ({
      mode: 'continuous',
      dose: fields.dose,
      concentration: fields.concentration,
      lowReservoir: fields.low_reservoir,
    }),
  ),
};

const program = mappingOf({ program: byValueOf('mode', 'program mode', PROGRAM_MODES) }, {}).transform(
  (made): ProgramDraft => made.program,
);

const TRIGGERS: Readonly<Record<'at' | 'when', Choice<TimelineEntry['trigger']>>> = {
  at: branch({ at: time }, ({ at }) => ({ at })),
  when: branch({ when: mapping({ alarm }), after: time.default(micros(0)) }, ({ when, after }) => ({
    when: when.alarm,
    after,
  })),
};

export type ActDraft =
  | Exclude<Action, { do: 'program' }>
  | { readonly do: 'program'; readonly program: ProgramDraft }
  | { readonly do: 'inject'; readonly fault: Fault };

const ACTIONS: Readonly<Record<Action['do'], Choice<ActDraft>>> = {
  start: branch({}, () => ({ do: 'start' })),
  stop: branch({}, () => ({ do: 'stop' })),
  refill: branch({ volume, concentration: concentration.optional() }, (fields) => ({
    do: 'refill',
    volume: fields.volume,
    concentration: fields.concentration,
  })),
  acknowledge: branch({ alarm }, (fields) => ({ do: 'acknowledge', alarm: fields.alarm })),
  program: branch({ program }, (fields) => ({ do: 'program', program: fields.program })),
};

/** The keys of a fault's mode are its parameters; the table of faults has their units and ranges. */
function faultMode(fault: string, mode: string, { parameters }: FaultDefinition['modes'][string]): Choice<ActDraft> {
  const shape: Shape = mapValues(parameters, ({ unit, min, max }) =>
    quantity(dimensionOf(unit), (value) => value, { min, max }),
  );
  return branch(shape, (fields) => ({
    do: 'inject',
    fault: { fault, mode, ...mapValues(parameters, (_, name) => fields[name]) } as unknown as Fault,
  }));
}

const INJECTIONS = mapValues<FaultDefinition, Choice<ActDraft>>(FAULTS, ({ modes }, fault) =>
  byValueOf(
    'mode',
    `mode of ${fault}`,
    mapValues(modes, (definition, mode) => faultMode(fault, mode, definition)),
  ),
);

const timelineEntry = mappingOf(
  {
    trigger: oneKeyOf(TRIGGERS),
    act: oneKeyOf({ do: byValueOf('do', 'action', ACTIONS), fault: byValueOf('fault', 'fault', INJECTIONS) }),
  },
  { label: labelSchema.optional() },
).transform(({ trigger, act, common }) => ({ trigger, act, label: common.label }));

const ALARM_TESTS: Readonly<Record<'raised' | 'never', Choice<Criterion>>> = {
  raised: branch(
    { alarm, raised: mapping({ after: momentSchema.default(START), within: time }) },
    ({ alarm: id, raised }) => ({ kind: 'alarm-raised', alarm: id, after: raised.after, within: raised.within }),
  ),
  never: branch({ alarm, never: exactly(true, 'write "never: true", or leave the expectation out') }, (fields) => ({
    kind: 'alarm-never',
    alarm: fields.alarm,
  })),
};

const during = z
  .tuple([momentSchema, momentSchema], { error: 'two moments are wanted here, for example [0 s, end]' })
  .default([START, END]);

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

const expectation = mappingOf(
  {
    criterion: oneKeyOf({
      alarm: oneKeyOf(ALARM_TESTS),
      signal: byValueOf(
        'signal',
        'signal',
        mapValues(SIGNALS, (_, name) => signalTests(name as SignalName)),
      ),
    }),
  },
  { id: identifier.optional(), requirements: requirements.optional() },
).transform(({ criterion, common }) => ({ criterion, id: common.id, requirements: common.requirements }));

const pump = mapping({
  profile: word('profile', PROFILE_NAMES).default(DEFAULT_PROFILE),
  drug: mapping({ name: line(60), concentration }),
  fill: volume,
  catheter: mapping({
    // 0.01 to 1 µL/kPa.
    compliance: quantity('compliance', Number, { min: 10_000, max: 1_000_000 }).optional(),
  }).optional(),
});

/** The top-level keys of a scenario file. */
export const SHAPE = {
  scenario: exactly(1, 'this format is version 1, write "scenario: 1"'),
  id: identifier,
  title: line(200),
  requirements: requirements.default([]),
  seed: integer(0, 2 ** 31 - 1).default(1),
  duration: quantity('time', micros, { min: 1, max: MAX_DURATION }),
  pump,
  program,
  timeline: listOf(timelineEntry).min(1, { error: 'at least one entry is needed' }),
  expect: listOf(expectation).min(1, { error: 'at least one expectation is needed' }),
};

/** The schemas of one entry each, for reading those of a file in which another is wrong. */
export const ENTRY = { timeline: timelineEntry, expect: expectation };

export const scenarioSchema = mapping(SHAPE);

export type PumpDraft = z.output<typeof pump>;
export type TimelineDraft = z.output<typeof timelineEntry>;
export type ExpectationDraft = z.output<typeof expectation>;
