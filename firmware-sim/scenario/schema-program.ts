/** How a scenario file states a program: a table of modes, and the parts that they share. */
import { z } from 'zod';
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  US_PER_DAY,
  type NanogramsPerMicrolitre,
} from '../../protocol/units.ts';
import { POPULATIONS, SOFT_LIMIT_NAMES, type ProgramMode, type StepDosing } from '../simulation/vocabulary.ts';
import { branch, byValueOf, mappingOf, type Choice } from './choice.ts';
import { addIssue, exactly, integer, listOf, mapping, quantity, word } from './fields.ts';
import { timeOfDay } from './time-of-day.ts';
import type { ProgramSetup } from './types.ts';

/** A program before the drug's concentration stands in for one that is not written. */
export type ProgramDraft = Omit<ProgramSetup, 'concentration'> & {
  readonly concentration: NanogramsPerMicrolitre | undefined;
};

const time = quantity('time', micros);
const mass = quantity('mass', nanograms);
const doseRate = quantity('doseRate', nanograms);
const window = time.default(micros(US_PER_DAY));

/** A quantity that the pump keeps in a larger unit than the file does: whole ones of it. */
const inWhole = (dimension: 'time' | 'length', size: number, what: string, example: string) =>
  quantity(dimension, (value) => value, { max: 10_000 * size }).transform((value, sink): number => {
    if (value % size === 0) return value / size;
    addIssue(sink, { message: `${what}, write for example "${example}"` });
    return z.NEVER;
  });

const wholeDays = inWhole('time', US_PER_DAY, 'the dose is stepped by whole days', '7 d');
const millimetres = inWhole('length', 1_000, 'a catheter is measured in whole millimetres', '890 mm');

export const override = listOf(word('soft limit', SOFT_LIMIT_NAMES)).default([]);

const common = {
  concentration: quantity('concentration', nanogramsPerMicrolitre).optional(),
  low_reservoir: quantity('volume', nanolitres).optional(),
  population: word('population', POPULATIONS).optional(),
  catheter_length: millimetres.optional(),
  bridge: exactly('none', 'write "bridge: none", or leave it out: the pump computes the bridge-bolus').optional(),
  override,
};

const commonOf = (fields: z.output<z.ZodObject<typeof common>>) => ({
  concentration: fields.concentration,
  lowReservoir: fields.low_reservoir,
  population: fields.population,
  catheterLength: fields.catheter_length,
  bridge: fields.bridge,
  override: fields.override,
});

const patient = mapping({ dose: mass, over: time, lockout: time, count: integer(0, 1_000), window });
const guarded = { ...common, patient: patient.optional(), limit: mapping({ dose: mass, window }).optional() };

const guardedOf = (fields: z.output<z.ZodObject<typeof guarded>>) => ({
  ...commonOf(fields),
  patient:
    fields.patient === undefined
      ? undefined
      : {
          dose: fields.patient.dose,
          duration: fields.patient.over,
          lockout: fields.patient.lockout,
          count: fields.patient.count,
          window: fields.patient.window,
        },
  limit: fields.limit === undefined ? undefined : { dose: fields.limit.dose, window: fields.limit.window },
});

const steps = mapping({
  direction: word('direction', ['up', 'down'] as const),
  dose: doseRate,
  every: wholeDays,
  count: integer(0, 1_000),
}).transform(({ direction, dose, every, count }): StepDosing => ({ direction, dose, everyDays: every, count }));

const intervals = listOf(mapping({ from: timeOfDay, dose: doseRate })).min(1, {
  error: 'at least one interval is needed',
});

const boluses = listOf(mapping({ at: timeOfDay, dose: mass, over: time })).min(1, {
  error: 'at least one bolus is needed; without any the mode is "continuous"',
});

const MODES: Readonly<Record<ProgramMode, Choice<ProgramDraft>>> = {
  continuous: branch({ ...guarded, dose: doseRate, steps: steps.optional() }, (fields) => ({
    mode: 'continuous',
    dose: fields.dose,
    ...guardedOf(fields),
    steps: fields.steps,
  })),
  flex: branch({ ...guarded, intervals }, (fields) => ({
    mode: 'flex',
    intervals: fields.intervals.map(({ from, dose }) => ({ from, dose })),
    ...guardedOf(fields),
  })),
  scheduled: branch({ ...guarded, dose: doseRate, boluses }, (fields) => ({
    mode: 'scheduled',
    dose: fields.dose,
    boluses: fields.boluses.map(({ at, dose, over }) => ({ at, dose, duration: over })),
    ...guardedOf(fields),
  })),
  minimum: branch(common, (fields) => ({ mode: 'minimum', ...commonOf(fields) })),
};

export const program = mappingOf({ program: byValueOf('mode', 'program mode', MODES) }, {}).transform(
  (made): ProgramDraft => made.program,
);
