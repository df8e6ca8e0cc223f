import { expect, test } from 'vitest';
import { inject, obey, truthOf } from '../firmware-sim/body/body.ts';
import { FAULTS, type Fault, type FaultMode } from '../firmware-sim/body/faults.ts';
import { answersUntil, evenTrain, filledBody } from './support/whole-bench.ts';

const SECOND = 1_000_000;

const REPORTS: readonly (readonly [fault: string, mode: string, event: string])[] = [
  ['telemetry.lockup', 'on', 'telemetry-locked'],
  ['memory.error', 'program', 'program-memory'],
  ['memory.error', 'log', 'log-memory'],
  ['memory.error', 'library', 'library-memory'],
  ['memory.error', 'library-lost', 'library-lost'],
];

test.each(REPORTS)('%s %s is reported at once as %s', (fault, mode, event) => {
  const body = filledBody();
  answersUntil(body, 12_345_678);
  expect(inject(body, { fault, mode } as Fault)).toEqual([{ answer: 'reported', event, t: 12_345_678 }]);
});

/** Every other fault in every mode, each parameter at the least the table allows. */
const SILENT = Object.entries(FAULTS).flatMap(([fault, { modes }]) =>
  Object.entries(modes as Readonly<Record<string, FaultMode>>)
    .filter(([mode]) => !REPORTS.some((row) => row[0] === fault && row[1] === mode))
    .map(([mode, { parameters }]) => ({
      fault,
      mode,
      ...Object.fromEntries(Object.entries(parameters).map(([key, { min }]) => [key, min])),
    })),
);

test.each(SILENT)('$fault $mode is reported by nobody', (words) => {
  expect(inject(filledBody(), words as unknown as Fault)).toEqual([]);
});

test('what the hardware reports changes nothing in the fluid, and stops no motor', () => {
  const body = filledBody();
  const undisturbed = filledBody();
  for (const one of [body, undisturbed]) obey(one, evenTrain(1, SECOND, 1_000));
  for (const [index, [fault, mode]] of REPORTS.entries()) {
    answersUntil(body, (50 + index) * SECOND + 1);
    inject(body, { fault, mode } as Fault);
  }
  for (const one of [body, undisturbed]) answersUntil(one, 500 * SECOND);
  expect(body.made).toBe(500);
  expect(truthOf(body).delivered).toBeCloseTo(truthOf(undisturbed).delivered, 6);
});
