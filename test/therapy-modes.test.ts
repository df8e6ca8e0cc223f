import { expect, test } from 'vitest';
import { GUARDS, MODES, modesAsMermaid, nextMode, TRANSITIONS } from '../firmware-sim/firmware/therapy/modes.ts';
import {
  bolus,
  boluses,
  commit,
  DAY,
  flows,
  HOUR,
  MINUTE,
  ng,
  programmed,
  running,
  story,
  tell,
  until,
  us,
} from './support/programs.ts';
import { accepted, refusal, start, stop } from './support/therapy.ts';

const FLEX = {
  mode: 'flex' as const,
  intervals: [
    { from: us(2 * HOUR), dose: ng(100_000) },
    { from: us(8 * HOUR), dose: ng(400_000) },
    { from: us(20 * HOUR), dose: ng(200_000) },
  ],
};

const TIMED = {
  mode: 'scheduled' as const,
  dose: ng(240_000),
  boluses: [
    { at: us(6 * HOUR), dose: ng(10_000), duration: us(30 * MINUTE) },
    { at: us(18 * HOUR), dose: ng(20_000), duration: us(HOUR) },
  ],
};

test('a flex day follows its intervals, the last of which lasts over midnight until the first', () => {
  const sim = running(FLEX);
  until(sim, 1.9 * DAY);
  expect(flows(sim)).toEqual([
    '0 h FLOW 200000',
    '2 h FLOW 100000',
    '8 h FLOW 400000',
    '20 h FLOW 200000',
    '26 h FLOW 100000',
    '32 h FLOW 400000',
    '44 h FLOW 200000',
  ]);
});

test('thirteen intervals are kept, a fourteenth is refused', () => {
  const plan = (count: number) => ({
    mode: 'flex' as const,
    intervals: Array.from({ length: count }, (_, i) => ({ from: us(i * HOUR), dose: ng(100_000 + i * 1000) })),
  });
  const sim = running(plan(13));
  until(sim, DAY - 1);
  expect(flows(sim)).toHaveLength(13);
  expect(() => commit(sim, plan(14))).toThrow(/PLAN_RANGE/);
});

test('the fraction of a step carries over every change of rate: a year of flex days is exact to the step', () => {
  const sim = running(FLEX, { fill: 40_000_000 });
  const daily = 100_000 / 4 + 400_000 / 2 + 200_000 / 4;
  until(sim, 100 * DAY);
  expect(sim.status.commanded).toBe(100 * daily);
});

test('scheduled boluses replace the basal rate for as long as they last', () => {
  const sim = running(TIMED);
  until(sim, DAY);
  expect(boluses(sim)).toEqual([
    '6 h BOLUS scheduled started 10000',
    '6.5 h BOLUS scheduled done 10000',
    '18 h BOLUS scheduled started 20000',
    '19 h BOLUS scheduled done 20000',
  ]);
  expect(sim.status.rate).toBe(240_000);
  // 22.5 h of basal flow and 30 µL, the fractions of a step carried through.
  expect(sim.status.commanded).toBe(22.5 * 10_000 + 30_000);
});

test('a single bolus from a stopped pump ends in a stopped pump', () => {
  const sim = programmed();
  accepted(bolus(sim, 15_000, 10 * MINUTE));
  expect(sim.status.mode).toBe('single-bolus');
  until(sim, HOUR);
  expect(boluses(sim)).toEqual(['0 h BOLUS single started 15000', '0.1667 h BOLUS single done 15000']);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, commanded: 15_000 });
});

test('a single bolus over a running therapy gives its volume and lets the basal rate come back unchanged', () => {
  const sim = running();
  until(sim, HOUR);
  accepted(bolus(sim, 15_000, 10 * MINUTE));
  until(sim, 2 * HOUR);
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000 });
  expect(boluses(sim).at(-1)).toBe('1.1667 h BOLUS single done 15000');
});

test('a second bolus is refused while one is in hand, and the first goes on', () => {
  const sim = running();
  accepted(bolus(sim, 15_000, 10 * MINUTE));
  expect(refusal(bolus(sim, 15_000, 10 * MINUTE))).toBe('BUSY');
  until(sim, HOUR);
  expect(boluses(sim).at(-1)).toContain('single done 15000');
});

test('STOP ends a bolus with what was given, and a start does not resume it', () => {
  const sim = running();
  accepted(bolus(sim, 14_400, 10 * MINUTE));
  until(sim, 5 * MINUTE);
  stop(sim);
  start(sim);
  until(sim, HOUR);
  expect(boluses(sim)).toEqual(['0 h BOLUS single started 14400', '0.0833 h BOLUS single interrupted 7200 stop']);
  expect(sim.status).toMatchObject({ mode: 'basal', alarms: [] });
});

test('a stop says what the therapy gave in all and how long it ran, counted anew from each start (CL-06, CL-87)', () => {
  const sim = running();
  until(sim, DAY);
  stop(sim);
  until(sim, 2 * DAY);
  start(sim);
  until(sim, 2.5 * DAY);
  stop(sim);
  expect(story(sim, ['STOP'], ['nl', 'for_us'])).toEqual([`24 h STOP 300000 ${DAY}`, `60 h STOP 150000 ${DAY / 2}`]);
});

test('the minimum rate is kept in mode minimum, and another program takes over at its commit', () => {
  const sim = running({ mode: 'minimum' });
  until(sim, DAY);
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000, commanded: 6_000 });
  expect(refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }))).toBe('RUNNING');
  commit(sim, {});
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000 });
});

test('a program that is committed while a bolus runs takes effect when the bolus has ended', () => {
  const sim = running();
  accepted(bolus(sim, 15_000, 10 * MINUTE));
  commit(sim, { dose: ng(100_000) });
  expect(sim.status.mode).toBe('single-bolus');
  until(sim, HOUR);
  expect(flows(sim)).toEqual(['0 h FLOW 300000', '0 h FLOW 2160000', '0.1667 h FLOW 100000']);
});

test('another time of day shifts the plan of the day and is logged', () => {
  const sim = running(FLEX);
  until(sim, 3 * HOUR);
  tell(sim, { command: 'clock', ifRevision: sim.status.revision, timeOfDay: us(9 * HOUR) });
  expect(story(sim, ['CLOCK'], ['tod_us', 'off_us'])).toEqual([`3 h CLOCK ${9 * HOUR} ${6 * HOUR}`]);
  until(sim, DAY);
  expect(flows(sim).slice(2)).toEqual(['3 h FLOW 400000', '14 h FLOW 200000', '20 h FLOW 100000']);
  expect(sim.status.timeOfDay).toBe(6 * HOUR);
});

test('a bolus that the clock is set past is not given, and one that it is set back before is given again', () => {
  const past = running(TIMED);
  until(past, 5 * HOUR);
  tell(past, { command: 'clock', ifRevision: past.status.revision, timeOfDay: us(7 * HOUR) });
  until(past, 12 * HOUR);
  expect(boluses(past)).toEqual([]);
  const back = running(TIMED);
  until(back, 7 * HOUR);
  tell(back, { command: 'clock', ifRevision: back.status.revision, timeOfDay: us(5 * HOUR) });
  until(back, 9 * HOUR);
  expect(boluses(back).filter((line) => line.includes('started'))).toHaveLength(2);
});

test('a clock command with a stale revision changes nothing', () => {
  const sim = running(FLEX);
  const stale = sim.status.revision - 1;
  expect(refusal(sim.command({ command: 'clock', ifRevision: stale, timeOfDay: us(HOUR) }))).toBe('PRECOND');
  expect(sim.status.timeOfDay).toBe(0);
});

test('step dosing raises the dose by a fixed step every so many days, as often as programmed', () => {
  const steps = { direction: 'up' as const, dose: ng(30_000), everyDays: 7, count: 3 };
  const sim = running({ dose: ng(100_000), steps });
  until(sim, 40 * DAY);
  expect(story(sim, ['STEP'], ['n', 'ng', 'nlpd'])).toEqual([
    `${7 * 24} h STEP 1 130000 130000`,
    `${14 * 24} h STEP 2 160000 160000`,
    `${21 * 24} h STEP 3 190000 190000`,
  ]);
  expect(sim.status).toMatchObject({ rate: 190_000, dose: 190_000 });
  expect(sim.status.commanded).toBe(7 * (100_000 + 130_000 + 160_000) + 19 * 190_000);
});

test('a stop begins the days of a plateau anew: no step comes sooner after a start', () => {
  const steps = { direction: 'down' as const, dose: ng(10_000), everyDays: 7, count: 2 };
  const sim = running({ dose: ng(100_000), steps });
  until(sim, 6 * DAY);
  stop(sim);
  until(sim, 8 * DAY);
  start(sim);
  until(sim, 14.9 * DAY);
  expect(sim.status.dose).toBe(100_000);
  until(sim, 15.1 * DAY);
  expect(sim.status.dose).toBe(90_000);
});

test('every mode is reached and left by the table, and every guard is asked', () => {
  for (const mode of MODES) {
    expect(TRANSITIONS.some(({ from }) => from === mode)).toBe(true);
    expect(TRANSITIONS.some(({ to }) => to === mode)).toBe(true);
  }
  const asked = new Set(TRANSITIONS.flatMap(({ when }) => when ?? []));
  expect([...asked].toSorted()).toEqual(Object.keys(GUARDS).toSorted());
});

test('no row of the table is dead: a row without a guard is the last for its mode and event', () => {
  for (const [i, row] of TRANSITIONS.entries()) {
    const before = TRANSITIONS.slice(0, i).filter(({ from, on }) => from === row.from && on === row.on);
    expect(
      before.every(({ when }) => when !== undefined && when !== row.when),
      `row ${i}`,
    ).toBe(true);
  }
});

test('STOP leads to stopped from every mode but stopped', () => {
  for (const mode of MODES.filter((each) => each !== 'stopped'))
    expect(nextMode(mode, 'stop', () => true)).toBe('stopped');
});

test('the drawing has every mode and every transition of the table', () => {
  const drawing = modesAsMermaid('itb-40');
  for (const mode of MODES) expect(drawing).toContain(`${mode.replace('-', '_')}: ${mode} (`);
  expect(drawing.split('\n').filter((line) => line.includes(' --> '))).toHaveLength(TRANSITIONS.length + 1);
});
