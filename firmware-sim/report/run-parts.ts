/** Parts of a page about one run, shared by the report of a run and by a summary. */
import { clock, grouped, span } from './format.ts';
import { markup, NOTHING, type Html, type PageWorld } from './html.ts';
import { alarmBars } from './moments.ts';
import type { HeaderLine, RecordLine } from './record.ts';
import type { AlarmResult, ExpectationResult, RunResult } from './result.ts';

export function headerOf(record: readonly RecordLine[]): HeaderLine | undefined {
  return record.find((line) => line.type === 'header');
}

const BAD = new Set(['FAIL', 'ERROR', 'refused']);

/** A verdict in its colour; the word carries the meaning. */
export function badge(verdict: string): Html {
  const style = verdict === 'PASS' ? ' badge-pass' : BAD.has(verdict) ? ' badge-fail' : '';
  return markup`<span class="badge${style}">${verdict}</span>`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** The verdict with its reason, the counts, and how fast time ran. */
export function verdictLine(result: RunResult): Html {
  const passed = result.expectations.filter(({ verdict }) => verdict === 'PASS').length;
  const speed =
    result.wall_s > 0 ? `, ${grouped(Number((result.virtual_s / result.wall_s).toPrecision(3)))} times real time` : '';
  const style = result.verdict === 'PASS' ? ' verdict-pass' : result.verdict === 'FAIL' ? ' verdict-fail' : '';
  const reason = result.reason === null ? NOTHING : markup`<span>${result.reason}</span>`;
  return markup`<div class="verdict${style}">${badge(result.verdict)}${reason}<span>${passed} of ${plural(result.expectations.length, 'expectation')} passed</span><span>${plural(result.alarms.length, 'alarm')}</span><span class="dim">${span(result.virtual_s)} of pump time in ${span(result.wall_s)}${speed}</span></div>
`;
}

function expectationRow(row: ExpectationResult): Html {
  return markup`<tr><th scope="row">${row.id}</th><td>${row.requirements.join(', ')}</td><td>${row.expected}</td><td>${row.measured}</td><td class="num">${row.margin ?? '–'}</td><td>${badge(row.verdict)}</td></tr>
`;
}

export function expectationsTable(rows: readonly ExpectationResult[]): Html {
  return rows.length === 0
    ? markup`<p class="dim">The result holds no expectation.</p>
`
    : markup`<div class="scroll"><table><thead><tr><th scope="col">id</th><th scope="col">requirements</th><th scope="col">expected</th><th scope="col">measured</th><th scope="col" class="num">margin</th><th scope="col">verdict</th></tr></thead>
<tbody>${rows.map(expectationRow)}</tbody></table></div>
`;
}

/** Rows at either end of a long table. */
const ENDS = 200;

/** The rows of a table: all of them, or the first and last 200 and between them how many more are in `file`. */
export function boundedRows<Row>(
  rows: readonly Row[],
  columns: number,
  file: string,
  row: (each: Row) => Html,
): readonly Html[] {
  if (rows.length <= 2 * ENDS) {
    return rows.map(row);
  }
  const left = rows.length - 2 * ENDS;
  return [
    ...rows.slice(0, ENDS).map(row),
    markup`<tr class="gap"><td colspan="${columns}">${left} rows left out; all are in ${file}</td></tr>
`,
    ...rows.slice(-ENDS).map(row),
  ];
}

const at = (seconds: number): string => clock(Math.round(seconds * 1e6), 3);

function alarmRow({ id, priority, raised_s: raised, cleared_s: cleared }: AlarmResult): Html {
  const end = cleared === null ? 'not by the end' : at(cleared);
  const lasted = cleared === null ? '' : span(cleared - raised);
  return markup`<tr><th scope="row">${id}</th><td><span class="priority priority-${priority}">${priority}</span></td><td class="num">${at(raised)}</td><td class="num">${end}</td><td class="num">${lasted}</td></tr>
`;
}

export function alarmTable(alarms: readonly AlarmResult[]): Html {
  return alarms.length === 0
    ? markup`<p>The result lists no alarm.</p>
`
    : markup`<table><thead><tr><th scope="col">alarm</th><th scope="col">priority</th><th scope="col" class="num">raised, <span class="unit">h:min:s</span></th><th scope="col" class="num">cleared, <span class="unit">h:min:s</span></th><th scope="col" class="num">lasted</th></tr></thead>
<tbody>${boundedRows(alarms, 5, 'result.json', alarmRow)}</tbody></table>
`;
}

/** What a page of this run says: both words where record and result disagree, so that neither is hidden. */
export function pageWorld(record: readonly RecordLine[], result: RunResult): PageWorld {
  const header = headerOf(record);
  return header === undefined || header.world === result.world ? result.world : 'MIXED';
}

/** What makes the record less than it seems: cut off, or at odds with the result. */
export function recordWarnings(record: readonly RecordLine[], result: RunResult): readonly Html[] {
  const header = headerOf(record);
  const listed = new Set(result.alarms.map(({ id }) => id));
  const unlisted = [...new Set(alarmBars(record).map(({ id }) => id))].filter((id) => !listed.has(id));
  const end = record.findLast((line) => line.type === 'end');
  const texts = [
    header === undefined ? 'The record has no header: which run it belongs to is not known.' : undefined,
    header !== undefined && header.world !== result.world
      ? `The record says ${header.world}, the result ${result.world}: they do not belong together.`
      : undefined,
    end === undefined ? 'The record has no end: the run was cut off.' : undefined,
    end !== undefined && end.log_sha256 !== result.log_sha256
      ? 'log_sha256 differs between record and result: they do not belong together.'
      : undefined,
    unlisted.length > 0 ? `The record has alarms that the result does not list: ${unlisted.join(', ')}.` : undefined,
  ];
  return texts
    .filter((text) => text !== undefined)
    .map(
      (text) => markup`<p class="callout callout-bad">${text}</p>
`,
    );
}

/** A word of a command as a POSIX shell takes it. */
function shellWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The facts that make the same run again. `file`: the scenario's file, which neither record nor result knows. */
export function factsTable(record: readonly RecordLine[], result: RunResult, file: string | undefined): Html {
  const header = headerOf(record);
  const command = `doseloop run ${file === undefined ? 'FILE' : shellWord(file)} --target ${result.target} --seed ${result.seed}`;
  const facts: readonly (readonly [string, Html | string])[] = [
    ['scenario', header === undefined ? result.scenario : `${result.scenario}: ${header.title}`],
    ['world, target', `${result.world}, ${result.target}`],
    ['profile', result.profile],
    ['seed', String(result.seed)],
    [
      'log_sha256',
      result.log_sha256 === null
        ? 'none: the log was not read without a gap'
        : markup`<code>${result.log_sha256}</code>`,
    ],
    ['tool', header?.tool ?? 'not known'],
    ['command', markup`<code>${command}</code>${file === undefined ? ', FILE being the scenario above' : ''}`],
  ];
  return markup`<div class="scroll"><table><tbody>${facts.map(
    ([name, value]) => markup`<tr><th scope="row" class="nowrap">${name}</th><td>${value}</td></tr>
`,
  )}</tbody></table></div>
`;
}
