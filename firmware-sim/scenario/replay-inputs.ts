/** What the input lines of a record can be: every command with its arguments, integers in the units of their keys. */
import { z } from 'zod';
import { MAX_MICROS } from '../../protocol/units.ts';
import {
  DRUG_NAMES,
  FAULTS,
  POPULATIONS,
  PROFILE_NAMES,
  PROGRAM_MODES,
  SOFT_LIMIT_NAMES,
  type Command,
  type FaultDefinition,
} from '../simulation/vocabulary.ts';
import type { ResetSetup } from './target.ts';

const upTo = (max: number, min = 0) => z.int().min(min).max(max);
const count = upTo(Number.MAX_SAFE_INTEGER);
const us = upTo(MAX_MICROS);
const volume = upTo(1_000_000_000);
const mass = upTo(10_000_000_000_000);
const concentration = upTo(1_000_000, 1);

/** A fault of the vocabulary with exactly the parameters of its mode. */
const fault = z.union(
  Object.entries(FAULTS).flatMap(([name, { modes }]) =>
    Object.entries<FaultDefinition['modes'][string]>(modes).map(([mode, { parameters }]) =>
      z.strictObject({
        fault: z.literal(name),
        mode: z.literal(mode),
        ...Object.fromEntries(Object.entries(parameters).map(([key, { min, max }]) => [key, upTo(max, min)])),
      }),
    ),
  ),
  'no such fault, mode or parameter',
);

const program = z.strictObject({
  mode: z.enum(PROGRAM_MODES).optional(),
  concentration,
  dose: mass.optional(),
  intervals: z.array(z.strictObject({ from: us, dose: mass })).optional(),
  boluses: z.array(z.strictObject({ at: us, dose: mass, duration: us })).optional(),
  patient: z.strictObject({ dose: mass, duration: us, lockout: us, count, window: us }).optional(),
  limit: z.strictObject({ dose: mass, window: us }).optional(),
  steps: z.strictObject({ direction: z.enum(['up', 'down']), dose: mass, everyDays: count, count }).optional(),
  population: z.enum(POPULATIONS).optional(),
  lowReservoir: volume.optional(),
  catheterLength: count.optional(),
  bridge: z.literal('none').optional(),
});

const range = z.tuple([mass, mass]);
const library = z.strictObject({
  drug: z.string(),
  version: count,
  concentrations: z.array(concentration),
  hardDose: range,
  softDose: range,
  hardBolus: mass,
  softBolus: mass,
  titrationPercent: z.strictObject({ spinal: count, cerebral: count, child: count }),
  titrationInterval: us,
  stabilityDays: count,
  check: z.string(),
});

const override = z.array(z.enum(SOFT_LIMIT_NAMES)).optional();
const nothing = z.strictObject({});
const ifRevision = count;
const event = z.strictObject({ ev: count });

/** The arguments of each command that a scenario can give: `unstage` is what a line does whose host is gone. */
export const COMMANDS = {
  program,
  commit: z.strictObject({ ifRevision, override }),
  start: z.strictObject({ ifRevision }),
  stop: nothing,
  refill: z.strictObject({ ifRevision, volume, drained: volume }),
  bolus: z.strictObject({ volume, rate: volume, override }),
  prime: nothing,
  press: nothing,
  clock: z.strictObject({ ifRevision, timeOfDay: us }),
  library: z.strictObject({ library }),
  interrogate: nothing,
  acknowledge: event,
  pause: event,
  resume: event,
  'test-tones': nothing,
} as const satisfies Readonly<Record<Exclude<Command['command'], 'unstage'>, z.ZodType>>;

const INPUTS: Readonly<Record<string, z.ZodType>> = {
  ...COMMANDS,
  reset: z.strictObject({
    profile: z.enum(PROFILE_NAMES),
    seed: count,
    concentration,
    drug: z.enum(DRUG_NAMES),
    primed: z.boolean(),
    compliance: upTo(Number.MAX_SAFE_INTEGER, 1).optional(),
    leap: z.boolean(),
  }),
  fill: z.strictObject({ volume, concentration }),
  advance: z.strictObject({ to: us }),
  fault,
};

export type Input =
  | { readonly input: 'reset'; readonly args: ResetSetup }
  | { readonly input: 'fill'; readonly args: { readonly volume: number; readonly concentration: number } }
  | { readonly input: 'advance'; readonly args: { readonly to: number } }
  | { readonly input: 'fault'; readonly args: object }
  | { readonly input: 'command'; readonly command: Command };

/**
 * The input that a line of a record states, or what is wrong with it. Its arguments are handed on as they stand, so that a
 * replay writes them in the same order.
 */
export function readInput(line: { readonly input?: unknown; readonly args?: unknown }): Input | string {
  const { input, args } = line;
  const schema = typeof input === 'string' && Object.hasOwn(INPUTS, input) ? INPUTS[input] : undefined;
  if (schema === undefined) return 'no such input';
  const read = schema.safeParse(args);
  if (!read.success) {
    const [issue] = read.error.issues;
    return [issue?.path.join('.'), issue?.message].filter((text) => text !== '').join(': ');
  }
  return Object.hasOwn(COMMANDS, input as string)
    ? { input: 'command', command: { command: input, ...(args as object) } as Command }
    : ({ input, args } as Input);
}
