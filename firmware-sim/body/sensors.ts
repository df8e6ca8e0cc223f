/** The catheter pressure sensor: what it reads of a pressure, and within which band the reading must lie. */
import { noiseAt } from './noise.ts';
import { STREAM } from './hardware.ts';
import { US_PER_DAY } from '../../protocol/units.ts';

export interface PressureSensor {
  readonly seed: number;
  /** Pa, signed. */
  readonly offset: number;
  /** Pa per day since `driftSince`, signed. */
  readonly drift: number;
  readonly driftSince: number;
  /** Largest distance of the noise, Pa. */
  readonly noise: number;
  /** Pa; 0: as fine as it comes. */
  readonly quantum: number;
  /** What it reads for ever; undefined: it works. */
  readonly stuckAt: number | undefined;
  readonly dead: boolean;
}

/** What the sensor can read at all, Pa gauge: assumption. */
const RANGE = { min: 0, max: 500_000 };

export const createPressureSensor = (seed: number): PressureSensor => ({
  seed,
  offset: 0,
  drift: 0,
  driftSince: 0,
  noise: 0,
  quantum: 0,
  stuckAt: undefined,
  dead: false,
});

/** Nothing is wrong with it: it reads the truth. */
export const isPlain = ({ offset, drift, noise, quantum, stuckAt, dead }: PressureSensor): boolean =>
  offset === 0 && drift === 0 && noise === 0 && quantum === 0 && stuckAt === undefined && !dead;

/** The error that time alone decides, at pump time `us`. */
export const biasAt = ({ offset, drift, driftSince }: PressureSensor, us: number): number =>
  drift === 0 ? offset : offset + (drift * (us - driftSince)) / US_PER_DAY;

/** A reading lies this far from `pressure + biasAt` at the most. */
export const bandOf = ({ noise, quantum }: PressureSensor): number => noise + quantum / 2;

/** What the sensor reads of `pressure` at pump time `us`; `sample` numbers the sample, whoever takes it. NaN of a dead one. */
export function readingOf(sensor: PressureSensor, pressure: number, us: number, sample: number): number {
  if (sensor.dead) return Number.NaN;
  if (sensor.stuckAt !== undefined) return sensor.stuckAt;
  const noise = sensor.noise === 0 ? 0 : sensor.noise * noiseAt(sensor.seed, STREAM.pressure, sample);
  const value = Math.min(RANGE.max, Math.max(RANGE.min, pressure + biasAt(sensor, us) + noise));
  return sensor.quantum === 0 ? value : Math.round(value / sensor.quantum) * sensor.quantum;
}
