/**
 * How often things go wrong, as published (pump.md 4): presets to start from and to edit, in events per pump-year or per refill.
 * Populations, drugs and decades differ, and most figures are bounds: orders of magnitude, never the real device's rate.
 */
import type { FaultName } from './faults.ts';

export interface FaultRate {
  /** What was counted. */
  readonly event: string;
  /** The fault that stands for it. */
  readonly fault: FaultName;
  readonly rate: number;
  readonly per: 'pump-year' | 'refill';
  /** How the rate follows from what was published. */
  readonly from: string;
  /** Row of the reference. */
  readonly source: string;
}

export interface FaultPreset {
  readonly title: string;
  readonly rates: readonly FaultRate[];
}

const yearly = (event: string, fault: FaultName, rate: number, from: string, source: string): FaultRate => ({
  event,
  fault,
  rate,
  per: 'pump-year',
  from,
  source: `pump.md 4, ${source}`,
});

/** A share that survives `years`, as a constant hazard. */
const hazard = (surviving: number, years: number): number => -Math.log(surviving) / years;

const POCKET_FILL: FaultRate = {
  event: 'pocket fill',
  fault: 'reservoir.pocket',
  rate: 0.000_101,
  per: 'refill',
  from: '0.0101 % of refills in 351 reports; under-reported',
  source: 'pump.md 4, S77',
};

const STALL_ON_LABEL = yearly(
  'stall without recovery, on-label drug',
  'rotor.stall',
  hazard(0.973, 6),
  '97.3 % without at 6 years, before 2017',
  'S44',
);

export const FAULT_PRESETS = {
  registry: {
    title: 'a registry of 6,093 patients, all catheters; pumps before 2017',
    rates: [
      yearly('catheter event', 'catheter.occlusion', hazard(0.81, 5), 'over 81 % without at 5 years: at most', 'S69'),
      STALL_ON_LABEL,
      POCKET_FILL,
    ],
  },
  paediatric: {
    title: '430 children, 8.6 years on average',
    rates: [
      yearly('catheter problem', 'catheter.occlusion', hazard(0.849, 8.6), '15.1 % of 430 in 8.6 years', 'S70'),
      yearly('pump problem', 'rotor.stall', hazard(0.99, 8.6), '1 % of 430 in 8.6 years', 'S70'),
      POCKET_FILL,
    ],
  },
  reinforced: {
    title: 'reinforced catheter, 126 patients, 43 months',
    rates: [
      yearly('catheter occlusion', 'catheter.occlusion', 5 / 451.5, '5 in 451.5 pump-years', 'S71'),
      yearly('other catheter event', 'catheter.leak', 4 / 451.5, '9 in 451.5 pump-years, less 5 occlusions', 'S71'),
      STALL_ON_LABEL,
      POCKET_FILL,
    ],
  },
  legacy: {
    title: 'the worst published: withdrawals with older catheters, an off-label drug in the pump',
    rates: [
      // 40 % of thin Silastic catheters failed, without a time to make a rate of (S72): the withdrawals stand for them.
      yearly('withdrawal by the catheter', 'catheter.disconnection', 7 / 160.4, '7 in 160.4 pump-years', 'S65'),
      yearly(
        'stall without recovery, off-label drug',
        'rotor.stall',
        hazard(0.911, 6),
        '91.1 % without at 6 years, before 2017',
        'S44',
      ),
      POCKET_FILL,
    ],
  },
} as const satisfies Record<string, FaultPreset>;

/** Published, but without a time to make a rate of. */
export const NOT_RATES: readonly { readonly event: string; readonly published: string; readonly source: string }[] = [
  { event: 'over-infusion beyond 14.5 %', published: 'under 0.16 % of pumps, follow-up not given', source: 'S4' },
  { event: 'stall by a foreign particle', published: '5 of 7,317 recalled pumps', source: 'S76' },
  { event: 'film in the battery', published: '55 of 139,653 pumps, 45 to 78 months after implantation', source: 'S18' },
  { event: 'complication of a thin Silastic catheter', published: '40 % of 102 had one or more', source: 'S72' },
  { event: 'stall in a magnetic field', published: 'every exposure', source: 'S5' },
];
