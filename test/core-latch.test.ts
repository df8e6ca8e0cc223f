import { expect, test } from 'vitest';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import {
  RATE,
  ALARM_AT,
  MINUTE,
  occlusionLines,
  flows,
  tryStart,
  through,
  CLEARED_AT,
  clearedTherapy,
} from './support/occluded.ts';
import { acknowledgeFirst, occlusion, refusal, start } from './support/therapy.ts';

/** Raised, cleared, and raised again `hours` after it cleared. */
function raisedAgain(hours: number): Simulation {
  const sim = clearedTherapy();
  through(sim, CLEARED_AT + hours * US_PER_HOUR - ALARM_AT);
  sim.inject(occlusion('complete'));
  through(sim, CLEARED_AT + hours * US_PER_HOUR + MINUTE);
  return sim;
}

/** Raised again, and open again for ten minutes. */
function latchedTherapy(): { sim: Simulation; now: number } {
  const sim = raisedAgain(3);
  sim.inject(occlusion('released'));
  const now = sim.now + 10 * US_PER_MINUTE;
  through(sim, now);
  return { sim, now };
}

test('raised again within 24 hours of clearing, the alarm latches: delivery stays held when the occlusion has gone', () => {
  const { sim, now } = latchedTherapy();
  expect(occlusionLines(sim).at(-1)).toMatch(/^latched /);
  expect(sim.status.alarms).toMatchObject([{ id: 'catheter-occlusion', presence: 'latched' }]);
  const { commanded } = sim.status;
  through(sim, now + 5 * 24 * US_PER_HOUR);
  expect(sim.status).toMatchObject({ rate: 0, mode: 'basal', commanded });
});

test('a latched alarm refuses START until it is acknowledged, and only the start after that restores flow', () => {
  const { sim, now } = latchedTherapy();
  expect(tryStart(sim)).toMatchObject({ ok: false, code: 'INHIBITED' });
  acknowledgeFirst(sim);
  through(sim, now + US_PER_HOUR);
  expect(sim.status.rate).toBe(0);
  start(sim);
  const started = now + US_PER_HOUR;
  expect(occlusionLines(sim).slice(-2)).toEqual([`ack ${now}`, `off ${started}`]);
  expect(flows(sim).at(-1)).toBe(`${RATE} ${started}`);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('acknowledged while the occlusion lasted, a latched alarm holds until a start all the same', () => {
  const sim = raisedAgain(3);
  acknowledgeFirst(sim);
  expect(refusal(tryStart(sim))).toBe('INHIBITED');
  sim.inject(occlusion('released'));
  through(sim, sim.now + 10 * US_PER_MINUTE);
  expect(sim.status).toMatchObject({ rate: 0, alarms: [{ presence: 'latched' }] });
  start(sim);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('raised again after more than 24 hours, the alarm does not latch and delivery resumes by itself', () => {
  const sim = raisedAgain(25);
  expect(occlusionLines(sim).at(-1)).toMatch(/^on /);
  sim.inject(occlusion('released'));
  through(sim, sim.now + 10 * US_PER_MINUTE);
  expect(occlusionLines(sim).at(-1)).toMatch(/^off /);
  expect(sim.status.rate).toBe(RATE);
});
