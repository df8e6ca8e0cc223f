import fc from 'fast-check';
import { expect, test } from 'vitest';
import { truthOf } from '../firmware-sim/body/body.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import type { PumpSample } from '../firmware-sim/simulation/signals.ts';
import { bodyCases, RESIDUAL, type BodyAct, type BodyCase } from './support/body-cases.ts';
import { evenly, LIMIT, resistanceFor, therapyCases, type TherapyCase } from './support/cases.ts';
import {
  comparator,
  createOracle,
  occlude,
  refillOracle,
  runTo,
  setRate,
  type Comparator,
  type Oracle,
} from './support/oracle.ts';
import { runBody, type BodyRun } from './support/run-body.ts';
import { runCase } from './support/run-case.ts';
import { STEP } from './support/therapy.ts';

/** 1e-9 of 200 kPa and of 20 mL. */
const PASCALS = 2e-4;
const NANOLITRES = 0.02;
const CSF = 1_000;
/** Of a motor at rest, µs. */
const SAMPLE_EVERY = 60_000_000;

test('the body agrees with the step-by-step oracle on pressure, reservoir and delivered volume to 1e-9 of full scale', () => {
  let trips = 0;
  let slips = 0;
  let dry = 0;
  fc.assert(
    fc.property(bodyCases, (one) => {
      const oracle = createOracle({ step: one.step, residual: RESIDUAL, compliance: one.compliance });
      refillOracle(oracle, 0, one.fill);
      runBody(one, {
        follow: (us, what, run) => {
          trips += what === 'trip' ? 1 : 0;
          follow(oracle, us, what, run);
          if (oracle.pressure > 150_000) slips += 1;
          if (oracle.reservoir <= RESIDUAL) dry += 1;
        },
      });
    }),
    { numRuns: 300 },
  );
  // The agreement must have been seen where the model has its corners.
  expect(Math.min(trips, slips, dry)).toBeGreaterThan(20);
});

function follow(oracle: Oracle, us: number, what: BodyAct | 'look' | 'trip', run: BodyRun): void {
  runTo(oracle, us);
  if (what === 'look') expectAgreement(oracle, run);
  else if (what === 'trip') {
    const { step, watch } = run.trips.at(-1) ?? { step: NaN, watch: undefined };
    expect(oracle.steps).toBe(step);
    const due = oracle.rises.findIndex(
      (rise) => rise.limit === watch?.limit && rise.rows === watch.rows && nearTrip(rise, oracle),
    );
    expect(due, `the oracle does not trip near step ${step}`).toBeGreaterThanOrEqual(0);
    oracle.rises.splice(due, 1);
    setRate(oracle, us, 0);
  } else if (what.act === 'rate') setRate(oracle, us, what.rate);
  else if (what.act === 'occlude') occlude(oracle, us, what.added);
  else if (what.act === 'fill') refillOracle(oracle, us, what.volume);
  else oracle.rises.push(comparator(what.limit, what.rows));
}

/** It trips at this very step, did so at the last one, or would but for rounding. */
function nearTrip(rise: Comparator, { steps, pressure }: Oracle): boolean {
  if (rise.trippedAt !== undefined) return steps - rise.trippedAt <= 1;
  return rise.inRow >= rise.rows - 1 && pressure > rise.limit - PASCALS;
}

function expectAgreement(oracle: Oracle, run: BodyRun): void {
  const truth = truthOf(run.body);
  const made = run.steps + run.body.made * (run.train === undefined ? 0 : 1);
  expect(made).toBe(oracle.steps);
  expect(Math.abs(truth.pressure - oracle.pressure)).toBeLessThan(PASCALS);
  expect(Math.abs(truth.reservoir - oracle.reservoir)).toBeLessThan(NANOLITRES);
  expect(Math.abs(truth.delivered - oracle.delivered)).toBeLessThan(NANOLITRES);
  for (const rise of oracle.rises) expect(rise.trippedAt ?? Infinity).toBeGreaterThanOrEqual(oracle.steps);
}

test('a body that comes out of slip behind a partial occlusion agrees with the oracle all the way down', () => {
  const falls = fc.record({
    compliance: fc.integer({ min: 10_000, max: 40_000 }),
    rate: fc.integer({ min: 48_000, max: 24_000_000 }),
    plateau: fc.integer({ min: 20_000, max: 160_000 }),
    share: fc.double({ min: 0.2, max: 0.6, noNaN: true }),
  });
  fc.assert(
    fc.property(falls, ({ compliance, rate, plateau, share }) => {
      const at = (steps: number): number => Math.round((steps * STEP * 86_400_000_000) / rate);
      const opened = at(3_000 * share);
      const added = resistanceFor(plateau, rate, compliance);
      const one: BodyCase = {
        step: STEP,
        compliance,
        fill: 20_000_000,
        acts: [
          { us: 0, act: { act: 'rate', rate } },
          { us: 0, act: { act: 'occlude', added: Infinity } },
          { us: opened, act: { act: 'occlude', added } },
        ],
        looks: [1, 10, 100, 500, 1_000, 3_000].map((steps) => opened + at(steps)),
      };
      const oracle = createOracle({ step: STEP, residual: RESIDUAL, compliance });
      refillOracle(oracle, 0, one.fill);
      runBody(one, { follow: (us, what, run) => follow(oracle, us, what, run) });
    }),
    { numRuns: 60 },
  );
});

test('nothing is lost: all that went in is in the reservoir, stored in the catheter or delivered', () => {
  fc.assert(
    fc.property(bodyCases, (one) => {
      runBody(one, {
        follow: (_us, _what, run) => {
          const { reservoir, delivered, pressure } = truthOf(run.body);
          const inWall = (one.compliance / 1e6) * (pressure - CSF);
          expect(Math.abs(run.inside - reservoir - delivered - inWall)).toBeLessThan(1e-3);
        },
      });
    }),
    { numRuns: 300 },
  );
});

test('the body is bit for bit the same whether it leaps, hops to random moments, or walks step by step', () => {
  const withGrid = fc.tuple(bodyCases, fc.array(evenly, { maxLength: 60 }));
  fc.assert(
    fc.property(withGrid, ([one, shares]) => {
      const leapt = runBody(one);
      const grid = shares.map((share) => Math.round(share * endOf(one))).toSorted((a, b) => a - b);
      for (const other of [runBody(one, { grid }), runBody(one, { stride: 1 }), runBody(one, { stride: 7, grid })]) {
        expect(other.truths).toStrictEqual(leapt.truths);
        expect(other.trips).toStrictEqual(leapt.trips);
      }
    }),
    { numRuns: 300 },
  );
});

const endOf = (one: BodyCase): number => one.looks.at(-1) ?? 0;

test('the occlusion alarm is raised and cleared where the oracle says, to one step and one sample', () => {
  let raised = 0;
  let cleared = 0;
  fc.assert(
    fc.property(therapyCases, (one) => {
      const seen = runCase(one, { leap: true });
      const { residual, occlusion } = PROFILES[one.profile];
      const oracle = createOracle({ step: STEP, residual, compliance: one.compliance });
      refillOracle(oracle, 0, one.fill);
      for (const event of eventsOf(one, seen.log)) {
        runTo(oracle, event.us);
        switch (event.is) {
          case 'fault':
            occlude(oracle, event.us, event.added);
            break;
          case 'fill':
            refillOracle(oracle, event.us, event.volume);
            break;
          case 'flow':
            setRate(oracle, event.us, event.rate);
            if (event.rate > 0 && occlusion !== undefined && oracle.rises.length === 0)
              oracle.rises = [comparator(CSF + LIMIT, 3)];
            break;
          case 'raised':
            raised += 1;
            expect(oracle.rises.some((rise) => nearTrip(rise, oracle))).toBe(true);
            oracle.rises = [];
            oracle.fall = { ...comparator(CSF + LIMIT / 2, 3), every: SAMPLE_EVERY, next: event.us + SAMPLE_EVERY };
            break;
          case 'cleared':
            cleared += 1;
            expect(Math.abs((oracle.fall?.trippedAt ?? oracle.fall?.next ?? NaN) - event.us)).toBeLessThanOrEqual(
              SAMPLE_EVERY,
            );
            oracle.fall = undefined;
            break;
          case 'look':
            expectSample(oracle, seen.samples[one.samples.indexOf(event.us)], event.us);
        }
      }
    }),
    { numRuns: 60 },
  );
  expect(Math.min(raised, cleared)).toBeGreaterThan(30);
});

function expectSample(oracle: Oracle, sample: PumpSample | undefined, us: number): void {
  // Signals are rounded to whole units.
  const pairs = [
    { mine: oracle.steps * STEP, theirs: sample?.commanded, tolerance: -0.5 },
    { mine: oracle.pressure, theirs: sample?.pressure, tolerance: PASCALS },
    { mine: oracle.reservoir, theirs: sample?.reservoir_true, tolerance: NANOLITRES },
    { mine: oracle.delivered, theirs: sample?.delivered, tolerance: NANOLITRES },
  ];
  for (const { mine, theirs, tolerance } of pairs) {
    expect(Math.abs(mine - (theirs ?? NaN))).toBeLessThanOrEqual(0.5 + tolerance);
  }
  // No alarm that the oracle would have raised or cleared is missing from the log.
  for (const { trippedAt } of oracle.rises) expect(trippedAt ?? Infinity).toBeGreaterThanOrEqual(oracle.steps);
  expect(us - (oracle.fall?.trippedAt ?? us)).toBeLessThanOrEqual(SAMPLE_EVERY);
}

type PlantEvent = { readonly us: number } & (
  | { readonly is: 'fault'; readonly added: number }
  | { readonly is: 'fill'; readonly volume: number }
  | { readonly is: 'flow'; readonly rate: number }
  | { readonly is: 'raised' | 'cleared' | 'look' }
);

/** What acts on the plant, in the order of time: faults and fillings of the case, flow and alarms of the log. */
function eventsOf(one: TherapyCase, log: ReturnType<typeof runCase>['log']): PlantEvent[] {
  const done = one.timeline.flatMap(({ us, act }): PlantEvent[] => {
    if (act.act === 'complete') return [{ us, is: 'fault', added: Infinity }];
    if (act.act === 'released') return [{ us, is: 'fault', added: 0 }];
    if (act.act === 'partial') return [{ us, is: 'fault', added: act.resistance }];
    return act.act === 'refill' ? [{ us, is: 'fill', volume: act.volume }] : [];
  });
  let latched = false;
  const logged = log.flatMap(({ us, kind, keys }): PlantEvent[] => {
    if (kind === 'FLOW') return [{ us, is: 'flow', rate: Number(keys['nlpd']) }];
    if (kind !== 'ALARM' || keys['id'] !== 'catheter-occlusion' || keys['state'] === 'ack') return [];
    // A reminder writes "on" as well, but states no limit: nothing was sensed.
    if (keys['state'] === 'on') return keys['lim'] === undefined ? [] : [{ us, is: 'raised' }];
    // The sample that clears a locked alarm writes "latched"; the "off" after it is written by a start.
    const ending = keys['state'] === 'off' && latched;
    latched = keys['state'] === 'latched';
    return ending ? [] : [{ us, is: 'cleared' }];
  });
  const looked = one.samples.map((us): PlantEvent => ({ us, is: 'look' }));
  return [...looked, ...logged, ...done].toSorted((a, b) => a.us - b.us);
}
