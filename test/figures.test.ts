/** Agreement of the body with published figures: only those count that no parameter was chosen from. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withBodyTables } from '../firmware-sim/analysis/body-document.ts';
import { FIGURES } from '../firmware-sim/analysis/figures.ts';
import { UNMATCHED } from '../firmware-sim/analysis/figures-unmatched.ts';
import { FAULT_PRESETS, type FaultPreset } from '../firmware-sim/simulation/vocabulary.ts';

const predicted = FIGURES.filter(({ kind }) => kind === 'predicted');

test.each(predicted)('the body predicts: $figure', ({ produce, published, tolerance }) => {
  expect(Math.abs(produce() / published - 1)).toBeLessThanOrEqual(tolerance);
});

test('no tolerance of a predicted figure is over 3 %', () => {
  expect(Math.max(...predicted.map(({ tolerance }) => tolerance))).toBeLessThanOrEqual(0.03);
});

test('every figure stands once, matched or not', () => {
  const names = [...FIGURES, ...UNMATCHED].map(({ figure }) => figure);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('the row of the MiniMed 511 that breaks the law is not matched: twice the published 25 s', () => {
  const row = UNMATCHED.find(({ figure }) => figure.includes('typical, bolus'));
  expect(row?.produce?.()).toBe('50 s');
});

/** Rates as pump.md 4 prints them, two digits. */
test.each([
  ['registry', [0.042, 0.0046, 0.0001]],
  ['paediatric', [0.019, 0.0012, 0.0001]],
  ['reinforced', [0.011, 0.0089, 0.0046, 0.0001]],
  ['legacy', [0.044, 0.016, 0.0001]],
] as const)('the preset %s has the published rates', (name, rates) => {
  const preset: FaultPreset = FAULT_PRESETS[name];
  expect(preset.rates.map(({ rate }) => Number(rate.toPrecision(2)))).toEqual(rates);
});

/** The formatter pads the columns of a table; what stands in the cells is what counts. */
const cells = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');

test('the tables of BODY.md are fresh (npm run figures)', () => {
  const document = readFileSync(new URL('../firmware-sim/BODY.md', import.meta.url), 'utf8');
  expect(cells(withBodyTables(document))).toBe(cells(document));
});
