/** What a key of the verb table can hold, and the short forms in which the table states it. */
import type { Code } from './codes.ts';
import { MAX_SEQ } from './line.ts';
import { MAX_MICROS, US_PER_DAY } from './units.ts';

export type KeyType =
  | { readonly type: 'integer'; readonly unit: string; readonly min: number; readonly max: number }
  | { readonly type: 'word'; readonly words: readonly string[] }
  /** A name of the grammar's value characters, of at most `most`, checked by whoever knows the names. */
  | { readonly type: 'name'; readonly most: number };

export type KeySpec = KeyType & { readonly text: string; readonly optional?: true };

export interface VerbSpec {
  readonly text: string;
  readonly keys: Readonly<Record<string, KeySpec>>;
  readonly reply: Readonly<Record<string, KeySpec>>;
  readonly codes: readonly Code[];
  /** Changes nothing: also a session that only reads may say it. */
  readonly reads?: true;
  /** Begins a dose: goes through the gate of id, after and by (PROTOCOL.md, D1 to D6). */
  readonly doses?: true;
  /** Only a simulated pump knows the verb. */
  readonly simulated?: true;
}

export const integer = (unit: string, min: number, max: number, text: string) =>
  ({ type: 'integer', unit, min, max, text }) as const;
export const word = <const Words extends readonly string[]>(words: Words, text: string) =>
  ({ type: 'word', words, text }) as const;
export const name = (text: string, most = 40) => ({ type: 'name', most, text }) as const;
export const optional = <Spec extends KeySpec>(spec: Spec) => ({ ...spec, optional: true }) as const;

export const revision = (text: string) => integer('', 0, MAX_SEQ, text);
export const eventNumber = (text: string) => integer('', 0, MAX_SEQ, text);
export const time = (text: string) => integer('µs', 0, MAX_MICROS, text);
export const timeOfDay = (text: string) => integer('µs', 0, US_PER_DAY - 1, text);
export const volume = (text: string) => integer('nL', 0, 1_000_000_000, text);
export const rate = (text: string) => integer('nL/day', 0, 1_000_000_000, text);
export const mass = (text: string) => integer('ng', 0, 10_000_000_000_000, text);
export const concentration = integer('ng/µL', 1, 1_000_000, 'drug concentration');

/** nL over a pump's life, of which only the range of exact integers is an end. */
export const total = (unit: string, text: string) => integer(unit, 0, Number.MAX_SAFE_INTEGER, text);

/** Number of a dose, whatever its source; 0 before the first. */
export const doseNumber = (text: string) => integer('', 0, MAX_SEQ, text);
export const doseId = (text: string) => name(text, 8);

/** What makes a dose one that is given at most once. */
export const identity = {
  id: doseId("identity, made and stored by the host before it sends: eight characters of Crockford's base 32"),
  after: doseNumber('number of the last dose that the host has seen'),
  by: time('pump time after which it must not begin; of one attempt, no part of what the dose is'),
  onlost: word(
    ['continue', 'stop'],
    'what is to become of it when the lease is lost; an implant takes `continue` alone',
  ),
} as const;

/** What became of a dose that was accepted, now or before. */
export const doseReply = {
  rev: optional(integer('', 0, MAX_SEQ, 'revision in force; absent with `dup`')),
  state: word(['ACCEPTED', 'DONE', 'INTERRUPTED'], '`ACCEPTED`: begun and not ended'),
  dose: doseNumber('its number'),
  nl: volume('volume that is given: whole motor steps'),
  nlpd: rate('rate at which it is given'),
  given_nl: optional(volume('given so far; only with `dup`')),
  dup: optional(word(['1'], 'it had been accepted before, and nothing was done now')),
} as const;

export const ifRevision = revision('revision that the host has seen');
export const rev = revision('revision in force');

/** All names of soft limits in one word. */
export const SOFT_MOST = 40;
export const overridden = optional(name('soft limits that a person has seen and overrides, joined by `+`', SOFT_MOST));
