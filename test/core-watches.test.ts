import { expect, test } from 'vitest';
import { advance, createBody, fill, inject, obey, type Body } from '../firmware-sim/body/body.ts';
import { missingAfter, trainFor, workOfStep } from '../firmware-sim/firmware/dosing/schedule.ts';
import type { Answer, Train, Watch, WatchSignal } from '../protocol/motion.ts';
import { micros, nanolitres, nanolitresPerDay, pascals } from '../protocol/units.ts';
import { occlusion, STEP } from './support/therapy.ts';

/** A step every 2.88 s raises an occluded catheter by 50 Pa from 1000 Pa. */
const INTERVAL = 2_880_000;
const stepStamp = (k: number): number => k * INTERVAL;

function occludedBody(): Body {
  const body = createBody({ stepVolume: STEP, residual: 0, concentration: 500 });
  fill(body, 10_000_000, 500);
  inject(body, occlusion('complete'));
  return body;
}

function train(id: number, count = 1_000_000, from = 0, missing = workOfStep(nanolitres(STEP))): Train {
  return trainFor(id, from, missing, nanolitresPerDay(300_000), nanolitres(STEP), count);
}

/** Trips when the pressure has passed that of step `step - 1` for `rows` samples. */
const watch = (id: number, step: number, over: Partial<Watch> = {}): Watch => ({
  order: 'watch',
  id,
  signal: 'catheter-pressure',
  beyond: 'above',
  limit: pascals(1_000 + 50 * (step - 1)),
  rows: 1,
  sample: 'per-step',
  stops: false,
  ...over,
});

function answersUntil(body: Body, us: number): Answer[] {
  const all: Answer[] = [];
  while (body.now < us) all.push(...advance(body, micros(us), false, Infinity).answers);
  return all;
}

const tripped = (id: number, n: number, t: number, trainId = 1): Answer => ({
  answer: 'tripped',
  watch: id,
  train: trainId,
  n,
  t: micros(t),
});

test('a watch trips once, at its step, and without an order to stop the steps go on', () => {
  const body = occludedBody();
  obey(body, watch(5, 20, { rows: 2 }));
  obey(body, train(1));
  expect(answersUntil(body, stepStamp(100))).toEqual([tripped(5, 21, stepStamp(21))]);
  expect(body.made).toBe(100);
});

test('a value at the limit is not beyond it', () => {
  const body = occludedBody();
  obey(body, watch(5, 20, { limit: pascals(1_000 + 50 * 20) }));
  obey(body, train(1));
  expect(answersUntil(body, stepStamp(20))).toEqual([]);
  expect(answersUntil(body, stepStamp(21))).toEqual([tripped(5, 21, stepStamp(21))]);
});

test('a watch that stops the motor ends the train with one done at the same time, before the trip', () => {
  const body = occludedBody();
  obey(body, watch(5, 20, { stops: true }));
  obey(body, train(1));
  expect(answersUntil(body, stepStamp(100))).toEqual([
    { answer: 'done', train: 1, n: 20, t: stepStamp(20) },
    tripped(5, 20, stepStamp(20)),
  ]);
});

test('a trip at the last step of a train gives one done', () => {
  const body = occludedBody();
  obey(body, watch(5, 20, { stops: true }));
  obey(body, train(1, 20));
  expect(answersUntil(body, stepStamp(30))).toEqual([
    { answer: 'done', train: 1, n: 20, t: stepStamp(20) },
    tripped(5, 20, stepStamp(20)),
  ]);
});

test('two watches trip at one step, and one that is nearer trips first', () => {
  const body = occludedBody();
  for (const one of [watch(5, 20), watch(6, 20), watch(7, 15)]) obey(body, one);
  obey(body, train(1));
  expect(answersUntil(body, stepStamp(100))).toEqual([
    tripped(7, 15, stepStamp(15)),
    tripped(5, 20, stepStamp(20)),
    tripped(6, 20, stepStamp(20)),
  ]);
});

test('a watch that is taken away does not trip, and taking away an unknown one is ignored', () => {
  const body = occludedBody();
  for (const one of [watch(5, 20), watch(6, 30)]) obey(body, one);
  obey(body, train(1));
  expect(obey(body, { order: 'unwatch', id: 8, watch: 5 })).toEqual([]);
  expect(obey(body, { order: 'unwatch', id: 9, watch: 99 })).toEqual([]);
  expect(answersUntil(body, stepStamp(100))).toEqual([tripped(6, 30, stepStamp(30))]);
});

test('rows are counted on over the end of a train, a halt and a new train', () => {
  const body = occludedBody();
  obey(body, watch(5, 20, { rows: 6 }));
  const first = train(1, 22);
  obey(body, first);
  answersUntil(body, stepStamp(22));
  const second = train(2, 1_000, stepStamp(22), missingAfter(first, 22, stepStamp(22)));
  obey(body, second);
  answersUntil(body, stepStamp(24));
  expect(obey(body, { order: 'halt', id: 3 })).toEqual([{ answer: 'done', train: 2, n: 2, t: stepStamp(24) }]);
  obey(body, train(4, 1_000, stepStamp(24)));
  expect(answersUntil(body, stepStamp(40))).toEqual([tripped(5, 1, stepStamp(25), 4)]);
});

test('setting a watch starts its rows at zero, whatever was seen before', () => {
  const body = occludedBody();
  obey(body, train(1));
  answersUntil(body, stepStamp(30));
  obey(body, watch(5, 20, { rows: 3 }));
  expect(answersUntil(body, stepStamp(40))).toEqual([tripped(5, 33, stepStamp(33))]);
});

test('a halt at rest answers nothing', () => {
  expect(obey(occludedBody(), { order: 'halt', id: 1 })).toEqual([]);
});

test('a sample by time that trips at the instant of a step is answered together with what that step answers', () => {
  const body = occludedBody();
  obey(body, watch(5, 1, { sample: micros(10 * INTERVAL) }));
  obey(body, train(1, 10));
  expect(advance(body, micros(stepStamp(30)), false, Infinity).answers).toEqual([
    { answer: 'done', train: 1, n: 10, t: stepStamp(10) },
    tripped(5, 0, stepStamp(10), 0),
  ]);
});

test('a sample by time that stops the motor ends the train, the step of that instant made', () => {
  const body = occludedBody();
  obey(body, watch(5, 1, { sample: micros(10 * INTERVAL), stops: true }));
  obey(body, train(1));
  expect(answersUntil(body, stepStamp(30))).toEqual([
    { answer: 'done', train: 1, n: 10, t: stepStamp(10) },
    tripped(5, 10, stepStamp(10)),
  ]);
});

const SIGNALS: readonly WatchSignal[] = ['catheter-pressure', 'rotor-turn', 'pressure-valid', 'battery', 'temperature'];
const BY_STEPS: readonly WatchSignal[] = ['catheter-pressure', 'rotor-turn'];
const byTime = micros(60_000_000);
const setting =
  (over: Partial<Watch>): (() => void) =>
  () =>
    void obey(occludedBody(), watch(5, 20, over));

test.each(SIGNALS)('%s can be watched as the contract says, and in no other way', (signal) => {
  const bySteps = BY_STEPS.includes(signal);
  const ways = [
    { allowed: bySteps, over: { signal, sample: 'per-step' } as const },
    { allowed: signal !== 'rotor-turn', over: { signal, sample: byTime } as const },
    { allowed: bySteps, over: { signal, sample: bySteps ? 'per-step' : byTime, rows: 2 } as const },
  ];
  for (const { allowed, over } of ways) {
    if (allowed) expect(setting(over)).not.toThrow();
    else expect(setting(over)).toThrow(RangeError);
  }
});

test.each([
  { rows: 0 },
  { rows: 1.5 },
  { limit: 0.5 },
  { sample: 0 as typeof byTime },
  { sample: -1 as typeof byTime },
])('a watch with %o is none', (over) => {
  expect(setting(over)).toThrow(RangeError);
});
