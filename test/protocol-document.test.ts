import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { logKinds, rendered, transcriptOf, transcripts, vectors } from '../bridge/protocol-vectors.ts';
import { SESSIONS } from '../bridge/protocol-sessions.ts';
import { exampleOf, withMade } from '../protocol/document.ts';
import { decodeLine, RULES, SCHEMA_HASH, VERB_NAMES } from '../protocol/index.ts';

/** The formatter pads the columns of a table; what stands in the cells is what counts. */
const cells = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');

const read = (name: string): string => readFileSync(new URL(`../protocol/${name}`, import.meta.url), 'utf8');
const document = read('PROTOCOL.md');
const worked = transcripts().map((one) => ({ title: one.title, text: one.text, lines: rendered(one) }));

test('the sessions and tables of PROTOCOL.md are what a pump answers and the verb table says (npm run protocol:doc)', () => {
  expect(cells(withMade(document, worked, logKinds()))).toBe(cells(document));
});

test('vectors.json is what the code of today makes (npm run protocol:doc)', () => {
  expect(JSON.parse(read('vectors.json'))).toEqual(JSON.parse(vectors()));
});

test('a session happens the same way every time', () => {
  for (const session of SESSIONS) expect(transcriptOf(session)).toEqual(transcriptOf(session));
});

test('every line of the worked sessions is whole but for those that are meant to be damaged', () => {
  const lines = worked.flatMap(({ lines: text }) => text.split('\n')).filter((line) => /^[><!.] [0-9]/.test(line));
  expect(lines.length).toBeGreaterThan(150);
  const damaged = lines.filter((line) => !decodeLine(line).ok);
  expect(damaged.map((line) => line.slice(0, 25))).toEqual(['> 01180001 3 START if=1 *', '> 01180001 3 START if *4F']);
});

test('every verb has a worked example', () => {
  expect(VERB_NAMES.filter((verb) => exampleOf(verb, worked) === undefined)).toEqual([]);
});

test('every rule that the machines are built of stands in the document under its number', () => {
  for (const text of Object.values(RULES)) {
    const [number = ''] = text.split(':');
    expect(document, number).toContain(`- **${number}** `);
  }
});

test('a rule that code or tests cite is one of the document', () => {
  const numbers = new Set([...document.matchAll(/^- \*\*([A-Z][0-9]+)\*\*/gm)].map(([, number]) => number));
  expect(numbers.size).toBeGreaterThan(50);
  const cited = [
    'session/pump-link.ts',
    'session/pump-hello.ts',
    'session/host-link.ts',
    'session/host-dose.ts',
    'session/typed.ts',
    'session/dose-gate.ts',
    'assembler.ts',
    'line.ts',
  ];
  for (const file of cited) {
    for (const [, number] of read(file).matchAll(/\b([LHCDETVS][0-9]{1,2})\b(?=[,.)]| to | and )/g)) {
      expect(numbers, `${file}: ${number}`).toContain(number);
    }
  }
});

test('the document names the schema hash of this version', () => {
  expect(document).toContain(`Schema hash of these tables: \`${SCHEMA_HASH}\``);
});

test('the typed dose of the README is part of a worked session', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, shown = ''] = /^```text\n(bolus .*?)^```$/ms.exec(readme) ?? [];
  const lines = shown.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(8);
  const typed = transcripts().find(({ name }) => name === 'typed');
  const said = typed === undefined ? [] : rendered(typed).split('\n');
  let at = 0;
  for (const line of lines) {
    at = said.indexOf(line, at) + 1;
    expect(at, line).toBeGreaterThan(0);
  }
});

test('the check of a drug library is taken as E12 says', () => {
  const line = worked.flatMap(({ lines }) => lines.split('\n')).find((example) => example.includes(' LIBRARY ')) ?? '';
  const decoded = decodeLine(line);
  const words = decoded.ok && decoded.line.kind === 'command' ? decoded.line.fields : {};
  const [hardMin, softMin, softMax, hardMax] = (words['dose_ng'] ?? '').split('+');
  const text =
    `drug=${words['drug']} version=${words['ver']} conc=${words['conc']} hard=${hardMin}+${hardMax} ` +
    `soft=${softMin}+${softMax} bolus=${words['bolus_ng']} step=${words['step']} ` +
    `every=${Number(words['every_s']) * 1_000_000} days=${words['days']}`;
  expect(words['check']).toBe(crc32(text).toString(16).toUpperCase().padStart(8, '0'));
});
