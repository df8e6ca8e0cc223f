/** The clinical series as a table, for the terminal and for the report. */
import { STABILITY_DAYS, type Therapy } from '../firmware-sim/analysis/itb-cohort.ts';
import { ITB_SERIES, ITB_SERIES_PRINTED } from '../firmware-sim/analysis/itb-series.ts';

const DAYS_PER_MONTH = 365.25 / 12;

export const COHORT_COLUMNS = [
  { title: 'patient' },
  { title: 'age', unit: 'y' },
  { title: 'pump' },
  { title: 'dose', unit: 'µg/day' },
  { title: 'flow', unit: 'µL/day' },
  { title: 'days' },
  { title: 'refills' },
  { title: 'shortest', unit: 'd' },
  { title: 'longest', unit: 'd' },
  { title: 'delivered', unit: 'µg' },
  { title: 'of dose', unit: '%' },
  { title: 'alarms' },
] as const;

export function cohortRow({ patient, profile, outcome }: Therapy): string[] {
  const who = [String(patient.patient), String(patient.ageYears), profile, String(patient.doseUgPerDay)];
  if (outcome.kind === 'refused') return [...who, 'refused', '', '', '', '', '', '', ''];
  const { intervals } = outcome;
  const none = intervals.length === 0;
  return [
    ...who,
    String(outcome.rate / 1000),
    outcome.days.toFixed(0),
    String(intervals.length),
    none ? '-' : Math.min(...intervals).toFixed(0),
    none ? '-' : Math.max(...intervals).toFixed(0),
    (outcome.drugDelivered / 1000).toFixed(1),
    ((100 * outcome.drugDelivered) / outcome.drugPrescribed).toFixed(2),
    Object.entries(outcome.alarms)
      .map(([id, count]) => `${id} ${count}`)
      .join(', ') || 'none',
  ];
}

/** What the table shows, in sentences, beside what the paper says. */
export function cohortFindings(therapies: readonly Therapy[]): string[] {
  const simulated = therapies.flatMap(({ outcome }) => (outcome.kind === 'simulated' ? [outcome] : []));
  const refused = therapies.flatMap(({ patient, outcome }) =>
    outcome.kind === 'refused' ? [`Patient ${patient.patient}: ${outcome.message}.`] : [],
  );
  const intervals = simulated.flatMap((outcome) => outcome.intervals);
  const steps = simulated.reduce((sum, outcome) => sum + outcome.steps, 0);
  const low = simulated.reduce((sum, outcome) => sum + outcome.endedLow, 0);
  const mean = ITB_SERIES.reduce((sum, { doseUgPerDay }) => sum + doseUgPerDay, 0) / ITB_SERIES.length;
  const [from, to] = ITB_SERIES_PRINTED.refillMonths;
  return [
    `${simulated.length} of ${therapies.length} therapies simulated, ${(steps / 1e6).toFixed(0)} million motor steps.`,
    ...(intervals.length === 0
      ? []
      : [
          `Refills every ${months(Math.min(...intervals))} to ${months(Math.max(...intervals))} months; the paper says every ${from} to ${to} months. ` +
            `${low} of ${intervals.length} refills were due by the low-reservoir alarm, ${intervals.length - low} by ${STABILITY_DAYS} days of drug stability.`,
        ]),
    `Assumed: ${therapies[0]?.concentration ?? 0} µg/mL for every pump (the paper gives no concentration), filled to capacity, the final dose from the first day.`,
    `The 22 doses average ${mean.toFixed(2)} µg/day; the paper prints ${ITB_SERIES_PRINTED.meanDoseUgPerDay}.`,
    ...refused,
  ];
}

const months = (days: number): string => (days / DAYS_PER_MONTH).toFixed(1);
