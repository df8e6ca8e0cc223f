import { PATENT_RESISTANCE as PATENT } from '../firmware-sim/body/hardware.ts';
import { expect, test } from 'vitest';
import { US_PER_HOUR } from '../protocol/units.ts';
import { LIMIT } from './support/cases.ts';
import {
  RATE,
  ALARM_STEP,
  ALARM_AT,
  MINUTE,
  occlusionLines,
  flows,
  tryStart,
  through,
  occludedTherapy,
  CLEARED_AT,
  clearedTherapy,
} from './support/occluded.ts';
import {
  accepted,
  acknowledgeFirst,
  occlusion,
  partial,
  refill,
  refusal,
  runningTherapy,
  stampOfNth,
  start,
  STEP,
} from './support/therapy.ts';

test('an occlusion holds delivery at the very step that raises it, and no further step is made', () => {
  const sim = occludedTherapy();
  expect(occlusionLines(sim)).toEqual([`on ${ALARM_AT}`]);
  expect(flows(sim)).toEqual([`${RATE} 0`, `0 ${ALARM_AT}`]);
  through(sim, ALARM_AT + 30 * 24 * US_PER_HOUR);
  expect(sim.sample()).toMatchObject({ rate: 0, commanded: ALARM_STEP * STEP, reservoir_true: 18_000_000 - 13_830 });
  expect(occlusionLines(sim)).toEqual([`on ${ALARM_AT}`]);
});

test('one sample short of the persistence there is no alarm', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(occlusion('complete'));
  through(sim, stampOfNth(ALARM_STEP - 1, RATE));
  expect(sim.sample().pressure).toBeGreaterThan(1_000 + LIMIT);
  expect(occlusionLines(sim)).toEqual([]);
  sim.inject(occlusion('released'));
  through(sim, ALARM_AT + US_PER_HOUR);
  expect(occlusionLines(sim)).toEqual([]);
});

test('samples over the limit count only in a row: an open lumen between them starts the count again', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(occlusion('complete'));
  through(sim, stampOfNth(ALARM_STEP - 1, RATE));
  sim.inject(occlusion('released'));
  through(sim, stampOfNth(ALARM_STEP, RATE));
  sim.inject(occlusion('complete'));
  // From 1050 Pa: the step of the gap has left 50 Pa in the wall.
  through(sim, stampOfNth(2 * ALARM_STEP - 2, RATE));
  expect(occlusionLines(sim)).toEqual([]);
  through(sim, stampOfNth(2 * ALARM_STEP - 1, RATE));
  expect(occlusionLines(sim)).toEqual([`on ${stampOfNth(2 * ALARM_STEP - 1, RATE)}`]);
});

test('rows over the limit survive a stop and a start between them', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(occlusion('complete'));
  through(sim, stampOfNth(ALARM_STEP - 1, RATE));
  accepted(sim.command({ command: 'stop' }));
  through(sim, ALARM_AT + US_PER_HOUR);
  start(sim);
  through(sim, ALARM_AT + 2 * US_PER_HOUR);
  expect(sim.status.commanded).toBe(ALARM_STEP * STEP);
});

test('a released occlusion clears at the third sample of a minute, and delivery resumes by itself', () => {
  const sim = clearedTherapy();
  expect(occlusionLines(sim)).toEqual([`on ${ALARM_AT}`, `off ${CLEARED_AT}`]);
  expect(flows(sim).at(-1)).toBe(`${RATE} ${CLEARED_AT}`);
  // The alarm fell on a step, so that a whole one was missing.
  through(sim, CLEARED_AT + stampOfNth(1, RATE) - 1);
  expect(sim.status.commanded).toBe(ALARM_STEP * STEP);
  through(sim, CLEARED_AT + stampOfNth(1, RATE));
  expect(sim.status.commanded).toBe((ALARM_STEP + 1) * STEP);
});

test('the alarm clears below half of the threshold, by the third minute sample in a row', () => {
  const sim = occludedTherapy();
  const { pressure } = sim.sample();
  const resistance = 1e6;
  sim.inject(partial(resistance));
  const seconds = (resistance * 0.0864 + PATENT) * 0.2;
  let [inRow, samples] = [0, 0];
  while (inRow < 3) {
    samples += 1;
    const rise = ((pressure ?? NaN) - 1_000) * Math.exp((-60 * samples) / seconds);
    inRow = rise < LIMIT / 2 ? inRow + 1 : 0;
  }
  // Some minutes above the half, so that the limit and not the start decides.
  expect(samples).toBeGreaterThan(100);
  through(sim, ALARM_AT + 24 * US_PER_HOUR);
  expect(occlusionLines(sim)[1]).toBe(`off ${ALARM_AT + samples * MINUTE}`);
});

test('a lumen that closes again before half the pressure has left keeps the alarm, and the grid of samples goes on', () => {
  const sim = occludedTherapy();
  sim.inject(partial(1e6));
  through(sim, ALARM_AT + US_PER_HOUR + 1);
  sim.inject(occlusion('complete'));
  through(sim, ALARM_AT + 40 * US_PER_HOUR + 1);
  expect(occlusionLines(sim)).toHaveLength(1);
  sim.inject(occlusion('released'));
  through(sim, ALARM_AT + 41 * US_PER_HOUR);
  expect(occlusionLines(sim)[1]).toBe(`off ${ALARM_AT + 40 * US_PER_HOUR + 3 * MINUTE}`);
});

test('acknowledging an occlusion is logged once and restores no flow', () => {
  const sim = occludedTherapy();
  acknowledgeFirst(sim);
  const again = acknowledgeFirst(sim);
  expect(again).toMatchObject({ rev: 4 });
  through(sim, ALARM_AT + US_PER_HOUR);
  expect(occlusionLines(sim)).toEqual([`on ${ALARM_AT}`, `ack ${ALARM_AT}`]);
  expect(sim.status).toMatchObject({ rate: 0, mode: 'basal' });
  expect(sim.status.alarms).toMatchObject([{ id: 'catheter-occlusion', presence: 'ack' }]);
  expect(sim.status.commanded).toBe(ALARM_STEP * STEP);
});

test('an acknowledged occlusion still clears and resumes, and the next one sounds again', () => {
  const sim = occludedTherapy();
  acknowledgeFirst(sim);
  sim.inject(occlusion('released'));
  through(sim, CLEARED_AT);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
  sim.inject(occlusion('complete'));
  through(sim, CLEARED_AT + 2 * US_PER_HOUR);
  expect(sim.status.alarms).toMatchObject([{ presence: 'on' }]);
});

test('START is refused with INHIBITED while the catheter is occluded, acknowledged or not, running or stopped', () => {
  const sim = occludedTherapy();
  expect(tryStart(sim)).toMatchObject({ ok: false, code: 'INHIBITED', facts: { alarm: 'catheter-occlusion' } });
  acknowledgeFirst(sim);
  expect(refusal(tryStart(sim))).toBe('INHIBITED');
  accepted(sim.command({ command: 'stop' }));
  expect(refusal(tryStart(sim))).toBe('INHIBITED');
  expect(sim.status).toMatchObject({ rate: 0, mode: 'stopped' });
});

test('stopped while it is held, a pump stays stopped when the occlusion clears', () => {
  const sim = occludedTherapy();
  accepted(sim.command({ command: 'stop' }));
  sim.inject(occlusion('released'));
  through(sim, CLEARED_AT + US_PER_HOUR);
  expect(occlusionLines(sim).at(-1)).toBe(`off ${CLEARED_AT}`);
  expect(sim.status).toMatchObject({ rate: 0, mode: 'stopped', commanded: ALARM_STEP * STEP });
  start(sim);
  expect(sim.status.rate).toBe(RATE);
});

test('an alarm number that is not active is refused with NO_ALARM', () => {
  const sim = clearedTherapy();
  const ev = sim.log().find(({ kind }) => kind === 'ALARM')?.ev ?? NaN;
  for (const unknown of [ev, ev + 1, 0, 999]) {
    expect(refusal(sim.command({ command: 'acknowledge', ev: unknown }))).toBe('NO_ALARM');
  }
  expect(occlusionLines(sim)).toHaveLength(2);
});

test('of two alarms that hold delivery, the end of one leaves the hold of the other', () => {
  const sim = occludedTherapy();
  // Declared as all but empty: not one whole step over the residual.
  refill(sim, 1_400_009);
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['empty-reservoir', 'catheter-occlusion', 'low-reservoir']);
  sim.inject(occlusion('released'));
  through(sim, ALARM_AT + US_PER_HOUR);
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['empty-reservoir', 'low-reservoir']);
  expect(sim.status.rate).toBe(0);
  refill(sim, 18_000_000);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('a profile without a sensor raises no occlusion alarm, with 69 kPa or 199 in the catheter', () => {
  const sim = runningTherapy({ profile: 'itb-40', rate: RATE });
  sim.inject(occlusion('complete'));
  through(sim, 10 * ALARM_AT);
  expect(sim.sample().pressure).toBeGreaterThan(190_000);
  expect(sim.log().filter(({ kind }) => kind === 'ALARM')).toEqual([]);
});
