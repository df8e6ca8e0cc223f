/**
 * The integer units of doseloop. Everything that a program, a log or a line of the wire states is one of these; floats
 * belong to the body. A constructor checks integrality and range, so that a value which carries a brand needs no second look.
 */

declare const unit: unique symbol;
type Quantity<Name extends string> = number & { readonly [unit]: Name };

/** Pump time: microseconds since first start. */
export type Micros = Quantity<'us'>;
/** Volume in nanolitres. */
export type Nanolitres = Quantity<'nl'>;
/** Rate in nanolitres per day. */
export type NanolitresPerDay = Quantity<'nlpd'>;
/** Mass of drug in nanograms. */
export type Nanograms = Quantity<'ng'>;
/** Concentration in nanograms per microlitre, which is the same number as micrograms per millilitre. */
export type NanogramsPerMicrolitre = Quantity<'ngpul'>;
/** Pressure in pascals; gauge, above ambient. */
export type Pascals = Quantity<'pa'>;

export const US_PER_SECOND = 1_000_000;
export const US_PER_MINUTE = 60 * US_PER_SECOND;
export const US_PER_HOUR = 60 * US_PER_MINUTE;
export const US_PER_DAY = 24 * US_PER_HOUR;

/** A value outside its unit's range: a programming error where it is thrown, a refused input where it is caught at an edge. */
export class UnitRangeError extends RangeError {
  readonly unit: string;
  readonly value: number;

  constructor(name: string, value: number, min: number, max: number) {
    super(`${value} is not an integer from ${min} to ${max} ${name}`);
    this.name = 'UnitRangeError';
    this.unit = name;
    this.value = value;
  }
}

/** Makes the constructor of a unit. It throws `UnitRangeError` for what is no integer or lies outside `min` to `max`. */
function integerUnit<Q extends number>(name: string, min: number, max: number): (value: number) => Q {
  return (value) => {
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new UnitRangeError(name, value, min, max);
    }
    return value as Q;
  };
}

/** Pump time runs to 200 years: far longer than a pump, far below 2^53 µs (285 years). */
export const MAX_MICROS = 200 * 365 * US_PER_DAY;

export const micros = integerUnit<Micros>('µs', 0, MAX_MICROS);
export const nanolitres = integerUnit<Nanolitres>('nL', 0, 1_000_000_000);
export const nanolitresPerDay = integerUnit<NanolitresPerDay>('nL/day', 0, 1_000_000_000);
export const nanograms = integerUnit<Nanograms>('ng', 0, 10_000_000_000_000);
export const nanogramsPerMicrolitre = integerUnit<NanogramsPerMicrolitre>('ng/µL', 1, 1_000_000);
export const pascals = integerUnit<Pascals>('Pa', -200_000, 2_000_000);
