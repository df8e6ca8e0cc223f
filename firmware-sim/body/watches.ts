/** The comparators beside the motor's driver: counting samples in a row, and finding the sample that trips without looking at each. */
import type { Watch } from '../../protocol/motion.ts';
import { earliestCrossing, type Catheter, type PulseLaw } from './catheter.ts';

export interface WatchState {
  readonly watch: Watch;
  /** Samples in a row that were beyond the limit. */
  rows: number;
  readonly setAt: number;
  /** Pump time of the next sample that need be looked at; Infinity: none, or the watch samples with the steps. */
  next: number;
}

export const setWatch = (watch: Watch, now: number): WatchState => ({
  watch,
  rows: 0,
  setAt: now,
  next: watch.sample === 'per-step' ? Infinity : now + watch.sample,
});

/** After an event every forecast is void: sampling by time goes on at the next point of its grid. */
export function resumeSampling(watches: readonly WatchState[], now: number): void {
  for (const state of watches) {
    const { sample } = state.watch;
    if (sample !== 'per-step') state.next = now + sample - ((now - state.setAt) % sample);
  }
}

/** When the first watch that samples by time wants its next sample. */
export function nextSample(watches: readonly WatchState[]): number {
  let next = Infinity;
  for (const state of watches) next = Math.min(next, state.next);
  return next;
}

const isBeyond = ({ beyond, limit }: Watch, value: number): boolean =>
  beyond === 'above' ? value > limit : value < limit;

/**
 * The first of steps `from + 1` to `until` at which a per-step watch trips, or `until`. `valueOf(j)` is the sample after step
 * j and monotone in j; `law` proposes where it may cross. The rows of all watches are counted up to the returned step.
 */
export function firstTrip(
  watches: readonly WatchState[],
  valueOf: (j: number) => number,
  law: PulseLaw,
  from: number,
  until: number,
): { at: number; tripped: WatchState[] } {
  let at = until;
  const tripped: WatchState[] = [];
  for (const state of watches) {
    if (state.watch.sample !== 'per-step') continue;
    const trip = tripStep(state, valueOf, law, from, at);
    if (trip > at) continue;
    if (trip < at) tripped.length = 0;
    tripped.push(state);
    at = trip;
  }
  for (const state of watches) {
    if (state.watch.sample === 'per-step' && !tripped.includes(state)) state.rows = rowsAt(state, valueOf, from, at);
  }
  return { at, tripped };
}

function tripStep(
  { watch, rows }: WatchState,
  valueOf: (j: number) => number,
  law: PulseLaw,
  from: number,
  until: number,
): number {
  let inRow = rows;
  let j = from + 1;
  while (j <= until) {
    if (isBeyond(watch, valueOf(j))) {
      inRow += 1;
      if (inRow >= watch.rows) return j;
      j += 1;
    } else {
      inRow = 0;
      j = earliestCrossing(law, watch.limit, watch.beyond === 'above', j);
    }
  }
  return Infinity;
}

/** Rows of a watch that has not tripped, after step `at`. */
function rowsAt({ watch, rows }: WatchState, valueOf: (j: number) => number, from: number, at: number): number {
  let inRow = 0;
  for (let j = at; j > from; j -= 1) {
    if (!isBeyond(watch, valueOf(j))) return inRow;
    inRow += 1;
  }
  return rows + inRow;
}

/**
 * Takes the samples that fall after `now`, up to `horizon`, while the pressure only decays: up to the first instant at which
 * a watch trips. `at` is that instant, or `horizon`.
 */
export function sampleAtRest(
  watches: readonly WatchState[],
  valueAt: (us: number) => number,
  catheter: Catheter,
  now: number,
  horizon: number,
): { at: number; tripped: WatchState[] } {
  for (let next = nextSample(watches); next <= horizon; next = nextSample(watches)) {
    const tripped: WatchState[] = [];
    for (const state of watches) {
      if (state.next !== next || state.watch.sample === 'per-step') continue;
      const value = valueAt(next);
      state.rows = isBeyond(state.watch, value) ? state.rows + 1 : 0;
      if (state.rows >= state.watch.rows) tripped.push(state);
      state.next += state.rows > 0 ? state.watch.sample : skip(state.watch, state.watch.sample, value, catheter);
    }
    if (tripped.length > 0) return { at: next, tripped };
  }
  return { at: Math.max(now, horizon), tripped: [] };
}

/**
 * Time from a sample that is not beyond the limit to the next one that need be looked at, a multiple of the interval:
 * the pressure decays towards that of the CSF, so the moment of the crossing is known but for rounding.
 */
function skip(watch: Watch, interval: number, value: number, { csf, resistance, compliance }: Catheter): number {
  const towards = watch.beyond === 'below' ? value > csf : value < csf;
  const fraction = (watch.limit - csf) / (value - csf);
  const seconds = -Math.log(fraction) * resistance * compliance;
  if (!towards || !(fraction > 0) || !(seconds < Infinity)) return Infinity;
  const samples = Math.floor((seconds * 1_000_000) / interval) - 2;
  return interval * Math.max(1, samples);
}
