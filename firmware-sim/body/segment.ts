/**
 * A segment: a stretch of a train over which one law of pressure holds, with every parameter constant. Everything in it is a
 * function of its anchor and of the number of steps since, never a recurrence, so that looking at every step and leaping over
 * all of them give the same numbers. Anchors are set by orders, faults, fillings, trips, changes of a parameter and the
 * boundaries of the model, and by nothing that merely looks.
 */
import type { Train } from '../../protocol/motion.ts';
import {
  decayed,
  earliestCrossing,
  freeLaw,
  pressureAfter,
  pushed,
  slipLaw,
  timeConstant,
  type Catheter,
  type PulseLaw,
} from './catheter.ts';
import { outflowBefore, type Anchor, type Conditions, type Segment } from './fluid.ts';
import { nextFront } from './transit.ts';

/** What is left of the last drop when rounding is taken off it, nL. */
const DRY = 1e-6;

/**
 * The segment that begins at an anchor; `wait` seconds pass until its first step, step `k0` of the train. Steps move `volume` nL
 * until no more than `until` nL can be drawn.
 */
export function beginSegment(
  anchor: Anchor,
  conditions: Conditions,
  train: Train,
  k0: number,
  wait: number,
  step: { readonly volume: number; readonly until: number },
): Segment {
  const { catheter } = conditions;
  const interval = (train.interval.us + train.interval.num / train.den) / 1_000_000;
  const before = decayed(catheter, anchor.pressure, wait);
  const first = pushed(catheter, before, step.volume);
  const free = before + step.volume / catheter.compliance <= catheter.slip.from;
  const drawnByFirst = free ? step.volume : (first - before) * catheter.compliance;
  const { law, slips, last, perStep } = lawAfter(catheter, first, step.volume, interval);
  const above = anchor.available - drawnByFirst - step.until;
  const enough = step.volume === 0 ? Infinity : above <= DRY ? 1 : 1 + Math.floor(above / step.volume);
  const segment: Segment = {
    anchor,
    conditions,
    train,
    k0,
    wait,
    interval,
    law,
    slips,
    volume: perStep,
    drawnByFirst,
    last: Math.max(1, Math.min(last, enough)),
  };
  return untilFront(segment);
}

/** Two pressures this near to each other, as a share, are one but for rounding. */
const SAME = 1e-15;

/** The law of the steps after the first, how far it holds, and what each of them draws. */
function lawAfter(
  catheter: Catheter,
  first: number,
  volume: number,
  interval: number,
): { law: PulseLaw; slips: boolean; last: number; perStep: number } {
  const { from, to } = catheter.slip;
  const nextBefore = decayed(catheter, first, interval);
  // The pressure from which the wait for the next step leads just down to a boundary of slip.
  const leadingTo = (level: number): number =>
    catheter.csf + (level - catheter.csf) * Math.exp(interval / timeConstant(catheter));
  if (nextBefore >= to && volume > 0) {
    const law = freeLaw(catheter, first, 0, interval);
    const stands = (p: number): boolean => decayed(catheter, p, interval) >= to;
    return { law, slips: false, perStep: 0, last: lastThat(law, stands, leadingTo(to), false) };
  }
  if (nextBefore >= from && volume > 0) {
    const law = slipLaw(catheter, first, volume, interval);
    return {
      law,
      slips: true,
      perStep: volume,
      last: lastThat(law, (p) => decayed(catheter, p, interval) >= from, leadingTo(from), false),
    };
  }
  const law = freeLaw(catheter, first, volume, interval);
  if (volume === 0) return { law, slips: false, last: Infinity, perStep: 0 };
  if (nextBefore + volume / catheter.compliance <= from) {
    return { law, slips: false, last: lastThat(law, (p) => p <= from, from, true), perStep: volume };
  }
  // The next step crosses into slip: neither law holds for it, so it gets an anchor of its own, until the steps repeat.
  const next = pushed(catheter, nextBefore, volume);
  if (Math.abs(next - first) > SAME * first) return { law, slips: false, last: 1, perStep: volume };
  const steady = { first, lambda: 0, limit: first, climb: 0 };
  return { law: steady, slips: false, last: Infinity, perStep: (first - nextBefore) * catheter.compliance };
}

/** The largest j for which all of p(2)..p(j) keep `holds`; monotone in j, so the first failure ends it. */
function lastThat(law: PulseLaw, holds: (p: number) => boolean, level: number, above: boolean): number {
  let j = earliestCrossing(law, level, above, 1);
  while (j < Infinity) {
    if (!holds(pressureAfter(law, j))) return j - 1;
    j = Math.max(j + 1, earliestCrossing(law, level, above, j));
  }
  return Infinity;
}

/** A segment ends at the step before the interval in which the concentration at the tip changes. */
function untilFront(segment: Segment): Segment {
  const { transit } = segment.conditions;
  const begin = Math.max(segment.anchor.outflow, outflowBefore(segment, 1));
  const front = nextFront(transit, begin);
  if (front === Infinity || segment.volume === 0 || segment.conditions.catheter.resistance === Infinity) return segment;
  // Outflow by the end of the interval after step j never falls with j: the first that passes the front is found by halving.
  const passes = (j: number): boolean => outflowBefore(segment, j + 1) > front;
  const guess = Math.ceil((front - begin) / segment.volume) * 2 + 2;
  let high = Math.min(segment.last, guess);
  if (!passes(high)) return high === segment.last ? segment : { ...segment, last: high };
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return { ...segment, last: high };
}
