/**
 * Exposure of the CSF to the drug, from samples: how long it lay below a fraction of what the therapy should keep up, and how far
 * above it rose. Figures of concentration, not of a patient's state: no symptom follows from them.
 */

export interface LevelAt {
  readonly us: number;
  /** In the unit of the steady state. */
  readonly level: number;
}

export interface Exposure {
  /** Hours below the fraction, once it had been reached; null when it never was. */
  readonly hoursBelow: number | null;
  /** Highest level as a share of the steady state. */
  readonly peakRatio: number;
}

const US_PER_HOUR = 3_600_000_000;

/** Samples in order of time; between two of them the level runs straight. `steady` > 0. */
export function exposureOf(samples: readonly LevelAt[], steady: number, fraction: number): Exposure {
  const limit = steady * fraction;
  const peakRatio = samples.reduce((peak, { level }) => Math.max(peak, level), 0) / steady;
  const reached = samples.findIndex(({ level }) => level >= limit);
  if (reached < 0) return { hoursBelow: null, peakRatio };
  let below = 0;
  for (let i = reached + 1; i < samples.length; i += 1) {
    const [a, b] = [samples[i - 1], samples[i]];
    if (a !== undefined && b !== undefined) below += (b.us - a.us) * shareBelow(a.level, b.level, limit);
  }
  return { hoursBelow: below / US_PER_HOUR, peakRatio };
}

/** Share of a straight run from `a` to `b` that lies below `limit`. */
function shareBelow(a: number, b: number, limit: number): number {
  if (a >= limit && b >= limit) return 0;
  if (a < limit && b < limit) return 1;
  return (limit - Math.min(a, b)) / Math.abs(b - a);
}
