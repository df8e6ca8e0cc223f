/** The main job, `npm start`: 22 real therapies, then one alarm timeline in process and over a serial line, then one report. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventLine } from '../firmware-sim/report/record.ts';
import { renderSummaryReport, type Section } from '../firmware-sim/report/summary-report.ts';
import { COHORT_COLUMNS, cohortFindings, cohortRow } from './cohort-table.ts';
import { describeRun, exitCodeOf } from './commands/run.ts';
import { describeCohort, simulateSeries } from './commands/study.ts';
import { EXIT, UserError } from './exit.ts';
import { formatComplaints, loadScenarios } from './load.ts';
import { limitOf, notesOn, type FinishedRun } from './run-folder.ts';
import { runOne } from './run-scenario.ts';

/** Assumed for every pump of the series, ng/µL: the concentration that therapy starts with (pump.md 3, S32 and S57). */
const CONCENTRATION = 500;
const SCENARIO = relative('.', fileURLToPath(new URL('../test/scenarios/catheter-occlusion.yaml', import.meta.url)));
const OUT = 'runs';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  say(
    'doseloop: SIMULATED pumps. Not a medical device, not for clinical use, no claim of conformity with any standard.\n',
  );
  say('1. The clinical series: 22 implanted pumps over their whole follow-up\n');
  const therapies = simulateSeries(CONCENTRATION);
  say(describeCohort(therapies));

  say('2. One scenario, in process and over a serial line\n');
  const loaded = loadScenarios([SCENARIO]);
  const [scenario] = loaded.scenarios;
  if (scenario === undefined) throw new UserError(formatComplaints(loaded));
  const notices: string[] = [];
  const notice = (text: string): void => {
    notices.push(text);
    say(text);
  };
  const sim = await runOne(scenario, { target: 'sim', leap: true, notice });
  const wire = await runOne(scenario, { target: 'wire', leap: true, notice });
  say(describeRun(sim.result, scenario.scenario.title));
  const verdict = compare(sim, wire);
  const lines = sideBySide(timeline(sim), timeline(wire));
  say(`\n${lines.map((line) => `  ${line}`).join('\n')}\n\n  ${verdict}\n`);

  const sections: Section[] = [
    {
      kind: 'table',
      title: 'The clinical series: 22 implanted pumps over their whole follow-up',
      columns: COHORT_COLUMNS.map((column) => ({ ...column, align: isText(column.title) ? 'left' : 'right' })),
      rows: therapies.map(cohortRow),
      note: cohortFindings(therapies).join(' '),
    },
    {
      kind: 'run',
      title: scenario.scenario.title,
      record: sim.record,
      result: sim.result,
      notes: notesOn(sim.result.profile),
      file: SCENARIO,
      ...limitOf(sim.result.profile),
    },
    {
      kind: 'side-by-side',
      title: 'The same scenario in process and over a serial line',
      columns: [
        { title: 'in process', lines: timeline(sim) },
        { title: 'over the line', lines: timeline(wire) },
      ],
      verdict: [verdict, ...notices].join(' '),
    },
  ];
  mkdirSync(OUT, { recursive: true });
  const report = join(OUT, 'start.html');
  writeFileSync(report, renderSummaryReport(sections, { title: 'doseloop: the main job' }));
  say('3. The report');
  say(report);
  const worst = exitCodeOf([sim.result.verdict, wire.result.verdict]);
  return worst === EXIT.ok && sim.result.log_sha256 !== wire.result.log_sha256 ? EXIT.failed : worst;
}

const isText = (title: string): boolean => title === 'pump' || title === 'alarms';

/** The therapy log as lines that can be laid beside another one. */
function timeline({ record, result }: FinishedRun): string[] {
  const events = record.filter((line): line is EventLine => line.type === 'event');
  const lines = events.map(({ us, kind, keys }) => {
    const { id, state, nlpd, nl } = keys;
    const what =
      kind === 'ALARM' ? `${id} ${state}` : nlpd !== undefined ? `${nlpd} nL/day` : nl !== undefined ? `${nl} nL` : '';
    return `${(us / 1_000_000).toFixed(2).padStart(9)} s  ${kind} ${what}`.trimEnd();
  });
  return [...lines, `log_sha256 ${result.log_sha256?.slice(0, 16) ?? 'none'}…`];
}

function sideBySide(left: readonly string[], right: readonly string[]): string[] {
  const width = Math.max('in process'.length, ...left.map((line) => line.length));
  const rows = ['over the line', ...right].map((line, index) => [
    index === 0 ? 'in process' : (left[index - 1] ?? ''),
    line,
  ]);
  return rows.map(([a = '', b = '']) => `${a.padEnd(width)}  |  ${b}`);
}

function compare({ result: a }: FinishedRun, { result: b }: FinishedRun): string {
  if (b.verdict === 'ERROR') return `The run over the line broke off: ${b.reason}`;
  return a.log_sha256 !== null && a.log_sha256 === b.log_sha256
    ? `Both therapy logs are the same: log_sha256 ${a.log_sha256}`
    : `The therapy logs DIFFER: log_sha256 ${a.log_sha256} in process, ${b.log_sha256} over the line`;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`doseloop: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
