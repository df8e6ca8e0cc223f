/** The tables of PROTOCOL.md, made from the data that the code runs on. */
import { CODES } from './codes.ts';
import { SCHEMA_HASH } from './schema.ts';
import { VERB_NAMES, VERBS, type KeySpec, type VerbSpec } from './verbs.ts';

function values(spec: KeySpec): string {
  switch (spec.type) {
    case 'integer':
      return `${spec.min} to ${spec.max}${spec.unit === '' ? '' : ` ${spec.unit}`}`;
    case 'word':
      return spec.words.map((word) => `\`${word}\``).join(', ');
    case 'name':
      return `a name of at most ${spec.most} characters`;
  }
}

const keyRow = (direction: string, [key, spec]: [string, KeySpec]): string =>
  `| ${direction} | \`${key}\`${spec.optional === true ? ' (optional)' : ''} | ${values(spec)} | ${spec.text} |`;

function verbSection(verb: string, spec: VerbSpec): string {
  const rows = [
    ...Object.entries<KeySpec>(spec.keys).map((entry) => keyRow('>', entry)),
    ...Object.entries<KeySpec>(spec.reply).map((entry) => keyRow('< OK', entry)),
  ];
  const table =
    rows.length === 0
      ? ['No keys either way.']
      : ['| line | key | values | meaning |', '| --- | --- | --- | --- |', ...rows];
  const codes =
    spec.codes.length === 0
      ? 'Never refused for its meaning.'
      : `Refused with ${spec.codes.map((code) => `\`${code}\``).join(', ')}.`;
  return [
    `### \`${verb}\`${spec.simulated === true ? ' (simulated pumps only)' : ''}`,
    '',
    `${capital(spec.text)}.`,
    '',
    ...table,
    '',
    codes,
  ].join('\n');
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Markdown: the verbs, then the codes. */
export function renderTables(): string {
  return [
    `Schema hash of these tables: \`${SCHEMA_HASH}\`.`,
    ...VERB_NAMES.map((verb) => verbSection(verb, VERBS[verb])),
    [
      '### Codes',
      '',
      '| code | meaning |',
      '| --- | --- |',
      ...Object.entries(CODES).map(([code, text]) => `| \`${code}\` | ${text} |`),
    ].join('\n'),
  ].join('\n\n');
}

const BEGIN = '<!-- tables: made by `npm run protocol:doc` -->';
const END = '<!-- end of tables -->';

/** The document with its tables made anew. Throws when the marks are missing. */
export function withTables(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has lost its marks: ${BEGIN}, ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${renderTables()}\n\n${document.slice(end)}`;
}
