import { expect, test } from 'vitest';
import {
  bolus,
  boluses,
  commit,
  DAY,
  flows,
  HOUR,
  MINUTE,
  ng,
  press,
  programmed,
  running,
  until,
  us,
  type ProgramParts,
} from './support/programs.ts';
import { accepted, acknowledgeFirst, refusal, refill, start, stop } from './support/therapy.ts';

const BUTTON = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(2 * HOUR), count: 3, window: us(DAY) };
const withButton = (more: ProgramParts = {}): ProgramParts => ({ patient: BUTTON, ...more });
/** A patient bolus lasts as long, to the step. */
const LASTS = 10 * MINUTE;

test('a press gives the bolus at once and the basal rate comes back by itself (CL-26, CL-35)', () => {
  const sim = running(withButton());
  until(sim, HOUR);
  expect(press(sim)).toBe('granted');
  expect(sim.status.mode).toBe('patient-bolus');
  until(sim, 2 * HOUR);
  expect(flows(sim)).toEqual(['0 h FLOW 300000', '1 h FLOW 1440000', '1.1667 h FLOW 300000']);
  expect(boluses(sim)).toEqual(['1 h BOLUS patient started 10000', '1.1667 h BOLUS patient done 10000']);
});

test('the lockout counts from the end of the last bolus: refused a microsecond before, granted at it (CL-27)', () => {
  const sim = running(withButton());
  press(sim);
  until(sim, LASTS + HOUR);
  const end = sim.log().findLast(({ keys }) => keys['state'] === 'done')?.us ?? Number.NaN;
  until(sim, end + 2 * HOUR - 1);
  expect(press(sim)).toBe('lockout');
  until(sim, end + 2 * HOUR);
  expect(press(sim)).toBe('granted');
});

test('exactly so many boluses are granted in a window, and not one more (CL-28)', () => {
  const sim = running(withButton());
  const answers = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => {
    until(sim, hour * HOUR);
    return press(sim);
  });
  expect(answers).toEqual(['granted', 'granted', 'granted', 'count', 'count', 'count', 'count', 'count']);
  until(sim, DAY - 1);
  expect(press(sim)).toBe('count');
  // A day after the first was begun there is room for one again.
  until(sim, DAY);
  expect(press(sim)).toBe('granted');
  until(sim, DAY + 2.9 * HOUR);
  expect(press(sim)).toBe('count');
});

test('a press during a patient bolus is denied and does not end it (CL-29)', () => {
  const sim = running(withButton());
  press(sim);
  until(sim, 5 * MINUTE);
  expect(press(sim)).toBe('busy');
  until(sim, HOUR);
  expect(boluses(sim)).toEqual([
    '0 h BOLUS patient started 10000',
    '0.0833 h BOLUS patient denied busy',
    '0.1667 h BOLUS patient done 10000',
  ]);
});

test('the dose limit counts basal flow as well as boluses, and refuses the press that would exceed it (CL-30, CL-32)', () => {
  // 300 µg of basal flow and one bolus of 10 µg a day fit under 315 µg, a second does not.
  const sim = running(withButton({ limit: { dose: ng(315_000), window: us(DAY) } }));
  until(sim, 2 * DAY);
  expect(press(sim)).toBe('granted');
  until(sim, 2 * DAY + 6 * HOUR);
  expect(press(sim)).toBe('window');
  until(sim, 3 * DAY + HOUR);
  expect(press(sim)).toBe('granted');
});

test('a limit that counted the boluses alone would have granted what the limit refuses', () => {
  const limit = { dose: ng(315_000), window: us(DAY) };
  const sim = running(withButton({ limit }));
  until(sim, 2 * DAY);
  press(sim);
  until(sim, 2 * DAY + 6 * HOUR);
  expect(20_000).toBeLessThan(limit.dose);
  expect(press(sim)).toBe('window');
});

test('a clinician’s bolus waits for the patient’s and then gives what is left of it (CL-36)', () => {
  const sim = running(withButton());
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 30 * MINUTE);
  expect(press(sim)).toBe('granted');
  until(sim, 3 * HOUR);
  expect(boluses(sim)).toEqual([
    '0 h BOLUS single started 20000',
    '0.5 h BOLUS single waiting',
    '0.5 h BOLUS patient started 10000',
    '0.6667 h BOLUS patient done 10000',
    '0.6667 h BOLUS single resumed 10000',
    '1.1667 h BOLUS single done 20000',
  ]);
  expect(sim.status.mode).toBe('basal');
});

test('a scheduled bolus that falls due during a patient bolus is given after it', () => {
  const timed = [{ at: us(6 * HOUR), dose: ng(10_000), duration: us(30 * MINUTE) }];
  const sim = running(withButton({ mode: 'scheduled', boluses: timed }));
  until(sim, 6 * HOUR - 5 * MINUTE);
  press(sim);
  until(sim, 8 * HOUR);
  expect(boluses(sim).slice(1)).toEqual([
    '6 h BOLUS scheduled waiting',
    // The fraction of a step that was missing before shortens the ten minutes by half a second.
    '6.0832 h BOLUS patient done 10000',
    '6.0832 h BOLUS scheduled started 10000',
    '6.5832 h BOLUS scheduled done 10000',
  ]);
});

test('every denial is logged with its reason (CL-33)', () => {
  const without = running();
  expect(press(without)).toBe('none');
  const stopped = programmed(withButton());
  expect(press(stopped)).toBe('stopped');
  start(stopped);
  stop(stopped);
  expect(press(stopped)).toBe('stopped');
  expect(boluses(stopped)).toEqual(['0 h BOLUS patient denied stopped', '0 h BOLUS patient denied stopped']);
});

test('a reservoir that is low takes boluses away, those in hand as well (CL-38, CL-43)', () => {
  const sim = running(withButton(), { fill: 2_005_000 });
  expect(press(sim)).toBe('granted');
  until(sim, HOUR);
  expect(boluses(sim)).toEqual([
    '0 h BOLUS patient started 10000',
    '0.0833 h BOLUS patient interrupted 5000 low-reservoir',
  ]);
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000 });
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['dose-interrupted', 'low-reservoir']);
  until(sim, 5 * HOUR);
  expect(press(sim)).toBe('held');
  refill(sim, 40_000_000);
  expect(press(sim)).toBe('granted');
});

test('an interrupted patient bolus counts, and its lockout begins when it ended', () => {
  const sim = running(withButton(), { fill: 2_005_000 });
  press(sim);
  until(sim, HOUR);
  refill(sim, 40_000_000);
  until(sim, 5 * MINUTE + 2 * HOUR - 1);
  expect(press(sim)).toBe('lockout');
  until(sim, 5 * MINUTE + 2 * HOUR);
  expect(press(sim)).toBe('granted');
});

test('an interrupted dose is never resumed, and its alarm ends when somebody has seen it', () => {
  const sim = running(withButton(), { fill: 2_005_000 });
  press(sim);
  until(sim, HOUR);
  refill(sim, 40_000_000);
  acknowledgeFirst(sim);
  until(sim, DAY);
  expect(sim.status.alarms).toEqual([]);
  expect(boluses(sim)).toHaveLength(2);
});

test('a bolus ends at the moment at which a limit that was lowered meanwhile is reached (CL-31)', () => {
  const sim = running({ dose: ng(60_000) });
  accepted(bolus(sim, 60_000, HOUR));
  until(sim, 10 * MINUTE);
  commit(sim, { dose: ng(15_000 + 40_000), limit: { dose: ng(55_040), window: us(DAY) } });
  until(sim, DAY);
  expect(boluses(sim).at(-1)).toBe('0.9173 h BOLUS single interrupted 55040 dose-limit');
  expect(sim.status.commanded).toBe(55_040);
});

test('a bolus that fits is given whole, and basal flow is held when the limit is reached', () => {
  const limit = { dose: ng(60_050), window: us(DAY) };
  const sim = running({ dose: ng(60_000), limit });
  // Half of the day's basal flow is in the window: there is room for 30 µL, and the flow goes on.
  until(sim, DAY / 2);
  expect(refusal(bolus(sim, 31_000, HOUR))).toBe('WINDOW_LIMIT');
  accepted(bolus(sim, 30_000, HOUR));
  until(sim, DAY);
  expect(boluses(sim).at(-1)).toContain('single done 30000');
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['dose-limit']);
  expect(sim.status.rate).toBe(0);
  until(sim, 3 * DAY);
  expect(sim.status.commanded).toBeLessThanOrEqual(60_050 * 3);
});

test('a smaller limit that the past has already filled holds delivery until there is room', () => {
  const sim = running({ dose: ng(300_000) });
  until(sim, DAY);
  commit(sim, { dose: ng(100_000), limit: { dose: ng(200_000), window: us(DAY) } });
  expect(sim.status).toMatchObject({ rate: 0, mode: 'basal', alarms: [{ id: 'dose-limit' }] });
  until(sim, 2 * DAY);
  expect(sim.status).toMatchObject({ rate: 100_000, alarms: [] });
});
