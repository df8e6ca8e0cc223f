/** How a scenario file states what is done: tables of triggers, actions and faults. */
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../../protocol/units.ts';
import {
  ALARM_IDS,
  DRUG_NAMES,
  FAULTS,
  REFUSALS,
  type Fault,
  type FaultDefinition,
  type Refusal,
} from '../simulation/vocabulary.ts';
import { branch, byValueOf, mappingOf, oneKeyOf, type Choice } from './choice.ts';
import { dimensionOf } from './dimensions.ts';
import { mapping, mapValues, quantity, word, type Shape } from './fields.ts';
import { labelSchema } from './moment.ts';
import { override, program, type ProgramDraft } from './schema-program.ts';
import { timeOfDay } from './time-of-day.ts';
import type { Action, TimelineEntry } from './types.ts';

const time = quantity('time', micros);
const alarm = word('alarm', ALARM_IDS);
const concentration = quantity('concentration', nanogramsPerMicrolitre).optional();

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

/** An action that is all said by its name. */
const plain = (name: 'start' | 'stop' | 'prime' | 'press' | 'interrogate' | 'test-tones'): Choice<ActDraft> =>
  branch({}, () => ({ do: name }));

const aboutAlarm = (name: 'acknowledge' | 'pause' | 'resume'): Choice<ActDraft> =>
  branch({ alarm }, (fields) => ({ do: name, alarm: fields.alarm }));

const ACTIONS: Readonly<Record<Action['do'], Choice<ActDraft>>> = {
  start: plain('start'),
  stop: plain('stop'),
  refill: branch({ volume: quantity('volume', nanolitres), concentration }, (fields) => ({
    do: 'refill',
    volume: fields.volume,
    concentration: fields.concentration,
  })),
  program: branch({ program }, (fields) => ({ do: 'program', program: fields.program })),
  bolus: branch(
    {
      dose: quantity('mass', nanograms, { min: 1 }),
      over: quantity('time', micros, { min: 1 }),
      concentration,
      override,
    },
    (fields) => ({
      do: 'bolus',
      dose: fields.dose,
      over: fields.over,
      concentration: fields.concentration,
      override: fields.override,
    }),
  ),
  prime: plain('prime'),
  press: plain('press'),
  clock: branch({ time: timeOfDay }, (fields) => ({ do: 'clock', timeOfDay: fields.time })),
  acknowledge: aboutAlarm('acknowledge'),
  pause: aboutAlarm('pause'),
  resume: aboutAlarm('resume'),
  interrogate: plain('interrogate'),
  'test-tones': plain('test-tones'),
  'load-library': branch({ drug: word('drug', DRUG_NAMES) }, (fields) => ({ do: 'load-library', drug: fields.drug })),
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

const refusals = Object.keys(REFUSALS) as readonly Refusal[];

export const timelineEntry = mappingOf(
  {
    trigger: oneKeyOf(TRIGGERS),
    act: oneKeyOf({ do: byValueOf('do', 'action', ACTIONS), fault: byValueOf('fault', 'fault', INJECTIONS) }),
  },
  { label: labelSchema.optional(), refused: word('refusal', refusals).optional() },
).transform(({ trigger, act, common }) => ({ trigger, act, label: common.label, refused: common.refused }));
