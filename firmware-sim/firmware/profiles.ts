/**
 * Pump profiles as data. `itb-20` and `itb-40` follow the SynchroMed II class, which has no occlusion sensor and hence no
 * occlusion alarm (pump.md section 0, finding 1). `itb-20-sense` and `itb-40-sense` add a pressure sensor that no such
 * pump on the market has: hypothetical, and called so wherever it shows.
 *
 * "pump.md" is the project's survey of public device facts; a value without a source there is marked as an assumption.
 */
import {
  micros,
  nanolitres,
  nanolitresPerDay,
  pascals,
  US_PER_HOUR,
  US_PER_SECOND,
  type Micros,
  type Nanolitres,
  type NanolitresPerDay,
  type Pascals,
} from '../../protocol/units.ts';

/** How a profile with a catheter pressure sensor decides that the catheter is occluded. */
export interface OcclusionSensing {
  /** What a patent catheter reads: fixed, never learnt, so that a slow occlusion cannot raise its own limit. */
  readonly baseline: Pascals;
  /** Rise over the baseline that counts as occluded; half of it counts as clear. */
  readonly threshold: Pascals;
  /** Samples in a row, both to raise and to clear. */
  readonly persistence: number;
  /** Sampling interval while delivery is held and no step is made. */
  readonly clearSampleEvery: Micros;
  /** Raised again within this time after it cleared, the alarm latches. */
  readonly latchWithin: Micros;
}

export interface Profile {
  readonly name: string;
  readonly title: string;
  /** Nominal reservoir capacity: the most that a fill may put in. */
  readonly capacity: Nanolitres;
  /** Volume of one motor step. */
  readonly stepVolume: Nanolitres;
  readonly flowMin: NanolitresPerDay;
  readonly flowMax: NanolitresPerDay;
  /** Computed volume at which `low-reservoir` is raised, unless the program states another. */
  readonly lowReservoir: Nanolitres;
  /** Computed volume at which the reservoir counts as empty: what the pump cannot draw. */
  readonly residual: Nanolitres;
  /** Largest difference between drained and computed volume at a refill that is no sign of trouble. */
  readonly refillLimit: Nanolitres;
  /** Time in stopped mode after which `pump-stopped` is raised. */
  readonly stoppedLimit: Micros;
  /** Entries of the therapy log that are kept; the oldest are overwritten. */
  readonly logEntries: number;
  readonly occlusion: OcclusionSensing | undefined;
  /** Bursts of tone, by class of the alarm. */
  readonly tones: Readonly<Record<'critical' | 'non-critical', ToneSchedule>>;
}

export interface ToneSchedule {
  readonly burst: Micros;
  readonly interval: Micros;
}

const ITB = {
  // 10 µL and 1000 steps per revolution: placeholder of pump.md 1.2, not a manufacturer's figure.
  stepVolume: nanolitres(10),
  // 0.048 to 24 mL/day: pump.md 1.1 (unsourced there, used as the device class's range).
  flowMin: nanolitresPerDay(48_000),
  flowMax: nanolitresPerDay(24_000_000),
  // pump.md 1.4, S41.
  lowReservoir: nanolitres(2_000_000),
  // pump.md 1.1: 1.4 mL, weak source: assumption.
  residual: nanolitres(1_400_000),
  // pump.md 1.3 and 1.4, S31 and S1.
  stoppedLimit: micros(48 * US_PER_HOUR),
  // No source found for the log's size (pump.md 1.4): assumption.
  logEntries: 10_000,
  tones: {
    // 3 s: pump.md 1.4, S18b. Its interval is programmable (S40); 10 min is unsourced there: assumption.
    critical: { burst: micros(3 * US_PER_SECOND), interval: micros(600 * US_PER_SECOND) },
    // 1 s, about once every hour: pump.md 1.4, S18b and S2.
    'non-critical': { burst: micros(US_PER_SECOND), interval: micros(US_PER_HOUR) },
  },
} as const;

// The sensor is hypothetical; its numbers are assumptions in the range of pump.md 2.1: 69 kPa is 10 psi (KSU Open PCA).
const SENSE: OcclusionSensing = {
  // A usual CSF pressure of 10 cmH2O: assumption. The patent catheter adds about 1 Pa at 300 µL/day (pump.md 2.2).
  baseline: pascals(1_000),
  threshold: pascals(69_000),
  persistence: 3,
  clearSampleEvery: micros(60 * US_PER_SECOND),
  latchWithin: micros(24 * US_PER_HOUR),
};

const profile = (name: string, title: string, capacity: number, occlusion?: OcclusionSensing): Profile => ({
  ...ITB,
  name,
  title,
  capacity: nanolitres(capacity),
  // 1 mL of 20, 2 mL of 40: pump.md 1.3, S39.
  refillLimit: nanolitres(capacity / 20),
  occlusion,
});

export const PROFILES = {
  'itb-20': profile('itb-20', 'intrathecal pump, 20 mL, no occlusion sensor (SynchroMed II class)', 20_000_000),
  'itb-40': profile('itb-40', 'intrathecal pump, 40 mL, no occlusion sensor (SynchroMed II class)', 40_000_000),
  'itb-20-sense': profile('itb-20-sense', 'as itb-20 with a hypothetical catheter pressure sensor', 20_000_000, SENSE),
  'itb-40-sense': profile('itb-40-sense', 'as itb-40 with a hypothetical catheter pressure sensor', 40_000_000, SENSE),
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

export const DEFAULT_PROFILE: ProfileName = 'itb-20-sense';
