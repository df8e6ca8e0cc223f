/** The report of one run: a page that opens anywhere and needs nothing but itself. */
import { renderChart } from './chart.ts';
import { clock, keyValues } from './format.ts';
import { markup, NOTHING, renderPage, section, type Html } from './html.ts';
import type { PressureLimit } from './lanes.ts';
import { deeds, type Deed } from './moments.ts';
import type { EventLine, RecordLine } from './record.ts';
import type { RunResult } from './result.ts';
import {
  alarmTable,
  badge,
  boundedRows,
  expectationsTable,
  factsTable,
  headerOf,
  pageWorld,
  recordWarnings,
  verdictLine,
} from './run-parts.ts';
import { twoTruths } from './two-truths.ts';

export interface RunReportOptions {
  /** Path of the scenario's file, for the command that runs it again. */
  readonly file?: string;
  /** Drawn into the pressure lane. */
  readonly pressureLimit?: PressureLimit;
}

function inputRow({ us, input, args, outcome, answer }: Deed): Html {
  const state = outcome === 'refused' ? badge('refused') : markup`${outcome}`;
  return markup`<tr><td class="num mono">${clock(us)}</td><td>${input}</td><td class="mono">${args}</td><td>${state}</td><td class="mono">${answer}</td></tr>
`;
}

function inputsTable(done: readonly Deed[]): Html {
  return done.length === 0
    ? markup`<p class="dim">The record holds no input.</p>
`
    : markup`<div class="scroll"><table><thead><tr><th scope="col" class="num">pump time, <span class="unit">h:min:s</span></th><th scope="col">input</th><th scope="col">arguments</th><th scope="col">outcome</th><th scope="col">answer</th></tr></thead>
<tbody>${boundedRows(done, 5, 'record.ndjson', inputRow)}</tbody></table></div>
`;
}

function eventRow({ us, kind, keys }: EventLine): Html {
  return markup`<tr><td class="num mono">${clock(us)}</td><td>${kind}</td><td class="mono">${keyValues(keys)}</td></tr>
`;
}

function eventsTable(events: readonly EventLine[]): Html {
  return events.length === 0
    ? markup`<p class="dim">The record holds no entry of the therapy log.</p>
`
    : markup`<div class="scroll"><table><thead><tr><th scope="col" class="num">pump time, <span class="unit">h:min:s</span></th><th scope="col">event</th><th scope="col">keys, integers in the units of their names</th></tr></thead>
<tbody>${boundedRows(events, 3, 'record.ndjson', eventRow)}</tbody></table></div>
`;
}

function metricsTable(metrics: Readonly<Record<string, number>>): Html {
  const rows = Object.entries(metrics);
  return rows.length === 0
    ? NOTHING
    : section(
        'Metrics',
        markup`<table><tbody>${rows.map(
          ([name, value]) => markup`<tr><th scope="row">${name}</th><td class="num">${value}</td></tr>
`,
        )}</tbody></table>
`,
      );
}

/**
 * The page. `notes` are sentences that the record cannot know, shown under the verdict: that the profile has no occlusion
 * sensor, that a figure is an assumption.
 */
export function renderRunReport(
  record: readonly RecordLine[],
  result: RunResult,
  notes: readonly string[] = [],
  options: RunReportOptions = {},
): string {
  const events = record.filter((line) => line.type === 'event');
  const chart = renderChart(record, {
    label: result.scenario,
    ...(options.pressureLimit === undefined ? {} : { pressureLimit: options.pressureLimit }),
  });
  const title = headerOf(record)?.title ?? '';
  const body = [
    markup`<p>${title === '' ? NOTHING : markup`${title}<br>`}<span class="dim">profile ${result.profile}, target ${result.target}, seed ${result.seed}</span></p>
`,
    verdictLine(result),
    ...recordWarnings(record, result),
    ...notes.map(
      (note) => markup`<p class="callout">${note}</p>
`,
    ),
    section('Expectations', expectationsTable(result.expectations)),
    section('Alarms', alarmTable(result.alarms)),
    section(
      'Course',
      chart.html === ''
        ? markup`<p class="dim">The record has nothing to draw.</p>
`
        : chart,
    ),
    section('Two truths', twoTruths(record)),
    metricsTable(result.metrics),
    section('Inputs', inputsTable(deeds(record))),
    section('To run it again', factsTable(record, result, options.file)),
    section(`Therapy log, ${events.length} entries`, eventsTable(events)),
  ];
  return renderPage({ title: `${result.verdict}: ${result.scenario}`, world: pageWorld(record, result), body });
}
