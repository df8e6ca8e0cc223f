/** What Tab offers: verbs, keys of the verb that are not there yet, and the words of a key whose words are known. */
import type { Fields } from '../../protocol/index.ts';
import { verbIn } from './parse-line.ts';
import { typedForm, typedKeys } from './usage.ts';
import { OWN_WORDS, TYPED_VERBS, valuesFor } from './words.ts';

/** What the end of a line could become, and the end that it would replace: the form that node:readline takes. */
export type Completion = readonly [hits: readonly string[], end: string];

const startingWith = (words: readonly string[], begin: string): string[] =>
  words.filter((word) => word.toLowerCase().startsWith(begin.toLowerCase()));

export function completeLine(line: string): Completion {
  const text = line.trimStart();
  const words = text.split(/\s+/);
  const last = words.pop() ?? '';
  const before = words;
  const [first = ''] = before;
  if (before.length === 0) {
    const begins = [
      ...new Set(TYPED_VERBS.map((verb) => typedForm(verb).replace(/ .*/, ''))),
      ...Object.keys(OWN_WORDS),
    ];
    return [startingWith(begins, last).map((word) => `${word} `), last];
  }
  // A code is typed by hand: that is what it is for.
  if (first.toLowerCase() === 'help' || (first.toLowerCase() === 'sim' && before.length === 1)) {
    const skip = first.toLowerCase() === 'help' ? 1 : 0;
    const begun = [...before.slice(skip), last].join(' ');
    return [startingWith(TYPED_VERBS.map(typedForm), begun).map((verb) => `${verb} `), begun];
  }
  const found = verbIn(before);
  return 'what' in found ? [[], last] : ofVerb(found.verb, before.slice(found.length), last);
}

function ofVerb(verb: Parameters<typeof typedKeys>[0], before: readonly string[], last: string): Completion {
  const fields: Fields = Object.fromEntries(
    before.map((word) => [word.replace(/=.*/, '').toLowerCase(), word.replace(/^[^=]*=?/, '')]),
  );
  const cut = last.indexOf('=');
  if (cut < 0) {
    const keys = typedKeys(verb).flatMap(([key]) => (key in fields ? [] : [`${key}=`]));
    return [startingWith(keys, last), last];
  }
  const value = last.slice(cut + 1);
  // Limits that are overridden are joined by `+`, and each is a word of its own.
  const begun = value.slice(value.lastIndexOf('+') + 1);
  const words = valuesFor(verb, last.slice(0, cut).toLowerCase(), fields);
  return [startingWith(words, begun).map((word) => (word.endsWith(':') ? word : `${word} `)), begun];
}
