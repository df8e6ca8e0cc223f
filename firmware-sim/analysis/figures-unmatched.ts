/** Published figures that the body does not give, or gives otherwise, each with the reason. */
import { CSF_RANGE, PROFILES, TYPICAL_CSF, type CsfParameters } from '../simulation/vocabulary.ts';
import { days, errorAgainst, goOn, hours, running, shareLeft, steadyCsf } from './figure-runs.ts';
import { MINIMED_TYPICAL, minimed, mlPerHour } from './figures.ts';

export interface Unmatched {
  readonly figure: string;
  readonly published: string;
  /** What the body gives, where it gives anything. */
  readonly produce?: () => string;
  readonly why: string;
  readonly source: string;
}

const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;

export const UNMATCHED: readonly Unmatched[] = [
  {
    figure: 'MiniMed 511, typical, bolus of 1.5 U/min',
    published: '25 s',
    produce: () => `${(3600 * minimed(MINIMED_TYPICAL, 900)).toFixed(0)} s`,
    why: 'breaks t·Q = constant: 6.25 µL instead of 12.5. At such a flow something dynamic raises the pressure sooner; the body has one compliance and no flow-dependent drop before it',
    source: '2.1, S46',
  },
  {
    figure: 'MiniMed 511, shortest, bolus of 1.5 U/min',
    published: '10 s',
    why: 'the same: 2.5 µL where the other two of its row are 5',
    source: '2.1, S46',
  },
  {
    figure: 'Wellion Micro, second figure of its rows, and its fast row',
    published: '160 min, 105 h; 50 and 53 s',
    why: '160 min are 26.7 µL and 105 h are 26.3: two volumes, so no one compliance gives both; the flow of the fast row is not stated',
    source: '2.1, S47',
  },
  {
    figure: 'half-life in CSF after a bolus',
    published: '1.5 h (0.9 to 5 h)',
    produce: () => `${halfLife(TYPICAL_CSF).toFixed(2)} h`,
    why: 'the bulk volume was chosen from 1.5 h for the bulk alone; what comes back from the tip compartment lengthens it, inside the published range',
    source: '5, S81',
  },
  {
    figure: 'left 4 and 8 h after a stop, half-life 1.5 h',
    published: '15.8 %, 2.5 %',
    produce: () => `${percent(shareLeft(4))}, ${percent(shareLeft(8))}`,
    why: 'the same: with the tip compartment in place the bulk falls more slowly',
    source: '5 [calc]',
  },
  {
    figure: 'left 4, 8, 12 and 24 h after a stop, half-life 5 h',
    published: '57 %, 33 %, 19 %, 3.6 %',
    produce: () =>
      [4, 8, 12, 24]
        .map((at) => percent(shareLeft(at, { ...CSF_RANGE.low, clearance: mlPerHour(30), bulkVolume: 216e6 })))
        .join(', '),
    why: 'the same',
    source: '5 [calc]',
  },
  {
    figure: 'concentration right after a bolus of 100 µg',
    published: '1.54 and 0.46 µg/mL',
    why: 'the bolus enters the tip compartment, not the whole bulk at once',
    source: '5 [calc]',
  },
  {
    figure: 'measured volume over telemetry after hyperbaric treatment',
    published: 'over',
    produce: () => `+${hyperbaricGain().toFixed(2)} mL`,
    why: 'direction only: no rate of back-flow was published, and 24 mL/day for 90 min is an assumption',
    source: '1.1, S26',
  },
  {
    figure: 'steady lumbar concentration of the label, 50 to 1200 µg/day',
    published: '130 to 1240 ng/mL; lumbar to cisternal 4:1 (1.8 to 8.7)',
    produce: () =>
      [50, 1200]
        .map((dose) => steadyCsf(dose))
        .map(({ tip, bulk }) => `${bulk.toFixed(0)} in the bulk, ${tip.toFixed(0)} at the tip`)
        .join('; '),
    why: 'linear in the dose, as the label is not; where the sample was taken is not the place of a compartment',
    source: '5 [unsourced]',
  },
  {
    figure: 'concentrations measured in children',
    published: '0.2 to 20 µg/mL, no correlation with dose',
    why: 'the body is linear in the dose; the spread is of patients and of where the sample was taken',
    source: '5, S83',
  },
  {
    figure: 'back-pressure error of a CADD-class pump',
    published: '+100 mmHg: −10 to +5 %; +300 mmHg: −17 to −7 %',
    produce: () => [13_300, 40_000].map((pressure) => percent(errorAgainst(pressure) / 100)).join(', '),
    why: 'another kind of pump; the rotor of the body does not slip below 150 kPa (assumption)',
    source: '2.1, S51',
  },
  {
    figure: 'CSF pressure',
    published: '18 cmH2O on average (6 to 25)',
    produce: () => `${(running({ rate: 300 }).truth.pressure / 98.0665).toFixed(1)} cmH2O`,
    why: 'the body rests at 1 kPa, as the baseline of the hypothetical sensor; alarms count from there, so that the times do not depend on it',
    source: '2.2, S52',
  },
  {
    figure: 'flow at altitude, of elastomeric and vacuum pumps',
    published: '−19 to −27 % at 800 hPa',
    why: 'other devices; the coefficient is a parameter of the fault, 0 by default',
    source: '1.1, S27',
  },
  {
    figure: 'time until a stall is detected, and until its end is logged',
    published: '20 to 90 min',
    why: 'the firmware has no stall alarm; the body gives the feedback of the rotor that it will need',
    source: '1.5 [unsourced]',
  },
  {
    figure: 'onset and peak of the effect',
    published: 'bolus 0.5 to 1 h, 4 h; infusion 6 to 8 h, 24 to 48 h',
    why: 'the body ends at concentrations: no effect compartment and no symptom score',
    source: '5, S82',
  },
];

/** Hours in which the bulk halves, long after the stop. */
function halfLife(csf: CsfParameters): number {
  return (6 * Math.LN2) / Math.log(shareLeft(12, csf) / shareLeft(18, csf));
}

/** mL that the reservoir holds over the computed volume after 90 min at 2.4 ATA. */
function hyperbaricGain(): number {
  const pump = running({ rate: 300, profile: PROFILES['itb-20'] });
  goOn(pump, days(20));
  pump.inject({ fault: 'ambient.pressure', mode: 'wrong', pressure: 243_000, effect: 0, backflow: 24_000_000 });
  goOn(pump, hours(1.5));
  return (pump.truth.reservoir - (pump.status.reservoir ?? 0)) / 1_000_000;
}
