import { join } from 'node:path';
import { colours as pc } from '../colours.ts';
import type { RunResult, Verdict } from '../../firmware-sim/report/result.ts';
import { formatQuantity } from '../../firmware-sim/scenario/quantity.ts';
import { EXIT, exitOnSignals, UserError } from '../exit.ts';
import { formatComplaints, loadScenarios, type LoadedScenario } from '../load.ts';
import { parseTarget, type TargetName } from '../open-target.ts';
import { beginRecord, prepareFolder, writeRunFolder } from '../run-folder.ts';
import { runOne } from '../run-scenario.ts';
import { parseWireUrl } from '../wire/wire-url.ts';
import { WireError } from '../wire/wire.ts';

export interface RunOptions {
  readonly target: string;
  readonly out: string;
  readonly seed?: string;
  readonly json: boolean;
  readonly leap: boolean;
}

const MAX_SEED = 0x7fff_ffff;

/** All that was typed is checked before the first file runs. Returns the exit code. */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const target = parseTarget(options.target);
  refuseBadAddress(target);
  const seed = parseSeed(options.seed);
  const loaded = loadScenarios(files);
  if (loaded.complaints.length > 0) {
    process.stderr.write(`${formatComplaints(loaded)}\n`);
    return EXIT.invalid;
  }
  refuseTwins(loaded.scenarios);
  prepareFolder(options.out);
  // A run in process yields to no signal handler.
  if (target !== 'sim') exitOnSignals();
  const results: RunResult[] = [];
  for (const one of loaded.scenarios) {
    const scenario = seed === undefined ? one : { ...one, scenario: { ...one.scenario, seed } };
    const folder = join(options.out, `${scenario.scenario.id}.${target === 'sim' ? 'sim' : 'wire'}`);
    const finished = await runOne(scenario, {
      target,
      leap: options.leap,
      notice: (text) => void process.stderr.write(`${text}\n`),
      onRecord: beginRecord(folder),
    });
    const { result } = finished;
    results.push(result);
    const report = writeRunFolder(folder, finished);
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else process.stdout.write(`${describeRun(result, scenario.scenario.title)}\n  ${pc.dim('report')} ${report}\n`);
    if (result.verdict === 'ERROR' && options.json) process.stderr.write(`doseloop: ${result.reason}\n`);
  }
  return exitCodeOf(results.map(({ verdict }) => verdict));
}

function parseSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= MAX_SEED) return seed;
  throw new UserError(`--seed ${text}: write an integer from 0 to ${MAX_SEED}`);
}

/** What is no address at all is the user's mistake; a line that cannot be had is the line's. */
function refuseBadAddress(target: TargetName): void {
  if (!target.startsWith('wire:')) return;
  try {
    parseWireUrl(target.slice('wire:'.length));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new UserError(`--target ${target}: ${error.message}`);
  }
}

/** Two runs that would write into one folder. */
function refuseTwins(scenarios: readonly LoadedScenario[]): void {
  const seen = new Map<string, string>();
  for (const { file, scenario } of scenarios) {
    const other = seen.get(scenario.id);
    if (other !== undefined)
      throw new UserError(`${file}: id "${scenario.id}" is that of ${other} too; give one another id`);
    seen.set(scenario.id, file);
  }
}

/** A link error tells most, then a failed expectation; a batch without a PASS is no success. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.includes('ERROR')) return EXIT.link;
  if (verdicts.includes('FAIL')) return EXIT.failed;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'PASS') ? EXIT.ok : EXIT.inconclusive;
}

const COLOUR: Partial<Record<Verdict, (text: string) => string>> = { PASS: pc.green, FAIL: pc.red };
const coloured = (verdict: Verdict): string => (COLOUR[verdict] ?? pc.yellow)(verdict);

/** A run as a person reads it in a terminal. */
export function describeRun(result: RunResult, title: string): string {
  const lines = [
    `${coloured(result.verdict)}  ${result.scenario}  ${title}`,
    `  ${pc.dim(`SIMULATED · ${result.profile} · target ${result.target} · ${formatQuantity(result.virtual_s * 1_000_000, 'time')} of pump time in ${result.wall_s.toFixed(2)} s`)}`,
  ];
  if (result.reason !== null) lines.push(`  ${result.reason}`);
  for (const { id, verdict, expected, measured, margin } of result.expectations) {
    lines.push(`  ${coloured(verdict)} ${id}: ${expected}; ${measured}${margin === null ? '' : `, margin ${margin}`}`);
  }
  for (const { id, priority, raised_s, cleared_s } of result.alarms) {
    lines.push(
      `  alarm ${id} (${priority}) raised ${raised_s} s, ${cleared_s === null ? 'not cleared' : `cleared ${cleared_s} s`}`,
    );
  }
  if (result.log_sha256 !== null) lines.push(`  ${pc.dim(`log_sha256 ${result.log_sha256}`)}`);
  return lines.join('\n');
}
