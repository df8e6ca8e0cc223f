/**
 * `npx tsx test/faulty-wire-long.ts [RUNS] [LINES] [SEED]`: hosts and a pump on a line that does everything wrong, run after run, each with a
 * seed of its own. It prints what happened, and ends with 1 if one dose was given twice or told of wrongly.
 */
import { runFaulty } from './support/faulty-run.ts';
import type { FaultyCounts } from './support/faulty-world.ts';

const [runs = 20, lines = 250_000, first = 1] = process.argv.slice(2).map(Number);

const WORDS: Readonly<Record<keyof FaultyCounts, string>> = {
  lines: 'lines sent',
  lost: 'lost',
  duplicated: 'came twice',
  reordered: 'overtaken by others',
  corrupted: 'damaged',
  wanted: 'doses wanted',
  done: 'done',
  interrupted: 'interrupted',
  accepted: 'accepted, and followed no further',
  notAccepted: 'not accepted',
  uncertain: 'uncertain',
  patient: "bolus by the patient's button",
  typed: 'bolus typed',
  stops: 'stops',
  hostCrashes: 'crashes of hosts',
  pumpCrashes: 'crashes of the pump',
  gaveUp: 'doses given up',
  delivered: 'nL that the motor has given',
  told: 'nL of the doses that were accepted',
};

const began = performance.now();
const sums = new Map<keyof FaultyCounts, number>();
let wrong = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  const { counts, flaws } = runFaulty({ seed, lines });
  for (const key of Object.keys(WORDS) as (keyof FaultyCounts)[]) sums.set(key, (sums.get(key) ?? 0) + counts[key]);
  for (const flaw of flaws) process.stdout.write(`seed ${seed}: ${flaw}\n`);
  wrong += flaws.length;
  process.stderr.write(
    `seed ${seed}: ${counts.lines} lines, ${flaws.length === 0 ? 'all right' : `${flaws.length} flaws`}\n`,
  );
}
for (const [key, sum] of sums) process.stdout.write(`${sum.toLocaleString('en').padStart(14)}  ${WORDS[key]}\n`);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
process.stdout.write(
  `${wrong === 0 ? 'No dose was given twice or told of wrongly' : `${wrong} flaws`}; ${runs} runs, ${seconds} s\n`,
);
process.exitCode = wrong === 0 ? 0 : 1;
