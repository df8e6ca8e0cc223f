/** What a run leaves: `record.ndjson`, `signals.csv`, `result.json`, `report.html` in a folder of its own. */
import { accessSync, appendFileSync, constants, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Makes the folder of all runs where it is missing, so that no run is made for nothing when it cannot be written. */
export function prepareFolder(folder: string): void {
  writing(folder, () => {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/**
 * Begins a run's folder: the record is written line by line, so that a run which is interrupted leaves what it had, and nothing of an
 * earlier run beside it. Returns what takes the lines.
 */
export function beginRecord(folder: string): (line: RecordLine) => void {
  const file = join(folder, 'record.ndjson');
  writing(folder, () => {
    makeFolder(folder);
    for (const name of ['signals.csv', 'result.json', 'report.html']) rmSync(join(folder, name), { force: true });
    writeFileSync(file, '');
  });
  return (line) => writing(folder, () => appendFileSync(file, `${JSON.stringify(line)}\n`));
}

/** Writes the rest beside the record when the run has ended. Returns the path of the report. */
export function writeRunFolder(folder: string, { record, result, file }: FinishedRun): string {
  const report = join(folder, 'report.html');
  writing(folder, () => {
    writeFileSync(join(folder, 'signals.csv'), renderSignalsCsv(record, UNITS));
    writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    writeFileSync(
      report,
      renderRunReport(record, result, notesOn(result.profile), { file, ...limitOf(result.profile) }),
    );
  });
  return report;
}

function writing(folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${folder}: the run cannot be written there (${code ?? String(error)}); name another folder with --out`,
    );
  }
}

/** Step by step: `recursive` of mkdirSync never returns where a folder that is there takes none (`/proc`). */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another run may have made it in between.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

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
