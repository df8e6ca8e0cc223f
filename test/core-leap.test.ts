import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMIT, therapyCases, type TherapyCase } from './support/cases.ts';
import { runCase, type Seen } from './support/run-case.ts';

const RUNS = 300;

const raised = ({ log }: Seen): boolean =>
  log.some(({ kind, keys }) => kind === 'ALARM' && keys['id'] === 'catheter-occlusion' && keys['state'] === 'on');

const plateausOf = ({ timeline }: TherapyCase): number[] =>
  timeline.flatMap(({ act }) => (act.act === 'partial' ? [act.plateau] : []));

test('the therapy log is the same with and without leaping, and so is every signal at every moment', () => {
  let cases = 0;
  let alarming = 0;
  let partials = 0;
  let close = 0;
  fc.assert(
    fc.property(therapyCases, (one) => {
      const leapt = runCase(one, { leap: true });
      const walked = runCase(one, { leap: false });
      expect(walked.log).toEqual(leapt.log);
      expect(walked.samples).toEqual(leapt.samples);
      expect(walked.outcomes).toEqual(leapt.outcomes);

      cases += 1;
      if (raised(leapt)) alarming += 1;
      const plateaus = plateausOf(one);
      partials += plateaus.length;
      close += plateaus.filter((plateau) => Math.abs(plateau - LIMIT) <= 0.01 * LIMIT).length;
    }),
    { numRuns: RUNS },
  );
  // Agreement on quiet therapies would prove little: most must alarm, and many partial occlusions must graze the limit.
  expect(cases).toBeGreaterThanOrEqual(RUNS);
  expect(alarming / cases).toBeGreaterThan(0.6);
  expect(close / partials).toBeGreaterThan(0.25);
});

test('stopping and looking at random moments changes neither the log nor any later signal', () => {
  fc.assert(
    fc.property(therapyCases, (one) => {
      const undisturbed = runCase({ ...one, samples: one.samples.slice(-1) }, { leap: true });
      const disturbed = runCase(one, { leap: true, interrupted: true });
      expect(disturbed.log).toEqual(undisturbed.log);
      expect(disturbed.outcomes).toEqual(undisturbed.outcomes);
      expect(disturbed.samples.at(-1)).toEqual(undisturbed.samples.at(-1));
    }),
    { numRuns: RUNS },
  );
});
