/**
 * Drug given in a sliding window, exact to the step: the trains of the last days are kept as they were ordered, and a train says when
 * each of its steps fell. Masses in pg (nL · ng/µL), times in µs. A step made at t counts in the window that ends at `now` when
 * now − window < t <= now.
 */
import { stampOfStep, stepsDueBy, type Train } from '../../../protocol/motion.ts';

/** Steps of one train: `n` of them were made, each with `mass`. */
export interface Stretch {
  readonly train: Train;
  readonly n: number;
  readonly mass: number;
  /** Stamps of the first and the last of them. */
  readonly first: number;
  readonly last: number;
}

export const stretchOf = (train: Train, n: number, mass: number): Stretch => ({
  train,
  n,
  mass,
  first: stampOfStep(train, 0),
  last: stampOfStep(train, Math.max(0, n - 1)),
});

const FORGOTTEN_AT_ONCE = 64;

/** Stretches at the most. Older ones are merged: their drug then counts until the last of it has left the window. */
export const MAX_STRETCHES = 1024;

/** Adds a stretch, and forgets what no window can see any more. */
export function remember(stretches: Stretch[], stretch: Stretch, now: number, longest: number): void {
  stretches.push(stretch);
  // Many at once: to take one away costs as much as to take a hundred.
  if ((stretches[FORGOTTEN_AT_ONCE]?.last ?? Infinity) <= now - longest) {
    stretches.splice(
      0,
      stretches.findIndex(({ last }) => last > now - longest),
    );
  }
  if (stretches.length <= MAX_STRETCHES) return;
  const [a, b] = stretches.splice(0, 2);
  if (a === undefined || b === undefined) return;
  // One step of all the mass, when the later of the two made its last: it can only make the window fuller than it is.
  const once: Train = { ...b.train, first: { us: b.last, num: 0 }, count: 1 };
  stretches.unshift(stretchOf(once, 1, a.n * a.mass + b.n * b.mass));
}

/** Steps of a stretch that have left the window by `now`. */
function stepsLeft({ train, n, first, last }: Stretch, now: number, window: number): number {
  const edge = now - window;
  if (edge < first) return 0;
  return edge >= last ? n : Math.min(n, stepsDueBy(train, edge));
}

/** Mass in the window that ends at `now`; no stretch may reach beyond `now`. */
export function massInWindow(stretches: readonly Stretch[], now: number, window: number): number {
  let mass = 0;
  // From the newest back: what is older than one that has left has left as well.
  for (let i = stretches.length - 1; i >= 0; i -= 1) {
    const stretch = stretches[i] as Stretch;
    if (stretch.last <= now - window) break;
    mass += (stretch.n - stepsLeft(stretch, now, window)) * stretch.mass;
  }
  return mass;
}

/** When the motor began to work on step k of a train: an interval before the step. */
export const beginOfStep = (train: Train, k: number): number => stampOfStep(train, k) - train.interval.us;

/** When the n-th last step was begun, n >= 1; the first there is where there are fewer, undefined where there is none. */
export function beginFromEnd(stretches: readonly Stretch[], n: number): number | undefined {
  let left = n;
  for (let i = stretches.length - 1; i >= 0; i -= 1) {
    const { train, n: steps } = stretches[i] as Stretch;
    if (steps >= left) return beginOfStep(train, steps - left);
    left -= steps;
  }
  const [oldest] = stretches;
  return oldest === undefined ? undefined : beginOfStep(oldest.train, 0);
}

/** When the window holds no more than `target`, if nothing is added. */
export function timeOfMass(stretches: readonly Stretch[], now: number, window: number, target: number): number {
  let excess = massInWindow(stretches, now, window) - target;
  if (excess <= 0) return now;
  for (const stretch of stretches) {
    const left = stepsLeft(stretch, now, window);
    const mass = (stretch.n - left) * stretch.mass;
    if (mass < excess) {
      excess -= mass;
      continue;
    }
    return stampOfStep(stretch.train, left + Math.ceil(excess / stretch.mass) - 1) + window;
  }
  return now + window;
}

/**
 * How many steps a train can make until the window may be full, from `now` on; `most` where it never is before that. Never too many: what it
 * cannot tell to the step it cuts short, and the caller asks again when those steps are made: `enough` are enough for a caller who asks
 * again by then anyway. 0: not even one step fits.
 */
export function stepsThatFit(
  stretches: readonly Stretch[],
  train: Train,
  mass: number,
  now: number,
  { limit, window }: { readonly limit: number; readonly window: number },
  most: number,
  enough = Infinity,
): number {
  const room = limit - massInWindow(stretches, now, window);
  const sure = Math.max(0, Math.floor(room / mass));
  if (sure >= most) return most;
  if (sure >= enough) return sure;
  return Math.min(most, Math.max(sure, stepsByPieces(stretches, train, mass, window, room)));
}

/** Steps until the window may be full, followed from piece to piece of what leaves it meanwhile; Infinity: it never is. */
function stepsByPieces(
  stretches: readonly Stretch[],
  train: Train,
  mass: number,
  window: number,
  room: number,
): number {
  // Beyond that what leaves the window makes room: followed piece by piece, between times at which the rate of leaving changes. Each
  // comparison gives away two steps of each kind, for steps fall at times and not evenly.
  const interval = train.interval.us + train.interval.num / train.den;
  const start = train.first.us;
  const stepsBy = (us: number): number => Math.floor((us - start) / interval);
  let at = start;
  let free = room - 2 * mass;
  for (const stretch of stretches) {
    const begins = Math.max(at, stretch.first + window);
    const ends = stretch.last + window;
    if (ends <= at) continue;
    const needed = ((begins - at) / interval) * mass;
    if (needed > free) return stepsBy(at + (free / mass) * interval);
    free -= needed;
    const own = stretch.train.interval.us + stretch.train.interval.num / stretch.train.den;
    const net = mass / interval - stretch.mass / own;
    const slack = 2 * stretch.mass;
    if (free < slack) return stepsBy(begins);
    if (net > 0 && net * (ends - begins) > free - slack) {
      return stepsBy(begins + (free - slack) / net);
    }
    free -= net * (ends - begins);
    at = ends;
  }
  // Then the train's own first steps leave as fast as new ones come.
  const needed = ((Math.max(at, start + window) - at) / interval) * mass;
  return needed > free ? stepsBy(at + (free / mass) * interval) : Infinity;
}
