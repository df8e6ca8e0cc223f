/** Scenario files from disk: what cannot be read is a user's mistake with a message, never a stack. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatDiagnostic, type Diagnostic } from '../firmware-sim/scenario/diagnose.ts';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';
import type { Scenario } from '../firmware-sim/scenario/types.ts';
import { UserError } from './exit.ts';

export interface LoadedScenario {
  readonly file: string;
  readonly text: string;
  readonly scenario: Scenario;
}

export interface Loaded {
  readonly scenarios: readonly LoadedScenario[];
  readonly complaints: readonly { readonly diagnostic: Diagnostic; readonly text: string }[];
}

/** Reads and checks all files before anything is done with one of them. Folders stand for the .yaml files in them. */
export function loadScenarios(paths: readonly string[]): Loaded {
  const scenarios: LoadedScenario[] = [];
  const complaints: { diagnostic: Diagnostic; text: string }[] = [];
  for (const file of paths.flatMap(expand)) {
    const text = readText(file);
    const parsed = parseScenario(text, relative('.', file) || file);
    if (parsed.ok) scenarios.push({ file, text, scenario: parsed.scenario });
    else for (const diagnostic of parsed.diagnostics) complaints.push({ diagnostic, text });
  }
  return { scenarios, complaints };
}

export const formatComplaints = ({ complaints }: Loaded): string =>
  complaints.map(({ diagnostic, text }) => formatDiagnostic(diagnostic, text)).join('\n');

function expand(path: string): string[] {
  if (!attempt(path, () => statSync(path)).isDirectory()) return [path];
  const files = attempt(path, () => readdirSync(path))
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(path, name));
  if (files.length === 0) throw new UserError(`${path}: no .yaml file in this folder`);
  return files;
}

/** More than any record has; a string of Node holds twice as much. */
const MAX_BYTES = 2 ** 28;

/** Pipes and devices are refused: to read one can wait for ever, and nothing that is begun here can be interrupted. */
export function readText(file: string): string {
  const stats = attempt(file, () => statSync(file));
  if (!stats.isFile() && !stats.isDirectory()) throw new UserError(`${file}: is no file but a pipe, socket or device`);
  if (stats.size > MAX_BYTES) throw new UserError(`${file}: is too big, more than ${MAX_BYTES / 2 ** 20} MiB`);
  return attempt(file, () => readFileSync(file, 'utf8'));
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what: Record<string, string> = {
      ENOENT: 'no such file or folder',
      EACCES: 'may not be read by this user',
      EISDIR: 'is a folder',
      ENOTDIR: 'a part of the path is no folder',
    };
    throw new UserError(`${path}: ${what[code ?? ''] ?? `cannot be read (${code ?? String(error)})`}`);
  }
}
