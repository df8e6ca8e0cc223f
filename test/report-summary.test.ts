import { describe, expect, test } from 'vitest';
import { DISCLAIMER } from '../firmware-sim/report/html.ts';
import { renderSummaryReport, type Section } from '../firmware-sim/report/summary-report.ts';
import { header, occlusionRecord, OUTSIDE, result, tagFault } from './support/report-record.ts';

const run: Section = { kind: 'run', title: 'Occlusion', record: occlusionRecord, result };
const sideBySide = (left: readonly string[], right: readonly string[]): Section => ({
  kind: 'side-by-side',
  title: 'sim and wire',
  columns: [
    { title: 'sim', lines: left },
    { title: 'wire', lines: right },
  ],
  verdict: 'a verdict',
});
const table: Section = {
  kind: 'table',
  title: '22 therapies',
  columns: [
    { title: 'therapy', align: 'left' },
    { title: 'rate', unit: 'µL/day', align: 'right' },
    { title: 'verdict', align: 'left' },
  ],
  rows: [
    ['t<1>', 300.25, 'PASS'],
    ['t2', 48, 'FAIL'],
  ],
  note: 'a note',
};

const worldOf = (page: string): string | undefined => /<strong>([^<]*)<\/strong>/.exec(page)?.[1];

describe('the summary', () => {
  test('holds every kind of section on one balanced page that refers to nothing outside', () => {
    const text: Section = { kind: 'text', title: 'About <this>', paragraphs: ['one & two'] };
    const page = renderSummaryReport([text, table, run, sideBySide(['a'], ['a'])], { title: 'Main job' });
    expect(tagFault(page)).toBeUndefined();
    expect(page).not.toMatch(OUTSIDE);
    expect(page).toContain('<h1>Main job</h1>');
    expect(page).toContain('<h2>About &lt;this&gt;</h2>\n<p>one &amp; two</p>');
    expect(page).toContain('<svg class="chart"');
    expect(page).toContain(DISCLAIMER);
  });

  test('shows a table with units, alignment, plain numbers and verdicts in their colour', () => {
    const page = renderSummaryReport([table]);
    expect(page).toContain('<th scope="col" class="num">rate, <span class="unit">µL/day</span></th>');
    expect(page).toContain(
      '<tr><td>t&lt;1&gt;</td><td class="num">300.25</td><td><span class="badge badge-pass">PASS</span></td></tr>',
    );
    expect(page).toContain('<span class="badge badge-fail">FAIL</span>');
    expect(page).toContain('a note');
  });

  test('marks the lines in which columns differ, also where one has no such line', () => {
    const page = renderSummaryReport([sideBySide(['same', 'left', 'more'], ['same', 'right'])]);
    expect(page).toContain('<li class="mono">same</li>');
    expect(page.match(/<li class="mono differs">/g)).toHaveLength(4);
    expect(page).toContain('2 of 3 lines differ.');
    expect(page).toContain('class="verdict verdict-fail"');
  });

  test('says that equal columns are equal, and that empty ones say nothing', () => {
    expect(renderSummaryReport([sideBySide(['a', 'b'], ['a', 'b'])])).toContain('All 2 lines are equal.');
    const empty = renderSummaryReport([sideBySide([], [])]);
    expect(empty).toContain('There is nothing to compare.');
    expect(empty).not.toContain('class="verdict verdict-pass"');
  });

  test('takes its world from its runs and names both when they differ', () => {
    const real: Section = {
      ...run,
      kind: 'run',
      record: [{ ...header, world: 'REAL' }],
      result: { ...result, world: 'REAL' },
    };
    expect(worldOf(renderSummaryReport([run]))).toBe('SIMULATED');
    expect(worldOf(renderSummaryReport([real]))).toBe('REAL');
    expect(worldOf(renderSummaryReport([run, real]))).toBe('SIMULATED and REAL');
    expect(worldOf(renderSummaryReport([table, real], { world: 'SIMULATED' }))).toBe('SIMULATED and REAL');
  });

  test('without a run or a word about it says SIMULATED', () => {
    expect(renderSummaryReport([])).toContain('<strong>SIMULATED</strong>');
  });
});
