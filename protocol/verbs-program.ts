/** The verbs that state a program: in one line, or in a head and parts of which each is a line, and its commit. */
import {
  concentration,
  ifRevision,
  integer,
  mass,
  name,
  optional,
  overridden,
  rate,
  rev,
  SOFT_MOST,
  time,
  timeOfDay,
  volume,
  word,
  type KeySpec,
  type VerbSpec,
} from './keys.ts';

/** Parts of the longest program, and some more. */
export const MAX_PARTS = 20;

const dose = (text: string) => integer('ng/day', 0, 100_000_000_000, text);
const place = integer('', 1, MAX_PARTS, 'its place among its like, from 1 without a gap');

/** What the pump would do for a program. */
const readBack = {
  rev,
  nlpd: rate('basal rate, of the first interval in mode flex, rounded to the nearest integer'),
  ng: dose('dose of a day as stated: basal and scheduled boluses'),
  day_nl: volume('volume of a day: basal and scheduled boluses'),
  conc: concentration,
  low: volume('computed volume that raises low-reservoir'),
  pipe_nl: volume('volume of tubing and catheter'),
} as const;

type Optional<Keys extends Readonly<Record<string, KeySpec>>> = {
  readonly [Key in keyof Keys]: Keys[Key] & { readonly optional: true };
};
const allOptional = <Keys extends Readonly<Record<string, KeySpec>>>(keys: Keys): Optional<Keys> =>
  Object.fromEntries(Object.entries(keys).map(([key, spec]) => [key, optional(spec)])) as Optional<Keys>;

/** The reply to a line of a program: what is missing, and after the last line what the pump makes of the whole. */
const partReply = {
  need: integer('', 0, MAX_PARTS, 'parts still missing; 0: staged, and read back in the other keys'),
  ...allOptional(readBack),
  soft: optional(name('soft limits that it breaks now, joined by `+`; absent: none', SOFT_MOST)),
} as const;

/** Refusals of a whole program, which come with its last line. */
const PROGRAM_CODES = [
  'NO_LIBRARY',
  'FLOW_RANGE',
  'DOSE_RANGE',
  'LOW_RANGE',
  'PLAN_RANGE',
  'PATIENT_RANGE',
  'STEP_RANGE',
  'LIMIT_RANGE',
] as const;
const PART_CODES = ['PART_ORDER', ...PROGRAM_CODES] as const;

export const PROGRAM_VERBS = {
  PROGRAM: {
    text: 'stages a program and reads it back; the running therapy is untouched until COMMIT',
    keys: {
      mode: word(['continuous', 'flex', 'scheduled', 'minimum'], 'therapy mode'),
      conc: concentration,
      ng: optional(dose('basal dose per day, for `continuous` and `scheduled`')),
      low: optional(volume('computed volume that raises low-reservoir; the profile has a default')),
      pop: optional(
        word(['spinal', 'cerebral', 'child'], 'whose titration steps count; the strictest of all if absent'),
      ),
      cath_mm: optional(integer('mm', 0, 100_000, 'catheter as implanted; the profile has a default')),
      bridge: optional(word(['none'], 'another concentration is not bridged; it is if absent')),
      parts: optional(integer('', 1, MAX_PARTS, 'part lines that follow; none if absent')),
    },
    reply: partReply,
    codes: PROGRAM_CODES,
  },
  INTERVAL: {
    text: 'a part of mode flex: from a time of day until the next one begins, the last until the first begins again',
    keys: { i: place, from_us: timeOfDay('time of day'), ng: dose('dose per day while it lasts') },
    reply: partReply,
    codes: PART_CODES,
  },
  TIMED: {
    text: 'a part of mode scheduled: a bolus at a time of day',
    keys: { i: place, at_us: timeOfDay('time of day'), ng: mass('drug in all'), dur_us: time('time that it takes') },
    reply: partReply,
    codes: PART_CODES,
  },
  PATIENT: {
    text: "a part: what a press of the patient's button gives",
    keys: {
      ng: mass('drug in all'),
      dur_us: time('time that it takes'),
      lock_us: time('from the end of one to the next that may be given'),
      count: integer('', 0, 1_000, 'so many in any window, not one more'),
      win_us: time('the window'),
    },
    reply: partReply,
    codes: PART_CODES,
  },
  LIMIT: {
    text: 'a part: drug that no window may hold more of, basal and all boluses counted',
    keys: { ng: mass('drug in any window'), win_us: time('the window') },
    reply: partReply,
    codes: PART_CODES,
  },
  TITRATE: {
    text: 'a part of mode continuous: the dose changes by a fixed step every so many days',
    keys: {
      dir: word(['up', 'down'], 'direction of the steps'),
      ng: dose('one step'),
      days: integer('', 0, 10_000, 'days from one step to the next'),
      count: integer('', 0, 1_000, 'steps in all'),
    },
    reply: partReply,
    codes: PART_CODES,
  },
  COMMIT: {
    text: 'takes the staged program over; FORECAST tells how long the reservoir lasts with it',
    keys: { if: ifRevision, over: overridden },
    reply: { ...readBack, over: optional(name('those of them that it breaks; absent: none', SOFT_MOST)) },
    codes: ['PRECOND', 'NOTHING_STAGED', 'NO_LIBRARY', 'SOFT_LIMIT', 'BAD_VALUE'],
  },
} as const satisfies Record<string, VerbSpec>;
