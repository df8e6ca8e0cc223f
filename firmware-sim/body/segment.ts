/**
 * A segment: a stretch of a train over which one law of pressure holds. Everything in it is a function of its anchor and of
 * the number of steps since, never a recurrence, so that looking at every step and leaping over all of them give the same
 * numbers. Anchors are set by orders, faults, fillings, trips and the boundaries of the model, and by nothing that merely looks.
 */
import { timeOfStep, type Train } from '../../protocol/motion.ts';
import {
  decayed,
  earliestCrossing,
  freeLaw,
  pressureAfter,
  pushed,
  SLIP_FROM,
  slipLaw,
  sumOfPressures,
  type Catheter,
  type PulseLaw,
} from './catheter.ts';

/** State of the fluid at the anchor. */
export interface Anchor {
  /** Pump time, whole µs and the fraction of one: an event happens at a whole µs, a step at a rational time. */
  readonly us: number;
  readonly fraction: number;
  readonly pressure: number;
  /** Volume drawn from the reservoir since time zero, nL. */
  readonly drawn: number;
  /** Volume that left the tip since time zero, nL. */
  readonly delivered: number;
  /** Volume that can still be drawn, nL. */
  readonly available: number;
}

export interface Segment {
  readonly anchor: Anchor;
  readonly catheter: Catheter;
  readonly train: Train;
  /** Index in the train of the segment's first step. */
  readonly k0: number;
  /** Seconds between steps. */
  readonly interval: number;
  readonly law: PulseLaw;
  readonly regime: 'free' | 'slip' | 'dry';
  /** Volume of one step, nL. */
  readonly volume: number;
  readonly drawnByFirst: number;
  /** The law holds for steps 1 to `last`. */
  readonly last: number;
}

/** What is left of the last drop when rounding is taken off it, nL. */
const DRY = 1e-6;

/** The segment that begins at an anchor; `wait` seconds pass until its first step, step `k0` of the train. */
export function beginSegment(
  anchor: Anchor,
  wait: number,
  catheter: Catheter,
  train: Train,
  k0: number,
  stepVolume: number,
): Segment {
  const interval = (train.interval.us + train.interval.num / train.den) / 1_000_000;
  const before = decayed(catheter, anchor.pressure, wait);
  const volume = Math.min(stepVolume, anchor.available);
  const first = pushed(catheter, before, volume);
  const free = before + volume / catheter.compliance <= SLIP_FROM;
  const drawnByFirst = free ? volume : (first - before) * catheter.compliance;
  const base = { anchor, catheter, train, k0, interval, drawnByFirst };

  const left = anchor.available - drawnByFirst;
  if (left <= DRY) {
    return { ...base, volume: 0, law: freeLaw(catheter, first, 0, interval), regime: 'dry', last: Infinity };
  }
  const enough = 1 + Math.floor(left / stepVolume);
  const nextBefore = decayed(catheter, first, interval);
  if (nextBefore >= SLIP_FROM) {
    const law = slipLaw(catheter, first, stepVolume, interval);
    // The pressure from which the wait for the next step leads just down to SLIP_FROM.
    const level =
      catheter.csf + (SLIP_FROM - catheter.csf) * Math.exp(interval / (catheter.resistance * catheter.compliance));
    const last = lastBeforeStep(law, (p) => decayed(catheter, p, interval) >= SLIP_FROM, level, false);
    return { ...base, volume: stepVolume, law, regime: 'slip', last: Math.min(last, enough) };
  }
  const law = freeLaw(catheter, first, stepVolume, interval);
  if (nextBefore + stepVolume / catheter.compliance <= SLIP_FROM) {
    const last = lastBeforeStep(law, (p) => p <= SLIP_FROM, SLIP_FROM, true);
    return { ...base, volume: stepVolume, law, regime: 'free', last: Math.min(last, enough) };
  }
  // The next step crosses into slip: neither law holds for it, so it gets an anchor of its own.
  return { ...base, volume: stepVolume, law, regime: 'free', last: 1 };
}

/** The largest j for which all of p(2)..p(j) keep `holds`; monotone in j, so the first failure ends it. */
function lastBeforeStep(law: PulseLaw, holds: (p: number) => boolean, level: number, above: boolean): number {
  let j = earliestCrossing(law, level, above, 1);
  while (j < Infinity) {
    if (!holds(pressureAfter(law, j))) return j - 1;
    j = Math.max(j + 1, earliestCrossing(law, level, above, j));
  }
  return Infinity;
}

/** Pressure right after step j of the segment, j >= 1. */
export const pressureOfStep = (segment: Segment, j: number): number => pressureAfter(segment.law, j);

/** Volume drawn from the reservoir by steps 1 to j, nL. */
export function drawnBySteps(segment: Segment, j: number): number {
  if (j === 0) return 0;
  if (segment.regime !== 'slip') return segment.drawnByFirst + (j - 1) * segment.volume;
  const { catheter, law } = segment;
  const a = Math.exp(-segment.interval / (catheter.resistance * catheter.compliance));
  const after = sumOfPressures(law, j) - law.first;
  const before = catheter.csf * (j - 1) * (1 - a) + a * sumOfPressures(law, j - 1);
  return segment.drawnByFirst + catheter.compliance * (after - before);
}

/** Fluid at pump time `us` after j steps of the segment. */
export function fluidAt(segment: Segment, j: number, us: number): Anchor {
  const { anchor, catheter, train } = segment;
  let pressure: number;
  if (j === 0) pressure = decayed(catheter, anchor.pressure, (us - anchor.us - anchor.fraction) / 1_000_000);
  else {
    const step = timeOfStep(train, segment.k0 + j - 1);
    const since = (us - step.us - step.num / train.den) / 1_000_000;
    pressure = decayed(catheter, pressureOfStep(segment, j), since);
  }
  return fluidWith(anchor, catheter, drawnBySteps(segment, j), pressure, us, 0);
}

/** Fluid right after step j, at the step's own exact time: the anchor of a boundary. */
export function fluidAfterStep(segment: Segment, j: number): Anchor {
  const { us, num } = timeOfStep(segment.train, segment.k0 + j - 1);
  const drawn = drawnBySteps(segment, j);
  return fluidWith(segment.anchor, segment.catheter, drawn, pressureOfStep(segment, j), us, num / segment.train.den);
}

/** Fluid at pump time `us` with the motor at rest since the anchor. */
export function fluidAtRest(anchor: Anchor, catheter: Catheter, us: number): Anchor {
  const pressure = decayed(catheter, anchor.pressure, (us - anchor.us - anchor.fraction) / 1_000_000);
  return fluidWith(anchor, catheter, 0, pressure, us, 0);
}

/** What was drawn and is not stored in the stretched wall has left at the tip. */
function fluidWith(
  anchor: Anchor,
  catheter: Catheter,
  drawn: number,
  pressure: number,
  us: number,
  fraction: number,
): Anchor {
  const stored = catheter.compliance * (pressure - anchor.pressure);
  return {
    us,
    fraction,
    pressure,
    drawn: anchor.drawn + drawn,
    delivered: catheter.resistance === Infinity ? anchor.delivered : anchor.delivered + drawn - stored,
    available: Math.max(0, anchor.available - drawn),
  };
}
