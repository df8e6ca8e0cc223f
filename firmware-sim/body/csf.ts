/**
 * Drug in the CSF: a compartment at the tip that exchanges with the bulk, from which the drug is cleared (pump.md 5). Linear,
 * so that any train of pulses has a closed form: in the two modes of the system a pulse train is a geometric sum.
 *
 * `V1 dC1/dt = D − Q (C1 − C2)`, `V2 dC2/dt = Q (C1 − C2) − CL C2`. Volumes nL, flows nL/s, masses pg.
 * The parameters are ranges in the literature, not values: a different patient is a different set. No symptom score follows.
 */

export interface CsfParameters {
  /** Volume of the tip compartment, nL. */
  readonly tipVolume: number;
  readonly bulkVolume: number;
  /** Exchange between them, nL/s. */
  readonly exchange: number;
  /** Clearance from the bulk, nL/s. */
  readonly clearance: number;
}

const mlPerHour = (value: number): number => (value * 1_000_000) / 3600;
const ml = (value: number): number => value * 1_000_000;

/**
 * Clearance 30 mL/h and a bulk of 65 mL (half-life 1.5 h): pump.md 5, label values marked unsourced there, inside the
 * measured 13 to 80 mL/h and 0.9 to 5 h (S81). Tip 10 mL and an exchange that makes the tip five times the bulk: a modelling choice of
 * pump.md 5, between its 4 and 6.
 */
export const TYPICAL_CSF: CsfParameters = {
  tipVolume: ml(10),
  bulkVolume: ml(65),
  exchange: mlPerHour(7.5),
  clearance: mlPerHour(30),
};

/** The ends of the published ranges: clearance and half-life as they stand, the tip as assumed. */
export const CSF_RANGE = {
  low: { ...TYPICAL_CSF, clearance: mlPerHour(13), bulkVolume: ml((13 * 5) / Math.LN2) },
  high: { ...TYPICAL_CSF, clearance: mlPerHour(80), bulkVolume: ml((80 * 0.9) / Math.LN2) },
} as const satisfies Record<string, CsfParameters>;

/** The system in its modes: masses in the compartments are sums of modes, each of which decays by itself. */
export interface CsfModes {
  /** Decay rates, 1/s of the pump's clock, and of the world's. */
  readonly rate: readonly [number, number];
  readonly worldRate: readonly [number, number];
  /** Mass at tip and bulk of one unit of each mode. */
  readonly tip: readonly [number, number];
  readonly bulk: readonly [number, number];
  /** Units of each mode that a pg arriving at the tip makes. */
  readonly perTipMass: readonly [number, number];
  readonly parameters: CsfParameters;
}

/** Amplitudes of the two modes, pg. */
export type CsfState = readonly [number, number];
export const NO_DRUG: CsfState = [0, 0];

export function modesOf(parameters: CsfParameters): CsfModes {
  const { tipVolume, bulkVolume, exchange, clearance } = parameters;
  // d/dt (m1, m2) = [[−a, b], [c, −d]] (m1, m2) with a = c.
  const a = exchange / tipVolume;
  const b = exchange / bulkVolume;
  const d = (exchange + clearance) / bulkVolume;
  const root = Math.sqrt((a - d) ** 2 + 4 * a * b);
  const rate = [(a + d - root) / 2, (a + d + root) / 2] as const;
  // Eigenvectors (1, v): −a + b v = −rate.
  const v = [(a - rate[0]) / b, (a - rate[1]) / b] as const;
  // (1, 0) = p0 (1, v0) + p1 (1, v1).
  const p0 = -v[1] / (v[0] - v[1]);
  return { rate, worldRate: rate, tip: [1, 1], bulk: v, perTipMass: [p0, 1 - p0], parameters };
}

/** The same modes by a pump's clock, of whose seconds each is `clock` of the world's. */
export function atClock(modes: CsfModes, clock: number): CsfModes {
  const { worldRate } = modes;
  const rate = [worldRate[0] * clock, worldRate[1] * clock] as const;
  return rate[0] === modes.rate[0] && rate[1] === modes.rate[1] ? modes : { ...modes, rate };
}

/** Concentrations, pg/nL (which is µg/mL). */
export function concentrations(modes: CsfModes, state: CsfState): { tip: number; bulk: number } {
  const { tip, bulk, parameters } = modes;
  return {
    tip: (state[0] * tip[0] + state[1] * tip[1]) / parameters.tipVolume,
    bulk: (state[0] * bulk[0] + state[1] * bulk[1]) / parameters.bulkVolume,
  };
}

/** Mass in both compartments, pg. */
export const massInCsf = ({ tip, bulk }: CsfModes, state: CsfState): number =>
  state[0] * (tip[0] + bulk[0]) + state[1] * (tip[1] + bulk[1]);

/** `(1 − e^(−x·s)) / x`, which is s where x is 0; x >= 0. */
const growth = (x: number, s: number): number => (x === 0 ? s : -Math.expm1(-x * s) / x);

/** Integral over u from 0 to s of `e^(−p (s−u)) e^(−q u)`: written so that neither exponential can overflow. */
const convolved = (p: number, q: number, s: number): number =>
  Math.exp(-Math.min(p, q) * s) * growth(Math.abs(p - q), s);

/** Sum over k from 0 to n−1 of `e^(−p (n−1−k)) e^(−q k)`. */
const summed = (p: number, q: number, n: number): number =>
  (Math.exp(-Math.min(p, q) * (n - 1)) * growth(Math.abs(p - q), n)) / growth(Math.abs(p - q), 1);

/**
 * Units of a mode with decay `rate` that a volume which leaves as `e^(−t/tau)` makes within `seconds`, per nL of that volume and
 * pg/nL of its drug.
 */
const released = (rate: number, tau: number, seconds: number): number =>
  tau === Infinity ? 0 : convolved(rate, 1 / tau, seconds) / tau;

/** State `seconds` later, while `stored` nL of excess volume relax with `tau` and leave with `conc`, less `backflow` nL/s. */
export function afterRest(
  modes: CsfModes,
  state: CsfState,
  stored: number,
  conc: number,
  tau: number,
  seconds: number,
  backflow = 0,
): CsfState {
  const mode = (i: 0 | 1): number =>
    state[i] * Math.exp(-modes.rate[i] * seconds) +
    modes.perTipMass[i] *
      conc *
      (stored * released(modes.rate[i], tau, seconds) -
        (backflow === 0 ? 0 : backflow * growth(modes.rate[i], seconds)));
  return [mode(0), mode(1)];
}

/**
 * State after `n` intervals of `interval` seconds, where the excess volume at the beginning of interval k (from 0) is
 * `limit + gap · e^(−lambda·k)`.
 */
export function afterPulses(
  modes: CsfModes,
  state: CsfState,
  n: number,
  interval: number,
  excess: { readonly limit: number; readonly gap: number; readonly lambda: number },
  conc: number,
  tau: number,
): CsfState {
  if (n === 0) return state;
  const mode = (i: 0 | 1): number => {
    const decay = modes.rate[i] * interval;
    const perVolume = modes.perTipMass[i] * conc * released(modes.rate[i], tau, interval);
    const pulses = excess.limit * summed(decay, 0, n) + excess.gap * summed(decay, excess.lambda, n);
    return state[i] * Math.exp(-decay * n) + perVolume * pulses;
  };
  return [mode(0), mode(1)];
}

/** Concentration in the bulk that a constant dose comes to, pg/nL; `dose` in ng per day. */
export const steadyBulk = (dose: number, { clearance }: CsfParameters = TYPICAL_CSF): number =>
  (dose * 1000) / 86_400 / clearance;
