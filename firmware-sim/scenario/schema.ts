/**
 * The format of a scenario file as zod schemas made of tables: a new action, fault, signal or program mode is one row. What
 * they give is near to types.ts; parse.ts adds what one value alone cannot tell (labels, lines, defaults from elsewhere).
 */
import type { z } from 'zod';
import { micros, nanogramsPerMicrolitre, nanolitres, US_PER_DAY } from '../../protocol/units.ts';
import { DEFAULT_PROFILE, DRUG_NAMES, PROFILE_NAMES } from '../simulation/vocabulary.ts';
import { exactly, identifier, integer, line, listOf, mapping, quantity, truth, word } from './fields.ts';
import { expectation } from './schema-expect.ts';
import { program } from './schema-program.ts';
import { timelineEntry } from './schema-timeline.ts';

export type { ProgramDraft } from './schema-program.ts';

/** Longest run: twenty years, beyond the service life of a pump. */
export const MAX_DURATION = micros(20 * 365 * US_PER_DAY);

const pump = mapping({
  profile: word('profile', PROFILE_NAMES).default(DEFAULT_PROFILE),
  drug: mapping({
    name: word('drug', DRUG_NAMES),
    concentration: quantity('concentration', nanogramsPerMicrolitre),
  }),
  fill: quantity('volume', nanolitres),
  catheter: mapping({
    // 0.01 to 1 µL/kPa.
    compliance: quantity('compliance', Number, { min: 10_000, max: 1_000_000 }).optional(),
    primed: truth.default(true),
  }).optional(),
});

/** The top-level keys of a scenario file. */
export const SHAPE = {
  scenario: exactly(1, 'this format is version 1, write "scenario: 1"'),
  id: identifier,
  title: line(200),
  requirements: listOf(identifier).default([]),
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
