/** What a run leaves: `record.ndjson`, `signals.csv`, `result.json`, `report.html` in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSignalsCsv } from '../firmware-sim/report/csv.ts';
import type { RecordLine } from '../firmware-sim/report/record.ts';
import type { RunResult } from '../firmware-sim/report/result.ts';
import { renderRunReport } from '../firmware-sim/report/run-report.ts';
import { SIGNALS } from '../firmware-sim/simulation/signals.ts';
import { PROFILES, type Profile, type ProfileName } from '../firmware-sim/simulation/vocabulary.ts';
import { UserError } from './exit.ts';

export interface FinishedRun {
  readonly record: readonly RecordLine[];
  readonly result: RunResult;
  /** The scenario file, for the command that reproduces the run. */
  readonly file: string;
}

const UNITS = Object.fromEntries(Object.entries(SIGNALS).map(([name, { unit }]) => [name, unit]));

/** Writes the folder, replacing what an earlier run of the same name left. Returns the path of the report. */
export function writeRunFolder(folder: string, { record, result, file }: FinishedRun): string {
  const report = join(folder, 'report.html');
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'record.ndjson'), record.map((line) => `${JSON.stringify(line)}\n`).join(''));
    writeFileSync(join(folder, 'signals.csv'), renderSignalsCsv(record, UNITS));
    writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    writeFileSync(
      report,
      renderRunReport(record, result, notesOn(result.profile), { file, ...limitOf(result.profile) }),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${folder}: the run cannot be written there (${code ?? String(error)}); name another folder with --out`,
    );
  }
  return report;
}

const profileOf = (name: string): Profile | undefined => PROFILES[name as ProfileName];

/** Sentences on a profile that no reader of its reports should miss. */
export function notesOn(name: string): string[] {
  const profile = profileOf(name);
  if (profile === undefined) return [];
  return profile.occlusion === undefined
    ? [
        `Profile ${name} has no occlusion sensor, as pumps of its class have none: an occlusion raises no alarm, and its silence says nothing about delivery.`,
      ]
    : [`Profile ${name} has a hypothetical catheter pressure sensor; no pump of its class has one.`];
}

/** The pressure that raises the occlusion alarm, for the chart. */
export function limitOf(name: string): { pressureLimit?: { pa: number; text: string } } {
  const sensing = profileOf(name)?.occlusion;
  return sensing === undefined
    ? {}
    : { pressureLimit: { pa: sensing.baseline + sensing.threshold, text: 'occlusion limit' } };
}
