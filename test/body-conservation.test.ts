import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Truth } from '../firmware-sim/body/body.ts';
import { boreVolume, CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM, TUBING_VOLUME } from '../firmware-sim/body/geometry.ts';
import { CONCENTRATION } from './support/therapy.ts';
import { describeCase, shortWholeCases, type TimedWholeAct, type WholeCase } from './support/whole-cases.ts';
import { askOracle } from './support/whole-opinion.ts';
import { runWhole, withTies, type WholeSeen } from './support/whole-run.ts';

const RUNS = 600;
/** Volume of tubing and catheter, nL. */
const PIPE = TUBING_VOLUME + boreVolume(CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM);
const SHARE = 1e-9;
const CSF = 1_000;

interface Balance {
  /** Filled in, and there when the catheter was primed. */
  readonly put: { readonly volume: number; readonly mass: number };
  readonly drained: { readonly volume: number; readonly mass: number };
  readonly truth: Truth;
  readonly us: number;
}

/** Runs a case and strikes a balance at every look and every act. */
function balances(one: WholeCase, timeline: readonly TimedWholeAct[]): { seen: WholeSeen; balances: Balance[] } {
  const found: Balance[] = [];
  const put = { volume: one.fill, mass: (one.fill + PIPE) * CONCENTRATION };
  const drained = { volume: 0, mass: 0 };
  const seen = runWhole(one, timeline, {
    leap: true,
    follow: (us, act, sim) => {
      const { truth } = sim;
      found.push({ put: { ...put }, drained: { ...drained }, truth, us });
      if (act === 'look' || act.act !== 'refill') return;
      drained.volume += truth.reservoir;
      drained.mass += truth.drugInReservoir * 1000;
      put.volume += act.volume;
      put.mass += act.volume * act.concentration;
    },
  });
  return { seen, balances: found };
}

/** Drug beside the port is not among the signals: what a filling put there has the concentration of that filling. */
function pocketMass(one: WholeCase, timeline: readonly TimedWholeAct[]): (us: number) => number {
  const gains: { us: number; mass: number }[] = [];
  let before = 0;
  let last: { us: number; conc: number } | undefined;
  runWhole(one, timeline, {
    leap: true,
    follow: (us, act, sim) => {
      if (last !== undefined) gains.push({ us: last.us, mass: (sim.truth.pocket - before) * last.conc });
      before = sim.truth.pocket;
      last = act !== 'look' && act.act === 'refill' ? { us, conc: act.concentration } : undefined;
    },
  });
  return (us) => gains.reduce((sum, gain) => (gain.us < us ? sum + gain.mass : sum), 0);
}

test('no drug is lost or made: filled and primed is in reservoir, pocket and pipe, has left at tip or leak, or was drained', () => {
  let leaks = 0;
  let mixtures = 0;
  fc.assert(
    fc.property(shortWholeCases, (one) => {
      const timeline = withTies(one);
      const inPocket = pocketMass(one, timeline);
      for (const { put, drained, truth, us } of balances(one, timeline).balances) {
        const where = (truth.drugInReservoir + truth.drugInPipe + truth.drugDelivered + truth.drugLeaked) * 1000;
        // Two acts at one moment: the balance is struck when both are done.
        if (timeline.some((other) => other.us === us && other.act.act === 'refill')) continue;
        const missing = put.mass - where - inPocket(us) - drained.mass;
        expect(
          Math.abs(missing) / put.mass,
          `${describeCase({ ...one, timeline, ties: [], hops: [] })}\nat ${us} us: ${missing} pg`,
        ).toBeLessThan(SHARE);
        if (truth.leaked > 0) leaks += 1;
        if (truth.concentration !== CONCENTRATION) mixtures += 1;
      }
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(leaks, mixtures), `${leaks} leaks, ${mixtures} mixtures`).toBeGreaterThan(RUNS / 20);
});

test('no fluid is lost or made, with what stretches the wall of the catheter', () => {
  fc.assert(
    fc.property(shortWholeCases, (one) => {
      const timeline = withTies(one);
      for (const { put, drained, truth, us } of balances(one, timeline).balances) {
        const inWall = (one.compliance / 1e6) * (truth.pressure - CSF);
        const where = truth.reservoir + truth.pocket + truth.delivered + truth.leaked + inWall;
        expect(
          Math.abs(put.volume - drained.volume - where) / put.volume,
          `${describeCase({ ...one, timeline, ties: [], hops: [] })}\nat ${us} us`,
        ).toBeLessThan(SHARE);
      }
    }),
    { numRuns: RUNS },
  );
});

test('what has left at the tip is in the CSF or was cleared from it', () => {
  fc.assert(
    fc.property(shortWholeCases, (one) => {
      const timeline = withTies(one);
      const seen = runWhole(one, timeline, { leap: true });
      askOracle(one, timeline, seen, ({ drug }, moment) => {
        const truth = moment.is === 'look' ? seen.truths[moment.index] : undefined;
        if (truth === undefined || drug === undefined) return;
        const missing = truth.drugDelivered * 1000 - truth.drugInCsf * 1000 - drug.csf[2];
        expect(
          Math.abs(missing) / (one.fill * CONCENTRATION),
          `${describeCase({ ...one, timeline, ties: [], hops: [] })}\nat ${moment.us} us: ${missing} pg`,
        ).toBeLessThan(SHARE);
      });
    }),
    { numRuns: 100 },
  );
});
