/** One scenario against one target, from opening the line to a judged result, whatever goes wrong on the way. */
import type { RecordLine } from '../firmware-sim/report/record.ts';
import type { RunResult } from '../firmware-sim/report/result.ts';
import { alarmsOf, runScenario } from '../firmware-sim/scenario/run.ts';
import { monotonicMicros, timed } from './clock.ts';
import type { LoadedScenario } from './load.ts';
import { openTarget, type TargetName } from './open-target.ts';
import type { FinishedRun } from './run-folder.ts';
import { version } from './version.ts';

export interface RunSettings {
  readonly target: TargetName;
  readonly leap: boolean;
  readonly notice: (text: string) => void;
  /** Takes each line of the record as it comes to be. */
  readonly onRecord?: (line: RecordLine) => void;
}

/** Never rejects for a failing line: that is a result with verdict ERROR, and the record holds what was had. */
export async function runOne({ file, scenario }: LoadedScenario, settings: RunSettings): Promise<FinishedRun> {
  const record: RecordLine[] = [];
  const start = monotonicMicros();
  try {
    const opened = await openTarget(settings.target, settings.notice);
    try {
      const { result, seconds } = await timed(() =>
        runScenario(scenario, opened.target, {
          leap: settings.leap,
          tool: `doseloop ${version()}`,
          onRecord: (line) => {
            record.push(line);
            settings.onRecord?.(line);
          },
        }),
      );
      return { file, record, result: { ...result.run, wall_s: seconds } };
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!isLinkFailure(error)) throw error;
    const events = record.filter((line) => line.type === 'event');
    const result: RunResult = {
      scenario: scenario.id,
      target: settings.target === 'sim' ? 'sim' : 'wire',
      profile: scenario.pump.profile,
      world: 'SIMULATED',
      verdict: 'ERROR',
      reason: error.message,
      seed: scenario.seed,
      virtual_s: lastTime(record) / 1_000_000,
      wall_s: (monotonicMicros() - start) / 1_000_000,
      events: events.length,
      alarms: alarmsOf(events),
      expectations: [],
      metrics: {},
      log_sha256: null,
    };
    return { file, record, result };
  }
}

/** By name, so that a run in process need not load the serial stack. */
const isLinkFailure = (error: unknown): error is Error =>
  error instanceof Error && (error.name === 'WireError' || error.name === 'LinkError');

const lastTime = (record: readonly RecordLine[]): number => {
  const last = record.at(-1);
  return last === undefined || last.type === 'header' ? 0 : last.us;
};
