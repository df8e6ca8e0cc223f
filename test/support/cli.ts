/** Real processes of the compiled command line, and files for them to work on. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { RunResult } from '../../firmware-sim/report/result.ts';

const CLI = fileURLToPath(new URL('../../dist/bridge/cli.js', import.meta.url));
const MORTAL_PUMP = fileURLToPath(new URL('mortal-pump.ts', import.meta.url));
export const LIBRARY = fileURLToPath(new URL('../scenarios', import.meta.url));
export const OCCLUSION = join(LIBRARY, 'catheter-occlusion.yaml');

/** A process that needs longer hangs; it is killed, and its exit code is 137. */
const LIMIT_MS = 45_000;

/** What is to be undone when all tests of a file are over. */
const leftovers: (() => void)[] = [];
afterAll(() => {
  for (const undo of leftovers) undo();
});

export interface Finished {
  /** The exit code as a shell tells it: a signal counts as 128 and its number. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Finished>;
  /** The next line of standard output; rejects when there is none any more. */
  readonly line: () => Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => Promise<Finished>;
}

/** A folder that is gone when all tests of the file are over. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-cli-'));
  leftovers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the command line in a folder; what still runs when all tests of the file are over is killed. */
export const start = (folder: string, args: readonly string[], stdout: 'pipe' | number = 'pipe'): Running =>
  startNode(folder, [CLI, ...args], stdout);

/** Runs the command line in a folder to its end. */
export const doseloop = (folder: string, ...args: string[]): Promise<Finished> => start(folder, args).ended;

/** A pump that serves at an address once this has resolved. */
export async function serving(
  folder: string,
  on: string,
  ...options: string[]
): Promise<Running & { readonly url: string }> {
  const running = start(folder, ['serve', '--on', on, '--json', ...options]);
  const { url } = JSON.parse(await running.line()) as { url: string };
  return { ...running, url };
}

/** A pump that dies, or falls silent, in the middle of a run: when it has heard 10 000 bytes, of 40 000 of OCCLUSION. */
export async function servingMortal(
  folder: string,
  on: string,
  mode: 'die' | 'mute',
): Promise<Running & { readonly url: string }> {
  const running = startNode(folder, ['--import', import.meta.resolve('tsx'), MORTAL_PUMP, on, '10000', mode], 'pipe');
  return { ...running, url: await running.line() };
}

function startNode(folder: string, args: readonly string[], stdout: 'pipe' | number): Running {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', stdout, 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  leftovers.unshift(() => void child.kill('SIGKILL'));
  const out = collect(child.stdout);
  const error = collect(child.stderr);
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({
    code: typeof code === 'number' ? code : 128 + constants.signals[signal as NodeJS.Signals],
    stdout: out.text(),
    stderr: error.text(),
  }));
  return {
    child,
    ended,
    line: async () => {
      const next = await Promise.race([out.line(), ended]);
      if (typeof next === 'string') return next;
      throw new Error(`ended with ${next.code} where a line was awaited: ${next.stderr}`);
    },
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): { text(): string; line(): Promise<string> } {
  if (stream === null) return { text: () => '', line: () => new Promise(() => {}) };
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const lines: string[] = [];
  const wanted: ((line: string) => void)[] = [];
  createInterface(stream).on('line', (line) => {
    const first = wanted.shift();
    if (first === undefined) lines.push(line);
    else first(line);
  });
  return {
    text: () => Buffer.concat(chunks).toString(),
    line: async () => lines.shift() ?? (await new Promise<string>((resolve) => wanted.push(resolve))),
  };
}

/** The results in the output of `run --json`; throws for a line that is no JSON. */
export const resultsOf = ({ stdout }: Finished): RunResult[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunResult);

/** Without what differs from run to run. */
export const timeless = (result: RunResult): object => ({ ...result, wall_s: 0 });

/** Writes the occlusion scenario with replacements into the folder, under its new name. Every one must have a place. */
export function variant(folder: string, file: string, ...replacements: readonly (readonly [string, string])[]): string {
  let text = readFileSync(OCCLUSION, 'utf8');
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`no "${from}" in ${OCCLUSION}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(join(folder, file), text);
  return file;
}

/** The scenario with an expectation that fails. */
export const failing = (folder: string): string =>
  variant(folder, 'fails.yaml', ['id: catheter-occlusion', 'id: fails'], ['within: 67 min', 'within: 66 min']);

/** Waits until something is so; the time limit of the test ends it. */
export async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
}
