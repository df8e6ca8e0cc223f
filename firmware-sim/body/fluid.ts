/**
 * The fluid in pump and catheter as a function of its anchor, the steps since, and the time since the last of them: pressure, volumes,
 * and the drug in the CSF. All in closed form.
 */
import { timeOfStep, type Train } from '../../protocol/motion.ts';
import { decayed, pressureAfter, sumOfPressures, timeConstant, type Catheter, type PulseLaw } from './catheter.ts';
import { afterPulses, afterRest, type CsfModes, type CsfState } from './csf.ts';
import { departedAt, passing, type Transit } from './transit.ts';

/** State of the fluid at the anchor. */
export interface Anchor {
  /** Pump time, whole µs and the fraction of one: an event happens at a whole µs, a step at a rational time. */
  readonly us: number;
  readonly fraction: number;
  readonly pressure: number;
  /** Volume drawn from the reservoir since time zero, nL; falls while fluid flows back. */
  readonly drawn: number;
  /** Volume that left the pump's end of the pipe for good, at the tip or at a leak, since time zero, nL. */
  readonly outflow: number;
  /** Volume that can still be drawn, nL. */
  readonly available: number;
  readonly csf: CsfState;
}

/** All that is constant between two anchors. */
export interface Conditions {
  readonly catheter: Catheter;
  /** Pressure outside the tip. */
  readonly outside: number;
  /** Flow back into the reservoir, nL per pump second. */
  readonly backflow: number;
  readonly transit: Transit;
  readonly modes: CsfModes;
}

export interface Segment {
  readonly anchor: Anchor;
  readonly conditions: Conditions;
  readonly train: Train;
  /** Index in the train of the segment's first step. */
  readonly k0: number;
  /** Seconds until the first step, and between steps. */
  readonly wait: number;
  readonly interval: number;
  readonly law: PulseLaw;
  readonly slips: boolean;
  /** Volume that one step draws where it does not slip all through, nL. */
  readonly volume: number;
  readonly drawnByFirst: number;
  /** The law holds for steps 1 to `last`. */
  readonly last: number;
}

/** Pressure right after step j of the segment, j >= 1. */
export const pressureOfStep = (segment: Segment, j: number): number => pressureAfter(segment.law, j);

/** Seconds from the anchor to step j. */
const secondsToStep = ({ wait, interval }: Segment, j: number): number => wait + (j - 1) * interval;

/** Volume drawn by steps 1 to j, nL, without what flows back. */
function drawnBySteps(segment: Segment, j: number): number {
  if (j === 0) return 0;
  const { law, slips, drawnByFirst, volume, interval } = segment;
  if (!slips) return drawnByFirst + (j - 1) * volume;
  const { catheter } = segment.conditions;
  const a = Math.exp(-interval / timeConstant(catheter));
  const after = sumOfPressures(law, j) - law.first;
  const before = catheter.csf * (j - 1) * (1 - a) + a * sumOfPressures(law, j - 1);
  return drawnByFirst + catheter.compliance * (after - before);
}

/** What was drawn and is not stored in the stretched wall has left. */
function outflowWith(
  { anchor, conditions }: Pick<Segment, 'anchor' | 'conditions'>,
  drawn: number,
  pressure: number,
): number {
  const { compliance, resistance } = conditions.catheter;
  return resistance === Infinity ? anchor.outflow : anchor.outflow + drawn - compliance * (pressure - anchor.pressure);
}

/** Outflow since time zero just before step j. */
export function outflowBefore(segment: Segment, j: number): number {
  const { anchor, conditions, wait, interval } = segment;
  const pressure =
    j === 1
      ? decayed(conditions.catheter, anchor.pressure, wait)
      : decayed(conditions.catheter, pressureOfStep(segment, j - 1), interval);
  const drawn = drawnBySteps(segment, j - 1) - conditions.backflow * secondsToStep(segment, j);
  return outflowWith(segment, drawn, pressure);
}

/** Fluid `seconds` after step j (after the anchor for j = 0), which is before step j + 1. */
function fluidAfter(segment: Segment, j: number, seconds: number, us: number, fraction: number): Anchor {
  const { anchor, conditions } = segment;
  const { catheter, backflow } = conditions;
  const start = j === 0 ? anchor.pressure : pressureOfStep(segment, j);
  const pressure = decayed(catheter, start, seconds);
  const elapsed = j === 0 ? seconds : secondsToStep(segment, j) + seconds;
  const drawn = drawnBySteps(segment, j) - backflow * elapsed;
  return {
    us,
    fraction,
    pressure,
    drawn: anchor.drawn + drawn,
    outflow: outflowWith(segment, drawn, pressure),
    available: Math.max(0, anchor.available - drawn),
    csf: csfAfter(segment, j, seconds),
  };
}

/** The drug in the CSF at the same moment. */
function csfAfter(segment: Segment, j: number, seconds: number): CsfState {
  const { anchor, conditions, law, interval, wait } = segment;
  const { modes, catheter, transit } = conditions;
  if (j === 0) return restOf(conditions, anchor.csf, anchor.outflow, anchor.pressure, seconds);
  if (drawnBySteps(segment, j) === 0) {
    // Steps that move nothing are as good as rest.
    return restOf(conditions, anchor.csf, anchor.outflow, anchor.pressure, secondsToStep(segment, j) + seconds);
  }
  const atFirst = restOf(conditions, anchor.csf, anchor.outflow, anchor.pressure, wait);
  const intervals = j - 1;
  const before = outflowBefore(segment, j);
  const tau = timeConstant(catheter);
  let pulsed = decayedCsf(modes, atFirst, intervals * interval);
  if (intervals > 0 && tau < Infinity && conditions.backflow === 0) {
    // Within a segment no front passes the tip after the first step: all of this outflow has one concentration.
    const conc = meanConcentration(transit, outflowBefore(segment, 1), before);
    const excess = {
      limit: catheter.compliance * (law.limit - catheter.csf),
      gap: catheter.compliance * (law.first - law.limit),
      lambda: law.lambda,
    };
    pulsed = afterPulses(modes, atFirst, intervals, interval, excess, conc, tau);
  }
  return restOf(conditions, pulsed, before, pressureOfStep(segment, j), seconds);
}

const decayedCsf = (modes: CsfModes, state: CsfState, seconds: number): CsfState =>
  afterRest(modes, state, 0, 0, Infinity, seconds);

/** CSF after `seconds` in which the pressure only relaxes, from the outflow at their beginning. */
function restOf(
  { catheter, outside, modes, transit, backflow }: Conditions,
  state: CsfState,
  outflow: number,
  pressure: number,
  seconds: number,
): CsfState {
  const tau = timeConstant(catheter);
  const stored = catheter.compliance * (pressure - catheter.csf);
  // It never turns round between two anchors: either all of it comes in, or all goes out.
  if (tau === Infinity || pressure <= outside) return decayedCsf(modes, state, seconds);
  const leftBy = (t: number): number => stored * -Math.expm1(-t / tau) - backflow * t;
  const parcels = passing(transit, outflow, outflow + leftBy(seconds));
  let csf = state;
  let from = 0;
  let left = 0;
  for (const [i, { volume, conc }] of parcels.entries()) {
    left += volume;
    const to = i === parcels.length - 1 ? seconds : timeOf(leftBy, left, from, seconds);
    csf = afterRest(modes, csf, stored * Math.exp(-from / tau), conc, tau, to - from, backflow);
    from = to;
  }
  return afterRest(modes, csf, 0, 0, tau, seconds - from);
}

/** When a volume that grows with time reaches `goal`, by halving. */
function timeOf(volumeBy: (seconds: number) => number, goal: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let n = 0; n < 60; n += 1) {
    const middle = (low + high) / 2;
    if (volumeBy(middle) < goal) low = middle;
    else high = middle;
  }
  return high;
}

/** Drug that reaches the CSF for each nL that leaves between two outflows. */
function meanConcentration(transit: Transit, from: number, to: number): number {
  if (!(to > from)) return 0;
  return (departedAt(transit, to).tipMass - departedAt(transit, from).tipMass) / (to - from);
}

/** Fluid at pump time `us` after j steps of the segment. */
export function fluidAt(segment: Segment, j: number, us: number): Anchor {
  const { anchor, train, k0 } = segment;
  if (j === 0) return fluidAfter(segment, 0, (us - anchor.us - anchor.fraction) / 1_000_000, us, 0);
  const step = timeOfStep(train, k0 + j - 1);
  return fluidAfter(segment, j, (us - step.us - step.num / train.den) / 1_000_000, us, 0);
}

/** Fluid right after step j, at the step's own exact time: the anchor of a boundary. */
export function fluidAfterStep(segment: Segment, j: number): Anchor {
  const { us, num } = timeOfStep(segment.train, segment.k0 + j - 1);
  return fluidAfter(segment, j, 0, us, num / segment.train.den);
}

/** Fluid at pump time `us` with the motor at rest since the anchor. */
export function fluidAtRest(anchor: Anchor, conditions: Conditions, us: number): Anchor {
  const { catheter, backflow } = conditions;
  const seconds = (us - anchor.us - anchor.fraction) / 1_000_000;
  const pressure = decayed(catheter, anchor.pressure, seconds);
  const drawn = -backflow * seconds;
  return {
    us,
    fraction: 0,
    pressure,
    drawn: anchor.drawn + drawn,
    outflow: outflowWith({ anchor, conditions }, drawn, pressure),
    available: anchor.available - drawn,
    csf: restOf(conditions, anchor.csf, anchor.outflow, anchor.pressure, seconds),
  };
}
