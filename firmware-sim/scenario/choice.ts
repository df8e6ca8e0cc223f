/**
 * Mappings whose other keys depend on one key (`do: refill` takes `volume`) or on which key is there (`at` or `when`). The
 * branch is chosen first and then alone validated, so that an error is reported for what was meant. Branches are tables.
 */
import { z } from 'zod';
import {
  addIssue,
  described,
  isRecord,
  mapping,
  passOn,
  refuseUnknownKeys,
  unknownWord,
  type FieldIssue,
  type Shape,
} from './fields.ts';
import { suggest } from './suggest.ts';

/** What a mapping can be: one branch, or a choice among branches by the key present or by the value of a key. */
export type Choice<T> =
  | { readonly shape: Shape; readonly make: (fields: never) => T }
  | { readonly oneKeyOf: Readonly<Record<string, Choice<T>>> }
  | { readonly key: string; readonly what: string; readonly values: Readonly<Record<string, Choice<T>>> };

/** The end of a choice: the keys of the branch, its choosing key among them, and what is made of their values. */
export const branch = <S extends Shape, T>(shape: S, make: (fields: z.output<z.ZodObject<S>>) => T): Choice<T> => ({
  shape,
  make,
});

/** Chooses by which one of these keys is there. */
export const oneKeyOf = <T>(choices: Readonly<Record<string, Choice<T>>>): Choice<T> => ({ oneKeyOf: choices });

/** Chooses by the value of `key`, which messages call `what`. */
export const byValueOf = <T>(key: string, what: string, values: Readonly<Record<string, Choice<T>>>): Choice<T> => ({
  key,
  what,
  values,
});

interface Chosen {
  /** Keys known so far, and their schemas. */
  readonly shape: Shape;
  /** Absent while the choice is open. */
  readonly make?: (fields: never) => unknown;
  readonly issue?: FieldIssue;
}

/** `meant`: keys for which an unknown key of the mapping is likely a misspelling; that they are missing goes without saying. */
function choose(choice: Choice<unknown>, value: Record<string, unknown>, meant: readonly string[]): Chosen {
  if ('shape' in choice) {
    return choice;
  }
  if ('key' in choice) {
    const { key, what, values } = choice;
    const given = value[key];
    const shape = { [key]: z.unknown() };
    const next = typeof given === 'string' && Object.hasOwn(values, given) ? values[given] : undefined;
    if (next === undefined) {
      return { shape, issue: { ...unknownWord(what, given, Object.keys(values)), path: [key] } };
    }
    const chosen = choose(next, value, meant);
    return { ...chosen, shape: { ...shape, ...chosen.shape } };
  }
  const keys = Object.keys(choice.oneKeyOf);
  const [first, second] = Object.keys(value).filter((key) => keys.includes(key));
  const next = first === undefined ? undefined : choice.oneKeyOf[first];
  if (next === undefined) {
    const misspelt = keys.some((key) => meant.includes(key));
    return { shape: {}, ...(misspelt ? {} : { issue: { message: `one of the keys ${keys.join(', ')} is needed` } }) };
  }
  if (second !== undefined) {
    const message = `"${first}" and "${second}" exclude each other, keep one`;
    return { shape: {}, issue: { message, path: [second], at: 'key' } };
  }
  return choose(next, value, meant);
}

/** Every key that some branch knows. */
function allKeys(choice: Choice<unknown>): readonly string[] {
  if ('shape' in choice) {
    return Object.keys(choice.shape);
  }
  return 'key' in choice
    ? [choice.key, ...Object.values(choice.values).flatMap(allKeys)]
    : Object.values(choice.oneKeyOf).flatMap(allKeys);
}

type Parts<C> = { readonly [Name in keyof C]: C[Name] extends Choice<infer T> ? T : never };

/**
 * A mapping made of independent choices and of keys that every branch has. Its value has what each choice made under the
 * choice's name, and the common keys under `common`. While a choice is open, only keys that no branch knows are refused.
 */
export function mappingOf<C extends Readonly<Record<string, Choice<unknown>>>, S extends Shape>(
  choices: C,
  common: S,
): z.ZodType<Parts<C> & { readonly common: z.output<z.ZodObject<S>> }> {
  const known = [...new Set([...Object.values(choices).flatMap(allKeys), ...Object.keys(common)])];
  return z.unknown().transform((value, sink) => {
    if (!isRecord(value)) {
      addIssue(sink, { message: `a mapping is wanted here, not ${described(value)}` });
      return z.NEVER;
    }
    const strangers = Object.keys(value).filter((key) => !known.includes(key));
    const meant = strangers.flatMap((key) => suggest(key, known) ?? []);
    const chosen = Object.entries(choices).map(([name, choice]) => ({ name, ...choose(choice, value, meant) }));
    const open = chosen.some(({ make }) => make === undefined);
    for (const { issue } of chosen) {
      if (issue !== undefined) {
        addIssue(sink, issue);
      }
    }
    if (open) {
      refuseUnknownKeys(sink, value, known);
    }
    const shape: Shape = Object.assign({}, ...chosen.map((part) => part.shape), common);
    const read = (open ? z.looseObject(shape) : mapping(shape)).safeParse(value);
    if (!read.success) {
      passOn(sink, read.error);
    }
    if (!read.success || open) {
      return z.NEVER;
    }
    const made = chosen.map(({ name, make }) => [name, make?.(read.data as never)]);
    return { ...Object.fromEntries(made), common: read.data } as Parts<C> & { common: z.output<z.ZodObject<S>> };
  });
}
