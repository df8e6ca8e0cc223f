/**
 * Table 1 of a retrospective clinical series: 22 patients with severe spasticity who received a programmable intrathecal
 * baclofen pump (SynchroMed II) between 2012 and 2015; patients under 18 a 20 mL reservoir, adults 40 mL, refills every 1 to 6
 * months. The paper prints the dose column as "mcg/dL", a misprint: its text says µg per day. It gives no concentrations.
 */

export interface SeriesPatient {
  readonly patient: number;
  readonly ageYears: number;
  readonly followUpMonths: number;
  /** Final dose, µg per day. */
  readonly doseUgPerDay: number;
}

const row = (patient: number, ageYears: number, followUpMonths: number, doseUgPerDay: number): SeriesPatient => ({
  patient,
  ageYears,
  followUpMonths,
  doseUgPerDay,
});

export const ITB_SERIES: readonly SeriesPatient[] = [
  row(1, 50, 19, 62),
  row(2, 38, 19, 55),
  row(3, 63, 21, 60),
  row(4, 9, 19, 125),
  row(5, 12, 18, 50),
  row(6, 47, 18, 142),
  row(7, 14, 19, 66),
  row(8, 23, 22, 115),
  row(9, 46, 18, 70),
  row(10, 38, 18, 60),
  row(11, 7, 6, 140),
  row(12, 51, 12, 82.5),
  row(13, 10, 6, 65),
  row(14, 44, 6, 170),
  row(15, 34, 12, 50),
  row(16, 27, 13, 55),
  row(17, 35, 15, 70),
  row(18, 11, 8, 100),
  row(19, 40, 7, 70),
  row(20, 9, 10, 55),
  row(21, 13, 17, 50),
  row(22, 45, 9, 70),
];

/** What the paper prints of these rows, for comparison. */
export const ITB_SERIES_PRINTED = { meanDoseUgPerDay: 80.95, refillMonths: [1, 6] } as const;
