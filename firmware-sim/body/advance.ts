/** Moving the body through time: over many steps at once, or looking at each. */
import { stampOfStep, stepsDueBy, type Answer, type Tripped } from '../../protocol/motion.ts';
import { micros, type Micros } from '../../protocol/units.ts';
import { nextTurn, reanchor, stopTrain, turn } from './anchoring.ts';
import { stepsInSegment, turnOfStep, type Body } from './body-state.ts';
import { fluidAfterStep, fluidAt, fluidAtRest, type Segment } from './fluid.ts';
import { nextSlowTrip } from './slow-watches.ts';
import { firstTrip, nextSample, sampleAtRest, walkToTrip, type Samples, type WatchState } from './watches.ts';

/** What a leap over a segment counts for when work is bounded, in walked steps: it costs about as much as so many. */
const LEAP_WORK = 8;

/**
 * Moves on to `to`, or to the first instant at which there is an answer, whichever is first, or until `maxWork` is done. With `walk`
 * every step is looked at by itself; the answers are the same. Returns the answers of that instant and the work done: a step walked is 1.
 */
export function advance(body: Body, to: Micros, walk: boolean, maxWork: number): { answers: Answer[]; work: number } {
  let work = 0;
  const slow = nextSlowTrip(body, to);
  for (;;) {
    const change = nextTurn(body);
    const sample = body.train === undefined ? Infinity : nextSample(body.watches);
    const horizon = Math.min(to, change, sample, slow.at);
    const leapt =
      body.segment === undefined ? undefined : leap(body, body.segment, horizon, walk ? maxWork - work : undefined);
    work += walk ? (leapt?.steps ?? 0) : LEAP_WORK;
    const answers = leapt?.answers ?? rest(body, horizon);
    // A step at the very instant of a change is the last of the old kind. Whatever a trip may order comes after it: the body is first.
    if (body.now === change) turn(body);
    const there = leapt === undefined && body.now >= Math.min(to, slow.at);
    if (!there && answers.length === 0 && work < maxWork) continue;
    // Whatever samples this instant by time has done so before anybody hears of it.
    if (leapt !== undefined) answers.push(...rest(body, body.now));
    if (body.now >= slow.at) answers.push(...tripByTime(body, slow.tripped));
    return { answers, work };
  }
}

/**
 * Makes steps of the segment up to `horizon`, a trip, the segment's or the train's end; walking, `walk` of them at the most and each looked
 * at. Undefined: no step is due by then.
 */
function leap(
  body: Body,
  segment: Segment,
  horizon: number,
  walk: number | undefined,
): { answers: Answer[]; steps: number } | undefined {
  const { train, k0 } = segment;
  const due = stepsDueBy(train, horizon);
  if (due <= body.made) return undefined;
  const done = stepsInSegment(body, segment);
  const until = Math.min(due - k0, segment.last, done + (walk ?? Infinity));
  const samples: Samples = {
    turn: Math.round(turnOfStep(body) * 1000),
    sensor: body.sensor,
    law: segment.law,
    timeOf: (j) => stampOfStep(train, k0 + j - 1),
    numberOf: (j) => body.madeBefore + k0 + j,
    interval: segment.interval * 1_000_000,
  };
  const trip = (walk === undefined ? firstTrip : walkToTrip)(body.watches, samples, done, until);
  const made = trip.at - done;
  body.made += made;
  body.now = micros(Math.max(body.now, stampOfStep(train, body.made - 1)));

  const answers: Answer[] = spend(body, trip.tripped);
  if (body.made === train.count || mustStop(trip.tripped)) answers.unshift(...stopTrain(body));
  else if (trip.at === segment.last) reanchor(body, fluidAfterStep(segment, trip.at));
  return { answers, steps: made };
}

/** Takes away watches that trip now. Returns their answers. */
function spend(body: Body, tripped: readonly WatchState[]): Tripped[] {
  if (tripped.length === 0) return [];
  body.watches = body.watches.filter((state) => !tripped.includes(state));
  const train = body.train?.id ?? 0;
  return tripped.map(({ watch }) => ({ answer: 'tripped', watch: watch.id, train, n: body.made, t: body.now }));
}

const mustStop = (tripped: readonly WatchState[]): boolean => tripped.some(({ watch }) => watch.stops);

/** Watches that sample by time trip now: answers as for a trip between two steps. */
function tripByTime(body: Body, tripped: readonly WatchState[]): Answer[] {
  const answers: Answer[] = spend(body, tripped);
  if (body.train !== undefined && mustStop(tripped)) answers.unshift(...stopTrain(body));
  return answers;
}

/** No step is due until `horizon`: time passes, and the watches for a motor at rest take their samples. */
function rest(body: Body, horizon: number): Answer[] {
  const { segment, anchor, conditions, sensor } = body;
  const pressureAt = (us: number): number =>
    segment === undefined
      ? fluidAtRest(anchor, conditions, us).pressure
      : fluidAt(segment, stepsInSegment(body, segment), us).pressure;
  const moving = segment !== undefined;
  const { tripped, at } = sampleAtRest(
    body.watches,
    pressureAt,
    sensor,
    conditions.catheter,
    moving,
    body.now,
    horizon,
  );
  body.now = micros(at);
  return tripByTime(body, tripped);
}
