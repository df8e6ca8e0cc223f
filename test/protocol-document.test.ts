import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { answerLine } from '../bridge/server/answer.ts';
import { servedPump } from '../bridge/server/served-pump.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { withTables } from '../protocol/document.ts';
import { decodeLine, encodeLine } from '../protocol/index.ts';

/** The formatter pads the columns of a table; what stands in the cells is what counts. */
const cells = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');

const document = readFileSync(new URL('../protocol/PROTOCOL.md', import.meta.url), 'utf8');
const examples = document.split('\n').filter((line) => /^[><!] [0-9]/.test(line));

test('every example line of PROTOCOL.md carries the right CRC', () => {
  expect(examples.length).toBeGreaterThan(30);
  for (const line of examples) expect(decodeLine(line), line).toMatchObject({ ok: true });
});

test('the session in PROTOCOL.md is what a pump answers, line by line', () => {
  const pump = servedPump(new Simulation({ profile: 'itb-20-sense', concentration: 500 }), false);
  const heard = examples.flatMap((line) =>
    line.startsWith('>') ? [line, ...answerLine(pump, line).map(encodeLine)] : [],
  );
  expect(heard).toEqual(examples);
});

test('the tables of PROTOCOL.md are those of the verb table (npm run protocol:doc)', () => {
  expect(cells(withTables(document))).toBe(cells(document));
});

test('the check of a drug library is taken as E12 says', () => {
  const line = examples.find((example) => example.includes(' LIBRARY ')) ?? '';
  const decoded = decodeLine(line);
  const words = decoded.ok && decoded.line.kind === 'command' ? decoded.line.fields : {};
  const [hardMin, softMin, softMax, hardMax] = (words['dose_ng'] ?? '').split('+');
  const text =
    `drug=${words['drug']} version=${words['ver']} conc=${words['conc']} hard=${hardMin}+${hardMax} ` +
    `soft=${softMin}+${softMax} bolus=${words['bolus_ng']} step=${words['step']} ` +
    `every=${Number(words['every_s']) * 1_000_000} days=${words['days']}`;
  expect(words['check']).toBe(crc32(text).toString(16).toUpperCase().padStart(8, '0'));
});
