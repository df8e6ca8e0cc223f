import { expect, test } from 'vitest';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import { after, linesOf, memoryError, presences, tell, through } from './support/alarm-room.ts';
import { accepted, refusal, runningTherapy } from './support/therapy.ts';

const LOCKUP = { fault: 'telemetry.lockup', mode: 'on' } as const;
const STUCK = { fault: 'rotor.stall', mode: 'stuck' } as const;
const FREE = { fault: 'rotor.stall', mode: 'off' } as const;
const RATE = 300_000;
/** Longer than a stall needs to be signalled, or a recovery to be found, at this rate. */
const ENOUGH = 30 * US_PER_MINUTE;

const interrogate = (sim: Simulation): void => void accepted(sim.command({ command: 'interrogate' }));

/** mJ that the pump uses from now on in that time: 5 of them are a second of tone. */
function used(sim: Simulation, us: number): number {
  const before = sim.truth.battery;
  after(sim, us);
  return before - sim.truth.battery;
}
/** Of standby and steps at this rate, in an hour. */
const QUIET = 0.03 * 3_600 + 0.06 * 1_250;
const CRITICAL_HOUR = 6 * 3 * 5;

/** A stall in an MRI: the rotor stands, and the radio is locked as well. */
function stalledAndLocked(): Simulation {
  const sim = runningTherapy({ profile: 'itb-40', rate: RATE, fill: 40_000_000 });
  sim.inject(LOCKUP);
  sim.inject(STUCK);
  through(sim, ENOUGH);
  return sim;
}

test('while the radio is locked no alarm sounds, however critical, and all are listed', () => {
  const sim = stalledAndLocked();
  sim.inject(memoryError('log'));
  expect(presences(sim)).toEqual({ 'motor-stall': 'on', 'memory-error': 'latched' });
  expect(used(sim, US_PER_HOUR)).toBeCloseTo(QUIET, 3);
});

test('a tone that sounds when the radio is locked stops in the middle of its burst', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: RATE });
  after(sim, US_PER_MINUTE);
  const before = sim.truth.battery;
  sim.inject(memoryError('program'));
  after(sim, US_PER_MINUTE / 60);
  sim.inject(LOCKUP);
  after(sim, 9 * US_PER_MINUTE);
  // One second of the three, besides ten minutes at the minimum rate of 6 µL/day: less than 25 mJ.
  expect(before - sim.truth.battery).toBeGreaterThan(5);
  expect(before - sim.truth.battery).toBeLessThan(5 + 25);
});

test('from the first interrogation on, what is active sounds again', () => {
  const sim = stalledAndLocked();
  interrogate(sim);
  expect(sim.status).toMatchObject({ audible: 'motor-stall', visual: 'motor-stall' });
  expect(used(sim, US_PER_HOUR)).toBeCloseTo(QUIET + CRITICAL_HOUR, 3);
});

test('the recovery of a stall is logged at the second interrogation, not at the first, and not by itself', () => {
  const sim = stalledAndLocked();
  sim.inject(FREE);
  after(sim, 5 * US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  interrogate(sim);
  after(sim, 5 * US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  interrogate(sim);
  expect(linesOf(sim, 'motor-stall').at(-1)).toBe(`off ${sim.now}`);
  expect(sim.status.alarms).toEqual([]);
});

test('a stall that recovers between the two interrogations is logged at the second', () => {
  const sim = stalledAndLocked();
  interrogate(sim);
  sim.inject(FREE);
  after(sim, ENOUGH);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  interrogate(sim);
  expect(linesOf(sim, 'motor-stall').at(-1)).toBe(`off ${sim.now}`);
});

test('after the second interrogation recoveries are logged when they are found', () => {
  const sim = stalledAndLocked();
  interrogate(sim);
  interrogate(sim);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  const freed = sim.now;
  sim.inject(FREE);
  after(sim, ENOUGH);
  // 300 steps of 2.88 s.
  expect(linesOf(sim, 'motor-stall').at(-1)).toBe(`off ${freed + 864_000_000}`);
});

test('two interrogations at one moment do what two visits do', () => {
  const sim = stalledAndLocked();
  sim.inject(FREE);
  after(sim, ENOUGH);
  interrogate(sim);
  interrogate(sim);
  expect(sim.status.alarms).toEqual([]);
});

test('a second lock-up needs two interrogations more', () => {
  const sim = stalledAndLocked();
  interrogate(sim);
  sim.inject(LOCKUP);
  sim.inject(FREE);
  after(sim, ENOUGH);
  interrogate(sim);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  interrogate(sim);
  expect(sim.status.alarms).toEqual([]);
});

test('only the recovery of a stall waits for an interrogation: other alarms end when their conditions do', () => {
  const sim = stalledAndLocked();
  sim.inject({ fault: 'ambient.temperature', mode: 'wrong', temperature: 46_000, effect: 0 });
  after(sim, ENOUGH);
  sim.inject({ fault: 'ambient.temperature', mode: 'off' });
  after(sim, ENOUGH);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
  expect(linesOf(sim, 'over-temperature').at(-1)).toMatch(/^off /);
});

test('a lock-up changes no delivery', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: RATE });
  sim.inject(LOCKUP);
  after(sim, 5 * US_PER_HOUR);
  expect(sim.status).toMatchObject({ rate: RATE, mode: 'basal', alarms: [] });
  expect(sim.sample().reservoir_true).toBe(sim.status.reservoir);
});

test('a rotor that stands again before the second interrogation has not recovered', () => {
  const sim = stalledAndLocked();
  sim.inject(FREE);
  after(sim, ENOUGH);
  sim.inject(STUCK);
  after(sim, 2 * US_PER_HOUR);
  interrogate(sim);
  interrogate(sim);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
});

test('a stall after a recovery that was logged at the second interrogation is noticed like any other', () => {
  const sim = stalledAndLocked();
  sim.inject(FREE);
  after(sim, ENOUGH);
  interrogate(sim);
  interrogate(sim);
  expect(sim.status.alarms).toEqual([]);
  sim.inject(STUCK);
  after(sim, 5 * US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'motor-stall': 'on' });
});

test('tones can be tested while the radio is locked only when no alarm waits to sound', () => {
  const sim = stalledAndLocked();
  expect(refusal(sim.command({ command: 'test-tones' }))).toBe('ALARMING');
  accepted(tell(sim, 'acknowledge', 'motor-stall'));
  interrogate(sim);
  expect(refusal(sim.command({ command: 'test-tones' }))).toBe('accepted');
});
