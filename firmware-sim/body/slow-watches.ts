/**
 * The comparators on signals that have nothing to do with the fluid: whether the pressure sensor can read, battery, temperature.
 * Each is known for every later time until something happens to the body, so that a grid of samples, however fine, costs one look.
 */
import { stampOfStep, type WatchSignal } from '../../protocol/motion.ts';
import { chargeAt } from './battery.ts';
import { useAt, type Body } from './body-state.ts';
import { isBeyond, isSlow, type WatchState } from './watches.ts';

/** The pump time of the next trip, and the watches that trip then; Infinity and none: nothing trips. */
export interface SlowTrip {
  readonly at: number;
  readonly tripped: readonly WatchState[];
}

const NONE: SlowTrip = { at: Infinity, tripped: [] };

/**
 * The first trip after `now` and not after `to`, provided that until then the body is only moved on. A sample belongs to the instant
 * at which the body comes to its time: samples up to `now` have been taken, and a watch that is still there was not beyond its limit.
 */
export function nextSlowTrip(body: Body, to: number): SlowTrip {
  const { train, watches } = body;
  // At its end a train is answered, and whatever comes then is another question.
  const until = train === undefined ? to : Math.min(to, stampOfStep(train, train.count - 1));
  let next = NONE;
  for (const state of watches) {
    if (!isSlow(state.watch)) continue;
    const at = tripTime(body, state, until);
    if (at < next.at) next = { at, tripped: [state] };
    else if (at < Infinity && at === next.at) next = { at, tripped: [...next.tripped, state] };
  }
  return next;
}

function tripTime(body: Body, { watch, setAt }: WatchState, until: number): number {
  const { signal, beyond, sample } = watch;
  if (sample === 'per-step') return Infinity;
  const timeOf = (index: number): number => setAt + index * sample;
  const tripsAt = (index: number): boolean => isBeyond(watch, valueAt(body, signal, timeOf(index)));
  const first = Math.floor((body.now - setAt) / sample) + 1;
  const last = Math.floor((until - setAt) / sample);
  if (first > last) return Infinity;
  // A charge only falls, the other signals stand still.
  if (signal !== 'battery' || beyond === 'above') return tripsAt(first) ? timeOf(first) : Infinity;
  if (!tripsAt(last)) return Infinity;
  let low = first - 1;
  let high = last;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (tripsAt(middle)) high = middle;
    else low = middle;
  }
  return timeOf(high);
}

/** A slow signal at pump time `us`, which is not before now, in its integers. */
function valueAt(body: Body, signal: WatchSignal, us: number): number {
  switch (signal) {
    case 'battery':
      return Math.floor(chargeAt(body.battery, useAt(body, us)));
    case 'temperature':
      return Math.round(body.hardware.ambient.temperature * 1000);
    case 'pressure-valid':
      return body.sensor.dead ? 0 : 1;
    case 'catheter-pressure':
    case 'rotor-turn':
      return Number.NaN;
  }
}
