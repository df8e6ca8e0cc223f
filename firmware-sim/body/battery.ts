/**
 * The battery: a charge that time, steps, tones and telemetry use up, in closed form. No figure of a real device is known; the rates are
 * assumptions, of which standby and steps empty it in about seven years at 300 µL/day (designed life of 84 months: pump.md 1.1, S18).
 */

/** What has been used since time zero. */
export interface Use {
  /** Pump time, µs. */
  readonly us: number;
  readonly steps: number;
  /** Seconds of tone and of telemetry. */
  readonly tone: number;
  readonly telemetry: number;
}

export interface Battery {
  /** mJ left when `use` had been made. */
  readonly charge: number;
  readonly use: Use;
}

/** mJ: about 1.1 Ah at 2.8 V. */
export const CAPACITY = 11_000_000;
/** mW: electronics waiting. */
const STANDBY = 0.03;
/** mJ for a motor step. */
const PER_STEP = 0.06;
/** mJ for a second of tone. */
const PER_TONE_SECOND = 5;
/** mJ for a second of telemetry. */
const PER_TELEMETRY_SECOND = 20;

const NO_USE: Use = { us: 0, steps: 0, tone: 0, telemetry: 0 };
export const createBattery = (): Battery => ({ charge: CAPACITY, use: NO_USE });

/** mJ left when `now` has been used; never below 0. */
export function chargeAt({ charge, use }: Battery, now: Use): number {
  const spent =
    (STANDBY * (now.us - use.us)) / 1_000_000 +
    PER_STEP * (now.steps - use.steps) +
    PER_TONE_SECOND * (now.tone - use.tone) +
    PER_TELEMETRY_SECOND * (now.telemetry - use.telemetry);
  return Math.max(0, charge - spent);
}

/** A tone that was ordered: bursts from `since` on, all in µs. */
export interface Sounding {
  readonly since: number;
  readonly burst: number;
  readonly interval: number;
  /** It is silent from here on: the end of the burst that sounded when silence was ordered. */
  readonly until?: number;
}

/** Seconds that a tone has sounded by pump time `us`. */
export function secondsOfTone({ since, burst, interval, until = Infinity }: Sounding, us: number): number {
  const elapsed = Math.min(us, until) - since;
  const whole = Math.floor(elapsed / interval);
  return (whole * burst + Math.min(burst, elapsed - whole * interval)) / 1_000_000;
}

/** The tone as it goes on when it is to end with the burst that sounds at pump time `us`; undefined: none does. */
export function finishing(tone: Sounding, us: number): Sounding | undefined {
  const { since, burst, interval, until = Infinity } = tone;
  const begun = since + Math.floor((us - since) / interval) * interval;
  const end = Math.min(until, begun + Math.min(burst, interval));
  return us < end ? { ...tone, until: end } : undefined;
}
