import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inject, obey, truthOf, type Body, type Truth } from '../firmware-sim/body/body.ts';
import type { Fault } from '../firmware-sim/body/faults.ts';
import { answersUntil, evenTrain, filledBody, FULL, STROKE } from './support/whole-bench.ts';

const SECOND = 1_000_000;
const turning = (ppm: number): Fault => ({ fault: 'rotor.turn', mode: 'wrong', turn: ppm });

/** Truth after 1000 steps under these faults, at rest long enough for the catheter to relax. */
function after1000(...faults: Fault[]): Truth {
  const body = filledBody();
  for (const fault of faults) inject(body, fault);
  turnOn(body);
  return truthOf(body);
}

function turnOn(body: Body): void {
  const from = body.now;
  obey(body, evenTrain(1, SECOND, 1_000, from));
  answersUntil(body, from + 1_100 * SECOND);
}

test('a rotor that turns by a share of a step moves and counts that share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_000_000 }), (ppm) => {
      const { reservoir, delivered, rotorFeedback } = after1000(turning(ppm));
      const volume = (1_000 * STROKE * ppm) / 1_000_000;
      expect(FULL - reservoir).toBeCloseTo(volume, 6);
      expect(delivered).toBeCloseTo(volume, 6);
      expect(rotorFeedback).toBeCloseTo(volume, 6);
    }),
    { numRuns: 100 },
  );
});

test('turn and gain multiply in the volume, and the feedback sees the turn alone', () => {
  const { delivered, rotorFeedback } = after1000(turning(500_000), {
    fault: 'rotor.gain',
    mode: 'wrong',
    flow: 1_200_000,
  });
  expect(delivered).toBeCloseTo(1_000 * STROKE * 0.6, 6);
  expect(rotorFeedback).toBeCloseTo(1_000 * STROKE * 0.5, 6);
});

test('a stalled rotor moves and counts nothing, however far it would turn', () => {
  const { delivered, rotorFeedback } = after1000(turning(3_000_000), { fault: 'rotor.stall', mode: 'stuck' });
  expect([delivered, rotorFeedback]).toEqual([0, 0]);
});

test('a dead feedback counts nothing of what a rotor turns', () => {
  const { delivered, rotorFeedback } = after1000(turning(500_000), { fault: 'sensor.rotor', mode: 'dead' });
  expect(delivered).toBeCloseTo(1_000 * STROKE * 0.5, 6);
  expect(rotorFeedback).toBe(0);
});

test('what was counted before another turn stays counted, and off is a whole step', () => {
  const body = filledBody();
  for (const fault of [turning(250_000), turning(1_500_000), { fault: 'rotor.turn', mode: 'off' } as const]) {
    inject(body, fault);
    turnOn(body);
  }
  expect(truthOf(body).rotorFeedback).toBeCloseTo(1_000 * STROKE * (0.25 + 1.5 + 1), 6);
  expect(FULL - truthOf(body).reservoir).toBeCloseTo(1_000 * STROKE * (0.25 + 1.5 + 1), 6);
});
