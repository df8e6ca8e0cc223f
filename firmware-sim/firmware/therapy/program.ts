/** A program as the clinician states it, and as the pump keeps it once it was checked (check-program.ts). */
import {
  US_PER_DAY,
  type Micros,
  type Nanograms,
  type NanogramsPerMicrolitre,
  type Nanolitres,
  type NanolitresPerDay,
} from '../../../protocol/units.ts';
import type { Population } from './library.ts';

/**
 * `continuous`: one dose a day. `flex`: a day of intervals, each with its own dose rate. `scheduled`: boluses at times of the day over a
 * constant dose. `minimum`: the profile's minimum rate, which keeps the rotor moving and treats nothing.
 */
export type ProgramMode = 'continuous' | 'flex' | 'scheduled' | 'minimum';
export const PROGRAM_MODES: readonly ProgramMode[] = ['continuous', 'flex', 'scheduled', 'minimum'];

/** From a time of day until the next interval begins; the last one lasts until the first begins again. */
export interface FlexInterval {
  /** µs since midnight. */
  readonly from: Micros;
  /** ng per day for as long as the interval lasts. */
  readonly dose: Nanograms;
}

export interface TimedBolus {
  /** µs since midnight. */
  readonly at: Micros;
  /** ng in all. */
  readonly dose: Nanograms;
  readonly duration: Micros;
}

/** What a press of the patient's button gives. */
export interface PatientBolus {
  /** ng in all. */
  readonly dose: Nanograms;
  readonly duration: Micros;
  /** From the end of a patient bolus to the next that may be given. */
  readonly lockout: Micros;
  /** So many in any `window`, and not one more. */
  readonly count: number;
  readonly window: Micros;
}

/** Drug that no `window` may hold more of, whatever gave it: basal, boluses, all. */
export interface DoseLimit {
  /** ng. */
  readonly dose: Nanograms;
  readonly window: Micros;
}

/** Step dosing, continuous mode only: the dose changes by a fixed amount every so many days of therapy. */
export interface StepDosing {
  readonly direction: 'up' | 'down';
  /** ng per day. */
  readonly dose: Nanograms;
  readonly everyDays: number;
  readonly count: number;
}

export interface ProgramRequest {
  /** `continuous` where it is not given. */
  readonly mode?: ProgramMode | undefined;
  readonly concentration: NanogramsPerMicrolitre;
  /** ng per day; for `continuous` and `scheduled`. */
  readonly dose?: Nanograms | undefined;
  /** For `flex`: 1 to 13, ascending. */
  readonly intervals?: readonly FlexInterval[] | undefined;
  /** For `scheduled`: 1 to 12, ascending. */
  readonly boluses?: readonly TimedBolus[] | undefined;
  readonly patient?: PatientBolus | undefined;
  readonly limit?: DoseLimit | undefined;
  readonly steps?: StepDosing | undefined;
  /** Whose titration steps count; the strictest where it is not given. */
  readonly population?: Population | undefined;
  /** Computed volume at which `low-reservoir` is raised; the profile's where it is not given. */
  readonly lowReservoir?: Nanolitres | undefined;
  /** Length of the catheter as implanted, mm; the profile's where it is not given. */
  readonly catheterLength?: number | undefined;
  /** `none`: another concentration is not bridged. It is where this is not given. */
  readonly bridge?: 'none' | undefined;
}

export interface RateFrom {
  readonly from: Micros;
  readonly rate: NanolitresPerDay;
}

export interface Dose {
  /** Whole motor steps. */
  readonly volume: Nanolitres;
  readonly rate: NanolitresPerDay;
}

/** A checked program. */
export interface Program {
  readonly mode: ProgramMode;
  /** The library by which it was checked. */
  readonly drug: string;
  readonly concentration: NanogramsPerMicrolitre;
  readonly lowReservoir: Nanolitres;
  readonly population: Population | undefined;
  /** Basal rates by time of day, ascending, at least one. */
  readonly rates: readonly RateFrom[];
  readonly boluses: readonly (Dose & { readonly at: Micros })[];
  readonly patient: (Dose & Pick<PatientBolus, 'lockout' | 'count' | 'window'>) | undefined;
  /** Mass in pg. */
  readonly limit: { readonly mass: number; readonly window: Micros } | undefined;
  readonly steps: StepDosing | undefined;
  /** Dose of a day as stated, ng: basal and scheduled boluses, before any step. */
  readonly dose: Nanograms;
  /** What the integer rates and the whole steps of the boluses give in a day, ng. */
  readonly actualDose: number;
  /** nL in a day: basal and scheduled boluses, before any step; and with every patient bolus that it may bring. */
  readonly dayVolume: number;
  readonly mostVolume: number;
  /** Tubing and catheter. */
  readonly pipe: Nanolitres;
  /** The catheter was stated, and is not the one that the profile assumes. */
  readonly catheterStated: boolean;
  readonly bridge: 'computed' | 'none';
}

/** The basal rate of a program at a time of day, `stepsTaken` steps of its step dosing on. */
export function basalRate(program: Program, timeOfDay: number, stepsTaken: number): NanolitresPerDay {
  const { rates, steps } = program;
  if (steps !== undefined && stepsTaken > 0) return rateOf(steppedDose(program, stepsTaken), program.concentration);
  let rate = rates.at(-1)?.rate ?? (0 as NanolitresPerDay);
  for (const one of rates) if (one.from <= timeOfDay) rate = one.rate;
  return rate;
}

/** ng per day after so many steps. */
export const steppedDose = ({ dose, steps }: Program, stepsTaken: number): number =>
  steps === undefined ? dose : dose + (steps.direction === 'up' ? 1 : -1) * steps.dose * stepsTaken;

/** The flow that gives a dose, to the nearest integer. Whether a pump can keep it is for check-program.ts to say. */
export const rateOf = (dose: number, concentration: number): NanolitresPerDay =>
  Math.round((dose * 1000) / concentration) as NanolitresPerDay;

/** Volume of basal flow in a day, nL. */
export function basalVolume(rates: readonly RateFrom[]): number {
  if (rates.length === 1) return rates[0]?.rate ?? 0;
  let volume = 0;
  for (const [i, { from, rate }] of rates.entries()) {
    const next = rates[i + 1]?.from ?? (rates[0]?.from ?? 0) + US_PER_DAY;
    volume += (rate * (next - from)) / US_PER_DAY;
  }
  return volume;
}
