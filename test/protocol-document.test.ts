import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { answerLine } from '../bridge/server/answer.ts';
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
  const pump = { simulation: new Simulation({ profile: 'itb-20-sense', concentration: 500 }), lockstep: false };
  const heard = examples.flatMap((line) =>
    line.startsWith('>') ? [line, ...answerLine(pump, line).map(encodeLine)] : [],
  );
  expect(heard).toEqual(examples);
});

test('the tables of PROTOCOL.md are those of the verb table (npm run protocol:doc)', () => {
  expect(cells(withTables(document))).toBe(cells(document));
});
