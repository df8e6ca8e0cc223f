/**
 * Soft limits: what a program may break only when a person has seen it and says so. Hard limits refuse the program itself. The names
 * are short: all of them, joined, must fit one value of the wire.
 */

export const SOFT_LIMITS = {
  dose: 'the daily dose is outside the usual range of the drug library',
  bolus: 'a bolus is larger than usual',
  conc: 'the concentration is none of the products of the drug library',
  step: 'the dose changes by more than one titration step allows for this population',
  interval: 'the dose was changed less than a titration interval ago',
  bridge: 'the concentration changes and old drug in tubing and catheter is not run out first',
} as const;

export type SoftLimit = keyof typeof SOFT_LIMITS;
export const SOFT_LIMIT_NAMES = Object.keys(SOFT_LIMITS) as readonly SoftLimit[];

/** Names of soft limits in one word, as log and wire carry them: `dose+bolus`; empty: none. */
export const joinLimits = (limits: readonly SoftLimit[]): string => limits.join('+');
