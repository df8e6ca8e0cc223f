/** The tables and sessions of PROTOCOL.md, made from the data that the code runs on. */
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

/** A worked session: what is sent and what is answered, line by line. */
export interface WorkedSession {
  readonly title: string;
  readonly text: string;
  readonly lines: string;
}

/** The first time that the verb is said in a session, with its answer; undefined: never. */
export function exampleOf(verb: string, sessions: readonly WorkedSession[]): string | undefined {
  const says = new RegExp(`^> [0-9A-F]{8} [0-9]+ ${verb} `);
  for (const { lines } of sessions) {
    const all = lines.split('\n');
    const from = all.findIndex((line) => says.test(line));
    if (from < 0) continue;
    const to = all.findIndex((line, index) => index > from && line.startsWith('<'));
    return all.slice(from, to + 1).join('\n');
  }
  return undefined;
}

function verbSection(verb: string, spec: VerbSpec, sessions: readonly WorkedSession[]): string {
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
  const example = exampleOf(verb, sessions);
  return [
    `### \`${verb}\`${spec.simulated === true ? ' (simulated pumps only)' : ''}`,
    '',
    `${capital(spec.text)}.`,
    '',
    ...table,
    '',
    [codes, spec.reads === true ? 'It changes nothing: a session that only reads may say it.' : '']
      .filter((text) => text !== '')
      .join(' '),
    ...(example === undefined ? [] : ['', '```text', example, '```']),
  ].join('\n');
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Markdown: the verbs, then the codes. */
export function renderTables(sessions: readonly WorkedSession[]): string {
  return [
    `Schema hash of these tables: \`${SCHEMA_HASH}\`.`,
    ...VERB_NAMES.map((verb) => verbSection(verb, VERBS[verb], sessions)),
    [
      '### Codes',
      '',
      '| code | meaning |',
      '| --- | --- |',
      ...Object.entries(CODES).map(([code, text]) => `| \`${code}\` | ${text} |`),
    ].join('\n'),
  ].join('\n\n');
}

const MARKS = {
  tables: ['<!-- tables: made by `npm run protocol:doc` -->', '<!-- end of tables -->'],
  log: ['<!-- log: made by `npm run protocol:doc` -->', '<!-- end of log -->'],
  sessions: ['<!-- sessions: made by `npm run protocol:doc` -->', '<!-- end of sessions -->'],
} as const;

/** The document with what stands between the two marks made anew. Throws when the marks are missing. */
function withPart(document: string, [begin, end]: readonly [string, string], made: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has lost its marks: ${begin}, ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${made}\n\n${document.slice(to)}`;
}

const renderSessions = (sessions: readonly WorkedSession[]): string =>
  sessions.map(({ title, text, lines }) => `### ${title}\n\n${text}\n\n\`\`\`text\n${lines}\n\`\`\``).join('\n\n');

/** A kind of the log, the keys that its entries can have, and what it says. */
export interface LogKindRow {
  readonly kind: string;
  readonly keys: readonly string[];
  readonly text: string;
}

const renderLog = (log: readonly LogKindRow[]): string =>
  [
    '| kind | keys | meaning |',
    '| --- | --- | --- |',
    ...log.map(({ kind, keys, text }) => `| \`${kind}\` | ${keys.map((key) => `\`${key}\``).join(', ')} | ${text} |`),
  ].join('\n');

/** The document with its tables, log and sessions made anew. */
export function withMade(document: string, sessions: readonly WorkedSession[], log: readonly LogKindRow[]): string {
  const parts = [
    [MARKS.tables, renderTables(sessions)],
    [MARKS.log, renderLog(log)],
    [MARKS.sessions, renderSessions(sessions)],
  ] as const;
  return parts.reduce((text, [marks, made]) => withPart(text, marks, made), document);
}
