/**
 * The body: motor, reservoir and catheter as they are, whatever the firmware believes. It takes orders, gives answers and
 * moves in time only when told (`advance`): over as many steps as may pass before something happens, or over one at a time.
 */
import { stampOfStep, stepsDueBy, timeOfStep, type Answer, type Order, type Train } from '../../protocol/motion.ts';
import { micros, type Micros } from '../../protocol/units.ts';
import {
  CSF_PRESSURE,
  DEFAULT_COMPLIANCE,
  PATENT_RESISTANCE,
  resistanceFromPerMlPerDay,
  type Catheter,
} from './catheter.ts';
import type { Fault } from './faults.ts';
import {
  beginSegment,
  fluidAfterStep,
  fluidAt,
  fluidAtRest,
  pressureOfStep,
  type Anchor,
  type Segment,
} from './segment.ts';
import { firstTrip, nextSample, resumeSampling, sampleAtRest, setWatch, type WatchState } from './watches.ts';

export interface BodySetup {
  /** Volume of a motor step, nL. */
  readonly stepVolume: number;
  /** Volume that the pump cannot draw from its reservoir, nL. */
  readonly residual: number;
  readonly capacity: number;
  /** Drug in the reservoir, ng/µL. */
  readonly concentration: number;
  /** Catheter compliance in nL/Pa; DEFAULT_COMPLIANCE where it is not given. */
  readonly compliance?: number | undefined;
}

export interface Body {
  readonly setup: BodySetup;
  now: Micros;
  catheter: Catheter;
  /** Volume ever filled in less what was ever taken out with a needle, nL. */
  filled: number;
  anchor: Anchor;
  train: Train | undefined;
  /** Steps of the train that were made. */
  made: number;
  /** The stretch of the train in hand; undefined with the motor at rest. */
  segment: Segment | undefined;
  watches: WatchState[];
}

export function createBody(setup: BodySetup): Body {
  return {
    setup,
    now: micros(0),
    catheter: {
      compliance: setup.compliance ?? DEFAULT_COMPLIANCE,
      resistance: PATENT_RESISTANCE,
      csf: CSF_PRESSURE,
    },
    filled: 0,
    anchor: { us: 0, fraction: 0, pressure: CSF_PRESSURE, drawn: 0, delivered: 0, available: 0 },
    train: undefined,
    made: 0,
    segment: undefined,
    watches: [],
  };
}

/** Carries out an order at the body's own time; what it answers at once is returned. */
export function obey(body: Body, order: Order): Answer[] {
  switch (order.order) {
    case 'train': {
      const ended = stopTrain(body);
      body.train = order;
      body.made = 0;
      reanchor(body, body.anchor);
      return ended;
    }
    case 'halt':
      return stopTrain(body);
    case 'watch':
      body.watches.push(setWatch(order, body.now));
      return [];
    case 'unwatch':
      body.watches = body.watches.filter((state) => state.watch.id !== order.watch);
      return [];
  }
}

function stopTrain(body: Body): Answer[] {
  const { train, made } = body;
  body.anchor = fluid(body);
  body.train = undefined;
  body.segment = undefined;
  resumeSampling(body.watches, body.now);
  return train === undefined ? [] : [{ answer: 'done', train: train.id, n: made, t: body.now }];
}

export function inject(body: Body, fault: Fault): void {
  const anchor = fluid(body);
  const added =
    fault.mode === 'partial' ? resistanceFromPerMlPerDay(fault.resistance) : fault.mode === 'complete' ? Infinity : 0;
  body.catheter = { ...body.catheter, resistance: PATENT_RESISTANCE + added };
  reanchor(body, anchor);
}

/** The physical act of a refill: what is in the reservoir is drained and measured, `volume` nL are filled in. Returns the drained volume. */
export function fill(body: Body, volume: number): number {
  const anchor = fluid(body);
  const drained = body.filled - anchor.drawn;
  body.filled = anchor.drawn + volume;
  reanchor(body, { ...anchor, available: Math.max(0, volume - body.setup.residual) });
  return drained;
}

/** A new anchor at an event: `anchor` is the fluid at `body.now`. */
function reanchor(body: Body, anchor: Anchor): void {
  body.anchor = anchor;
  resumeSampling(body.watches, body.now);
  if (body.train === undefined) {
    body.segment = undefined;
    return;
  }
  const next = timeOfStep(body.train, body.made);
  const wait = (next.us - anchor.us - anchor.fraction + next.num / body.train.den) / 1_000_000;
  body.segment = beginSegment(anchor, wait, body.catheter, body.train, body.made, body.setup.stepVolume);
}

/** Steps of the segment in hand that were made. */
const stepsInSegment = (body: Body, segment: Segment): number => body.made - segment.k0;

function fluid(body: Body): Anchor {
  return body.segment === undefined
    ? fluidAtRest(body.anchor, body.catheter, body.now)
    : fluidAt(body.segment, stepsInSegment(body, body.segment), body.now);
}

/**
 * Moves on to `to`, or to the first instant at which there is an answer, whichever is first, but over `maxSteps` motor steps
 * at the most. Returns the answers of that instant and the number of steps made.
 */
export function advance(body: Body, to: Micros, maxSteps: number): { answers: Answer[]; steps: number } {
  let steps = 0;
  for (;;) {
    const horizon = body.train === undefined ? to : Math.min(to, nextSample(body.watches));
    const step = body.segment === undefined ? undefined : leap(body, body.segment, horizon, maxSteps - steps);
    if (step !== undefined) {
      steps += step.steps;
      if (step.answers.length > 0) return { answers: step.answers, steps };
      if (steps >= maxSteps) return { answers: [], steps };
      continue;
    }
    const answers = rest(body, horizon);
    if (answers.length > 0 || body.now >= to) return { answers, steps };
  }
}

/** Makes steps of the segment up to `horizon`, a trip, the segment's or the train's end. Undefined: no step is due by then. */
function leap(
  body: Body,
  segment: Segment,
  horizon: number,
  maxSteps: number,
): { answers: Answer[]; steps: number } | undefined {
  const { train } = segment;
  const done = stepsInSegment(body, segment);
  // A single step needs no count of all that are due.
  const due = maxSteps === 1 ? nextDue(train, body.made, horizon) : stepsDueBy(train, horizon);
  if (due <= body.made) return undefined;
  const until = Math.min(due - segment.k0, segment.last, done + maxSteps);
  const trip = firstTrip(body.watches, (j) => pressureOfStep(segment, j), segment.law, done, until);
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
  body.watches = body.watches.filter((state) => !trip.tripped.includes(state));
  if (body.made === train.count || trip.tripped.some(({ watch }) => watch.stops)) answers.unshift(...stopTrain(body));
  else if (trip.at === segment.last) reanchor(body, fluidAfterStep(segment, trip.at));
  return { answers, steps: made };
}

const nextDue = (train: Train, made: number, horizon: number): number =>
  made < train.count && stampOfStep(train, made) <= horizon ? made + 1 : made;

/** No step is due until `horizon`: time passes, and the watches for a motor at rest take their samples. */
function rest(body: Body, horizon: number): Answer[] {
  const segment = body.segment;
  const pressureAt = (us: number): number =>
    segment === undefined
      ? fluidAtRest(body.anchor, body.catheter, us).pressure
      : fluidAt(segment, stepsInSegment(body, segment), us).pressure;
  const { tripped, at } = sampleAtRest(body.watches, pressureAt, body.catheter, body.now, horizon);
  body.now = micros(at);
  body.watches = body.watches.filter((state) => !tripped.includes(state));
  const train = body.train?.id ?? 0;
  return tripped.map(({ watch }) => ({ answer: 'tripped', watch: watch.id, train, n: body.made, t: body.now }));
}

/** What is true now. Looking sets no anchor. Floats, nL, ng and Pa. */
export interface Truth {
  readonly reservoir: number;
  readonly delivered: number;
  readonly drugDelivered: number;
  readonly pressure: number;
}

export function truthOf(body: Body): Truth {
  const { drawn, delivered, pressure } = fluid(body);
  return {
    reservoir: body.filled - drawn,
    delivered,
    // nL × ng/µL / 1000 = ng.
    drugDelivered: (delivered * body.setup.concentration) / 1000,
    pressure,
  };
}
