/** The library of scenarios: one for every fault, and each of them passes because of its fault and not beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';
import { runScenario } from '../firmware-sim/scenario/run.ts';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import type { Scenario, TimelineEntry } from '../firmware-sim/scenario/types.ts';
import { FAULT_NAMES, FAULTS, type Fault, type FaultMode } from '../firmware-sim/simulation/vocabulary.ts';

const folder = new URL('scenarios/', import.meta.url);
const library = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => {
    const parsed = parseScenario(readFileSync(new URL(name, folder), 'utf8'), name);
    if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
    return parsed.scenario;
  });

const faultOf = ({ act }: TimelineEntry): Fault | undefined => (act.do === 'inject' ? act.fault : undefined);

/** Something that happens at the same moment and changes nothing: no scenario has a needle put right. */
const NOTHING: Fault = { fault: 'reservoir.pocket', mode: 'off' };

const verdictOf = async (scenario: Scenario): Promise<string> =>
  (await runScenario(scenario, createSimTarget(), { leap: true, tool: 'test' })).run.verdict;

/** Every fault of every scenario, and that scenario with nothing in its place. */
const without = library.flatMap((scenario) =>
  scenario.timeline.flatMap((entry, index) => {
    const fault = faultOf(entry);
    if (fault === undefined) return [];
    const timeline = scenario.timeline.with(index, { ...entry, act: { do: 'inject', fault: NOTHING } });
    return [{ name: `${scenario.id}, without ${fault.fault} ${fault.mode}`, scenario: { ...scenario, timeline } }];
  }),
);

test('every mode of every fault stands in a scenario', () => {
  const shown = new Set(library.flatMap(({ timeline }) => timeline.map(faultOf)).map((f) => `${f?.fault} ${f?.mode}`));
  const nothing = `${NOTHING.fault} ${NOTHING.mode}`;
  const missing = FAULT_NAMES.flatMap((fault) =>
    Object.keys(FAULTS[fault].modes as Record<string, FaultMode>).map((mode) => `${fault} ${mode}`),
  ).filter((name) => !shown.has(name) && name !== nothing);
  expect(missing).toEqual([]);
});

test.each(library.map((scenario) => ({ name: scenario.id, scenario })))('$name passes', async ({ scenario }) => {
  expect(await verdictOf(scenario)).toBe('PASS');
});

test.each(without)('$name, fails', async ({ scenario }) => {
  expect(await verdictOf(scenario)).toBe('FAIL');
});
