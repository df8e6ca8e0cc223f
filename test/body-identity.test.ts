import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { describeCase, wholeCases, type TimedWholeAct, type WholeCase } from './support/whole-cases.ts';
import { MODE_NAMES } from './support/whole-faults.ts';
import { alarmTimes, runWhole, withTies, type WholeSeen } from './support/whole-run.ts';

const RUNS = 2_000;
const { baseline, threshold } = PROFILES['itb-20-sense'].occlusion ?? { baseline: Number.NaN, threshold: Number.NaN };

/** Reading at which the occlusion alarm is raised, and below which it clears. */
const LIMITS = [baseline + threshold, baseline + threshold / 2];

const counts = { cases: 0, insideLeap: 0, tied: 0, close: 0 };
const modes = new Set<string>();

test(`the therapy log of ${RUNS} random therapies is the same bytes with and without leaping, and so is every signal`, () => {
  fc.assert(
    fc.property(wholeCases, (one) => {
      const timeline = withTies(one);
      const leapt = runWhole(one, timeline, { leap: true });
      expectSame(one, timeline, leapt, runWhole(one, timeline, { leap: false }));
      expectSame(one, timeline, leapt, runWhole(one, timeline, { leap: true, hopping: true }));
      count(one, timeline, leapt);
    }),
    { numRuns: RUNS },
  );
  const { cases, insideLeap, tied, close } = counts;
  console.info(
    `identity: seed ${fc.readConfigureGlobal().seed}, ${cases} therapies, ${insideLeap} alarmed inside a leap, ${tied} had an alarm tied with another event, ` +
      `${close} came within 1 % of a limit, ${modes.size} modes of faults`,
  );
  // Agreement on quiet therapies would prove little.
  expect(cases).toBeGreaterThanOrEqual(RUNS);
  expect(insideLeap / cases).toBeGreaterThan(0.45);
  expect(tied / cases).toBeGreaterThan(0.25);
  expect(close / cases).toBeGreaterThan(0.3);
  expect(MODE_NAMES.filter((name) => !modes.has(name))).toEqual([]);
}, 300_000);

function expectSame(one: WholeCase, timeline: readonly TimedWholeAct[], a: WholeSeen, b: WholeSeen): void {
  const told = describeCase({ ...one, timeline, ties: [] });
  expect(b.log, told).toBe(a.log);
  expect(b.samples, told).toStrictEqual(a.samples);
  expect(b.outcomes, told).toStrictEqual(a.outcomes);
}

function count(one: WholeCase, timeline: readonly TimedWholeAct[], seen: WholeSeen): void {
  const stops = new Set([...timeline.map(({ us }) => us), ...one.samples]);
  const alarms = alarmTimes(seen);
  counts.cases += 1;
  // Between two stops the body leaps: an alarm that falls on none of them was found inside.
  if (alarms.some((us) => !stops.has(us))) counts.insideLeap += 1;
  if (alarms.some((us) => stops.has(us))) counts.tied += 1;
  if (seen.readings.some((reading) => LIMITS.some((limit) => Math.abs(reading - limit) <= 0.01 * threshold)))
    counts.close += 1;
  for (const { act } of timeline) if (act.act === 'fault') modes.add(`${act.fault.fault} ${act.fault.mode}`);
}
