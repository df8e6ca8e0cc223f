/**
 * The verb table: every verb, its keys with units and ranges, the keys of its OK reply, and the codes with which it can be
 * refused. Plain data; schemas, documents and the schema hash derive from it.
 */
import type { VerbSpec } from './keys.ts';
import { PROGRAM_VERBS } from './verbs-program.ts';
import { SESSION_VERBS } from './verbs-session.ts';
import { SIMULATED_VERBS } from './verbs-simulated.ts';
import { THERAPY_VERBS } from './verbs-therapy.ts';

export type { KeySpec, KeyType, VerbSpec } from './keys.ts';

export const VERBS = {
  ...SESSION_VERBS,
  ...PROGRAM_VERBS,
  ...THERAPY_VERBS,
  ...SIMULATED_VERBS,
} as const satisfies Record<string, VerbSpec>;

export type Verb = keyof typeof VERBS;
export const VERB_NAMES = Object.keys(VERBS) as readonly Verb[];

type ValueOf<Spec> = Spec extends { type: 'integer' }
  ? number
  : Spec extends { type: 'word'; words: readonly (infer Word)[] }
    ? Word
    : string;

type Table<Specs> = {
  -readonly [Key in keyof Specs as Specs[Key] extends { optional: true } ? never : Key]: ValueOf<Specs[Key]>;
} & { -readonly [Key in keyof Specs as Specs[Key] extends { optional: true } ? Key : never]?: ValueOf<Specs[Key]> };

/** Arguments of a verb, typed from the table. */
export type ArgumentsOf<V extends Verb> = Table<(typeof VERBS)[V]['keys']>;
/** Fields of a verb's OK reply, typed from the table. */
export type ReplyOf<V extends Verb> = Table<(typeof VERBS)[V]['reply']>;
