/** What all runs together have shown, and what is missing. */
import type { RunResult } from './perform.ts';
import type { Run } from './runs.ts';

export const EXPECTED_OUTCOMES = [
  'Done',
  'Interrupted',
  'NotAccepted GIVEN_UP',
  'NotAccepted EXPIRED',
  'NotAccepted OTHER_DOSE',
  'NotAccepted STOPPED',
  'NotAccepted BUSY',
  'Uncertain GONE',
  'START OK',
  'START PRECOND',
  'REFILL OK',
  'REFILL PRECOND',
] as const;

/** The refusals of session and dose rules. */
export const EXPECTED_CODES = [
  'STALE',
  'VERSION',
  'HELD',
  'SEQ',
  'SEQ_REUSED',
  'PRECOND',
  'ID_REUSED',
  'LATE',
  'NO_DOSE',
  'GONE',
  'BUSY',
] as const;

/** What is wrong with a run; undefined: it is as it should be. */
export function failureOf({ looksFor }: Run, { violation, complete, leftOut }: RunResult): string | undefined {
  if (looksFor === 'flaw') {
    return violation === undefined ? 'no violation was found: a defect of the check' : undefined;
  }
  if (violation !== undefined) return violation.what;
  if (leftOut !== undefined) return leftOut;
  return complete ? undefined : 'not all states were seen';
}

export type Traces = ReadonlyMap<string, readonly string[]>;

/** The shortest trace to each thing that was seen. */
function shortest(seen: readonly Readonly<Record<string, readonly string[]>>[]): Traces {
  const best = new Map<string, readonly string[]>();
  for (const [name, trace] of seen.flatMap((one) => Object.entries(one))) {
    const known = best.get(name);
    if (known === undefined || trace.length < known.length) best.set(name, trace);
  }
  return best;
}

const missing = (expected: readonly string[], { has }: { readonly has: (name: string) => boolean }): string[] =>
  expected.filter((name) => !has(name));

export interface Judgement {
  readonly outcomes: Traces;
  readonly codes: Traces;
  /** Run or thing, and what is wrong with it. */
  readonly failures: readonly (readonly [string, string])[];
}

export function judge(done: readonly { readonly run: Run; readonly result: RunResult }[]): Judgement {
  // With a rule removed anything may be reached: that tells nothing about the product.
  const sound = done.filter(({ run }) => run.looksFor !== 'flaw');
  const outcomes = shortest(sound.map(({ result }) => result.outcomes));
  const codes = shortest(sound.map(({ result }) => result.codes));
  const reached = (seen: Traces) => ({ has: (name: string) => seen.has(name) });
  return {
    outcomes,
    codes,
    failures: [
      ...done.flatMap(({ run, result }) => {
        const failure = failureOf(run, result);
        return failure === undefined ? [] : [[run.name, failure] as const];
      }),
      ...missing(EXPECTED_OUTCOMES, reached(outcomes)).map((name) => [name, 'no host has ever come to it'] as const),
      ...missing(EXPECTED_CODES, reached(codes)).map((name) => [name, 'the pump has never said it'] as const),
    ],
  };
}
