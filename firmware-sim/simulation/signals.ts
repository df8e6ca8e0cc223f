/**
 * The signals that a run can show. `belief` is what the firmware thinks, `truth` what happened in the body: two different
 * states in different rooms, and both are in every record.
 */

export interface SignalDefinition {
  readonly unit: 'nL' | 'nL/day' | 'Pa' | 'ng';
  readonly side: 'belief' | 'truth';
  readonly text: string;
}

export const SIGNALS = {
  rate: { unit: 'nL/day', side: 'belief', text: 'rate at which the motor is driven' },
  reservoir_computed: { unit: 'nL', side: 'belief', text: 'reservoir volume by the step count' },
  commanded: { unit: 'nL', side: 'belief', text: 'volume of the steps made since time zero' },
  reservoir_true: { unit: 'nL', side: 'truth', text: 'volume in the reservoir' },
  delivered: { unit: 'nL', side: 'truth', text: 'volume that left the catheter tip since time zero' },
  drug_delivered: { unit: 'ng', side: 'truth', text: 'drug that left the catheter tip since time zero' },
  pressure: { unit: 'Pa', side: 'truth', text: 'pressure in the catheter' },
  refill_discrepancy: { unit: 'nL', side: 'truth', text: 'volume drained at the last refill less the volume computed' },
} as const satisfies Record<string, SignalDefinition>;

export type SignalName = keyof typeof SIGNALS;
export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];

/** One sample of every signal, integers in the unit of the table; undefined: not known, or not yet. */
export type SignalSample = { readonly [Name in SignalName]: number | undefined };

/** What a pump and its body can tell at one moment; the discrepancy of a refill is found by whoever refills. */
export type PumpSample = Omit<SignalSample, 'refill_discrepancy'>;
