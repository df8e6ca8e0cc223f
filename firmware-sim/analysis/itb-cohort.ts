/**
 * The clinical series as 22 simulated therapies: each pump runs for its patient's whole follow-up at the final dose, refilled
 * to capacity at the low-reservoir alarm or when the drug has been in for 180 days, whichever is first.
 */
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres, US_PER_DAY } from '../../protocol/units.ts';
import { Simulation } from '../simulation/simulation.ts';
import {
  basalRate,
  checkProgram,
  LIBRARIES,
  PROFILES,
  type LogEntry,
  type ProfileName,
} from '../simulation/vocabulary.ts';
import type { SeriesPatient } from './itb-series.ts';

/** Longest time that a filling may stay in a pump. */
export const STABILITY_DAYS = LIBRARIES.baclofen.stabilityDays;
/** Mean month; the paper states follow-up in months only. */
const DAYS_PER_MONTH = 365.25 / 12;
const ADULT_FROM_YEARS = 18;

export interface Therapy {
  readonly patient: SeriesPatient;
  readonly profile: ProfileName;
  /** ng/µL; the paper gives none, so every result says which was assumed. */
  readonly concentration: number;
  readonly outcome: TherapyOutcome;
}

export type TherapyOutcome =
  /** The dose cannot be given at this concentration. */
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'simulated';
      /** nL/day. */
      readonly rate: number;
      readonly days: number;
      /** Days of each interval between fillings. */
      readonly intervals: readonly number[];
      /** How many of them ended because the reservoir was low; the others by the age of the drug. */
      readonly endedLow: number;
      /** Drug that left the catheter tip, ng. */
      readonly drugDelivered: number;
      /** Dose times days, ng. */
      readonly drugPrescribed: number;
      readonly steps: number;
      readonly alarms: Readonly<Record<string, number>>;
    };

/** Profiles of the class that was implanted: no occlusion sensor. */
export const profileFor = ({ ageYears }: SeriesPatient): ProfileName =>
  ageYears < ADULT_FROM_YEARS ? 'itb-20' : 'itb-40';

export function simulateTherapy(patient: SeriesPatient, concentration: number): Therapy {
  const profile = profileFor(patient);
  const program = {
    dose: nanograms(Math.round(patient.doseUgPerDay * 1000)),
    concentration: nanogramsPerMicrolitre(concentration),
  };
  const check = checkProgram(program, PROFILES[profile], LIBRARIES.baclofen);
  if (!check.ok) return { patient, profile, concentration, outcome: { kind: 'refused', message: check.message } };

  const pump = new Simulation({ profile, concentration });
  const end = micros(Math.round(patient.followUpMonths * DAYS_PER_MONTH * US_PER_DAY));
  const { capacity, stepVolume } = PROFILES[profile];
  refill(pump, capacity);
  command(pump, { command: 'program', ...program });
  // An assumed concentration need not be a product.
  command(pump, { command: 'commit', ifRevision: pump.status.revision, override: check.soft });
  command(pump, { command: 'start', ifRevision: pump.status.revision });

  const intervals: number[] = [];
  let endedLow = 0;
  let filledAt = 0;
  while (pump.now < end) {
    const due = filledAt + STABILITY_DAYS * US_PER_DAY;
    pump.advance(micros(Math.min(end, due)));
    const low = pump.status.alarms.some(({ id }) => id === 'low-reservoir');
    if (pump.now >= end || !(low || pump.now >= due)) continue;
    refill(pump, capacity);
    intervals.push((pump.now - filledAt) / US_PER_DAY);
    endedLow += low ? 1 : 0;
    filledAt = pump.now;
  }
  const days = end / US_PER_DAY;
  const sample = pump.sample();
  return {
    patient,
    profile,
    concentration,
    outcome: {
      kind: 'simulated',
      rate: basalRate(check.program, 0, 0),
      days,
      intervals,
      endedLow,
      drugDelivered: sample.drug_delivered ?? 0,
      drugPrescribed: program.dose * days,
      steps: (sample.commanded ?? 0) / stepVolume,
      alarms: countAlarms(pump.log()),
    },
  };
}

function refill(pump: Simulation, volume: number): void {
  const drained = pump.fill(volume);
  const { revision } = pump.status;
  command(pump, { command: 'refill', ifRevision: revision, volume: nanolitres(volume), drained: nanolitres(drained) });
}

/** The study gives only commands that the pump must take. */
function command(pump: Simulation, one: Parameters<Simulation['command']>[0]): void {
  const outcome = pump.command(one);
  if (!outcome.ok) throw new Error(`${one.command} was refused: ${outcome.message}`);
}

function countAlarms(log: readonly LogEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, keys } of log) {
    if (kind !== 'ALARM' || keys['state'] !== 'on') continue;
    const id = String(keys['id']);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
