/** One page from sections: tables, runs and comparisons beside each other. */
import { renderChart } from './chart.ts';
import { markup, NOTHING, renderPage, section, type Html, type PageWorld } from './html.ts';
import type { PressureLimit } from './lanes.ts';
import type { RecordLine } from './record.ts';
import type { RunResult } from './result.ts';
import {
  alarmTable,
  badge,
  expectationsTable,
  factsTable,
  pageWorld,
  recordWarnings,
  verdictLine,
} from './run-parts.ts';
import { twoTruths } from './two-truths.ts';

export type Section = TextSection | TableSection | RunSection | SideBySideSection;

export interface TextSection {
  readonly kind: 'text';
  readonly title: string;
  readonly paragraphs: readonly string[];
}

export interface TableColumn {
  readonly title: string;
  readonly unit?: string;
  readonly align: 'left' | 'right';
}

export interface TableSection {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly TableColumn[];
  /** As many cells as columns; numbers are shown as they are. */
  readonly rows: readonly (readonly (string | number)[])[];
  readonly note?: string;
}

export interface RunSection {
  readonly kind: 'run';
  readonly title: string;
  readonly record: readonly RecordLine[];
  readonly result: RunResult;
  readonly notes?: readonly string[];
  readonly pressureLimit?: PressureLimit;
  /** Path of the scenario's file. */
  readonly file?: string;
}

export interface SideBySideSection {
  readonly kind: 'side-by-side';
  readonly title: string;
  /** Compared line by line: those that are not the same in all columns are marked. */
  readonly columns: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly verdict: string;
}

export interface SummaryOptions {
  readonly title?: string;
  /** The world of the tables; the runs bring their own. */
  readonly world?: PageWorld;
}

const VERDICTS = new Set(['PASS', 'FAIL', 'INCONCLUSIVE', 'ERROR', 'TIMEOUT', 'ABORTED', 'SKIPPED']);

function tableSection({ title, columns, rows, note }: TableSection): Html {
  const style = (index: number): string => (columns[index]?.align === 'right' ? ' class="num"' : '');
  const head = columns.map(({ title: name, unit }, index) => {
    const words = unit === undefined ? markup`${name}` : markup`${name}, <span class="unit">${unit}</span>`;
    return markup`<th scope="col"${{ html: style(index) }}>${words}</th>`;
  });
  const cell = (value: string | number, index: number): Html => {
    const content = typeof value === 'string' && VERDICTS.has(value) ? badge(value) : markup`${value}`;
    return markup`<td${{ html: style(index) }}>${content}</td>`;
  };
  return section(
    title,
    markup`<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>${rows.map(
      (row) => markup`<tr>${row.map(cell)}</tr>
`,
    )}</tbody></table></div>
`,
    note === undefined
      ? NOTHING
      : markup`<p class="dim">${note}</p>
`,
  );
}

function runSection({ title, record, result, notes, pressureLimit, file }: RunSection): Html {
  const chart = renderChart(record, { label: title, ...(pressureLimit === undefined ? {} : { pressureLimit }) });
  return section(
    title,
    markup`<p class="dim">${result.world}: ${result.scenario}, profile ${result.profile}, target ${result.target}</p>
`,
    verdictLine(result),
    ...recordWarnings(record, result),
    ...(notes ?? []).map(
      (note) => markup`<p class="callout">${note}</p>
`,
    ),
    markup`<h3>Expectations</h3>
${expectationsTable(result.expectations)}<h3>Alarms</h3>
${alarmTable(result.alarms)}<h3>Course</h3>
${chart}<h3>Two truths</h3>
${twoTruths(record)}<h3>To run it again</h3>
${factsTable(record, result, file)}`,
  );
}

function sideBySideSection({ title, columns, verdict }: SideBySideSection): Html {
  const most = columns.reduce((length, { lines }) => Math.max(length, lines.length), 0);
  const differs = Array.from(
    { length: most },
    (_, index) => new Set(columns.map(({ lines }) => lines[index])).size > 1,
  );
  const drawn = columns.map(({ title: name, lines }) => {
    const items = differs.map(
      (different, index) => markup`<li class="mono${different ? ' differs' : ''}">${lines[index] ?? ''}</li>
`,
    );
    return markup`<div><h3>${name}</h3><ol>${items}</ol></div>
`;
  });
  const count = differs.filter(Boolean).length;
  // Of nothing, or with nothing beside it, equality says nothing.
  const vacuous = most === 0 || columns.length < 2;
  const equal = count === 0 ? `All ${most} lines are equal.` : `${count} of ${most} lines differ.`;
  const found = vacuous ? 'There is nothing to compare.' : equal;
  const style = vacuous ? '' : count === 0 ? 'verdict-pass' : 'verdict-fail';
  return section(
    title,
    markup`<div class="columns">${drawn}</div>
<div class="verdict ${style}"><strong>${verdict}</strong><span class="dim">${found}</span></div>
`,
  );
}

function textSection({ title, paragraphs }: TextSection): Html {
  return section(
    title,
    ...paragraphs.map(
      (text) => markup`<p>${text}</p>
`,
    ),
  );
}

const RENDERERS: { readonly [Kind in Section['kind']]: (part: Extract<Section, { kind: Kind }>) => Html } = {
  text: textSection,
  table: tableSection,
  run: runSection,
  'side-by-side': sideBySideSection,
};

function render<Kind extends Section['kind']>(part: Extract<Section, { kind: Kind }>): Html {
  return RENDERERS[part.kind](part);
}

/** Without a run and without a word from the caller a page says SIMULATED: nobody acts on that by mistake. */
function worldOf(sections: readonly Section[], given: PageWorld | undefined): PageWorld {
  const worlds = new Set<PageWorld>(given === undefined ? [] : [given]);
  for (const part of sections) {
    if (part.kind === 'run') {
      worlds.add(pageWorld(part.record, part.result));
    }
  }
  const [first] = worlds;
  return worlds.size > 1 ? 'MIXED' : (first ?? 'SIMULATED');
}

export function renderSummaryReport(sections: readonly Section[], options: SummaryOptions = {}): string {
  return renderPage({
    title: options.title ?? 'Summary',
    world: worldOf(sections, options.world),
    body: sections.map(render),
  });
}
