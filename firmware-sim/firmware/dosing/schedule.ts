/**
 * The exact step schedule. A motor step is due whenever rate × time has grown by one step volume; that work is counted in
 * the integer unit nL·µs/day, so that a rate change, a stop or ten years lose nothing: the work still missing for the next
 * step carries over, and every step falls at an exact rational time.
 */
import { timeOfStep, type ExactTime, type Train } from '../../../protocol/motion.ts';
import { US_PER_DAY, type Nanolitres, type NanolitresPerDay } from '../../../protocol/units.ts';

/** Work missing until the next step, in nL·µs/day: above 0, at most `workOfStep`. */
export type Work = number;

/** The work of one whole step. */
export const workOfStep = (stepVolume: Nanolitres): Work => stepVolume * US_PER_DAY;

function divide(work: Work, rate: NanolitresPerDay): ExactTime {
  const us = Math.floor(work / rate);
  return { us, num: work - us * rate };
}

/** The train that goes on at `rate` from time `now` with `missing` work until its first step. */
export function trainFor(
  id: number,
  now: number,
  missing: Work,
  rate: NanolitresPerDay,
  stepVolume: Nanolitres,
  count: number,
): Train {
  const wait = divide(missing, rate);
  return {
    order: 'train',
    id,
    first: { us: now + wait.us, num: wait.num },
    interval: divide(workOfStep(stepVolume), rate),
    den: rate,
    count,
  };
}

/** Work that is missing at time `now` for the step after the first `n` steps of a train: what carries into the next one. */
export function missingAfter(train: Train, n: number, now: number): Work {
  const next = timeOfStep(train, n);
  return (next.us - now) * train.den + next.num;
}
