/** From "this value is wrong" to "this line and column of the file": places, code frames, suggestions. */
import type { z } from 'zod';
import type { Finding, Stretch, Tree } from './document.ts';
import type { FieldIssue } from './fields.ts';

/** Something wrong in a scenario file. */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Behind the last marked column; on the same line, and at least one more than `column`. */
  readonly endColumn: number;
  readonly message: string;
  /** For example `did you mean "expect"?`. */
  readonly hint?: string;
}

/** Something wrong at a path of the data. */
export interface Problem extends FieldIssue {
  readonly path: readonly PropertyKey[];
}

export const problemsOf = (error: z.ZodError): readonly Problem[] =>
  error.issues.map((issue) => ({
    message: issue.message,
    path: issue.path,
    ...(issue.code === 'custom' ? issue.params : undefined),
  }));

/** Puts every problem at its place. A key that is missing because it is misspelt beside is no problem of its own. */
export function locate(problems: readonly Problem[], tree: Tree): readonly Finding[] {
  const misspelt = new Set(
    problems.filter(({ at }) => at === 'key').map(({ path, near }) => pathKey([...path.slice(0, -1), near ?? ''])),
  );
  return problems.flatMap((problem) => {
    const place = tree.place(problem.path);
    if (place === undefined) {
      return misspelt.has(pathKey(problem.path)) ? [] : [missing(problem.path, tree)];
    }
    const { message, near, at, path } = problem;
    return at === 'key' && place.key !== undefined
      ? [{ ...place.key, message, near }]
      : [{ ...place.value, message: named(path, message), near }];
  });
}

const pathKey = (path: readonly PropertyKey[]): string => JSON.stringify(path);

/** A missing key is shown at its parent: at the parent's key, or where an entry of a list or the file begins. */
function missing(path: readonly PropertyKey[], tree: Tree): Finding {
  const parent = path.slice(0, -1);
  const place = tree.place(parent);
  const where: Stretch = place?.key ?? place?.value ?? { start: 0, end: 0 };
  return { ...where, message: named(parent, `missing key "${String(path.at(-1))}"`) };
}

/** The message after the name of its value: the key, with the number (from 1) for an entry of a list. */
function named(path: readonly PropertyKey[], message: string): string {
  const last = path.at(-1);
  if (last === undefined) {
    return message;
  }
  return typeof last === 'number' ? `${String(path.at(-2))} ${last + 1}: ${message}` : `${String(last)}: ${message}`;
}

/** Most diagnostics of one file; who has made a hundred mistakes has made one in the tool that wrote the file. */
export const MAX_DIAGNOSTICS = 100;

/** In the order of the file, each once. */
export function toDiagnostics(findings: readonly Finding[], file: string, text: string): readonly Diagnostic[] {
  const seen = new Set<string>();
  return findings
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, message }) => {
      const key = `${start} ${message}`;
      return seen.has(key) ? false : seen.add(key);
    })
    .slice(0, MAX_DIAGNOSTICS)
    .map(({ start, end, message, near }) => {
      const { line, column, rest } = position(text, start);
      return {
        file,
        line,
        column,
        endColumn: column + Math.max(1, Math.min(end - start, rest)),
        message,
        ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
      };
    });
}

/** Line and column from 1, and how much of the line is left there. */
export function position(text: string, offset: number): { line: number; column: number; rest: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const rest = /^[^\r\n]*/u.exec(text.slice(offset))?.[0].length ?? 0;
  return { line: before.split('\n').length, column: offset - lineStart + 1, rest };
}

/** The text without a byte order mark, which editors do not count as a column. */
export const withoutMark = (text: string): string => text.replace(/^\ufeff/u, '');

/** Widest stretch of a line that a code frame shows. */
const FRAME_WIDTH = 120;

/** `file:line:column  error  message`, the line, and carets under what is meant, with the hint behind them. */
export function formatDiagnostic(diagnostic: Diagnostic, sourceText: string): string {
  const { file, line, column, endColumn, message, hint } = diagnostic;
  const source = withoutMark(sourceText).split('\n')[line - 1]?.replace(/\r$/u, '') ?? '';
  const from = column <= FRAME_WIDTH ? 0 : column - 1 - FRAME_WIDTH / 2;
  const shown = source.slice(from, from + FRAME_WIDTH);
  const gutter = `${String(line).padStart(5)} | `;
  // Tabs stay tabs, so that the carets stand right however wide a terminal makes them.
  const indent = shown.slice(0, column - 1 - from).replace(/[^\t]/gu, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(endColumn - column, shown.length - indent.length)));
  return [
    `${file}:${line}:${column}  error  ${visible(message)}`,
    `${gutter}${visible(shown)}`,
    `${' '.repeat(gutter.length - 2)}| ${indent}${carets}${hint === undefined ? '' : `  ${visible(hint)}`}`,
  ].join('\n');
}

/** Control characters from a file must not reach a terminal. */
// oxlint-disable-next-line no-control-regex
const visible = (text: string): string => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/gu, '\ufffd');
