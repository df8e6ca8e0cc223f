/** Scenarios for tests of the runner: those of the library, and small ones made of parts. */
import { readFileSync } from 'node:fs';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../../protocol/units.ts';
import { parseScenario } from '../../firmware-sim/scenario/parse.ts';
import type { Criterion, Expectation, Scenario, TimelineEntry } from '../../firmware-sim/scenario/types.ts';

/** A scenario of test/scenarios/ by its file name without the end. */
export function libraryScenario(name: string): Scenario {
  const text = readFileSync(new URL(`../scenarios/${name}.yaml`, import.meta.url), 'utf8');
  const result = parseScenario(text, name);
  if (!result.ok) throw new Error(`${name} is no scenario`);
  return result.scenario;
}

type Act = TimelineEntry['act'];

/** Entries of a timeline in the order of the file; the line is the place in it. */
export const timelineOf = (
  ...entries: readonly (readonly [TimelineEntry['trigger'] | number, Act, string?])[]
): TimelineEntry[] =>
  entries.map(([trigger, act, label], index) => ({
    trigger: typeof trigger === 'number' ? { at: micros(trigger) } : trigger,
    act,
    label,
    refused: undefined,
    line: index + 1,
  }));

export const expecting = (criterion: Criterion, id = 'it'): Expectation => ({
  ...criterion,
  id,
  requirements: [],
  line: 1,
});

/** 18 mL of 1000 ng/µL at 300 µL/day for 1000 s, in the default profile. */
export const scenarioOf = (parts: Partial<Scenario>): Scenario => ({
  id: 'made',
  title: 'Made for a test',
  requirements: [],
  seed: 1,
  duration: micros(1_000_000_000),
  pump: {
    profile: 'itb-20-sense',
    drug: { name: 'baclofen', concentration: nanogramsPerMicrolitre(1_000) },
    fill: nanolitres(18_000_000),
    compliance: undefined,
    primed: true,
  },
  program: {
    mode: 'continuous',
    dose: nanograms(300_000),
    concentration: nanogramsPerMicrolitre(1_000),
    override: [],
  },
  timeline: [],
  expect: [],
  ...parts,
});
