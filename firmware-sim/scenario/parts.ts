/** A scenario file in parts, each read for itself, as the checks of what belongs together take it. */
import type { Micros } from '../../protocol/units.ts';
import type { ExpectationDraft, ProgramDraft, PumpDraft, TimelineDraft } from './schema.ts';

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

export type Path = readonly PropertyKey[];
