/** A body alone on a bench: orders are given by hand, answers are kept, and no firmware has a say. */
import { advance, createBody, fill, type Body, type BodySetup } from '../../firmware-sim/body/body.ts';
import type { Answer, Reported, Train, Tripped, Watch } from '../../protocol/motion.ts';
import { micros, US_PER_DAY } from '../../protocol/units.ts';

/** Nominal volume of a motor step, nL. */
export const STROKE = 10;
/** ng/µL. */
export const DRUG = 500;
/** What a full reservoir holds, nL. */
export const FULL = 20_000_000;

/** A body with a full reservoir of which all can be drawn. */
export function filledBody(setup: Partial<BodySetup> = {}): Body {
  const body = createBody({ stepVolume: STROKE, residual: 0, concentration: DRUG, ...setup });
  fill(body, FULL, DRUG);
  return body;
}

/** `count` steps, one each `interval` µs, the first one interval after `from`. */
export const evenTrain = (id: number, interval: number, count: number, from = 0): Train => ({
  order: 'train',
  id,
  first: { us: from + interval, num: 0 },
  interval: { us: interval, num: 0 },
  den: 1,
  count,
});

/** `count` steps at `rate` nL/day, whose times are fractions of a microsecond; the first one interval after `from`. */
export function trainAt(id: number, rate: number, count: number, from: number): Train {
  const work = STROKE * US_PER_DAY;
  const us = Math.floor(work / rate);
  const interval = { us, num: work - us * rate };
  return { order: 'train', id, first: { us: from + us, num: interval.num }, interval, den: rate, count };
}

/** A watch that is good for any signal: `over` says which, and what else differs. */
export const watchOn = (id: number, over: Partial<Watch> & Pick<Watch, 'signal' | 'beyond' | 'limit'>): Watch => ({
  order: 'watch',
  id,
  rows: 1,
  sample: over.signal === 'rotor-turn' ? 'per-step' : micros(60_000_000),
  stops: false,
  ...over,
});

/** Moves on to `us` whatever is answered on the way. Returns all of it. */
export function answersUntil(body: Body, us: number, walk = false, maxWork = Infinity): Answer[] {
  const all: Answer[] = [];
  while (body.now < us) all.push(...advance(body, micros(us), walk, maxWork).answers);
  return all;
}

export const isTrip = (answer: Answer): answer is Tripped => answer.answer === 'tripped';
export const isReport = (answer: Answer): answer is Reported => answer.answer === 'reported';

/** Times of the trips among answers. */
export const tripTimes = (answers: readonly Answer[]): number[] => answers.filter(isTrip).map(({ t }) => t);
