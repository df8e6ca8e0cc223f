/**
 * The published figures of the reference that the body can produce, each with the number that a simulation gives for it. A figure is
 * `fitted` where a parameter of the body was chosen from it, and then proves nothing; only `predicted` ones count as agreement.
 */
import { PROFILES, TYPICAL_CSF, boreVolume, type CsfParameters } from '../simulation/vocabulary.ts';
import {
  days,
  daysToLow,
  goOn,
  hours,
  hoursThrough,
  meanDrop,
  minutesToAlarm,
  pipeVolume,
  refill,
  releaseBolus,
  running,
  shareLeft,
  steadyCsf,
} from './figure-runs.ts';

export interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly published: number;
  /** Runs the simulation. */
  readonly produce: () => number;
  /** Row of the reference; [calc]: calculated there, so that the row compares with a closed form and not with a measurement. */
  readonly source: string;
  readonly kind: 'fitted' | 'predicted';
  /** Largest distance of the ratio from 1 that passes, where it is predicted: rounding of what was published, and whole steps. */
  readonly tolerance: number;
}

type Row = readonly [figure: string, published: number, produce: () => number, tolerance?: number];

const block = (kind: Figure['kind'], unit: string, source: string, rows: readonly Row[]): readonly Figure[] =>
  rows.map(([figure, published, produce, tolerance = 0.01]) => ({
    figure,
    unit,
    published,
    produce,
    source,
    kind,
    tolerance,
  }));

/** Time to the alarm of a complete occlusion; the third step over the limit raises it, 2 % of 1.38 µL. */
const toAlarm = (compliance: number, threshold: number, rate: number, published: number): Row => [
  `time to alarm, ${compliance} µL/kPa, ${threshold} kPa, ${rate} µL/day`,
  published,
  () => minutesToAlarm(rate, compliance, threshold),
  compliance === 0.02 ? 0.03 : 0.01,
];

const patent = (rate: number, published: number): Row => [
  `pressure drop of the open catheter, ${rate} µL/day`,
  published,
  () => meanDrop(rate, hours(1)),
  0.03,
];

const pinch = (bore: number, published: number): Row => [
  `pressure drop of 10 mm pinched to ${bore} µm, 300 µL/day`,
  published,
  () => meanDrop(300, days(3), { fault: 'catheter.kink', mode: 'on', bore }) - meanDrop(300, hours(1)),
];

// The stored volumes are those of the rows at 1 U/h (10 µL/h), the limit of 69 kPa is assumed: only their ratio counts.
const MINIMED_LEAST = 5 / 69;
export const MINIMED_TYPICAL = 12.5 / 69;
const MINIMED_MOST = 30 / 69;
const WELLION = 25 / 100;
/** Hours to the alarm. */
export const minimed = (compliance: number, ulPerHour: number): number =>
  minutesToAlarm(ulPerHour * 24, compliance, 69) / 60;
const wellion = (ulPerHour: number): number => minutesToAlarm(ulPerHour * 24, WELLION, 100) / 60;

export const mlPerHour = (value: number): number => (value * 1_000_000) / 3600;

/** A published one-compartment CSF: the tip is made so small and so quick that the bulk is alone. */
const oneCompartment = (clearance: number, halfLife: number): CsfParameters => ({
  tipVolume: 1000,
  exchange: mlPerHour(100),
  clearance: mlPerHour(clearance),
  bulkVolume: (clearance * halfLife * 1_000_000) / Math.LN2,
});

const css = (clearance: number, dose: number, published: number): Row => [
  `steady bulk concentration, clearance ${clearance} mL/h, ${dose} µg/day`,
  published,
  () => steadyCsf(dose, { ...TYPICAL_CSF, clearance: mlPerHour(clearance) }).bulk,
];

const left = (halfLife: number, at: number, published: number): Row => [
  `left ${at} h after a stop, half-life ${halfLife} h, one compartment`,
  published,
  () => 100 * shareLeft(at, oneCompartment(30, halfLife)),
  0.02,
];

const ratioAfterWrongRefill = (): number => {
  const pump = running({ rate: 300, concentration: 500 });
  goOn(pump, days(5));
  const before = pump.truth.csfTip;
  refill(pump, pump.profile.capacity, 2000);
  goOn(pump, days(10));
  return pump.truth.csfTip / before;
};

/** Drained less computed at a refill, mL, 30 days after an occlusion that nothing alarms. */
const missedUntilRefill = (): number => {
  const pump = running({ rate: 150 });
  goOn(pump, days(30));
  pump.inject({ fault: 'catheter.occlusion', mode: 'complete' });
  goOn(pump, days(30));
  if (pump.status.alarms.length > 0) throw new Error('an alarm was raised');
  return refill(pump, pump.profile.capacity) / 1_000_000;
};

/** Delivered volume over commanded volume of one filling, % from 100. */
const accuracyWithGain = (flow: number): number => {
  const pump = running({ rate: 300 });
  pump.inject({ fault: 'rotor.gain', mode: 'wrong', flow });
  goOn(pump, days(100));
  return 100 * (pump.truth.delivered / pump.status.commanded - 1);
};

const batteryYears = (): number => {
  const pump = running({ rate: 300 });
  const full = pump.truth.battery;
  goOn(pump, days(100));
  return (100 * full) / (full - pump.truth.battery) / 365.25;
};

export const FIGURES: readonly Figure[] = [
  ...block('predicted', 'min', '2.3 [calc]', [
    toAlarm(0.2, 69, 48, 414),
    toAlarm(0.2, 69, 300, 66),
    toAlarm(0.2, 69, 1000, 19.9),
    toAlarm(0.2, 100, 48, 600),
    toAlarm(0.2, 100, 300, 96),
    toAlarm(0.2, 100, 1000, 28.8),
    toAlarm(0.02, 69, 48, 41),
    toAlarm(0.02, 69, 300, 6.6),
    toAlarm(0.02, 69, 1000, 2),
  ]),
  ...block('predicted', 'Pa', '2.2 [calc]', [
    patent(48, 0.18),
    patent(300, 1.1),
    patent(1000, 3.7),
    patent(24_000, 89),
  ]),
  ...block(
    'predicted',
    'Pa',
    '2.2 [calc]',
    [pinch(100, 10), pinch(50, 158), pinch(20, 6200), pinch(10, 99_000)].map(([figure, published, produce]): Row => [
      figure,
      published,
      produce,
      0.03,
    ]),
  ),
  ...block('predicted', 'µL', '2.3 [calc]', [
    ['bolus of a release at 69 kPa', 13.8, () => releaseBolus(69).volume / 1000],
    ['bolus of a release at 100 kPa', 20, () => releaseBolus(100).volume / 1000],
  ]),
  ...block('predicted', 'µg', '2.3 [calc]', [
    ['drug in the bolus of a release at 69 kPa, 2000 µg/mL', 27.6, () => releaseBolus(69).drug / 1000],
    ['drug in the bolus of a release at 100 kPa, 2000 µg/mL', 40, () => releaseBolus(100).drug / 1000],
  ]),
  ...block('predicted', 's', '2.3, S53', [
    // At such a flow the open catheter alone stands 1.07 kPa over the CSF before it is occluded.
    ['teaching case: 10 µL/kPa, 70 kPa, 12 mL/h', 210, () => 60 * minutesToAlarm(288_000, 10, 70), 0.02],
  ]),
  ...block('fitted', 'h', '2.1, S46: gives the compliance', [
    ['MiniMed 511, shortest, 1 U/h', 0.5, () => minimed(MINIMED_LEAST, 10)],
    ['MiniMed 511, typical, 1 U/h', 1.25, () => minimed(MINIMED_TYPICAL, 10)],
    ['MiniMed 511, longest, 1 U/h', 3, () => minimed(MINIMED_MOST, 10)],
  ]),
  ...block('predicted', 'h', '2.1, S46', [
    ['MiniMed 511, shortest, 0.1 U/h', 5, () => minimed(MINIMED_LEAST, 1)],
    ['MiniMed 511, typical, 0.1 U/h', 12.5, () => minimed(MINIMED_TYPICAL, 1)],
    ['MiniMed 511, longest, 0.1 U/h', 30, () => minimed(MINIMED_MOST, 1)],
    ['MiniMed 511, longest, bolus of 1.5 U/min', 120 / 3600, () => minimed(MINIMED_MOST, 900)],
  ]),
  ...block('fitted', 'h', '2.1, S47: gives the compliance', [['Wellion Micro, 1 U/h', 2.5, () => wellion(10)]]),
  ...block('predicted', 'h', '2.1, S47', [['Wellion Micro, 0.025 U/h', 100, () => wellion(0.25)]]),
  ...block('predicted', 'mL', '2.3, "never alarms"', [
    ['found at the refill 30 days after an occlusion, 150 µL/day, no alarm', 4.5, missedUntilRefill],
  ]),
  ...block('predicted', 'h', '1.3 [calc]', [
    ['through 0.25 mL of pipe, 100 µL/day', 60, () => hoursThrough(250_000, 100)],
    ['through 0.25 mL of pipe, 300 µL/day', 20, () => hoursThrough(250_000, 300)],
    ['through 0.25 mL of pipe, 1000 µL/day', 6, () => hoursThrough(250_000, 1000)],
  ]),
  ...block('predicted', 'mL', '1.3, S35 [calc]', [
    ['lumen of the catheter, 0.53 mm × 89 cm', 0.196, () => boreVolume(0.53, 890) / 1_000_000],
    [
      'tubing and lumen: drug in the pipe over its concentration',
      0.396,
      () => pipeVolume(running({ rate: 300 })) / 1_000_000,
    ],
  ]),
  ...block('fitted', 'mL', '1.3, S8: the diameter is from its mL/cm', [
    ['lumen of the Prometra catheter, 0.575 mm × 110 cm', 0.286, () => boreVolume(0.575, 1100) / 1_000_000],
  ]),
  ...block('predicted', 'd', '3 [calc]', [
    ['refill interval, 18 of 20 mL at 100 µL/day', 180, () => daysToLow(PROFILES['itb-20'], 100)],
    ['refill interval, 38 of 40 mL at 100 µL/day', 380, () => daysToLow(PROFILES['itb-40'], 100)],
  ]),
  ...block('predicted', '', '1.3 [calc]', [
    ['dose ratio after 500 → 2000 µg/mL at the same rate', 4, ratioAfterWrongRefill],
  ]),
  ...block('predicted', 'ng/mL', '5 [calc]', [
    css(30, 80.8, 112),
    css(30, 300, 417),
    css(30, 1200, 1667),
    css(13, 80.8, 259),
    css(13, 300, 962),
    css(13, 1200, 3846),
    css(80, 80.8, 42),
    css(80, 300, 156),
    css(80, 1200, 625),
  ]),
  ...block('predicted', '%', '5 [calc]', [
    left(1.5, 4, 15.8),
    left(1.5, 8, 2.5),
    left(5, 4, 57),
    left(5, 8, 33),
    left(5, 12, 19),
    left(5, 24, 3.6),
  ]),
  ...block('fitted', '', '5, S83: chose the exchange, 4 to 6', [
    ['tip over bulk', 6, () => steadyCsf(300).tip / steadyCsf(300).bulk],
  ]),
  ...block('fitted', 'ng/mL', '5, S83: chose the exchange', [
    ['at the tip, mean dose of 607 µg/day', 4700, () => steadyCsf(607).tip],
  ]),
  ...block('fitted', '%', '1.1, S11: a gain of 97.6 %', [
    ['flow error per refill, laboratory', -2.4, () => accuracyWithGain(976_000)],
  ]),
  ...block('fitted', '%', '1.1, S4: a gain of 114.5 %', [
    ['edge of the labelled band', 14.5, () => accuracyWithGain(1_145_000)],
  ]),
  ...block('fitted', 'years', '1.1, S18: chose standby and step energy', [
    ['life of the battery, 300 µL/day', 7, batteryYears],
  ]),
];
