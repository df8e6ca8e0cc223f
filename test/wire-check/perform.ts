/** One run: a world, explored to its end, and what was found there as plain data. */
import { ALL_RULES } from '../../protocol/index.ts';
import { doseWorld } from './dose-world.ts';
import type { Run } from './runs.ts';
import { explore } from './search.ts';
import { settingsWorld } from './settings-world.ts';
import type { World } from './world.ts';

type Trace = readonly string[];

export interface RunResult {
  readonly name: string;
  readonly states: number;
  readonly steps: number;
  /** All states were seen. A run ends early at a violation. */
  readonly complete: boolean;
  readonly seconds: number;
  readonly megabytes: number;
  readonly violation: { readonly what: string; readonly trace: Trace } | undefined;
  /** Something was left out that made a difference; undefined: nothing was, or it was not asked for. */
  readonly leftOut: string | undefined;
  /** A shortest trace to each. */
  readonly outcomes: Readonly<Record<string, Trace>>;
  readonly codes: Readonly<Record<string, Trace>>;
}

/** More than any run needs: it is there so that a mistake ends in a message and not in the swap. */
const MOST_STATES = 40_000_000;

function worldOf({ world, without, keepsAll }: Run): World {
  const rules = ALL_RULES.filter((rule) => rule !== without);
  return world.of === 'doses' ? doseWorld(rules, world.bounds, keepsAll) : settingsWorld(rules, world.bounds);
}

export function perform(run: Run): RunResult {
  const began = performance.now();
  const world = worldOf(run);
  const first = new Map<string, number>();
  let wrong: { readonly what: string; readonly index: number } | undefined;
  const visit = (state: readonly number[], index: number): boolean => {
    // A host that breaks the rules of hosts is told what it deserves: codes are all that is looked for.
    if (run.looksFor === 'codes') return false;
    for (const outcome of world.outcomes(state)) if (!first.has(outcome)) first.set(outcome, index);
    const what = world.violation(state);
    if (what !== undefined) wrong = { what, index };
    return what !== undefined;
  };
  const found = explore({ ...world, visit }, MOST_STATES);
  const seconds = (performance.now() - began) / 1000;
  const codes = [...world.codes].map(([code, { state, what }]) => {
    const index = found.indexOf(state);
    return [code, [...(index === undefined ? [] : found.trace(index)), what]] as const;
  });
  return {
    name: run.name,
    states: found.states,
    steps: found.steps,
    complete: found.complete,
    seconds: Math.round(seconds * 10) / 10,
    megabytes: Math.round(process.memoryUsage().rss / 1e6),
    leftOut: run.audited === true ? world.audit() : undefined,
    violation: wrong === undefined ? undefined : { what: wrong.what, trace: found.trace(wrong.index) },
    outcomes: Object.fromEntries([...first].map(([outcome, index]) => [outcome, found.trace(index)])),
    codes: Object.fromEntries(codes),
  };
}
