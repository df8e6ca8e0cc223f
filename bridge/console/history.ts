/** Lines that were typed, from one console to the next. A file that cannot be had is no error: then nothing is remembered. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const MAX_HISTORY = 1000;

export interface History {
  /** Oldest first. */
  readonly lines: readonly string[];
  readonly add: (line: string) => void;
}

/** A code is good for once: there is nothing to remember. */
export const isRemembered = (line: string): boolean => line.trim() !== '' && !/^\s*confirm\b/i.test(line);

export function openHistory(path: string): History {
  let lines = attempt(() => readFileSync(path, 'utf8').split('\n').filter(isRemembered)) ?? [];
  const rewrite = (): void => {
    lines = lines.slice(-MAX_HISTORY);
    writeFileSync(`${path}.new`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  if (lines.length > MAX_HISTORY) attempt(rewrite);
  return {
    lines,
    add: (line) => {
      if (!isRemembered(line) || line === lines.at(-1)) return;
      lines.push(line);
      attempt(() => {
        if (lines.length > MAX_HISTORY) return rewrite();
        mkdirSync(dirname(path), { recursive: true });
        appendFileSync(path, `${line}\n`, { mode: 0o600 });
      });
    },
  };
}

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
