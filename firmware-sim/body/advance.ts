/** Moving the body through time: over many steps at once, or looking at each. */
import { stampOfStep, stepsDueBy, type Answer } from '../../protocol/motion.ts';
import { micros, type Micros } from '../../protocol/units.ts';
import { nextTurn, reanchor, stopTrain, turn } from './anchoring.ts';
import { stepsInSegment, type Body } from './body-state.ts';
import { fluidAfterStep, fluidAt, fluidAtRest, type Segment } from './fluid.ts';
import { firstTrip, nextSample, sampleAtRest, walkToTrip, type Samples } from './watches.ts';

/** What a leap over a segment counts for when work is bounded, in walked steps: it costs about as much as so many. */
const LEAP_WORK = 8;

/**
 * Moves on to `to`, or to the first instant at which there is an answer, whichever is first, or until `maxWork` is done. With `walk`
 * every step is looked at by itself; the answers are the same. Returns the answers of that instant and the work done: a step walked is 1.
 */
export function advance(body: Body, to: Micros, walk: boolean, maxWork: number): { answers: Answer[]; work: number } {
  let work = 0;
  for (;;) {
    const change = nextTurn(body);
    const horizon = Math.min(to, change, body.train === undefined ? Infinity : nextSample(body.watches));
    const leapt =
      body.segment === undefined ? undefined : leap(body, body.segment, horizon, walk ? maxWork - work : undefined);
    work += walk ? (leapt?.steps ?? 0) : LEAP_WORK;
    if (leapt !== undefined) {
      // A step at the very instant of the change is the last of the old kind.
      if (body.now === change) turn(body);
      if (leapt.answers.length > 0 || work >= maxWork) return { answers: leapt.answers, work };
      continue;
    }
    const answers = rest(body, horizon);
    // Whatever a trip may order comes after the change of this instant: the body is first.
    if (body.now === change) turn(body);
    if (answers.length > 0 || body.now >= to || work >= maxWork) return { answers, work };
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

  const answers: Answer[] = trip.tripped.map(({ watch }) => ({
    answer: 'tripped',
    watch: watch.id,
    train: train.id,
    n: body.made,
    t: body.now,
  }));
  body.watches =
    trip.tripped.length === 0 ? body.watches : body.watches.filter((state) => !trip.tripped.includes(state));
  if (body.made === train.count || trip.tripped.some(({ watch }) => watch.stops)) answers.unshift(...stopTrain(body));
  else if (trip.at === segment.last) reanchor(body, fluidAfterStep(segment, trip.at));
  return { answers, steps: made };
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
  if (tripped.length === 0) return [];
  body.watches = body.watches.filter((state) => !tripped.includes(state));
  const train = body.train?.id ?? 0;
  return tripped.map(({ watch }) => ({ answer: 'tripped', watch: watch.id, train, n: body.made, t: body.now }));
}
