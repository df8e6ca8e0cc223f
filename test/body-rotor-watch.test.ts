import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inject, obey } from '../firmware-sim/body/body.ts';
import type { Fault } from '../firmware-sim/body/faults.ts';
import type { Answer, Watch } from '../protocol/motion.ts';
import { answersUntil, evenTrain, filledBody, watchOn } from './support/whole-bench.ts';

const SECOND = 1_000_000;
const STALL: Fault = { fault: 'rotor.stall', mode: 'stuck' };
const TURNS: Fault = { fault: 'rotor.stall', mode: 'off' };
const turning = (share: number): Fault => ({ fault: 'rotor.turn', mode: 'wrong', turn: share * 1_000_000 });

/** Trips when `rows` steps in a row have not turned the rotor by half a step. */
const missing = (id: number, rows: number, stops = false): Watch =>
  watchOn(id, { signal: 'rotor-turn', beyond: 'below', limit: 500, rows, stops });

const tripped = (watch: number, train: number, n: number, seconds: number): Answer =>
  ({ answer: 'tripped', watch, train, n, t: seconds * SECOND }) as Answer;

test.each([{ walk: false }, { walk: true }])(
  'a stalled rotor trips at exactly the seventh step that it misses (walk: $walk)',
  ({ walk }) => {
    const body = filledBody();
    obey(body, missing(1, 7));
    obey(body, evenTrain(2, SECOND, 1_000));
    answersUntil(body, 100 * SECOND, walk);
    inject(body, STALL);
    expect(answersUntil(body, 300 * SECOND, walk)).toEqual([tripped(1, 2, 107, 107)]);
  },
);

test('a rotor that turns never trips, however long the train', () => {
  const body = filledBody();
  obey(body, missing(1, 1));
  obey(body, evenTrain(2, SECOND, 1_000_000));
  expect(answersUntil(body, 500_000 * SECOND)).toEqual([]);
});

test('missed steps are counted on from one train to the next, with a pause between', () => {
  const body = filledBody();
  inject(body, STALL);
  obey(body, missing(1, 7));
  obey(body, evenTrain(2, SECOND, 4));
  answersUntil(body, 60 * SECOND);
  obey(body, evenTrain(3, SECOND, 100, 60 * SECOND));
  expect(answersUntil(body, 200 * SECOND)).toContainEqual(tripped(1, 3, 3, 63));
});

test('one step that turns the rotor starts the count anew', () => {
  const body = filledBody();
  inject(body, STALL);
  obey(body, missing(1, 7));
  obey(body, evenTrain(2, SECOND, 100));
  answersUntil(body, 6 * SECOND);
  inject(body, TURNS);
  answersUntil(body, 7 * SECOND);
  inject(body, STALL);
  expect(answersUntil(body, 50 * SECOND)).toEqual([tripped(1, 2, 14, 14)]);
});

test('the step at the very instant of a recovery is the last one missed', () => {
  const body = filledBody();
  inject(body, { fault: 'rotor.stall', mode: 'delayed', recovery: 7 * SECOND });
  obey(body, missing(1, 7));
  obey(body, missing(2, 8));
  obey(body, evenTrain(3, SECOND, 100));
  expect(answersUntil(body, 50 * SECOND)).toEqual([tripped(1, 3, 7, 7)]);
});

test('a trip that stops the motor ends the train with one done at the same time, before the trip', () => {
  const body = filledBody();
  inject(body, STALL);
  obey(body, missing(1, 7, true));
  obey(body, evenTrain(2, SECOND, 100));
  expect(answersUntil(body, 50 * SECOND)).toEqual([
    { answer: 'done', train: 2, n: 7, t: 7 * SECOND },
    tripped(1, 2, 7, 7),
  ]);
});

test('a dead feedback is a rotor that does not turn', () => {
  const body = filledBody();
  inject(body, { fault: 'sensor.rotor', mode: 'dead' });
  obey(body, missing(1, 3));
  obey(body, evenTrain(2, SECOND, 100));
  expect(answersUntil(body, 50 * SECOND)).toEqual([tripped(1, 2, 3, 3)]);
});

test.each([
  { turn: 0.499, trips: true },
  { turn: 0.5, trips: false },
])('a turn of $turn steps trips a watch below 500 ‰: $trips', ({ turn, trips }) => {
  const body = filledBody();
  inject(body, turning(turn));
  obey(body, missing(1, 3));
  obey(body, evenTrain(2, SECOND, 100));
  expect(answersUntil(body, 50 * SECOND)).toEqual(trips ? [tripped(1, 2, 3, 3)] : []);
});

test('a rotor that turns too far trips a watch above its limit', () => {
  const body = filledBody();
  inject(body, turning(1.146));
  obey(body, watchOn(1, { signal: 'rotor-turn', beyond: 'above', limit: 1_145, rows: 5 }));
  obey(body, evenTrain(2, SECOND, 100));
  expect(answersUntil(body, 50 * SECOND)).toEqual([tripped(1, 2, 5, 5)]);
});

test('a watch on the pressure and one on the rotor trip at one step, in the order in which they were set', () => {
  const body = filledBody();
  inject(body, STALL);
  obey(body, missing(1, 4));
  obey(
    body,
    watchOn(2, {
      signal: 'catheter-pressure',
      beyond: 'below',
      limit: 2_000,
      rows: 4,
      sample: 'per-step',
      stops: true,
    }),
  );
  obey(body, missing(3, 4));
  obey(body, evenTrain(4, SECOND, 100));
  const answers = [
    { answer: 'done', train: 4, n: 4, t: 4 * SECOND },
    ...[1, 2, 3].map((watch) => tripped(watch, 4, 4, 4)),
  ];
  expect(answersUntil(body, 50 * SECOND)).toEqual(answers);
});

interface Bend {
  /** The fault comes half a second after so many steps. */
  readonly after: number;
  readonly fault: Fault;
  /** Turn that the feedback counts from then on, ‰. */
  readonly turn: number;
}

const bends: fc.Arbitrary<Omit<Bend, 'after'>> = fc.constantFrom(
  { fault: STALL, turn: 0 },
  { fault: turning(0), turn: 0 },
  { fault: turning(0.4), turn: 400 },
  { fault: turning(0.6), turn: 600 },
  { fault: { fault: 'rotor.turn', mode: 'off' }, turn: 1_000 },
);

test('leaping and walking trip where a count of every step says, across trains of any length', () => {
  let trips = 0;
  const lives = fc.record({
    bends: fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), bends), { maxLength: 6 }),
    counts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
    rows: fc.integer({ min: 1, max: 30 }),
    strides: fc.constantFrom(1, 3, Infinity),
  });
  fc.assert(
    fc.property(lives, ({ bends: raw, counts, rows, strides }) => {
      // A stall hides any other turn: it ends with the next fault.
      const sorted = raw.map(([after, bend]): Bend => ({ after, ...bend })).toSorted((a, b) => a.after - b.after);
      const run = (walk: boolean, maxWork: number): Answer[] => {
        const body = filledBody();
        const answers: Answer[] = [];
        obey(body, missing(1, rows));
        let steps = 0;
        for (const [index, count] of counts.entries()) {
          obey(body, evenTrain(2 + index, SECOND, count, steps * SECOND));
          for (const { after, fault } of sorted.filter((bend) => bend.after >= steps && bend.after < steps + count)) {
            answers.push(...answersUntil(body, after * SECOND + SECOND / 2, walk, maxWork));
            inject(body, TURNS);
            inject(body, fault);
          }
          steps += count;
          answers.push(...answersUntil(body, steps * SECOND, walk, maxWork));
        }
        return answers.filter(({ answer }) => answer === 'tripped');
      };
      const total = counts.reduce((sum, count) => sum + count, 0);
      let inRow = 0;
      let expected = Infinity;
      let turn = 1_000;
      for (let step = 1; step <= total; step += 1) {
        for (const bend of sorted) if (bend.after === step - 1) turn = bend.turn;
        inRow = turn < 500 ? inRow + 1 : 0;
        if (inRow === rows) expected = Math.min(expected, step);
      }
      const leapt = run(false, Infinity);
      expect(leapt.map(({ t }) => t)).toEqual(expected < Infinity ? [expected * SECOND] : []);
      expect(run(true, strides)).toEqual(leapt);
      trips += leapt.length;
    }),
    { numRuns: 500 },
  );
  expect(trips).toBeGreaterThan(100);
});
