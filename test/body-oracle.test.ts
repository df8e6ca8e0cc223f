import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Truth } from '../firmware-sim/body/body.ts';
import type { Comparator, Oracle } from './support/oracle.ts';
import { readingAt } from './support/whole-anatomy.ts';
import { describeCase, shortWholeCases } from './support/whole-cases.ts';
import { csfOf, massInPipe } from './support/whole-drug.ts';
import { askOracle, SAMPLE_EVERY } from './support/whole-opinion.ts';
import { runWhole, withTies } from './support/whole-run.ts';
import { CONCENTRATION } from './support/therapy.ts';

const RUNS = 200;
/** 1e-9 of 200 kPa, of the reservoir of 20 mL, and of the concentration that was filled in. */
const PASCALS = 2e-4;
const NANOLITRES = 0.02;
const CONC = 1e-9 * CONCENTRATION;
const PICOGRAMS = NANOLITRES * CONCENTRATION;

test('under every fault the body agrees with the oracle to 1e-9 of full scale, and on the alarm to one step and one sample', () => {
  let raised = 0;
  let cleared = 0;
  let looks = 0;
  fc.assert(
    fc.property(shortWholeCases, (one) => {
      const timeline = withTies(one);
      const seen = runWhole(one, timeline, { leap: true });
      const told = describeCase({ ...one, timeline, ties: [], hops: [] });
      askOracle(one, timeline, seen, (oracle, moment) => {
        switch (moment.is) {
          case 'raised':
            raised += 1;
            expect(
              oracle.rises.some((rise) => nearTrip(rise, oracle)),
              `${told}\nraised at ${moment.us}`,
            ).toBe(true);
            break;
          case 'cleared': {
            cleared += 1;
            const late = (oracle.fall?.trippedAt ?? oracle.fall?.next ?? NaN) - moment.us;
            expect(Math.abs(late), `${told}\ncleared at ${moment.us}`).toBeLessThanOrEqual(SAMPLE_EVERY);
            break;
          }
          case 'look': {
            looks += 1;
            const truth = seen.truths[moment.index];
            if (truth !== undefined) expectTruth(oracle, truth, `${told}\nat ${moment.us} us`);
            expectNoneMissed(oracle, moment.us, told);
            break;
          }
          case 'act':
          case 'flow':
        }
      });
    }),
    { numRuns: RUNS },
  );
  // The agreement must have been seen where alarms come and go.
  expect(looks).toBeGreaterThan(3 * RUNS);
  expect(Math.min(raised, cleared)).toBeGreaterThan(RUNS / 6);
});

function expectTruth(oracle: Oracle, truth: Truth, told: string): void {
  const { drug } = oracle;
  if (drug === undefined) throw new Error('the oracle follows no drug');
  const csf = csfOf(drug);
  const rows: readonly (readonly [name: string, theirs: number, mine: number, tolerance: number])[] = [
    ['pressure', truth.pressure, oracle.pressure, PASCALS],
    ['reservoir', truth.reservoir, oracle.reservoir, NANOLITRES],
    ['pocket', truth.pocket, oracle.pocket, NANOLITRES],
    ['outflow', truth.delivered + truth.leaked, oracle.delivered, NANOLITRES],
    ['delivered', truth.delivered, drug.tip.volume, NANOLITRES],
    ['leaked', truth.leaked, drug.leaked.volume, NANOLITRES],
    ['drug delivered', truth.drugDelivered * 1000, drug.tip.mass, PICOGRAMS],
    ['drug leaked', truth.drugLeaked * 1000, drug.leaked.mass, PICOGRAMS],
    ['drug in the pipe', truth.drugInPipe * 1000, massInPipe(drug), PICOGRAMS],
    ['concentration', truth.concentration, drug.conc, CONC],
    ['CSF at the tip', truth.csfTip, csf.tip, CONC],
    ['CSF in the bulk', truth.csfBulk, csf.bulk, CONC],
  ];
  for (const [name, theirs, mine, tolerance] of rows)
    expect(Math.abs(theirs - mine), `${told}\n${name}: the body says ${theirs}, the oracle ${mine}`).toBeLessThan(
      tolerance,
    );
}

/** It trips at this very step, did so at the last one, or would but for rounding. */
function nearTrip(rise: Comparator, { ailments, steps, pressure, ticked }: Oracle): boolean {
  if (rise.trippedAt !== undefined) return steps - rise.trippedAt <= 1;
  const band = ailments.sensor.noise + ailments.sensor.quantum + PASCALS;
  return rise.inRow >= rise.rows - 1 && readingAt(ailments, pressure, ticked, steps) > rise.limit - band;
}

/** No alarm that the oracle would have raised or cleared is missing from the log. */
function expectNoneMissed(oracle: Oracle, us: number, told: string): void {
  for (const { trippedAt } of oracle.rises)
    expect(trippedAt ?? Infinity, `${told}\nan alarm is missing`).toBeGreaterThanOrEqual(oracle.steps);
  expect(us - (oracle.fall?.trippedAt ?? us), `${told}\nan alarm does not clear`).toBeLessThanOrEqual(SAMPLE_EVERY);
}
