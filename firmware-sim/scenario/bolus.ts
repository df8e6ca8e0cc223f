/** A single bolus as a pump is told it: volume and rate, of the dose and the time that a scenario states. */
import { US_PER_DAY } from '../../protocol/units.ts';

/** nL and nL/day, each rounded to the nearest; `dose` in ng, `over` in µs, `concentration` in ng/µL. */
export function bolusOf(
  dose: number,
  over: number,
  concentration: number,
): { readonly volume: number; readonly rate: number } {
  const volume = Math.round((dose * 1_000) / concentration);
  return { volume, rate: Math.round((volume * US_PER_DAY) / over) };
}
