/**
 * The signals that a run can show. `belief` is what the firmware thinks, `truth` what happened in the body: two different
 * states in different rooms, and both are in every record.
 */
import { steadyBulk } from '../body/csf.ts';

export interface SignalDefinition {
  readonly unit: 'nL' | 'nL/day' | 'ng/day' | 'Pa' | 'ng' | 'ng/uL' | 'pg/mL' | 'mJ';
  readonly side: 'belief' | 'truth';
  readonly text: string;
}

export const SIGNALS = {
  rate: { unit: 'nL/day', side: 'belief', text: 'rate at which the motor is driven' },
  dose_rate: {
    unit: 'ng/day',
    side: 'belief',
    text: 'daily dose of the program in force, steps of step dosing included',
  },
  reservoir_computed: { unit: 'nL', side: 'belief', text: 'reservoir volume by the step count' },
  commanded: { unit: 'nL', side: 'belief', text: 'volume of the steps made since time zero' },
  reservoir_true: { unit: 'nL', side: 'truth', text: 'volume in the reservoir' },
  delivered: { unit: 'nL', side: 'truth', text: 'volume that left the catheter tip since time zero' },
  drug_delivered: { unit: 'ng', side: 'truth', text: 'drug that left the catheter tip since time zero' },
  leaked: { unit: 'nL', side: 'truth', text: 'volume that left the catheter at a leak since time zero' },
  pocket: { unit: 'nL', side: 'truth', text: 'volume that was filled beside the port' },
  tip_concentration: { unit: 'ng/uL', side: 'truth', text: 'drug in what leaves the catheter tip' },
  csf_tip: { unit: 'pg/mL', side: 'truth', text: 'drug in the CSF at the catheter tip' },
  csf_bulk: { unit: 'pg/mL', side: 'truth', text: 'drug in the rest of the CSF' },
  pressure_reading: {
    unit: 'Pa',
    side: 'belief',
    text: 'what the catheter pressure sensor reads; unknown of a dead one',
  },
  rotor_feedback: {
    unit: 'nL',
    side: 'belief',
    text: 'volume by the turns that the feedback of the rotor has counted',
  },
  battery: { unit: 'mJ', side: 'truth', text: 'energy left in the battery' },
  pressure: { unit: 'Pa', side: 'truth', text: 'pressure in the catheter' },
  refill_discrepancy: { unit: 'nL', side: 'truth', text: 'volume drained at the last refill less the volume computed' },
} as const satisfies Record<string, SignalDefinition>;

export type SignalName = keyof typeof SIGNALS;
export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];

/** One sample of every signal, integers in the unit of the table; undefined: not known, or not yet. */
export type SignalSample = { readonly [Name in SignalName]: number | undefined };

/** What a pump and its body can tell at one moment; the discrepancy of a refill is found by whoever refills. */
export type PumpSample = Omit<SignalSample, 'refill_discrepancy'>;

/** Level of `csf_bulk`, in its unit, that a dose of so many ng a day comes to in the typical patient of the body. */
export const steadyStateInBulk = (dose: number): number => steadyBulk(dose) * 1_000_000;
