/**
 * `npm run check:wire`: explores every world to its end and tells what was found; exits with 1 if anything is not as it should be.
 * `--json`: the results as they are. `--run NAME...`: these runs, in this process, a result a line; so the others are spread over two.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ALL_RULES, CODES, RULES } from '../../protocol/index.ts';
import { PROJECTED } from './dose-projected.ts';
import { judge, failureOf, type Judgement, type Traces } from './judge.ts';
import { perform, type RunResult } from './perform.ts';
import { allowed, CONTROLS, FULL, type Run } from './runs.ts';
import { SETTINGS_PROJECTED } from './settings-world.ts';

interface Done {
  readonly run: Run;
  readonly result: RunResult;
}

const PROCESSES = 2;
/** MB: what the longest run needs, and as much again. */
const HEAP = 3000;
const RUNS = [...FULL, ...CONTROLS];

/** These runs, in a process of their own. */
function inProcess(names: readonly string[]): Promise<RunResult[]> {
  return new Promise((resolve, reject) => {
    const args = [
      ...process.execArgv,
      `--max-old-space-size=${HEAP}`,
      fileURLToPath(import.meta.url),
      '--run',
      ...names,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => void (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${names.join(', ')}: the process ended with ${code}`));
      resolve(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as RunResult),
      );
    });
  });
}

/** All runs: the controls, which are short, together, and each of the others by itself. */
async function all(progress: (result: RunResult) => void): Promise<Done[]> {
  const jobs = [...FULL.map(({ name }) => [name]), CONTROLS.map(({ name }) => name)];
  const results = new Map<string, RunResult>();
  const worker = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      for (const result of await inProcess(job)) {
        results.set(result.name, result);
        progress(result);
      }
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, worker));
  return RUNS.map((run) => ({ run, result: results.get(run.name) as RunResult }));
}

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(`\n${text}\n${'-'.repeat(text.length)}`);
const number = (n: number): string => n.toLocaleString('en');

/** Lines of HELLO are long; what is cut off is in the JSON. */
const LONGEST = 132;
const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);

function sayTrace(trace: readonly string[]): void {
  for (const [i, what] of trace.entries()) say(`  ${String(i + 1).padStart(2)}  ${cut(what)}`);
}

function sayTraces(traces: Traces): void {
  for (const [name, trace] of traces) {
    say(`\n${name}`);
    sayTrace(trace);
  }
}

function sayTable(table: readonly (readonly [string, string])[]): void {
  for (const [what, why] of table) say(`  ${what}\n      ${why}`);
}

function tell(done: readonly Done[], { outcomes, codes, failures }: Judgement, seconds: number): void {
  heading('Rules');
  for (const rule of ALL_RULES) say(`  ${rule.padEnd(8)} ${RULES[rule]}`);

  heading('Runs with all rules');
  for (const { run, result } of done.filter((one) => one.run.looksFor !== 'flaw')) {
    const verdict = failureOf(run, result);
    const right = run.looksFor === 'codes' ? 'complete' : 'complete, nothing is violated';
    const how = [
      ...(run.audited ? ['what is left out was tried'] : []),
      ...(run.keepsAll ? ['nothing is left out'] : []),
    ];
    say(`  ${run.name}: ${[allowed(run), ...how].join('; ')}`);
    say(
      `      ${number(result.states)} states, ${number(result.steps)} steps, ${result.seconds} s, ${result.megabytes} MB: ${verdict ?? right}`,
    );
    if (result.violation !== undefined) sayTrace(result.violation.trace);
  }

  heading('Left out of a state, and why nothing is lost by it');
  sayTable(PROJECTED);
  say('  Settings:');
  sayTable(SETTINGS_PROJECTED);

  heading('Outcomes, each with a shortest way to it');
  sayTraces(outcomes);

  heading('Refusals, each with a shortest way to it');
  sayTraces(codes);
  const others = Object.keys(CODES).filter((code) => !codes.has(code));
  say(`\nThese have unit tests: ${others.join(', ')}`);

  heading('Without one of the rules');
  for (const { run, result } of done.filter((one) => one.run.looksFor === 'flaw')) {
    say(`\n${run.name}: ${allowed(run)}`);
    say(`  ${result.violation?.what ?? failureOf(run, result)}`);
    sayTrace(result.violation?.trace ?? []);
  }

  heading('Summary');
  const safe = done.filter((one) => one.run.looksFor === 'safety');
  const states = safe.reduce((sum, { result }) => sum + result.states, 0);
  say(
    `  ${safe.length} runs with all rules, ${number(states)} states; ${CONTROLS.length} with a rule removed; ${seconds.toFixed(0)} s in all`,
  );
  for (const [what, why] of failures) say(`  FAILED ${what}: ${why}`);
  if (failures.length === 0) say('  All is as it should be.');
}

async function main(): Promise<void> {
  const json = process.argv.includes('--json');
  const began = performance.now();
  const done = await all(({ name, states, seconds }) => {
    process.stderr.write(`${name}: ${number(states)} states, ${seconds} s\n`);
  });
  const judgement = judge(done);
  const { outcomes, codes, failures } = judgement;
  if (json) {
    const results = done.map(({ run, result }) => ({ ...run, ...result, failure: failureOf(run, result) }));
    const told = { results, outcomes: Object.fromEntries(outcomes), codes: Object.fromEntries(codes), failures };
    say(JSON.stringify(told, null, 2));
  } else tell(done, judgement, (performance.now() - began) / 1000);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const asked = process.argv.indexOf('--run');
if (asked < 0) await main();
else {
  for (const name of process.argv.slice(asked + 1)) {
    const run = RUNS.find((one) => one.name === name);
    if (run === undefined) throw new Error(`no such run: ${name}`);
    say(JSON.stringify(perform(run)));
  }
}
