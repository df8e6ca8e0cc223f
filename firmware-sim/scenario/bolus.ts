/** A single bolus as a pump is told it: volume and rate, of the dose and the time that a scenario states. */
import { US_PER_DAY } from '../../protocol/units.ts';

/** The quotient to the nearest integer, exactly: the products go beyond what a double holds. */
const nearest = (numerator: bigint, denominator: bigint): number =>
  Number((2n * numerator + denominator) / (2n * denominator));

/** nL and nL/day, each rounded to the nearest; `dose` in ng, `over` in µs, `concentration` in ng/µL. */
export function bolusOf(
  dose: number,
  over: number,
  concentration: number,
): { readonly volume: number; readonly rate: number } {
  const volume = nearest(BigInt(dose) * 1_000n, BigInt(concentration));
  return { volume, rate: nearest(BigInt(volume) * BigInt(US_PER_DAY), BigInt(over)) };
}
