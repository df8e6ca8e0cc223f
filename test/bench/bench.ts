/**
 * `npm run bench [-- --json]`: what time costs here, as ratios of things that were measured in turns in the same run. Exit code 1
 * when a row misses its bound. A row that could not be measured says so: it is skipped, not passed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROWS, type Measured, type Row } from './rows.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = fileURLToPath(new URL('measurements.ts', import.meta.url));
/** MB of young generation so large that bytes can be counted while nothing is collected; elsewhere it would cost page faults. */
const LARGE = ['--min-semi-space-size=128', '--max-semi-space-size=128'];

function measure({ name }: Row): Measured {
  const args = [...process.execArgv, '--expose-gc', ...(name === 'walk-heap' ? LARGE : []), SCRIPT, name];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })) as Measured;
}

const shown = (value: number): string => (value < 0.1 ? `1/${(1 / value).toFixed(0)}` : value.toFixed(2));

function report(row: Row, measured: Measured, json: boolean): boolean {
  const { name, bound, text } = row;
  const skipped = 'skipped' in measured;
  const ratio = skipped ? null : measured.ratio;
  const pass = ratio === null ? null : ratio <= bound;
  if (json) {
    process.stdout.write(`${JSON.stringify({ name, ratio, bound, pass })}\n`);
  } else {
    const verdict = { true: 'pass', false: 'MISS', null: 'skip' }[`${pass}`];
    const figures = `${(ratio === null ? '-' : shown(ratio)).padStart(7)}  ≤ ${shown(bound).padEnd(6)}`;
    process.stdout.write(`${verdict}  ${name.padEnd(16)} ${figures} ${text}\n${' '.repeat(41)}`);
    process.stdout.write(`${skipped ? measured.skipped : measured.note}\n`);
  }
  return pass !== false;
}

/** Words after the options name rows; all of them where there are none. */
const words = process.argv.slice(2);
const json = words.includes('--json');
const wanted = words.filter((word) => !word.startsWith('--'));
const unknown = wanted.filter((word) => ROWS.every(({ name }) => name !== word));
if (unknown.length > 0) {
  process.stderr.write(`no such row: ${unknown.join(', ')}; there are ${ROWS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
if (!existsSync(new URL('../../dist/bridge/cli.js', import.meta.url))) {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
}
let missed = 0;
for (const row of ROWS) {
  if (wanted.length > 0 && !wanted.includes(row.name)) continue;
  if (!report(row, measure(row), json)) missed += 1;
}
process.exitCode = missed === 0 ? 0 : 1;
