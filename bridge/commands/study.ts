import { simulateTherapy, type Therapy } from '../../firmware-sim/analysis/itb-cohort.ts';
import { ITB_SERIES } from '../../firmware-sim/analysis/itb-series.ts';
import { parseQuantity } from '../../firmware-sim/scenario/quantity.ts';
import { COHORT_COLUMNS, cohortFindings, cohortRow } from '../cohort-table.ts';
import { EXIT, UserError } from '../exit.ts';
import { progressLine } from '../progress.ts';
import { formatTable } from '../table.ts';

/** Returns the exit code: a series of which no pump could be simulated shows nothing. */
export function study(name: string, { concentration, json }: { concentration: string; json: boolean }): number {
  if (name !== 'itb-cohort') throw new UserError(`study ${name}: no such study; there is itb-cohort`);
  const parsed = parseQuantity(concentration, 'concentration');
  if (!parsed.ok) throw new UserError(`--concentration: ${parsed.message}`);
  const therapies = simulateSeries(parsed.value);
  if (json) process.stdout.write(therapies.map((therapy) => `${JSON.stringify(therapy)}\n`).join(''));
  else process.stdout.write(describeCohort(therapies));
  return therapies.some(({ outcome }) => outcome.kind === 'simulated') ? EXIT.ok : EXIT.inconclusive;
}

/** All 22 pumps, with a progress line for whoever is looking. */
export function simulateSeries(concentration: number): Therapy[] {
  const progress = progressLine(process.stderr);
  const therapies = ITB_SERIES.map((patient, index) => {
    progress.show(
      `pump ${index + 1} of ${ITB_SERIES.length}: ${patient.followUpMonths} months at ${patient.doseUgPerDay} µg/day`,
    );
    return simulateTherapy(patient, concentration);
  });
  progress.clear();
  return therapies;
}

export function describeCohort(therapies: readonly Therapy[]): string {
  const head = COHORT_COLUMNS.map((column) => ('unit' in column ? `${column.title} ${column.unit}` : column.title));
  return `${formatTable(head, therapies.map(cohortRow))}\n${cohortFindings(therapies).join('\n')}\n`;
}
