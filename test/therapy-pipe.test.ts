import { expect, test } from 'vitest';
import { nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import {
  bolus,
  commit,
  DAY,
  flows,
  HOUR,
  MINUTE,
  ng,
  press,
  programmed,
  running,
  stage,
  story,
  tell,
  tryCommit,
  until,
  us,
} from './support/programs.ts';
import { accepted, occlusion, refill, refusal, start, stop } from './support/therapy.ts';

/** Tubing 0.2 mL and 89 cm of catheter, in whole steps. */
const PIPE = 396_330;

test('a prime gives just the volume of tubing and catheter, and stops (CL-48)', () => {
  const sim = programmed({}, { primed: false });
  expect(accepted(sim.command({ command: 'prime' }))).toMatchObject({ nl: PIPE });
  expect(sim.status).toMatchObject({ mode: 'priming', rate: 24_000_000 });
  until(sim, HOUR);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, commanded: PIPE });
  expect(story(sim, ['PRIME'], ['state', 'nl'])).toEqual([`0 h PRIME started ${PIPE}`, `0.3963 h PRIME done ${PIPE}`]);
});

test('after a prime drug stands at the tip and none has left it', () => {
  const sim = programmed({}, { primed: false });
  accepted(sim.command({ command: 'prime' }));
  until(sim, HOUR);
  // The pipe is 4 nL longer than whole steps.
  expect(sim.sample().drug_delivered).toBe(0);
  start(sim);
  until(sim, 2 * HOUR);
  expect(sim.sample().drug_delivered).toBeGreaterThan(12_000);
});

test('a shorter catheter is primed with less', () => {
  const sim = programmed({ catheterLength: 500 });
  expect(accepted(sim.command({ command: 'prime' }))).toMatchObject({ nl: 310_300 });
});

test('only a stopped pump is primed, and only once for a catheter', () => {
  const sim = running();
  expect(refusal(sim.command({ command: 'prime' }))).toBe('NOT_STOPPED');
  stop(sim);
  expect(sim.command({ command: 'prime' })).toMatchObject({ ok: false, code: 'DENIED', facts: { why: 'primed' } });
  commit(sim, { catheterLength: 600 });
  expect(refusal(sim.command({ command: 'prime' }))).toBe('accepted');
});

test('a prime that an occlusion holds goes on when it is released in time', () => {
  const sim = new Simulation({ profile: 'itb-40-sense', drug: 'water', concentration: 1_000, primed: false });
  refill(sim, 40_000_000);
  commit(sim, {});
  accepted(sim.command({ command: 'prime' }));
  until(sim, 10 * MINUTE);
  sim.inject(occlusion('complete'));
  until(sim, 20 * MINUTE);
  expect(sim.status).toMatchObject({ mode: 'priming', rate: 0 });
  sim.inject(occlusion('released'));
  until(sim, HOUR);
  expect(story(sim, ['PRIME'], ['state', 'nl']).at(-1)).toContain(`done ${PIPE}`);
});

test('a prime that is not finished in time is interrupted, and no infusion starts before somebody has seen it (CL-48)', () => {
  const sim = new Simulation({ profile: 'itb-40-sense', drug: 'water', concentration: 1_000, primed: false });
  refill(sim, 40_000_000);
  commit(sim, {});
  accepted(sim.command({ command: 'prime' }));
  until(sim, 10 * MINUTE);
  sim.inject(occlusion('complete'));
  until(sim, 2 * HOUR);
  expect(sim.status.mode).toBe('stopped');
  expect(story(sim, ['PRIME'], ['state', 'why']).at(-1)).toBe('1 h PRIME interrupted time-out');
  sim.inject(occlusion('released'));
  until(sim, 3 * HOUR);
  const begin = () => sim.command({ command: 'start', ifRevision: sim.status.revision });
  expect(begin()).toMatchObject({ code: 'INHIBITED', facts: { alarm: 'prime-timeout' } });
  const ev = sim.status.alarms.find(({ id }) => id === 'prime-timeout')?.ev ?? 0;
  tell(sim, { command: 'acknowledge', ev });
  expect(refusal(begin())).toBe('accepted');
  expect(sim.status.alarms).toEqual([]);
});

test('what a prime moves counts under no dose limit (F7)', () => {
  const limit = { dose: ng(310_000), window: us(DAY) };
  const sim = programmed({ limit }, { primed: false });
  accepted(sim.command({ command: 'prime' }));
  until(sim, HOUR);
  expect(bolus(sim, 310_010, 3 * HOUR)).toMatchObject({ code: 'WINDOW_LIMIT', facts: { room_ng: 310_000 } });
});

const DOUBLE = { concentration: nanogramsPerMicrolitre(2_000) };

/** 300 µg/day for two days at 1000 µg/mL, then refilled with 2000 µg/mL. */
function refilledWithDouble(): Simulation {
  const sim = running();
  until(sim, 2 * DAY);
  const drained = nanolitres(sim.fill(40_000_000, 2_000));
  tell(sim, { command: 'refill', ifRevision: sim.status.revision, volume: nanolitres(40_000_000), drained });
  return sim;
}

test('another concentration is bridged: the old rate runs until the old drug has left tubing and catheter', () => {
  const sim = refilledWithDouble();
  commit(sim, DOUBLE);
  expect(sim.status).toMatchObject({ mode: 'bridging', rate: 300_000 });
  until(sim, 5 * DAY);
  expect(story(sim, ['BRIDGE'], ['state', 'nl'])).toEqual(['48 h BRIDGE started 396340', '79.7072 h BRIDGE done']);
  expect(flows(sim).at(-1)).toBe('79.7072 h FLOW 150000');
  expect(sim.status).toMatchObject({ mode: 'basal', dose: 300_000 });
});

test('with the bridge the dose at the tip stays what it was; without it, it is halved until the new drug arrives', () => {
  const given = (bridge: 'none' | undefined): number => {
    const sim = refilledWithDouble();
    const before = sim.sample().drug_delivered ?? 0;
    commit(sim, { ...DOUBLE, bridge }, bridge === undefined ? [] : ['bridge']);
    until(sim, 3 * DAY);
    return ((sim.sample().drug_delivered ?? 0) - before) / 1000;
  };
  expect(given(undefined)).toBeCloseTo(300, 0);
  expect(given('none')).toBeCloseTo(150, 0);
});

test('to leave out the bridge is a soft limit', () => {
  const sim = refilledWithDouble();
  expect(accepted(stage(sim, { ...DOUBLE, bridge: 'none' }))).toMatchObject({ soft: 'bridge' });
  expect(refusal(tryCommit(sim))).toBe('SOFT_LIMIT');
});

test('the old rate of a bridge is the one that step dosing had come to', () => {
  const sim = running({ dose: ng(300_000), steps: { direction: 'up', dose: ng(30_000), everyDays: 1, count: 1 } });
  until(sim, 2 * DAY);
  const drained = nanolitres(sim.fill(40_000_000, 2_000));
  tell(sim, { command: 'refill', ifRevision: sim.status.revision, volume: nanolitres(40_000_000), drained });
  commit(sim, { ...DOUBLE, dose: ng(330_000) });
  expect(sim.status).toMatchObject({ mode: 'bridging', rate: 330_000 });
});

test('what was pumped between refill and commit is no part of the bridge', () => {
  const sim = refilledWithDouble();
  until(sim, 2 * DAY + 8 * HOUR);
  commit(sim, DOUBLE);
  expect(story(sim, ['BRIDGE'], ['state', 'nl'])).toEqual(['56 h BRIDGE started 296340']);
});

test('the same concentration, and a first program, are not bridged', () => {
  const sim = running();
  refill(sim, 40_000_000);
  commit(sim, { dose: ng(200_000) });
  expect(sim.status.mode).toBe('basal');
  expect(story(sim, ['BRIDGE'], ['state'])).toEqual([]);
});

test('a stop interrupts the bridge, and a start goes on with what is left of it', () => {
  const sim = refilledWithDouble();
  commit(sim, DOUBLE);
  until(sim, 2 * DAY + 10 * HOUR);
  stop(sim);
  until(sim, 3 * DAY);
  start(sim);
  expect(sim.status.mode).toBe('bridging');
  until(sim, 6 * DAY);
  expect(story(sim, ['BRIDGE'], ['state']).at(-1)).toBe('93.7072 h BRIDGE done');
});

test('while old drug runs out no bolus is given, for its volume would be of another drug', () => {
  const patient = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(HOUR), count: 3, window: us(DAY) };
  const sim = refilledWithDouble();
  commit(sim, { ...DOUBLE, patient });
  expect(press(sim)).toBe('bridging');
  expect(refusal(bolus(sim, 10_000, HOUR))).toBe('BUSY');
  until(sim, 4 * DAY);
  expect(press(sim)).toBe('granted');
});

test('drug of the bridge counts with its own concentration under the dose limit', () => {
  const sim = refilledWithDouble();
  commit(sim, { ...DOUBLE, limit: { dose: ng(300_100), window: us(DAY) } });
  until(sim, 6 * DAY);
  expect(sim.log().filter(({ keys }) => keys['id'] === 'dose-limit')).toEqual([]);
});
