/** Setting anchors: from each, everything until the next is a closed form. Only what happens sets one, never what looks. */
import { timeOfStep, type Answer } from '../../protocol/motion.ts';
import { conditionsOf, drugAt, fluid, stepsMade, turnsCounted, type Body } from './body-state.ts';
import { timeConstant } from './catheter.ts';
import type { Anchor } from './fluid.ts';
import { nextChange, stepAt } from './hardware.ts';
import { beginSegment } from './segment.ts';
import type { Transit } from './transit.ts';
import { resumeSampling } from './watches.ts';

/** A new anchor: `anchor` is the fluid now, or right after the last step. */
export function reanchor(body: Body, anchor: Anchor): void {
  countTurns(body);
  body.anchor = anchor;
  body.conditions = conditionsOf(body.hardware, body.now, body.conditions.transit, body.conditions.modes);
  if (body.watches.length > 0) resumeSampling(body.watches, body.now);
  const { train, made } = body;
  if (train === undefined) {
    body.segment = undefined;
    return;
  }
  const next = timeOfStep(train, made);
  const wait = (next.us - anchor.us - anchor.fraction + next.num / train.den) / 1_000_000;
  const step = stepAt(body.hardware, body.setup.stepVolume, anchor.available, body.now);
  body.segment = beginSegment(anchor, body.conditions, train, made, wait, step);
}

/** Settles the drug on its way and in the reservoir at `now`. Returns the fluid. */
export function commit(body: Body): Anchor {
  const anchor = fluid(body);
  countTurns(body);
  const { transit, concentration } = drugAt(body, anchor);
  draw(body, transit, concentration);
  return anchor;
}

/** From now on drug of this concentration is drawn into the pipe. */
export function draw(body: Body, transit: Transit, concentration: number): void {
  const { catheter, outside, backflow, modes } = body.conditions;
  body.concentration = concentration;
  const drawing = concentration === transit.incoming ? transit : { ...transit, incoming: concentration };
  body.conditions = { catheter, outside, backflow, transit: drawing, modes };
}

const countTurns = (body: Body): void => {
  body.turns = { counted: turnsCounted(body), made: stepsMade(body) };
};

/** Ends the train in hand, at once. */
export function stopTrain(body: Body): Answer[] {
  const { train, made } = body;
  const anchor = fluid(body);
  countTurns(body);
  body.train = undefined;
  body.madeBefore += made;
  body.made = 0;
  reanchor(body, anchor);
  return train === undefined ? [] : [{ answer: 'done', train: train.id, n: made, t: body.now }];
}

/** The next pump time at which something changes by itself: a parameter, or the direction in which fluid passes the tip. */
export function nextTurn({ hardware, conditions, anchor, now }: Body): number {
  const change = nextChange(hardware, now);
  const { catheter, backflow, outside } = conditions;
  if (backflow === 0 || anchor.pressure <= outside) return change;
  const excess = (anchor.pressure - catheter.csf) / (outside - catheter.csf);
  const us = anchor.us + anchor.fraction + timeConstant(catheter) * Math.log(excess) * 1_000_000;
  return Math.min(change, Math.max(now + 1, Math.ceil(us)));
}

/** What changes by itself has changed. Where fluid flows back, what is on its way may have turned round. */
export function turn(body: Body): void {
  reanchor(body, body.conditions.backflow > 0 ? commit(body) : fluid(body));
}
