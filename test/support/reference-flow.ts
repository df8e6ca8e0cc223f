/**
 * Motor steps of the reference pump, the slow and obvious way: work is rate × time in nL·µs/day as a BigInt, a step has been made for every
 * whole step volume of it, and every piece of constant rate is kept for ever. Shares nothing with the firmware.
 */

const STEP_NL = 10;
const WORK_OF_STEP = BigInt(STEP_NL) * 86_400_000_000n;

interface Piece {
  readonly from: number;
  to: number;
  readonly rate: bigint;
  /** Work that was done before. */
  readonly work: bigint;
  /** Drug of a step that counts against a dose limit, pg. */
  readonly mass: number;
}

export class ReferenceFlow {
  readonly #pieces: Piece[] = [{ from: 0, to: Infinity, rate: 0n, work: 0n, mass: 0 }];

  get #last(): Piece {
    return this.#pieces[this.#pieces.length - 1] as Piece;
  }

  get rate(): number {
    return Number(this.#last.rate);
  }

  /** From `now` on. A step that is due at `now` is one of the rate before. */
  set(now: number, rate: number, mass: number): void {
    const last = this.#last;
    if (last.rate === BigInt(rate) && last.mass === mass) return;
    last.to = now;
    this.#pieces.push({ from: now, to: Infinity, rate: BigInt(rate), work: workAt(last, now), mass });
  }

  /** Steps made by `t`, which is in the piece in hand. */
  stepsBy(t: number): number {
    return stepsBy(this.#last, t);
  }

  /** When so many steps in all have been made at the rate in force. */
  timeOf(steps: number): number {
    const { rate, from, work } = this.#last;
    if (rate === 0n) return Infinity;
    const missing = BigInt(steps) * WORK_OF_STEP - work;
    return from + Math.max(0, Number((missing + rate - 1n) / rate));
  }

  /** Drug of the steps made after `after` and not later than `by`, pg. */
  massBetween(after: number, by: number): number {
    let mass = 0;
    for (const piece of this.#pieces) {
      const [from, to] = [Math.max(after, piece.from), Math.min(by, piece.to)];
      if (from < to) mass += (stepsBy(piece, to) - stepsBy(piece, from)) * piece.mass;
    }
    return mass;
  }

  /**
   * The most that a window has held when it ended after `after` and not later than `by`. As long as neither of its ends passes a change of
   * rate the mass goes evenly up or down but for a step, so that the steps after each change are looked at, and some more.
   */
  mostBetween(after: number, by: number, window: number): number {
    const moments = new Set([by]);
    const pieces = this.#pieces.filter(({ to }) => to + window > after);
    for (const { from, to } of pieces)
      for (const edge of [from, to, from + window, to + window])
        if (edge < by) for (const stamp of this.#stampsFrom(Math.max(after, edge), by)) moments.add(stamp);
    return Math.max(0, ...[...moments].map((at) => this.massBetween(at - window, at)));
  }

  /** The last step by `at` and some of those that follow, none of them after `by`. */
  #stampsFrom(at: number, by: number): number[] {
    const piece = this.#pieces.findLast(({ from }) => from <= at) as Piece;
    if (piece.rate === 0n || piece.mass === 0) return [at];
    const made = stepsBy(piece, at);
    const stamp = (n: number): number =>
      piece.from + Math.max(0, Number((BigInt(n) * WORK_OF_STEP - piece.work + piece.rate - 1n) / piece.rate));
    return [0, 1, 2, 3, 5, 8, 13, 77]
      .map((more) => stamp(made + more))
      .filter((t) => t >= Math.min(at, piece.from) && t <= Math.min(by, piece.to));
  }
}

const workAt = ({ from, rate, work }: Piece, t: number): bigint => work + rate * BigInt(t - from);
const stepsBy = (piece: Piece, t: number): number => Number(workAt(piece, t) / WORK_OF_STEP);
