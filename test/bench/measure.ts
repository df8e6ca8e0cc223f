/** CPU time of contenders that take turns, so that what slows the machine slows them all. */

/** CPU time of this process so far, ms: what others do on the machine does not count. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Settles the heap; the process must run with --expose-gc. */
export function settleHeap(): void {
  if (globalThis.gc === undefined) throw new Error('run node with --expose-gc');
  globalThis.gc();
}

export interface Contender {
  readonly run: () => void;
  /** Runs in one measurement, so that each lasts some tens of ms; 1 where it is not given. */
  readonly times?: number;
}

/** CPU ms of one run of each contender, round by round, after rounds that only warm the code up. */
export function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  rounds: number,
  warmUp: number,
): Record<Name, number>[] {
  const names = Object.keys(contenders) as Name[];
  const results: Record<Name, number>[] = [];
  // Once and not between turns: a full collection takes away what compiled code has been built on, and the next turn would pay for that.
  settleHeap();
  for (let round = -warmUp; round < rounds; round += 1) {
    const result = {} as Record<Name, number>;
    for (const name of names) {
      const { run, times = 1 } = contenders[name];
      const start = cpuMs();
      for (let i = 0; i < times; i += 1) run();
      result[name] = (cpuMs() - start) / times;
    }
    if (round >= 0) results.push(result);
  }
  return results;
}

/** Median over the rounds of a figure that is taken from each of them. */
export const medianOf = <Round>(rounds: readonly Round[], figure: (round: Round) => number): number =>
  median(rounds.map(figure));
