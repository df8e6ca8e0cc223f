/** The result of a run: `result.json`, and a line of `run --json`. Seconds are decimal, everything else integers. */

export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'ERROR' | 'TIMEOUT' | 'ABORTED' | 'SKIPPED';

export interface AlarmResult {
  readonly id: string;
  readonly priority: string;
  readonly raised_s: number;
  readonly cleared_s: number | null;
}

export interface ExpectationResult {
  readonly id: string;
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** In words, with units. */
  readonly expected: string;
  readonly measured: string;
  /** Signed distance to the limit in the unit of `expected`, positive on the good side; null where there is none. */
  readonly margin: string | null;
  readonly requirements: readonly string[];
}

export interface RunResult {
  readonly scenario: string;
  readonly target: 'sim' | 'wire';
  readonly profile: string;
  readonly world: 'SIMULATED' | 'REAL';
  readonly verdict: Verdict;
  /** Why, where the verdict is neither PASS nor FAIL. */
  readonly reason: string | null;
  readonly seed: number;
  readonly virtual_s: number;
  readonly wall_s: number;
  readonly events: number;
  readonly alarms: readonly AlarmResult[];
  readonly expectations: readonly ExpectationResult[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly log_sha256: string | null;
}
