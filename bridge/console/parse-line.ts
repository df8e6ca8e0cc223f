/** A line as a person types it: a verb of the table in any case with key=value words, or a word of the console itself. */
import { isVerb, parseInteger, type Fields, type KeySpec, type Verb } from '../../protocol/index.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../../protocol/units.ts';
import { suggest } from '../../firmware-sim/scenario/suggest.ts';
import { typedForm, typedKeys, usageOf, valuesInWords } from './usage.ts';
import {
  filled,
  isHidden,
  namesFor,
  OWN_WORDS,
  SAME_AS,
  specOf,
  TYPED_VERBS,
  type Known,
  type OwnWordName,
} from './words.ts';

export type Parsed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'own'; readonly word: OwnWordName; readonly rest: readonly string[] }
  /** Every key of the verb that is needed has a value that it takes; those of a dose that are never typed are left out. */
  | { readonly kind: 'verb'; readonly verb: Verb; readonly fields: Fields }
  | { readonly kind: 'mistake'; readonly what: string; readonly usage?: string };

/** Longest line that is looked at: more than the wire can carry. */
const MAX_LINE = 1000;

export function parseLine(text: string, known: Known = {}): Parsed {
  if (text.length > MAX_LINE) return mistake(`a line of ${text.length} characters; none needs more than ${MAX_LINE}`);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [first = ''] = words;
  // Scripts have comments.
  if (first === '' || first.startsWith('#')) return { kind: 'nothing' };
  const own = ownWord(first);
  if (own !== undefined) return { kind: 'own', word: own, rest: words.slice(1) };
  const found = verbIn(words);
  if ('what' in found) return found;
  return withFields(found.verb, words.slice(found.length), known);
}

const mistake = (what: string, usage?: string): Extract<Parsed, { kind: 'mistake' }> => ({
  kind: 'mistake',
  what,
  ...(usage === undefined ? {} : { usage }),
});

const ownWord = (text: string): OwnWordName | undefined => {
  const word = text.toLowerCase();
  return Object.hasOwn(SAME_AS, word) ? SAME_AS[word] : isOwn(word) ? word : undefined;
};
const isOwn = (word: string): word is OwnWordName => Object.hasOwn(OWN_WORDS, word);

/** The verb at the begin of the words, which is one of them, or two with SIM. */
export function verbIn(words: readonly string[]): { readonly verb: Verb; readonly length: number } | Mistake {
  const length = words[0]?.toUpperCase() === 'SIM' ? 2 : 1;
  const given = words.slice(0, length).join(' ');
  const name = given.toUpperCase();
  if (isVerb(name) && TYPED_VERBS.includes(name)) return { verb: name, length };
  if (name === 'HELLO') return mistake('HELLO is said by the console itself, at the start and by `resolve`');
  const sims = TYPED_VERBS.filter((verb) => specOf(verb).simulated === true).map(typedForm);
  if (name === 'SIM') return mistake(`sim: which one? There are ${sims.join(', ')}`);
  const near = suggest(given, [...TYPED_VERBS.map(typedForm), ...Object.keys(OWN_WORDS)]);
  return mistake(`${shown(given)} is no verb.${near === undefined ? ' `help` lists them' : ` Did you mean ${near}?`}`);
}
type Mistake = Extract<Parsed, { kind: 'mistake' }>;

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function withFields(verb: Verb, words: readonly string[], known: Known): Parsed {
  const usage = usageOf(verb);
  const specs = specOf(verb).keys;
  const typed: Record<string, string> = {};
  for (const word of words) {
    const cut = word.indexOf('=');
    if (cut < 1) return mistake(`${shown(word)} is not key=value`, usage);
    const key = word.slice(0, cut).toLowerCase();
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined;
    if (spec === undefined) return mistake(unknownKey(verb, key), usage);
    if (isHidden(verb, key)) return mistake(`${key}= of a dose is made by the console itself`, usage);
    if (Object.hasOwn(typed, key)) return mistake(`${key}= stands there twice`, usage);
    const value = valueOf(verb, key, spec, word.slice(cut + 1), typed, known);
    if (!value.ok) return mistake(value.what, usage);
    typed[key] = value.text;
  }
  const fields = filled(verb, typed, known);
  const missing = typedKeys(verb).find(([key, spec]) => spec.optional !== true && !(key in fields));
  if (missing !== undefined) {
    const [key, spec] = missing;
    return mistake(`${typedForm(verb)} needs ${key}=, ${spec.text}: ${valuesInWords(spec)}`, usage);
  }
  // In the order of the table, as machines say it.
  const ordered = Object.keys(specs).flatMap((key) => (key in fields ? [[key, fields[key] ?? '']] : []));
  return { kind: 'verb', verb, fields: Object.fromEntries(ordered) as Fields };
}

function unknownKey(verb: Verb, key: string): string {
  const keys = typedKeys(verb).map(([name]) => name);
  if (keys.length === 0) return `${typedForm(verb)} takes no keys`;
  const near = suggest(key, keys) ?? keys.find((name) => name.startsWith(key));
  return `${typedForm(verb)} has no key ${shown(key)}.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}

type Value = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly what: string };
const wrong = (what: string): Value => ({ ok: false, what });

function valueOf(verb: Verb, key: string, spec: KeySpec, text: string, typed: Fields, known: Known): Value {
  switch (spec.type) {
    case 'integer':
      return integerOf(key, spec, text, known);
    case 'word': {
      const word = spec.words.find((one) => one === text.toLowerCase());
      if (word !== undefined) return { ok: true, text: word };
      return wrong(`${key}=${shown(text)}: write ${spec.words.join(', ')}.${meant(text, spec.words)}`);
    }
    case 'name': {
      if (!/^[A-Za-z0-9_.:+-]+$/.test(text)) return wrong(`${key}=${shown(text)}: write letters, digits and _ . : + -`);
      if (text.length > spec.most) return wrong(`${key}=${shown(text)}: at most ${spec.most} characters`);
      const names = namesFor(verb, key, typed);
      // Only where all names are known: a parameter has a number behind its name, and `over` may join several.
      const closed = names.length > 0 && key !== 'over' && !names.some((name) => name.endsWith(':'));
      const near = closed && !names.includes(text) ? suggest(text, names) : undefined;
      return near === undefined
        ? { ok: true, text }
        : wrong(`${key}=${shown(text)} is not known. Did you mean ${near}?`);
    }
  }
}

const meant = (text: string, words: readonly string[]): string => {
  const near = suggest(text, words);
  return near === undefined ? '' : ` Did you mean ${near}?`;
};

type IntegerSpec = Extract<KeySpec, { type: 'integer' }>;

function integerOf(key: string, spec: IntegerSpec, text: string, known: Known): Value {
  const value = parseInteger(text) ?? (spec.unit === 'µs' ? timeOf(key, spec, text, known) : undefined);
  if (value === undefined) {
    const example = /^\d+[.,]\d+$/.test(text) && spec.unit !== '' ? `; ${decimalAdvice(spec.unit)}` : '';
    return wrong(`${key}=${shown(text)} is not a whole number${spec.unit === '' ? '' : ` of ${spec.unit}`}${example}`);
  }
  if (value < spec.min || value > spec.max) return wrong(`${key}=${value} is outside ${valuesInWords(spec)}`);
  return { ok: true, text: String(value) };
}

/** A lost point cannot be written where there is none. */
const decimalAdvice = (unit: string): string =>
  unit === 'nL'
    ? '1.5 µL is written 1500'
    : unit === 'nL/day'
      ? '0.3 mL/day is written 300000'
      : 'take the smaller unit';

const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: US_PER_SECOND,
  min: US_PER_MINUTE,
  h: US_PER_HOUR,
  d: US_PER_DAY,
};

/** Microseconds in another way: `15min`, `+4h` from the pump time that is known, `07:30` for a time of day. */
function timeOf(key: string, { max }: IntegerSpec, text: string, { us }: Known): number | undefined {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock !== null && max < US_PER_DAY) {
    const [, hours = '', minutes = '', seconds = '0'] = clock;
    if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
    return Number(hours) * US_PER_HOUR + Number(minutes) * US_PER_MINUTE + Number(seconds) * US_PER_SECOND;
  }
  const [, plus, digits = '', unit = ''] = /^(\+?)(\d{1,15})([a-z]+)$/.exec(text) ?? [];
  const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (size === undefined) return undefined;
  if (plus === '') return Number(digits) * size;
  return key === 'to' && us !== undefined ? us + Number(digits) * size : undefined;
}
