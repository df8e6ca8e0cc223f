/**
 * The catheter as a compliance behind a resistance: `C dP/dt = Q − (P − Pcsf)/R`, driven by impulses of volume (pump.md 2.3,
 * "all rows"). Nothing here takes small time steps: pressure between impulses is an exponential, and after n equal impulses
 * it has a closed form.
 *
 * Units of this room: Pa, nL, s; compliance nL/Pa, resistance Pa·s/nL.
 */

export interface Catheter {
  readonly compliance: number;
  /** Infinity: completely occluded. */
  readonly resistance: number;
  /** Pressure that the catheter relaxes to: that at the tip, less what a flow back takes. */
  readonly csf: number;
  readonly slip: Slip;
  /** World seconds in a pump second. */
  readonly clock: number;
}

/** The rollers slip over `from`, the more the higher the pressure; against `to` they move nothing. */
export interface Slip {
  readonly from: number;
  readonly to: number;
}

/** 0.2 µL/kPa, silicone: pump.md 2.2. */
export const DEFAULT_COMPLIANCE = 0.2;
/** 10 cmH2O: assumption, a usual resting value. */
export const CSF_PRESSURE = 1_000;

/** The rotor's rollers begin to slip: assumption (design, section 4; no source found). */
export const SLIP_FROM = 150_000;
/** The rotor moves nothing against this pressure: same assumption. */
export const SLIP_TO = 200_000;

/** Pa per (mL/day) to Pa·s/nL: 1 mL/day is 1e6 nL in 86,400 s. */
export const resistanceFromPerMlPerDay = (value: number): number => (value * 86_400) / 1_000_000;

/** Time constant in pump seconds. */
export const timeConstant = ({ resistance, compliance, clock }: Catheter): number => (resistance * compliance) / clock;

/** Pressure `seconds` of pump time after it was `pressure`, with no step between. */
export function decayed(catheter: Catheter, pressure: number, seconds: number): number {
  if (catheter.resistance === Infinity) return pressure;
  return catheter.csf + (pressure - catheter.csf) * Math.exp(-seconds / timeConstant(catheter));
}

/**
 * Pressure right after an impulse of nominal volume `volume` against `pressure`. Over `slip.from` the rotor slips, the more
 * the higher the pressure rises while the step is pushed, so that `slip.to` is approached and never passed.
 */
export function pushed({ compliance, slip }: Catheter, pressure: number, volume: number): number {
  const rise = volume / compliance;
  if (pressure + rise <= slip.from) return pressure + rise;
  if (pressure >= slip.to) return pressure;
  const start = Math.max(pressure, slip.from);
  const beyond = rise - (start - pressure);
  return slip.to - (slip.to - start) * Math.exp(-beyond / (slip.to - slip.from));
}

/**
 * Equal impulses at equal intervals as a law for the pressure after each: `p(1)` is given, `p(j+1) = A p(j) + B`, so that
 * `p(j) = p(1) + (p(∞) − p(1)) (1 − A^(j−1))` with `A = e^(−lambda)`. `limit` is p(∞); where lambda is 0 the pressure climbs by `climb` a step.
 */
export interface PulseLaw {
  readonly first: number;
  readonly lambda: number;
  readonly limit: number;
  readonly climb: number;
}

/** Beyond this exponent `1 − e^(−x)` is 1 in double precision, to the last bit. */
const SETTLED = 40;

/** Pressure after impulse j, j >= 1. The one formula that walking and leaping share. */
export function pressureAfter(law: PulseLaw, j: number): number {
  if (law.lambda === 0) return law.first + (j - 1) * law.climb;
  const exponent = (j - 1) * law.lambda;
  return law.first + (law.limit - law.first) * (exponent > SETTLED ? 1 : -Math.expm1(-exponent));
}

/** Sum of the pressures after impulses 1 to m. */
export function sumOfPressures(law: PulseLaw, m: number): number {
  if (law.lambda === 0) return m * law.first + (law.climb * m * (m - 1)) / 2;
  const geometric = Math.expm1(-m * law.lambda) / Math.expm1(-law.lambda);
  return m * law.limit + (law.first - law.limit) * geometric;
}

/** No slip: every impulse adds its whole volume. */
export function freeLaw(catheter: Catheter, first: number, volume: number, interval: number): PulseLaw {
  const lambda = interval / timeConstant(catheter);
  const rise = volume / catheter.compliance;
  return { first, lambda, limit: lambda === 0 ? Infinity : catheter.csf - rise / Math.expm1(-lambda), climb: rise };
}

/** Slip all through every impulse: affine too, with the pull towards `slip.to` in A. */
export function slipLaw(catheter: Catheter, first: number, volume: number, interval: number): PulseLaw {
  const { slip, csf, compliance } = catheter;
  const kappa = volume / (compliance * (slip.to - slip.from));
  const leak = interval / timeConstant(catheter);
  const lambda = kappa + leak;
  // Fixed point of p -> to − (to − csf − (p − csf) e^(−leak)) e^(−kappa).
  const limit = (slip.to * -Math.expm1(-kappa) + csf * Math.exp(-kappa) * -Math.expm1(-leak)) / -Math.expm1(-lambda);
  return { first, lambda, limit, climb: 0 };
}

/**
 * A j from which on a law may cross `level`: never later than the first j > `from` beyond it (on the side of `above`), often
 * one or two steps earlier; Infinity when the law stays on this side for ever. Step `from` must not be beyond it. A logarithm proposes here; the caller decides
 * with `pressureAfter`.
 */
export function earliestCrossing(law: PulseLaw, level: number, above: boolean, from: number): number {
  const next = from + 1;
  if (law.lambda === 0) {
    const towards = above ? law.climb > 0 : law.climb < 0;
    return towards ? Math.max(next, Math.floor((level - law.first) / law.climb) - 1) : Infinity;
  }
  const settled = (next - 1) * law.lambda > SETTLED;
  if (settled) {
    const p = pressureAfter(law, next);
    return (above ? p > level : p < level) ? next : Infinity;
  }
  const room = above ? law.limit - level : level - law.limit;
  // Rounding noise of the formula: within it neither the logarithm nor "never" can be trusted, and every step is looked at.
  const noise = 1e-12 * (Math.abs(law.limit) + Math.abs(law.first) + Math.abs(level));
  if (room < -noise) {
    // The far end lies on this side: beyond the level now or never.
    const p = pressureAfter(law, next);
    return (above ? p > level : p < level) ? next : Infinity;
  }
  if (room <= noise) return next;
  const fraction = (level - law.first) / (law.limit - law.first);
  // Outside 0 to 1 the law is beyond the level from its first step to its limit.
  if (!(fraction > 0 && fraction < 1)) return next;
  const proposed = 1 - Math.log1p(-fraction) / law.lambda;
  const doubt = 2 + noise / (room * law.lambda) + 1e-12 * proposed;
  return Math.max(next, Math.floor(proposed - doubt));
}
