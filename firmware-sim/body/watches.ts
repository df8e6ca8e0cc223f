/**
 * The comparators beside the motor's driver: counting samples in a row, and finding the sample that trips without looking at each.
 * Here are those on the catheter pressure and on the rotor; slow-watches.ts has the others.
 */
import type { Watch, WatchSignal } from '../../protocol/motion.ts';
import { US_PER_DAY } from '../../protocol/units.ts';
import { earliestCrossing, pressureAfter, timeConstant, type Catheter, type PulseLaw } from './catheter.ts';
import { bandOf, biasAt, isPlain, readingOf, type PressureSensor } from './sensors.ts';

export interface WatchState {
  readonly watch: Watch;
  /** Samples in a row that were beyond the limit. */
  rows: number;
  readonly setAt: number;
  /** Pump time of the last sample that was looked at. */
  last: number;
  /** Pump time of the next pressure that need be looked at; Infinity: none, or the watch does not sample pressures by time. */
  next: number;
}

/** Which ways of sampling each signal has, and whether samples in a row are counted. */
const SAMPLING: Readonly<Record<WatchSignal, { steps: boolean; time: boolean; rows: boolean }>> = {
  'catheter-pressure': { steps: true, time: true, rows: true },
  'rotor-turn': { steps: true, time: false, rows: true },
  'pressure-valid': { steps: false, time: true, rows: false },
  battery: { steps: false, time: true, rows: false },
  temperature: { steps: false, time: true, rows: false },
};

/** A slow signal is sampled by time and has nothing to do with the fluid: slow-watches.ts finds its trips. */
export const isSlow = ({ signal }: Watch): boolean => !SAMPLING[signal].steps;

/** Throws RangeError for a watch that no comparator can be. */
export function setWatch(watch: Watch, now: number): WatchState {
  const { signal, sample, rows, limit } = watch;
  const can = SAMPLING[signal];
  const bySteps = sample === 'per-step';
  if (!(bySteps ? can.steps : can.time))
    throw new RangeError(`a watch on ${signal} cannot sample ${bySteps ? 'per step' : 'by time'}`);
  if (!bySteps && !(Number.isSafeInteger(sample) && sample > 0))
    throw new RangeError(`a watch on ${signal} every ${sample} us`);
  if (!Number.isSafeInteger(rows) || rows < 1 || (rows > 1 && !can.rows))
    throw new RangeError(`a watch on ${signal} with ${rows} rows`);
  if (!Number.isSafeInteger(limit)) throw new RangeError(`a watch on ${signal} with a limit of ${limit}`);
  return { watch, rows: 0, setAt: now, last: now, next: bySteps || isSlow(watch) ? Infinity : now + sample };
}

/** After an event every forecast is void: sampling by time goes on at the first point of its grid that is not behind. */
export function resumeSampling(watches: readonly WatchState[], now: number): void {
  for (const state of watches) {
    const { sample } = state.watch;
    if (sample === 'per-step' || isSlow(state.watch)) continue;
    const point = state.setAt + Math.ceil((now - state.setAt) / sample) * sample;
    state.next = point > state.last ? point : point + sample;
  }
}

/** When the first watch that samples pressures by time wants its next sample. */
export function nextSample(watches: readonly WatchState[]): number {
  let next = Infinity;
  for (const state of watches) if (state.next < next) next = state.next;
  return next;
}

export const isBeyond = ({ beyond, limit }: Watch, value: number): boolean =>
  beyond === 'above' ? value > limit : value < limit;

/** The steps that a per-step watch looks at: pressures by a law, read by a sensor, and the turn of the rotor, the same for all. */
export interface Samples {
  /** As the feedback of the rotor counts it, ‰ of a step. */
  readonly turn: number;
  readonly sensor: PressureSensor;
  readonly law: PulseLaw;
  /** Stamp of step j. */
  readonly timeOf: (j: number) => number;
  /** Number of the sample that step j gives, counted since time zero. */
  readonly numberOf: (j: number) => number;
  /** µs between steps. */
  readonly interval: number;
}

/** What the sensor reads after step j. */
const readStep = ({ sensor, law, timeOf, numberOf }: Samples, j: number): number =>
  isPlain(sensor) ? pressureAfter(law, j) : readingOf(sensor, pressureAfter(law, j), timeOf(j), numberOf(j));

/**
 * The first of steps `from + 1` to `until` at which a per-step watch trips, or `until`. Only those steps are looked at whose reading
 * may be beyond a limit. The rows of all watches are counted up to the returned step.
 */
export function firstTrip(
  watches: readonly WatchState[],
  samples: Samples,
  from: number,
  until: number,
): { at: number; tripped: WatchState[] } {
  let at = until;
  const tripped: WatchState[] = [];
  for (const state of watches) {
    if (state.watch.sample !== 'per-step') continue;
    const trip = isOnRotor(state) ? turnTrip(state, samples.turn, from) : tripStep(state, samples, from, at);
    if (trip > at) continue;
    if (trip < at) tripped.length = 0;
    tripped.push(state);
    at = trip;
  }
  for (const state of watches) {
    if (state.watch.sample !== 'per-step' || tripped.includes(state)) continue;
    state.rows = (isOnRotor(state) ? turnRows : rowsAt)(state, samples, from, at);
  }
  return { at, tripped };
}

const isOnRotor = ({ watch }: WatchState): boolean => watch.signal === 'rotor-turn';

/** The step at which a watch on the rotor trips when every step from `from + 1` on has this turn. */
const turnTrip = ({ watch, rows }: WatchState, turn: number, from: number): number =>
  isBeyond(watch, turn) ? from + watch.rows - rows : Infinity;

/** Rows of a watch on the rotor that has not tripped, after step `at`. */
const turnRows = ({ watch, rows }: WatchState, { turn }: Samples, from: number, at: number): number =>
  isBeyond(watch, turn) ? rows + at - from : 0;

function tripStep({ watch, rows }: WatchState, samples: Samples, from: number, until: number): number {
  let inRow = rows;
  let j = from + 1;
  while (j <= until) {
    if (isBeyond(watch, readStep(samples, j))) {
      inRow += 1;
      if (inRow >= watch.rows) return j;
      j += 1;
    } else {
      inRow = 0;
      j = nextCandidate(watch, samples, j);
    }
  }
  return Infinity;
}

/**
 * As `firstTrip`, looking at every step: the pressure after it, and what each watch makes of that and of its turn. Allocates nothing
 * per step.
 */
export function walkToTrip(
  watches: readonly WatchState[],
  samples: Samples,
  from: number,
  until: number,
): { at: number; tripped: WatchState[] } {
  const perStep = watches.filter(({ watch }) => watch.sample === 'per-step');
  const onPressure = perStep.filter((state) => !isOnRotor(state));
  const onRotor = perStep.filter(isOnRotor);
  // All these steps turn the rotor alike: on which side of its limit each watch finds them is asked once.
  const isFar = onRotor.map(({ watch }) => isBeyond(watch, samples.turn));
  const { law, sensor } = samples;
  const plain = isPlain(sensor);
  for (let j = from + 1; j <= until; j += 1) {
    const reading = plain ? pressureAfter(law, j) : readStep(samples, j);
    let trips = false;
    for (let i = 0; i < onPressure.length; i += 1) {
      const state = onPressure[i] as WatchState;
      const { watch } = state;
      state.rows = isBeyond(watch, reading) ? state.rows + 1 : 0;
      trips ||= state.rows >= watch.rows;
    }
    for (let i = 0; i < onRotor.length; i += 1) {
      const state = onRotor[i] as WatchState;
      state.rows = isFar[i] === true ? state.rows + 1 : 0;
      trips ||= state.rows >= state.watch.rows;
    }
    if (trips) return { at: j, tripped: perStep.filter(({ watch, rows }) => rows >= watch.rows) };
  }
  return { at: until, tripped: [] };
}

/** The next step after j whose reading may be beyond the limit: the edge of the band, and with drift a day's worth of it. */
function nextCandidate(watch: Watch, samples: Samples, j: number): number {
  const { sensor, law, interval, timeOf } = samples;
  if (sensor.dead || sensor.stuckAt !== undefined) return Infinity;
  const above = watch.beyond === 'above';
  const band = bandOf(sensor);
  const edge = above ? watch.limit - band : watch.limit + band;
  if (sensor.drift === 0) return earliestCrossing(law, edge - sensor.offset, above, j);
  const dayEnd = j + Math.max(1, Math.floor(US_PER_DAY / interval));
  const biases = [biasAt(sensor, timeOf(j)), biasAt(sensor, timeOf(dayEnd))];
  const worst = above ? Math.max(...biases) : Math.min(...biases);
  return Math.min(dayEnd, earliestCrossing(law, edge - worst, above, j));
}

/** Rows of a watch that has not tripped, after step `at`. */
function rowsAt({ watch, rows }: WatchState, samples: Samples, from: number, at: number): number {
  let inRow = 0;
  for (let j = at; j > from; j -= 1) {
    if (!isBeyond(watch, readStep(samples, j))) return inRow;
    inRow += 1;
  }
  return rows + inRow;
}

/**
 * Takes the samples that fall after `now`, up to `horizon`, with no step between: up to the first instant at which a watch trips.
 * `at` is that instant, or `horizon`. A `moving` motor makes its next step later, and forecasts end there: none is made.
 */
export function sampleAtRest(
  watches: readonly WatchState[],
  valueAt: (us: number) => number,
  sensor: PressureSensor,
  catheter: Catheter,
  moving: boolean,
  now: number,
  horizon: number,
): { at: number; tripped: WatchState[] } {
  for (let next = nextSample(watches); next <= horizon; next = nextSample(watches)) {
    const tripped: WatchState[] = [];
    for (const state of watches) {
      const { sample } = state.watch;
      if (state.next !== next || sample === 'per-step') continue;
      const pressure = valueAt(next);
      // Sampling by time has its own numbers: those of its grid, apart from those of the steps.
      const number = -1 - (next - state.setAt) / sample;
      state.rows = isBeyond(state.watch, readingOf(sensor, pressure, next, number)) ? state.rows + 1 : 0;
      if (state.rows >= state.watch.rows) tripped.push(state);
      state.last = next;
      state.next += state.rows > 0 || moving ? sample : skip(state.watch, sample, pressure, sensor, catheter, next);
    }
    if (tripped.length > 0) return { at: next, tripped };
  }
  return { at: Math.max(now, horizon), tripped: [] };
}

/**
 * Time from a sample that is not beyond the limit to the next one that need be looked at, a multiple of the interval: the
 * pressure decays towards that of the CSF, so the moment of the crossing is known but for rounding.
 */
function skip(
  watch: Watch,
  interval: number,
  pressure: number,
  sensor: PressureSensor,
  catheter: Catheter,
  now: number,
): number {
  if (sensor.dead || sensor.stuckAt !== undefined) return Infinity;
  const below = watch.beyond === 'below';
  const band = bandOf(sensor);
  const ahead = sensor.drift === 0 ? 0 : Math.max(1, Math.floor(US_PER_DAY / interval)) * interval;
  const biases = [biasAt(sensor, now), biasAt(sensor, now + ahead)];
  const edge = below ? watch.limit + band - Math.min(...biases) : watch.limit - band - Math.max(...biases);
  const crossing = secondsUntil(edge, pressure, catheter, below);
  const samples = crossing === Infinity ? Infinity : Math.max(1, Math.floor((crossing * 1_000_000) / interval) - 2);
  return Math.min(ahead === 0 ? Infinity : ahead, interval * samples);
}

/** Seconds until a relaxing pressure is beyond `edge`, 0 when it is already; Infinity: never. */
function secondsUntil(edge: number, pressure: number, catheter: Catheter, below: boolean): number {
  if (below ? pressure < edge : pressure > edge) return 0;
  const { csf } = catheter;
  if (below ? csf >= edge : csf <= edge) {
    // It ends on this side; only rounding could bring it over.
    return Math.abs(csf - edge) <= 1e-9 * (Math.abs(csf) + Math.abs(edge)) ? 0 : Infinity;
  }
  const seconds = -Math.log((edge - csf) / (pressure - csf)) * timeConstant(catheter);
  return Number.isNaN(seconds) ? 0 : seconds;
}
