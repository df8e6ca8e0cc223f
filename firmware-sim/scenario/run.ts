/** Runs a scenario against a target: timeline in, record and judged result out. */
import { US_PER_SECOND } from '../../protocol/units.ts';
import type { EventLine, RecordLine } from '../report/record.ts';
import type { AlarmResult, ExpectationResult, RunResult, Verdict } from '../report/result.ts';
import { steadyStateInBulk } from '../simulation/signals.ts';
import { checkProgram, LIBRARIES, PROFILES } from '../simulation/vocabulary.ts';
import { exposureOf } from './exposure.ts';
import { judge } from './judge.ts';
import { Stage, type Observed } from './stage.ts';
import type { Target } from './target.ts';
import type { Scenario } from './types.ts';

export interface RunOptions {
  readonly leap: boolean;
  /** Name and version of what runs, for the record. */
  readonly tool: string;
  /** Takes each line of the record as it comes to be, so that a run which breaks off leaves what it had. */
  readonly onRecord?: (line: RecordLine) => void;
}

/** A result but for the wall time, which this room does not know. */
export type JudgedRun = Omit<RunResult, 'wall_s'>;

export async function runScenario(
  scenario: Scenario,
  target: Target,
  options: RunOptions,
): Promise<{ run: JudgedRun; record: RecordLine[] }> {
  const record: RecordLine[] = [];
  const stage = new Stage(scenario, target, (line) => {
    record.push(line);
    options.onRecord?.(line);
  });
  const { recorder } = stage;
  recorder.header({
    type: 'header',
    format: 1,
    world: 'SIMULATED',
    tool: options.tool,
    scenario: scenario.id,
    title: scenario.title,
    target: target.kind,
    profile: scenario.pump.profile,
    seed: scenario.seed,
  });
  await stage.prepare(options.leap);
  await stage.play();
  const observed = stage.observed();
  const expectations = scenario.expect.map((expectation) => judge(expectation, observed));
  const [trouble] = stage.troubles;
  return {
    record,
    run: {
      scenario: scenario.id,
      target: target.kind,
      profile: scenario.pump.profile,
      world: 'SIMULATED',
      ...overall(expectations, trouble),
      seed: scenario.seed,
      virtual_s: recorder.now / US_PER_SECOND,
      events: observed.events.length,
      alarms: alarmsOf(observed.events),
      expectations,
      metrics: metricsOf(observed, scenario),
      log_sha256: recorder.end().log_sha256,
    },
  };
}

/** FAIL beats INCONCLUSIVE beats PASS. A refused action leaves the rest of the scenario without its ground. */
function overall(
  expectations: readonly ExpectationResult[],
  trouble: string | undefined,
): { verdict: Verdict; reason: string | null } {
  if (expectations.some(({ verdict }) => verdict === 'FAIL')) return { verdict: 'FAIL', reason: trouble ?? null };
  if (trouble !== undefined) return { verdict: 'INCONCLUSIVE', reason: trouble };
  const open = expectations.find(({ verdict }) => verdict === 'INCONCLUSIVE');
  if (open !== undefined) return { verdict: 'INCONCLUSIVE', reason: `${open.id}: ${open.measured}` };
  if (expectations.length === 0) return { verdict: 'INCONCLUSIVE', reason: 'nothing was expected' };
  return { verdict: 'PASS', reason: null };
}

/** Every raise with the time at which it was off again; a latched alarm is not off yet. */
export function alarmsOf(events: readonly Omit<EventLine, 'type'>[]): AlarmResult[] {
  const results: AlarmResult[] = [];
  const open = new Map<string, number>();
  for (const { kind, us, keys } of events) {
    if (kind !== 'ALARM') continue;
    const id = String(keys['id']);
    const at = open.get(id);
    if (keys['state'] === 'on' && at === undefined) {
      open.set(id, results.length);
      results.push({ id, priority: String(keys['pri'] ?? ''), raised_s: us / US_PER_SECOND, cleared_s: null });
    } else if (keys['state'] === 'off' && at !== undefined) {
      const raised = results[at];
      if (raised !== undefined) results[at] = { ...raised, cleared_s: us / US_PER_SECOND };
      open.delete(id);
    }
  }
  return results;
}

function metricsOf({ samples }: Observed, scenario: Scenario): Record<string, number> {
  const dose = statedDose(scenario);
  const last = samples.at(-1)?.signals;
  const { commanded, delivered, drug_delivered: drug, refill_discrepancy: discrepancy } = last ?? {};
  return {
    ...(commanded === undefined ? {} : { commanded_nl: commanded }),
    ...(delivered === undefined ? {} : { delivered_nl: delivered }),
    ...(drug === undefined ? {} : { drug_delivered_ng: drug }),
    ...(commanded === undefined || delivered === undefined ? {} : { undelivered_nl: commanded - delivered }),
    ...(discrepancy === undefined ? {} : { refill_discrepancy_nl: discrepancy }),
    ...(dose === undefined || dose === 0 ? {} : exposureMetrics(samples, steadyStateInBulk(dose))),
  };
}

/** Dose of a day of the first program, ng; undefined for one that no pump would take. */
function statedDose({ pump, program }: Scenario): number | undefined {
  const check = checkProgram(program, PROFILES[pump.profile], LIBRARIES[pump.drug.name]);
  return check.ok ? check.program.dose : undefined;
}

/** Half of the steady state: what is below it is hardly the therapy that was prescribed. An exposure, not a symptom. */
const EXPOSURE_FRACTION = 0.5;

function exposureMetrics(samples: Observed['samples'], steady: number): Record<string, number> {
  const levels = samples.flatMap(({ us, signals: { csf_bulk: level } }) =>
    level === undefined ? [] : [{ us, level }],
  );
  const { hoursBelow, peakRatio } = exposureOf(levels, steady, EXPOSURE_FRACTION);
  return {
    csf_peak_of_steady_state: Number(peakRatio.toPrecision(4)),
    ...(hoursBelow === null ? {} : { csf_hours_below_half: Number(hoursBelow.toPrecision(4)) }),
  };
}
