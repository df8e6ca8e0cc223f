/** The battery: a charge that time and steps use up, in closed form. No figure of a real device is known; the two rates are assumptions
 * that empty it in about seven years at 300 µL/day (designed life of 84 months: pump.md 1.1, S18). */

export interface Battery {
  /** mJ left at pump time `us`, when `steps` had been made. */
  readonly charge: number;
  readonly us: number;
  readonly steps: number;
}

/** mJ: about 1.1 Ah at 2.8 V. */
export const CAPACITY = 11_000_000;
/** mW: electronics and telemetry standing by. */
const STANDBY = 0.03;
/** mJ for a motor step. */
const PER_STEP = 0.06;

export const createBattery = (): Battery => ({ charge: CAPACITY, us: 0, steps: 0 });

/** mJ left at pump time `us` after `steps` steps since time zero; never below 0. */
export const chargeAt = ({ charge, us: since, steps: before }: Battery, us: number, steps: number): number =>
  Math.max(0, charge - (STANDBY * (us - since)) / 1_000_000 - PER_STEP * (steps - before));
