import { expect, test } from 'vitest';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { micros, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import {
  acknowledgeFirst,
  alarmLines,
  commitRate,
  readyPump,
  refill,
  refusal,
  runningTherapy,
  stampOfNth,
  start,
  STEP,
  stop,
} from './support/therapy.ts';

const RATE = 99_991;
const HOURS_48 = 48 * US_PER_HOUR;
const through = (sim: Simulation, us: number): void => sim.advanceThrough(micros(us));

test.each([
  { fill: 2_000_100, steps: 10 },
  { fill: 2_000_101, steps: 11 },
  { fill: 2_000_109, steps: 11 },
  { fill: 18_000_000, steps: 1_600_000 },
])('filled with $fill nL, low-reservoir is raised at step $steps, the first at or below 2 mL', ({ fill, steps }) => {
  const sim = runningTherapy({ rate: RATE, fill });
  through(sim, stampOfNth(steps, RATE) - 1);
  expect(alarmLines(sim, 'low-reservoir')).toEqual([]);
  through(sim, stampOfNth(steps + 5, RATE));
  expect(alarmLines(sim, 'low-reservoir')).toEqual([{ us: stampOfNth(steps, RATE), state: 'on' }]);
  // It warns and holds nothing: the steps go on in their own time.
  expect(sim.status).toMatchObject({ rate: RATE, commanded: (steps + 5) * STEP });
});

test('low-reservoir is raised at the volume that the program states', () => {
  const sim = runningTherapy({ rate: RATE, fill: 5_000_000, lowReservoir: 4_321_005 });
  const steps = Math.ceil((5_000_000 - 4_321_005) / STEP);
  through(sim, stampOfNth(steps, RATE));
  expect(alarmLines(sim, 'low-reservoir')).toEqual([{ us: stampOfNth(steps, RATE), state: 'on' }]);
});

test('a program with a higher low-reservoir volume raises the alarm when it is committed, not when it is staged', () => {
  const sim = runningTherapy({ rate: RATE, fill: 5_000_000 });
  through(sim, US_PER_HOUR);
  commitRate(sim, RATE, 6_000_000);
  expect(alarmLines(sim, 'low-reservoir')).toEqual([{ us: US_PER_HOUR, state: 'on' }]);
  commitRate(sim, RATE, 4_000_000);
  expect(alarmLines(sim, 'low-reservoir').at(-1)).toEqual({ us: US_PER_HOUR, state: 'off' });
});

test('a low-reservoir volume that is committed on the way is met on its exact step, at an unchanged rate', () => {
  const sim = runningTherapy({ rate: RATE, fill: 5_000_000 });
  through(sim, stampOfNth(1_000, RATE) + 1);
  commitRate(sim, RATE, 4_900_000);
  through(sim, 2 * US_PER_DAY);
  expect(alarmLines(sim, 'low-reservoir')).toEqual([{ us: stampOfNth(10_000, RATE), state: 'on' }]);
});

test('a refill ends low-reservoir, and one that is too small does not', () => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_010 });
  through(sim, US_PER_HOUR);
  refill(sim, 2_000_000);
  expect(alarmLines(sim, 'low-reservoir').map(({ state }) => state)).toEqual(['on']);
  refill(sim, 2_000_001);
  expect(alarmLines(sim, 'low-reservoir').map(({ state }) => state)).toEqual(['on', 'off']);
});

test('after a refill that leaves less than was there, low and empty fall on the exact steps of the new filling', () => {
  const sim = runningTherapy({ rate: RATE, fill: 18_000_000 });
  through(sim, stampOfNth(1_000, RATE));
  refill(sim, 2_000_200);
  through(sim, US_PER_DAY * 30);
  expect(alarmLines(sim, 'low-reservoir')).toEqual([{ us: stampOfNth(1_020, RATE), state: 'on' }]);
  expect(alarmLines(sim, 'empty-reservoir')).toEqual([{ us: stampOfNth(61_020, RATE), state: 'on' }]);
});

test.each([
  { fill: 1_400_500, steps: 50 },
  { fill: 1_400_509, steps: 50 },
  { fill: 2_000_003, steps: 60_000 },
])('filled with $fill nL, empty-reservoir holds delivery after $steps steps, at the residual volume', (one) => {
  const sim = runningTherapy({ rate: RATE, fill: one.fill });
  const at = stampOfNth(one.steps, RATE);
  through(sim, at + 30 * US_PER_DAY);
  expect(alarmLines(sim, 'empty-reservoir')).toEqual([{ us: at, state: 'on' }]);
  expect(sim.log().at(-1)).toMatchObject({ us: at, kind: 'FLOW', keys: { nlpd: 0 } });
  expect(sim.status).toMatchObject({ rate: 0, mode: 'basal', commanded: one.steps * STEP });
  expect(sim.sample().reservoir_true).toBe(one.fill - one.steps * STEP);
});

test('an empty pump refuses START, acknowledged or not', () => {
  const sim = runningTherapy({ rate: RATE, fill: 1_400_100 });
  through(sim, US_PER_DAY);
  const ifRevision = sim.status.revision;
  expect(refusal(sim.command({ command: 'start', ifRevision }))).toBe('INHIBITED');
  acknowledgeFirst(sim);
  expect(refusal(sim.command({ command: 'start', ifRevision }))).toBe('INHIBITED');
  expect(sim.status.rate).toBe(0);
});

test('a refill of an empty pump resumes delivery by itself, with the fraction of the step that was due', () => {
  const sim = runningTherapy({ rate: RATE, fill: 1_400_100 });
  const empty = stampOfNth(10, RATE);
  through(sim, empty + US_PER_DAY);
  refill(sim, 10_000_000);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [], reservoir: 10_000_000 });
  expect(alarmLines(sim, 'empty-reservoir').at(-1)).toEqual({ us: empty + US_PER_DAY, state: 'off' });
  // Held since the stamp of step 10: the part of a microsecond after its exact time counts for step 11.
  const next = stampOfNth(11, RATE) + US_PER_DAY;
  through(sim, next - 1);
  expect(sim.status.commanded).toBe(10 * STEP);
  through(sim, next);
  expect(sim.status.commanded).toBe(11 * STEP);
});

test('a stopped pump that is emptied by the needle and filled again does not start', () => {
  const sim = runningTherapy({ rate: RATE, fill: 1_400_100 });
  through(sim, US_PER_DAY);
  stop(sim);
  refill(sim, 10_000_000);
  expect(sim.status).toMatchObject({ rate: 0, mode: 'stopped', alarms: [] });
});

test('a pump that draws more than its reservoir truly holds runs dry, and believes otherwise', () => {
  const sim = runningTherapy({ rate: 1_000_000, fill: 10_000_000 });
  // Drained without a word to the pump.
  sim.fill(1_500_005);
  through(sim, US_PER_DAY);
  expect(sim.sample()).toMatchObject({ commanded: 1_000_000, delivered: 100_005, reservoir_true: 1_400_000 });
  expect(sim.status).toMatchObject({ rate: 1_000_000, reservoir: 9_000_000, alarms: [] });
});

test('pump-stopped is raised 48 hours after the stop, to the microsecond, and holds nothing', () => {
  const sim = runningTherapy({ rate: RATE });
  through(sim, 1_000_007);
  stop(sim);
  through(sim, 1_000_007 + HOURS_48 - 1);
  expect(alarmLines(sim, 'pump-stopped')).toEqual([]);
  through(sim, 1_000_007 + HOURS_48);
  expect(alarmLines(sim, 'pump-stopped')).toEqual([{ us: 1_000_007 + HOURS_48, state: 'on' }]);
  through(sim, 1_000_007 + 9 * HOURS_48);
  expect(alarmLines(sim, 'pump-stopped')).toHaveLength(1);
});

test('pump-stopped ends with a start, which it does not forbid', () => {
  const sim = runningTherapy({ rate: RATE });
  stop(sim);
  through(sim, 2 * HOURS_48);
  start(sim);
  expect(alarmLines(sim, 'pump-stopped').at(-1)).toEqual({ us: 2 * HOURS_48, state: 'off' });
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
  // Started, it does not come back; stopped again, it counts from the new stop.
  through(sim, 4 * HOURS_48);
  stop(sim);
  through(sim, 5 * HOURS_48);
  expect(alarmLines(sim, 'pump-stopped').map(({ us }) => us)).toEqual([HOURS_48, 2 * HOURS_48, 5 * HOURS_48]);
});

test('a second stop does not set the 48 hours back', () => {
  const sim = runningTherapy({ rate: RATE });
  stop(sim);
  through(sim, HOURS_48 - 1);
  stop(sim);
  through(sim, HOURS_48);
  expect(alarmLines(sim, 'pump-stopped')).toEqual([{ us: HOURS_48, state: 'on' }]);
});

test('a start in time prevents pump-stopped', () => {
  const sim = runningTherapy({ rate: RATE });
  stop(sim);
  through(sim, HOURS_48 - 1);
  start(sim);
  through(sim, 2 * HOURS_48);
  expect(alarmLines(sim, 'pump-stopped')).toEqual([]);
});

test('a pump that was never started raises no pump-stopped', () => {
  const sim = readyPump();
  through(sim, 3 * HOURS_48);
  expect(alarmLines(sim, 'pump-stopped')).toEqual([]);
});
