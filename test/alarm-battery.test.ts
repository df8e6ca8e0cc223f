import { expect, test } from 'vitest';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import { after, linesOf, presences, tell, through } from './support/alarm-room.ts';
import { accepted, commitRate, readyPump, refill, refusal, runningTherapy, start, stop } from './support/therapy.ts';

/** `share` of the battery's 11 kJ is left: elective replacement is due under 1 kJ, a reset comes under 200 J. */
const charge = (share: number) =>
  ({ fault: 'battery.cell', mode: 'wrong', share: Math.round(share * 1_000_000) }) as const;
const REPLACEMENT = 1 / 11;
const RESET = 0.2 / 11;

const NOTICE = 90 * US_PER_DAY;
const LIFE = 7 * 365 * US_PER_DAY;
const RATE = 48_000;

/** A pump that has little to do, with nothing but its battery to complain of. */
const therapy = (): Simulation => runningTherapy({ profile: 'itb-40', rate: RATE, fill: 40_000_000 });

/** With a new filling now and then. */
function yearsWithRefills(sim: Simulation, until: number): void {
  while (sim.now < until) {
    refill(sim, 40_000_000);
    through(sim, Math.min(until, sim.now + 150 * US_PER_DAY));
  }
}

test('elective-replacement is raised when the battery is low, at the next look of the hour, and never goes', () => {
  const sim = therapy();
  after(sim, 10 * US_PER_MINUTE);
  sim.inject(charge(REPLACEMENT - 0.0001));
  through(sim, US_PER_HOUR - 1);
  expect(sim.status.alarms).toEqual([]);
  through(sim, US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'elective-replacement': 'on' });
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [{ priority: 'low' }] });
  // Not even a new battery, if there were such a thing, nor any command.
  sim.inject(charge(1));
  stop(sim);
  refill(sim, 40_000_000);
  commitRate(sim, RATE);
  start(sim);
  after(sim, 80 * US_PER_DAY);
  expect(linesOf(sim, 'elective-replacement')).toEqual([`on ${US_PER_HOUR}`]);
});

test('a replacement is due when what was used has brought the charge under its level', () => {
  const sim = therapy();
  sim.inject(charge(0.1));
  through(sim, 60 * US_PER_DAY);
  // 100 J over the level: an hour of standby takes 108 mJ, its 200 steps take 12.
  expect(linesOf(sim, 'elective-replacement')).toEqual([`on ${Math.ceil(100_000 / 120) * US_PER_HOUR}`]);
});

test('end-of-service comes 90 days after elective-replacement, to the microsecond, and holds delivery', () => {
  const sim = therapy();
  sim.inject(charge(REPLACEMENT - 0.0001));
  through(sim, US_PER_HOUR + NOTICE - 1);
  expect(presences(sim)).toEqual({ 'elective-replacement': 'on' });
  expect(sim.status.rate).toBe(RATE);
  through(sim, US_PER_HOUR + NOTICE);
  expect(presences(sim)).toEqual({ 'end-of-service': 'on', 'elective-replacement': 'on' });
  expect(sim.status).toMatchObject({ rate: 0, mode: 'basal' });
});

test('without a low battery a replacement is due 90 days before the seven years are over, and then service ends', () => {
  const sim = runningTherapy({
    profile: { ...PROFILES['itb-40'], battery: { ...PROFILES['itb-40'].battery, replacement: 0, reset: 0 } },
    rate: RATE,
    fill: 40_000_000,
  });
  yearsWithRefills(sim, LIFE - NOTICE - 1);
  expect(sim.status.alarms).toEqual([]);
  through(sim, LIFE - NOTICE);
  expect(presences(sim)).toEqual({ 'elective-replacement': 'on' });
  yearsWithRefills(sim, LIFE - 1);
  expect(sim.status.rate).toBe(RATE);
  through(sim, LIFE);
  expect(linesOf(sim, 'end-of-service')).toEqual([`on ${LIFE}`]);
  expect(sim.status.rate).toBe(0);
});

test('a battery that is low in the last days of the seven years gives no days beyond them', () => {
  const sim = therapy();
  yearsWithRefills(sim, LIFE - 10 * US_PER_DAY);
  sim.inject(charge(REPLACEMENT - 0.001));
  refill(sim, 40_000_000);
  through(sim, LIFE + US_PER_HOUR);
  expect(linesOf(sim, 'end-of-service')).toEqual([`on ${LIFE}`]);
});

test('end-of-service is never gone: nothing clears it, and no start gets past it', () => {
  const sim = therapy();
  sim.inject(charge(REPLACEMENT - 0.0001));
  through(sim, US_PER_HOUR + NOTICE);
  sim.inject(charge(1));
  stop(sim);
  refill(sim, 40_000_000);
  commitRate(sim, RATE);
  expect(sim.command({ command: 'start', ifRevision: sim.status.revision })).toMatchObject({
    ok: false,
    code: 'INHIBITED',
    facts: { alarm: 'end-of-service' },
  });
  after(sim, 365 * US_PER_DAY);
  expect(linesOf(sim, 'end-of-service').map((line) => line.split(' ')[0])).toEqual(['on']);
});

test('end-of-service can be paused and not acknowledged', () => {
  const sim = therapy();
  sim.inject(charge(REPLACEMENT - 0.0001));
  through(sim, US_PER_HOUR + NOTICE);
  expect(refusal(tell(sim, 'acknowledge', 'end-of-service'))).toBe('NO_SILENCE');
  expect(accepted(tell(sim, 'pause', 'end-of-service'))).toMatchObject({ until_us: sim.now + 30 * US_PER_MINUTE });
  after(sim, 30 * US_PER_MINUTE);
  expect(sim.status.audible).toBe('end-of-service');
});

test('a low-battery reset loses the program, and a therapy that ran goes on at the minimum rate', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: 300_000, fill: 40_000_000 });
  sim.inject(charge(RESET - 0.0001));
  through(sim, US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'low-battery-reset': 'on', 'elective-replacement': 'on' });
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000, dose: 0 });
  expect(refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }))).toBe('NO_PROGRAM');
});

test('after a low-battery reset a committed program ends the alarm, and only a start brings the dose back', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: 300_000, fill: 40_000_000 });
  sim.inject(charge(RESET - 0.0001));
  through(sim, US_PER_HOUR);
  sim.inject(charge(1));
  commitRate(sim, 300_000);
  expect(presences(sim)).toEqual({ 'elective-replacement': 'on' });
  after(sim, US_PER_HOUR);
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000 });
  start(sim);
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000 });
});

test('a battery that is still too low resets the pump again', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: 300_000, fill: 40_000_000 });
  sim.inject(charge(RESET - 0.0001));
  through(sim, US_PER_HOUR);
  commitRate(sim, 300_000);
  start(sim);
  after(sim, US_PER_HOUR);
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000 });
  expect(linesOf(sim, 'low-battery-reset').map((line) => line.split(' ')[0])).toEqual(['on', 'off', 'on']);
});

test('a stopped pump is stopped after a low-battery reset as well', () => {
  const sim = readyPump({ profile: 'itb-40', rate: 300_000 });
  sim.inject(charge(RESET - 0.0001));
  through(sim, 2 * US_PER_HOUR);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, audible: 'low-battery-reset' });
});
