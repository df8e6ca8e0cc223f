/** Lines of every verb, made from the table: with middling values, and the longest that there can be. */
import {
  encodeLine,
  MAX_SEQ,
  VERB_NAMES,
  VERBS,
  type KeySpec,
  type Line,
  type Verb,
  type VerbSpec,
} from '../../protocol/index.ts';

export type Keys = Readonly<Record<string, KeySpec>>;

export const table: readonly (readonly [Verb, VerbSpec])[] = VERB_NAMES.map((verb) => [verb, VERBS[verb]]);

export const widest = (words: readonly string[]): string => words.toSorted((a, b) => b.length - a.length)[0] ?? '';

/** The longest text that a key takes. */
function longest(spec: KeySpec): string {
  switch (spec.type) {
    case 'integer':
      return String(spec.max);
    case 'word':
      return widest(spec.words);
    case 'name':
      return 'x'.repeat(spec.most);
  }
}

/** A text of half the digits or letters. */
function middling(spec: KeySpec): string {
  switch (spec.type) {
    case 'integer':
      return String(Math.max(spec.min, Math.floor(Math.sqrt(spec.max))));
    case 'word':
      return spec.words[0] ?? '';
    case 'name':
      return 'x'.repeat(Math.ceil(spec.most / 2));
  }
}

const valuesOf = (keys: Keys, value: (spec: KeySpec) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([key, spec]) => [key, value(spec)]));

export const longestFields = (keys: Keys): Record<string, string> => valuesOf(keys, longest);
export const middlingFields = (keys: Keys): Record<string, string> => valuesOf(keys, middling);

const SID = '00010001';

export const middlingCommand = (verb: Verb, seq = 1234): Line => ({
  kind: 'command',
  sid: SID,
  seq,
  verb,
  fields: middlingFields(VERBS[verb].keys),
});

export const middlingReply = (verb: Verb, seq = 1234): Line => ({
  kind: 'reply',
  sid: SID,
  seq,
  ok: true,
  fields: middlingFields(VERBS[verb].reply),
});

/** The longest command line of a verb, without its line end. */
export const longestCommand = (verb: Verb): string =>
  encodeLine({ kind: 'command', sid: 'FFFFFFFF', seq: MAX_SEQ, verb, fields: longestFields(VERBS[verb].keys) });
