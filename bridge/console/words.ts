/** The words of the console: its own, what it says in a person's place, and the names that the verb table leaves open. */
import { VERB_NAMES, VERBS, type Fields, type KeySpec, type Verb, type VerbSpec } from '../../protocol/index.ts';
import {
  DRUG_NAMES,
  FAULT_NAMES,
  FAULTS,
  PROFILE_NAMES,
  SOFT_LIMIT_NAMES,
  type FaultName,
} from '../../firmware-sim/simulation/vocabulary.ts';

export interface OwnWord {
  readonly usage: string;
  readonly text: string;
}

export const OWN_WORDS = {
  help: { usage: 'help [VERB]', text: 'what can be typed, or all about one verb' },
  confirm: { usage: 'confirm NNNN', text: 'does what was read back' },
  resolve: { usage: 'resolve', text: 'finds out what became of a dose in doubt' },
  quit: { usage: 'quit', text: 'says goodbye to the pump, which goes on with its therapy; Ctrl-D does the same' },
} as const satisfies Record<string, OwnWord>;
export type OwnWordName = keyof typeof OWN_WORDS;

/** Other ways to say a word of the console. */
export const SAME_AS: Readonly<Record<string, OwnWordName>> = { bye: 'quit', exit: 'quit', '?': 'help' };

/** Said by the console itself, or not at all. */
const NOT_TYPED: readonly Verb[] = ['HELLO', 'BYE'];

export const TYPED_VERBS: readonly Verb[] = VERB_NAMES.filter((verb) => !NOT_TYPED.includes(verb));

export const specOf = (verb: Verb): VerbSpec => VERBS[verb];

/** Identity, precondition and deadline of a dose are made when it is sent; an implant takes one `onlost` alone. */
const OF_A_DOSE = ['id', 'after', 'by', 'onlost'];

/** Keys that are never typed: a person could only get them wrong. */
export const isHidden = (verb: Verb, key: string): boolean => specOf(verb).doses === true && OF_A_DOSE.includes(key);

/** The console knows something to say for the key if it is not typed. */
export const isFilled = (verb: Verb, key: string): boolean =>
  key === 'if' || (verb === 'SYNC' && key === 't0') || verb === 'LOG' || (verb === 'DOSE' && key === 'n');

/** What the console knows of the pump. */
export interface Known {
  /** Revision as the person last saw it: a command that they decide on now rests on that one. */
  readonly revision?: number | undefined;
  /** Number of the next log entry, and of the last dose. */
  readonly next?: number | undefined;
  readonly dose?: number | undefined;
  /** Pump time, µs. */
  readonly us?: number | undefined;
  /** The host's own time, µs. */
  readonly hostUs?: number | undefined;
}

const RECENT = 8;

/** What is said for keys that were not typed. */
export function filled(verb: Verb, typed: Fields, { revision, next, dose, hostUs }: Known): Fields {
  const fill: Record<string, number | undefined> = {};
  if ('if' in specOf(verb).keys) fill['if'] = revision;
  if (verb === 'SYNC') fill['t0'] = hostUs;
  if (verb === 'DOSE') fill['n'] = dose;
  if (verb === 'LOG') {
    fill['n'] = RECENT;
    fill['from'] = next === undefined ? undefined : Math.max(1, next - Number(typed['n'] ?? RECENT) || 1);
  }
  const known = Object.entries(fill).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return { ...(Object.fromEntries(known) as Fields), ...typed };
}

/** Names that are known for a key which the verb table leaves open; none where they are not. */
export function namesFor(verb: Verb, key: string, fields: Fields): readonly string[] {
  if (key === 'over') return SOFT_LIMIT_NAMES;
  if (verb === 'SIM RESET') return key === 'profile' ? PROFILE_NAMES : key === 'drug' ? DRUG_NAMES : [];
  if (verb === 'LIBRARY') return key === 'drug' ? DRUG_NAMES : [];
  if (verb !== 'SIM FAULT') return [];
  if (key === 'fault') return FAULT_NAMES;
  const fault = fields['fault'] ?? '';
  if (!isFault(fault)) return [];
  const modes: Readonly<Record<string, { readonly parameters: object }>> = FAULTS[fault].modes;
  if (key === 'mode') return Object.keys(modes);
  const mode = modes[fields['mode'] ?? ''];
  return mode === undefined ? [] : Object.keys(mode.parameters).map((name) => `${name}:`);
}

const isFault = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** All that a key can be, as far as it can be listed. */
export const valuesFor = (verb: Verb, key: string, fields: Fields): readonly string[] => {
  const spec: KeySpec | undefined = specOf(verb).keys[key];
  if (spec === undefined) return [];
  return spec.type === 'word' ? spec.words : namesFor(verb, key, fields);
};
