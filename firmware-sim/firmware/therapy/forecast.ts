/**
 * How long the reservoir lasts: the low-reservoir date, and the date of the refill, which the drug's stability may bring forward. As if every
 * patient bolus that the program allows were given, so that a date can only come later than it says.
 */
import { US_PER_DAY } from '../../../protocol/units.ts';
import { computedReservoir, type Pump } from '../pump-state.ts';
import { rateOf, steppedDose } from './program.ts';

export interface Forecast {
  /** Pump times, µs; undefined: not known before program and filling are. */
  readonly low: number | undefined;
  readonly refill: number | undefined;
}

export function forecast(pump: Pump, now: number): Forecast {
  const { program, filledAt, stabilityDays } = pump;
  const stale =
    filledAt === undefined || stabilityDays === undefined ? Infinity : filledAt + stabilityDays * US_PER_DAY;
  const low = lowAt(pump, now);
  if (program === undefined || low === undefined) {
    return { low: undefined, refill: stale === Infinity ? undefined : stale };
  }
  return { low, refill: Math.min(low, stale) };
}

function lowAt(pump: Pump, now: number): number | undefined {
  const { program, stepsTaken, nextStepAt } = pump;
  const volume = computedReservoir(pump, now);
  if (program === undefined || volume === undefined) return undefined;
  let left = volume - program.lowReservoir;
  if (left <= 0) return now;
  let at = now;
  const { steps, concentration } = program;
  // Volume of a day after so many steps: only the basal part of a program is stepped.
  const dayAfter = (taken: number): number =>
    taken === 0
      ? program.mostVolume
      : program.mostVolume - program.dayVolume + rateOf(steppedDose(program, taken), concentration);
  for (let taken = stepsTaken; ; taken += 1) {
    const day = dayAfter(taken);
    const plateau = (steps?.everyDays ?? 0) * US_PER_DAY;
    const ends = taken === stepsTaken ? (nextStepAt ?? now + plateau) : at + plateau;
    if (steps === undefined || taken >= steps.count || left <= (day * (ends - at)) / US_PER_DAY) {
      return Math.floor(at + (left * US_PER_DAY) / day);
    }
    left -= (day * (ends - at)) / US_PER_DAY;
    at = ends;
  }
}
