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
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_SECOND,
  type Micros,
  type Nanolitres,
  type NanolitresPerDay,
  type Pascals,
} from '../../protocol/units.ts';
import type { AlarmId, DeliveryAction } from './alarms/table.ts';

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
  /** How often the sensor is asked whether it can read at all. */
  readonly checkEvery: Micros;
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
  readonly rotor: RotorSensing;
  readonly temperature: TemperatureSensing;
  readonly battery: BatteryLevels;
  /** Bursts of tone, by class of the alarm. */
  readonly tones: Readonly<Record<'critical' | 'non-critical', ToneSchedule>>;
  /** How long a pause silences an alarm, and when one that reminds sounds again after an acknowledgement. */
  readonly pauseFor: Micros;
  readonly remindAfter: Micros;
  /** Delivery actions other than those of the alarm table. */
  readonly delivery: { readonly [Id in AlarmId]?: DeliveryAction };
  /** Rate of the mode `minimum`, and of a pump that has lost its program. */
  readonly minimumRate: NanolitresPerDay;
  readonly priming: Priming;
  /** Time from the first start to the end of service, and how long before it a replacement is due. */
  readonly serviceLife: Micros;
  readonly replacementNotice: Micros;
  /** So many starts within the time, each after the same alarm and a stop, are too many. */
  readonly alertStopStart: { readonly count: number; readonly within: Micros };
  /** Longest window that a dose limit or a count of boluses can have. */
  readonly longestWindow: Micros;
  /** Motor steps of which the pump notes ahead, in memory that outlives the power, that it makes them: after a restart all of them count as made. */
  readonly journalBlock: number;
}

/** What the feedback of the rotor has to say to be believed; it counts each step that was turned. */
export interface RotorSensing {
  /** Steps in a row that were not turned until the motor counts as stalled, and turned until it counts as recovered. */
  readonly stallSteps: number;
  /** A stall is signalled at the earliest so long after its first step. */
  readonly stallAfter: Micros;
  /** Steps in a row over which the turn must be off by more than `tolerance`, ‰ of a step. */
  readonly balanceSteps: number;
  readonly tolerance: number;
}

/** m°C. */
export interface TemperatureSensing {
  readonly limit: number;
  readonly clear: number;
  readonly every: Micros;
  /** From the first sample over the limit, when delivery is held, to the signal. */
  readonly delay: Micros;
}

/** mJ left; 0: never. */
export interface BatteryLevels {
  readonly replacement: number;
  readonly reset: number;
  readonly every: Micros;
}

export interface Priming {
  readonly rate: NanolitresPerDay;
  readonly timeout: Micros;
  /** Between reservoir and catheter. */
  readonly tubing: Nanolitres;
  /** nL in a metre of catheter. */
  readonly perMetre: number;
  /** Of a catheter of which nothing else was programmed, mm. */
  readonly catheterLength: number;
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
  // No figure is known for an implant: assumptions. 30 min is the pause of one public requirement set (UMN, REQ-CS-75).
  pauseFor: micros(30 * US_PER_MINUTE),
  remindAfter: micros(US_PER_DAY),
  delivery: {},
  // About 6 µL/day: pump.md 1.1 (unsourced there).
  minimumRate: nanolitresPerDay(6_000),
  rotor: {
    // Stall seen after 20 min, up to 90 min at low rates (pump.md 1.5, unsourced there): 300 steps are 90 min at 48 µL/day.
    stallSteps: 300,
    stallAfter: micros(20 * US_PER_MINUTE),
    // A revolution of the placeholder rotor; a tenth is within the ±14.5 % of the label (pump.md 1.1, S4): assumptions.
    balanceSteps: 1000,
    tolerance: 100,
  },
  // Over any fever, under what the body model knows; a comparable pump must not pass 40 °C (pump.md 1.1, S29): assumptions.
  temperature: {
    limit: 45_000,
    clear: 43_000,
    every: micros(US_PER_MINUTE),
    delay: micros(10 * US_PER_MINUTE),
  },
  // Of the 11 kJ of the model's battery: 90 days at 1 mL/day and a reserve, and what is left when a tone would brown it out: assumptions.
  battery: { replacement: 1_000_000, reset: 200_000, every: micros(US_PER_HOUR) },
  priming: {
    rate: nanolitresPerDay(24_000_000),
    // Some 24 min for tubing and catheter at the highest rate: assumption.
    timeout: micros(US_PER_HOUR),
    // 0.2 mL, weak source (pump.md 1.3): assumption.
    tubing: nanolitres(200_000),
    // 0.0022 mL/cm, 89 cm untrimmed: pump.md 1.3, S35.
    perMetre: 220_600,
    catheterLength: 890,
  },
  // 7 years, 90 days: pump.md 1.4, S17.
  serviceLife: micros(7 * 365 * US_PER_DAY),
  replacementNotice: micros(90 * US_PER_DAY),
  // Three in ten minutes: requirement CL-57.
  alertStopStart: { count: 3, within: micros(10 * US_PER_MINUTE) },
  longestWindow: micros(7 * US_PER_DAY),
  // What a restart counts too much at the most is nine steps, 90 nL: assumption.
  journalBlock: 10,
} as const;

// The sensor is hypothetical; its numbers are assumptions in the range of pump.md 2.1: 69 kPa is 10 psi (KSU Open PCA).
const SENSE: OcclusionSensing = {
  // A usual CSF pressure of 10 cmH2O: assumption. The patent catheter adds about 1 Pa at 300 µL/day (pump.md 2.2).
  baseline: pascals(1_000),
  threshold: pascals(69_000),
  persistence: 3,
  clearSampleEvery: micros(60 * US_PER_SECOND),
  latchWithin: micros(24 * US_PER_HOUR),
  checkEvery: micros(10 * US_PER_MINUTE),
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
