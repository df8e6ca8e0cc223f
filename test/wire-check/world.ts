/** A space that is searched for what must never be, and for what must be seen at least once. */
import type { Space } from './search.ts';

/** Something that is said on a step, hence of no single state: the state before it, and the step. */
export interface Sighting {
  readonly state: readonly number[];
  readonly what: string;
}

export interface World extends Omit<Space, 'visit'> {
  /** What is wrong with a state; undefined: nothing. */
  readonly violation: (state: readonly number[]) => string | undefined;
  /** What the hosts of a state have come to. */
  readonly outcomes: (state: readonly number[]) => readonly string[];
  /** Refusal codes that the pump has said, and when first. */
  readonly codes: ReadonlyMap<string, Sighting>;
  /**
   * After the search: something that is left out of states and would have made a difference; undefined: nothing. Every part of a state
   * that was seen is tried with every message that was ever sent, those included that it could never have met.
   */
  readonly audit: () => string | undefined;
}
