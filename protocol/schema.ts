/** zod schemas derived from the verb table, and the schema hash that tells two sides whether they share it. */
import { z } from 'zod';
import type { Code } from './codes.ts';
import { crc32, hex8 } from './crc32.ts';
import { parseInteger, type Fields } from './line.ts';
import { VERBS, type ArgumentsOf, type KeySpec, type ReplyOf, type Verb, type VerbSpec } from './verbs.ts';

function valueSchema(spec: KeySpec): z.ZodType {
  switch (spec.type) {
    case 'integer':
      return z.string().transform((text, context) => {
        const value = parseInteger(text);
        if (value !== undefined && value >= spec.min && value <= spec.max) return value;
        context.addIssue({
          code: 'custom',
          message: `an integer from ${spec.min} to ${spec.max} ${spec.unit}`.trimEnd(),
        });
        return z.NEVER;
      });
    case 'word':
      return z.enum(spec.words);
    case 'name':
      return z.string().max(spec.most);
  }
}

const shapeOf = (keys: Readonly<Record<string, KeySpec>>): z.ZodRawShape =>
  Object.fromEntries(
    Object.entries(keys).map(([key, spec]) => [
      key,
      spec.optional === true ? z.optional(valueSchema(spec)) : valueSchema(spec),
    ]),
  );

type Check = z.ZodObject<z.ZodRawShape, z.core.$strict | z.core.$strip>;

/**
 * Each schema is made and compiled when its verb is first met: a process meets few of them. What a compiled schema refuses goes through
 * the schema itself, so the complaints are the same; where no code may be made of text, zod gives the schema back uncompiled.
 */
const compiledOnce = (make: (spec: VerbSpec) => Check): ((verb: Verb) => Check | undefined) => {
  const made = new Map<string, Check>();
  return (verb) => {
    const known = made.get(verb);
    if (known !== undefined || !isVerb(verb)) return known;
    const check = z.compile(make(VERBS[verb]));
    made.set(verb, check);
    return check;
  };
};

/** Commands must understand: an unknown key refuses the line. Replies may ignore: a newer pump may say more. */
const argumentsOf = compiledOnce(({ keys }) => z.strictObject(shapeOf(keys)));
const replyOf = compiledOnce(({ reply }) => z.object(shapeOf(reply)));

export type ArgumentCheck<V extends Verb> =
  | { readonly ok: true; readonly args: ArgumentsOf<V> }
  | {
      readonly ok: false;
      readonly code: Extract<Code, 'UNKNOWN_KEY' | 'MISSING_KEY' | 'BAD_VALUE'>;
      readonly key: string;
    };

export const isVerb = (text: string): text is Verb => Object.hasOwn(VERBS, text);

/** The fields of a command as its arguments. The first complaint decides. */
export function decodeArguments<V extends Verb>(verb: V, fields: Fields): ArgumentCheck<V> {
  const result = argumentsOf(verb)?.safeParse(fields);
  if (result === undefined) throw new RangeError(`no such verb: ${verb}`);
  if (result.success) return { ok: true, args: result.data as ArgumentsOf<V> };
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') return { ok: false, code: 'UNKNOWN_KEY', key: issue.keys[0] ?? '' };
  const key = String(issue?.path[0] ?? '');
  return { ok: false, code: key in fields ? 'BAD_VALUE' : 'MISSING_KEY', key };
}

export type ReplyCheck<V extends Verb> =
  { readonly ok: true; readonly reply: ReplyOf<V> } | { readonly ok: false; readonly detail: string };

/** The fields of an OK reply. */
export function decodeReply<V extends Verb>(verb: V, fields: Fields): ReplyCheck<V> {
  const result = replyOf(verb)?.safeParse(fields);
  if (result === undefined) throw new RangeError(`no such verb: ${verb}`);
  if (result.success) return { ok: true, reply: result.data as ReplyOf<V> };
  const [issue] = result.error.issues;
  return { ok: false, detail: `${verb} reply: ${String(issue?.path[0] ?? '')}: ${issue?.message ?? 'malformed'}` };
}

/** Values as fields of a line, in the order given; undefined ones are left out. */
export function encodeFields(values: Readonly<Record<string, string | number | undefined>>): Fields {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
}

function canonical(spec: KeySpec): string {
  const type =
    spec.type === 'integer'
      ? `integer ${spec.unit} ${spec.min} ${spec.max}`
      : spec.type === 'word'
        ? `word ${spec.words.join('|')}`
        : `name ${spec.most}`;
  return spec.optional === true ? `${type} optional` : type;
}

/** CRC-32 over a verb table in canonical form: one line a key, sorted. Texts are left out: wording changes no meaning. */
export const schemaHash = (table: Readonly<Record<string, VerbSpec>>): string =>
  hex8(
    crc32(
      Object.entries(table)
        .flatMap(([verb, spec]) => [
          verb,
          ...Object.entries(spec.keys).map(([key, value]) => `${verb} > ${key} ${canonical(value)}`),
          ...Object.entries(spec.reply).map(([key, value]) => `${verb} < ${key} ${canonical(value)}`),
        ])
        .toSorted()
        .join('\n')
        // The CRC takes bytes; the only wider character of the table is the micro sign.
        .replaceAll('µ', 'u'),
    ),
  );

export const SCHEMA_HASH: string = schemaHash(VERBS);
