/** The kinds of value that stand in a scenario file, as zod schemas whose errors a person can act on. */
import { z } from 'zod';
import { DIMENSIONS, type Dimension } from './dimensions.ts';
import { missingUnit, parseQuantity, quote, type Limits } from './quantity.ts';
import { suggest } from './suggest.ts';

/** What an issue carries beside its message: `at: 'key'` points at the key instead of the value, `near` is what was probably meant. */
export interface IssueParams {
  readonly at?: 'key' | undefined;
  readonly near?: string | undefined;
}

export interface FieldIssue extends IssueParams {
  readonly message: string;
  readonly path?: readonly PropertyKey[];
}

type IssueSink = Pick<z.core.ParsePayload, 'issues' | 'value'>;

export function addIssue(sink: IssueSink, { message, path = [], at, near }: FieldIssue): void {
  const params: IssueParams = { at, near };
  sink.issues.push({ code: 'custom', message, path: [...path], params, input: sink.value });
}

/** Hands the issues of an inner parse on to the outer one, which puts its own path before them. */
export function passOn(sink: IssueSink, error: z.ZodError): void {
  for (const { message, path, ...issue } of error.issues) {
    const params = issue.code === 'custom' ? issue.params : {};
    sink.issues.push({ code: 'custom', message, path: [...path], params, input: sink.value });
  }
}

/** What a value is, for messages. */
export function described(value: unknown): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping';
}

const wanted = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `${what} is wanted here, not ${described(input)}`,
});

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Shape = Readonly<Record<string, z.ZodType>>;

export const mapValues = <V, R>(
  table: Readonly<Record<string, V>>,
  f: (value: V, key: string) => R,
): Record<string, R> => Object.fromEntries(Object.entries(table).map(([key, value]) => [key, f(value, key)]));

/** Every key of `value` that is not among `keys` becomes an issue at that key. */
export function refuseUnknownKeys(sink: IssueSink, value: Record<string, unknown>, keys: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      const near = suggest(key, keys);
      const message = `unknown key ${quote(key)}${near === undefined ? `, known here: ${keys.join(', ')}` : ''}`;
      addIssue(sink, { message, path: [key], at: 'key', near });
    }
  }
}

/** A mapping with these keys and no others. Unknown keys are found whatever else is wrong. */
export function mapping<S extends Shape>(shape: S): z.ZodObject<S, z.core.$loose> {
  const keys = Object.keys(shape);
  return z
    .looseObject(shape, wanted('a mapping'))
    .superRefine((value, sink) => refuseUnknownKeys(sink, value, keys), { when: ({ value }) => isRecord(value) });
}

export const listOf = <T extends z.ZodType>(item: T): z.ZodArray<T> => z.array(item, wanted('a list'));

// Control characters in a title would reach terminals and reports.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;

/** One line of text for people. */
export const line = (max: number) =>
  z
    .string({
      error: ({ input }) =>
        typeof input === 'number' || typeof input === 'boolean'
          ? `text is wanted here, not ${described(input)}: put it in quotes`
          : `text is wanted here, not ${described(input)}`,
    })
    .min(1, { error: 'the text is empty' })
    .max(max, { error: `the text is longer than ${max} characters` })
    .refine((text) => !CONTROL.test(text), { error: 'the text holds a line break or a control character' });

/** An identifier: of a scenario, an expectation, a requirement. */
export const identifier = line(60).regex(/^[\w.-]*$/u, {
  error: 'an id has only letters, digits, "_", "." and "-"',
});

export const integer = (min: number, max: number) =>
  z.number(wanted('an integer')).refine((value) => Number.isInteger(value) && value >= min && value <= max, {
    error: `an integer from ${min} to ${max} is wanted here`,
  });

export const truth = z.boolean(wanted('true or false'));

/** One word of a table. */
export function word<W extends string>(what: string, words: readonly W[]) {
  return z.unknown().transform((value, sink): W => {
    const found = words.find((candidate) => candidate === value);
    if (found === undefined) {
      addIssue(sink, unknownWord(what, value, words));
      return z.NEVER;
    }
    return found;
  });
}

export function unknownWord(what: string, value: unknown, words: readonly string[]): FieldIssue {
  return typeof value === 'string'
    ? { message: `unknown ${what} ${quote(value)}, one of ${words.join(', ')}`, near: suggest(value, words) }
    : { message: `${what} is one of ${words.join(', ')}, not ${described(value)}` };
}

/** Exactly this value. */
export const exactly = <V extends string | number | boolean>(value: V, message: string) =>
  z.literal(value, { error: message });

/** A quantity with its unit, as an integer in the dimension's unit. `make` gives it the brand of that unit. */
export function quantity<T extends number = number>(
  dimension: Dimension,
  make: (value: number) => T = (value) => value as T,
  limits: Limits = {},
) {
  const error = ({ input }: { readonly input?: unknown }): string =>
    typeof input === 'number'
      ? missingUnit(dimension)
      : `${DIMENSIONS[dimension].noun} is wanted here, for example "${DIMENSIONS[dimension].example}", not ${described(input)}`;
  return z.string({ error }).transform((text, sink): T => {
    const read = parseQuantity(text, dimension, limits);
    if (!read.ok) {
      addIssue(sink, { message: read.message, near: read.near });
      return z.NEVER;
    }
    return make(read.value);
  });
}
