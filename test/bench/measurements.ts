/** Measures one row in a process of its own, so that the types of one workload spoil no other's code. Prints it as JSON. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { appendAll, walkBound, writeAll } from './bounds.ts';
import { LINE_MEASUREMENTS } from './line-measurements.ts';
import { median, medianOf, settleHeap, takeTurns } from './measure.ts';
import type { Measured, RowName } from './rows.ts';
import { F1_ARGUMENTS, f1, quiet, refills, stepsOf, w1, walked, wholeLog, y1, Y1_STEPS } from './workloads.ts';

const ROUNDS = 9;
/** Rounds until the compiler has nothing left to do for code as wide as a whole event. */
const WARM_UP = 12;
const us = (ms: number): string => `${(ms * 1000).toPrecision(3)} µs`;
const nsPerStep = (ms: number): string => `${((ms / Y1_STEPS) * 1e6).toPrecision(3)} ns/step`;

const walk = { run: () => void y1(false) };
const leap = { run: () => void y1(true), times: 200 };
const bound = { run: () => void walkBound(Y1_STEPS) };

/** Cost of the dearest of some variants over that of the cheapest, all of them the same work. */
function spread(variants: Readonly<Record<string, () => void>>, times: number): Measured {
  const contenders = Object.fromEntries(Object.entries(variants).map(([name, run]) => [name, { run, times }]));
  const rounds = takeTurns(contenders, ROUNDS, WARM_UP);
  const costs = Object.keys(variants).map((name) => medianOf(rounds, (round) => round[name] ?? Number.NaN));
  const note = Object.keys(variants).map((name, index) => `${name} ${us(costs[index] ?? Number.NaN)}`);
  return { ratio: Math.max(...costs) / Math.min(...costs), note: note.join(', ') };
}

const EVENT_COUNTS = [100, 200, 400, 800] as const;

/** Cost of leaping over so many events, with the writing of what the largest of them logged. */
function eventCosts() {
  const logged = wholeLog(refills(800, 10, 10));
  const contenders = {
    ...Object.fromEntries(EVENT_COUNTS.map((n) => [`${n}`, { run: () => void refills(n, 10, 10), times: 4000 / n }])),
    write: { run: () => void writeAll(logged), times: 5 },
    append: { run: () => void appendAll(logged), times: 100 },
  };
  const rounds = takeTurns<string>(contenders, ROUNDS, WARM_UP);
  const cost = (name: string): number => medianOf(rounds, (round) => round[name] ?? Number.NaN);
  const costs = EVENT_COUNTS.map((n) => cost(`${n}`));
  return { ...fit(EVENT_COUNTS, costs), costs, write: cost('write') / 800, append: cost('append') / 800 };
}

/** The line through the points that makes the sum of squared relative distances least. */
function fit(x: readonly number[], y: readonly number[]): { a: number; b: number } {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  x.forEach((xi, i) => {
    const yi = y[i] ?? Number.NaN;
    const weight = 1 / yi ** 2;
    w += weight;
    wx += weight * xi;
    wy += weight * yi;
    wxx += weight * xi * xi;
    wxy += weight * xi * yi;
  });
  const b = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return { a: (wy - b * wx) / w, b };
}

/** Plain node, without the loader that runs this script: it would be measured too. */
const node = (...args: string[]) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 24, cwd: fileURLToPath(ROOT) });
const ROOT = new URL('../../', import.meta.url);

function wall(...args: string[]): number {
  const start = performance.now();
  const { status, stderr } = node(...args);
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

const COLD_SERIES = `
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const start = cpu();
const { simulateTherapy } = await import('./dist/firmware-sim/analysis/itb-cohort.js');
const { ITB_SERIES } = await import('./dist/firmware-sim/analysis/itb-series.js');
const imported = cpu();
for (const patient of ITB_SERIES) simulateTherapy(patient, 500);
console.log(JSON.stringify({ imports: imported - start, all: cpu() - start }));`;

/** Python's seconds of CPU for a simulated second; undefined where SimPy is not there. */
function simpySecond(): number | undefined {
  const script = fileURLToPath(new URL('simpy_year.py', import.meta.url));
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, [script, '200000'], { encoding: 'utf8' });
    if (status === 0) return Number(stdout);
  }
  return undefined;
}

/** F1 in SimPy: CPU ms and log entries; undefined where SimPy is not there. */
function simpyFlex(model: 'same' | 'bare'): { readonly ms: number; readonly entries: number } | undefined {
  const script = fileURLToPath(new URL('simpy_flex.py', import.meta.url));
  for (const python of ['/usr/bin/python3', 'python3']) {
    const { status, stdout } = spawnSync(python, [script, model, ...F1_ARGUMENTS], { encoding: 'utf8' });
    const [seconds = Number.NaN, entries = 0] = stdout.split(' ').map(Number);
    if (status === 0) return { ms: seconds * 1000, entries };
  }
  return undefined;
}

/** Bytes that warm code allocates; the young generation must be so large that nothing is collected between the two looks. */
function bytesOf(run: () => void): number {
  const bytes = Array.from({ length: 15 }, () => {
    settleHeap();
    const before = process.memoryUsage().heapUsed;
    run();
    return process.memoryUsage().heapUsed - before;
  });
  return median(bytes.slice(5));
}

const MEASUREMENTS: Readonly<Record<RowName, () => Measured>> = {
  ...LINE_MEASUREMENTS,
  'walk-y1': () => {
    const rounds = takeTurns({ walk, bound }, ROUNDS, 2);
    const ratio = medianOf(rounds, (round) => round.walk / round.bound);
    const note = `${nsPerStep(medianOf(rounds, (round) => round.walk))}, bound ${nsPerStep(medianOf(rounds, (round) => round.bound))}`;
    return { ratio, note };
  },
  'walk-y1-simpy': () => {
    if (simpySecond() === undefined) return { skipped: 'no SimPy here (Debian: python3-simpy3)' };
    takeTurns({ walk }, 0, 2);
    const rounds = Array.from({ length: 5 }, () => {
      const peer = (simpySecond() ?? Number.NaN) * 365 * 86_400 * 1000;
      return { walk: takeTurns({ walk }, 1, 0)[0]?.walk ?? Number.NaN, peer };
    });
    const peer = medianOf(rounds, (round) => round.peer);
    return {
      ratio: medianOf(rounds, (round) => round.walk / round.peer),
      note: `${medianOf(rounds, (round) => round.walk).toFixed(0)} ms, SimPy ${(peer / 1000).toFixed(1)} s (a year, from 200,000 s)`,
    };
  },
  'leap-y1': () => {
    const rounds = takeTurns({ leap, bound }, ROUNDS, 3);
    const ratio = medianOf(rounds, (round) => round.leap / round.bound);
    return { ratio, note: `1/${(1 / ratio).toFixed(0)}; ${us(medianOf(rounds, (round) => round.leap))} for the year` };
  },
  'leap-fit': () => {
    const { a, b, costs } = eventCosts();
    const off = EVENT_COUNTS.map((n, i) => Math.abs((costs[i] ?? Number.NaN) / (a + b * n) - 1));
    return { ratio: Math.max(...off), note: `a ${us(a)}, b ${us(b)}` };
  },
  'leap-step-volume': () =>
    spread(
      {
        '10 nL': () => void refills(400, 10, 10),
        '100 nL': () => void refills(400, 10, 100),
        '2.5 µL': () => void refills(400, 10, 2500),
      },
      10,
    ),
  'leap-spacing': () =>
    spread(
      {
        '1 day': () => void refills(400, 1, 10),
        '10 days': () => void refills(400, 10, 10),
        '100 days': () => void refills(400, 100, 10),
      },
      10,
    ),
  'leap-century': () => spread({ '1 day': () => void quiet(1), '100 years': () => void quiet(36_500) }, 3000),
  'leap-event': () => {
    const { b, write, append } = eventCosts();
    return {
      ratio: b / write,
      note: `b ${us(b)}, writing 3 records ${us(write)}; a mere store of them ${us(append)}, ${(b / append).toFixed(0)} ×`,
    };
  },
  'leap-w1': () => {
    const rounds = takeTurns({ leap: { run: () => void w1(true) }, walk: { run: () => void w1(false) } }, 7, 2);
    const alarms = wholeLog(w1(true)).filter(({ keys }) => keys['id'] === 'catheter-occlusion').length;
    const [leapt, steps] = [medianOf(rounds, (round) => round.leap), medianOf(rounds, (round) => round.walk)];
    const note = `${leapt.toFixed(0)} ms and ${steps.toFixed(0)} ms, ${alarms} occlusion records`;
    return { ratio: medianOf(rounds, (round) => round.leap / round.walk), note };
  },
  'flex-walk': () => {
    const rounds = takeTurns(
      { leap: { run: () => void f1(true), times: 3 }, walk: { run: () => void f1(false) } },
      ROUNDS,
      WARM_UP,
    );
    const pump = f1(true);
    const [leapt, steps] = [medianOf(rounds, (round) => round.leap), medianOf(rounds, (round) => round.walk)];
    const note = `${leapt.toFixed(0)} ms and ${steps.toFixed(0)} ms; ${stepsOf(pump)} steps, ${pump.status.nextEvent - 1} log entries`;
    return { ratio: medianOf(rounds, (round) => round.leap / round.walk), note };
  },
  'flex-simpy': () => {
    if (simpyFlex('same') === undefined) return { skipped: 'no SimPy here (Debian: python3-simpy3)' };
    takeTurns({ leap: { run: () => void f1(true) } }, 0, WARM_UP);
    const rounds = Array.from({ length: ROUNDS }, () => {
      const peer = simpyFlex('same') ?? { ms: Number.NaN, entries: 0 };
      const bare = simpyFlex('bare')?.ms ?? Number.NaN;
      const [turn] = takeTurns({ leap: { run: () => void f1(true), times: 3 } }, 1, 3);
      return { leap: turn?.leap ?? Number.NaN, ...peer, bare };
    });
    const [leapt, peer] = [medianOf(rounds, (round) => round.leap), medianOf(rounds, (round) => round.ms)];
    const bare = medianOf(rounds, (round) => round.bare).toFixed(0);
    const entries = `${f1(true).status.nextEvent - 1} and ${rounds[0]?.entries} log entries`;
    const note = `${leapt.toFixed(0)} ms and ${peer.toFixed(0)} ms, bare SimPy ${bare} ms; ${entries}`;
    return { ratio: medianOf(rounds, (round) => round.leap / round.ms), note };
  },
  series: () => {
    const runs = Array.from({ length: ROUNDS }, () => {
      const { stdout } = node('--input-type=module', '-e', COLD_SERIES);
      return JSON.parse(stdout) as { imports: number; all: number };
    });
    const imports = medianOf(runs, (run) => run.imports);
    const all = medianOf(runs, (run) => run.all);
    return {
      ratio: medianOf(runs, (run) => run.all / run.imports),
      note: `imports ${imports.toFixed(1)} ms, all ${all.toFixed(1)} ms`,
    };
  },
  'cli-run': () => {
    const scenario = 'test/scenarios/low-reservoir.yaml';
    const rounds = Array.from({ length: 15 }, () => ({
      bare: wall('-e', '0'),
      packages: wall('--input-type=module', '-e', "import 'commander'; import 'yaml'; import 'zod';"),
      run: wall('dist/bridge/cli.js', 'run', scenario, '--out', 'runs/bench'),
    }));
    const [bare, run] = [medianOf(rounds, (round) => round.bare), medianOf(rounds, (round) => round.run)];
    const floor = medianOf(rounds, (round) => round.packages / round.bare);
    return {
      ratio: medianOf(rounds, (round) => round.run / round.bare),
      note: `${run.toFixed(0)} ms, node ${bare.toFixed(0)} ms; importing commander, yaml and zod alone ${floor.toFixed(2)}`,
    };
  },
  'walk-heap': () => {
    // What a therapy takes to set up is in both, and no part of a step's cost.
    const perStep =
      (bytesOf(() => void walked(90)) - bytesOf(() => void walked(30))) / (stepsOf(walked(90)) - stepsOf(walked(30)));
    const perEvent = bytesOf(() => void refills(400, 10, 10)) / 400;
    return { ratio: perStep, note: `leaping: ${perEvent.toFixed(0)} bytes per event` };
  },
};

const name = process.argv[2] as RowName;
process.stdout.write(JSON.stringify(MEASUREMENTS[name]()));
