import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatchSignal } from '../protocol/motion.ts';
import { evenly } from './support/cases.ts';
import { lives, liveThrough } from './support/whole-life.ts';
import { MODE_NAMES } from './support/whole-faults.ts';

const RUNS = 1_000;

test(`in ${RUNS} random lives a body gives the same answers, and the same truths to the last bit, leaping, walking and interrupted`, () => {
  const trips = new Map<WatchSignal, number>();
  const modes = new Set<string>();
  let stopped = 0;
  let reports = 0;
  fc.assert(
    fc.property(lives, fc.array(evenly, { maxLength: 30 }), fc.constantFrom(1, 5, 100), (life, shares, maxWork) => {
      const leapt = liveThrough(life, { walk: false, maxWork: Infinity });
      const hops = shares.map((share) => Math.round(share * (life.looks.at(-1) ?? 0)));
      for (const way of [
        { walk: true, maxWork: Infinity },
        { walk: true, maxWork, hops },
        { walk: false, maxWork, hops },
      ]) {
        const seen = liveThrough(life, way);
        expect(seen.answers).toStrictEqual(leapt.answers);
        expect(seen.truths).toStrictEqual(leapt.truths);
      }
      for (const one of leapt.answers) {
        const watch = one.answer === 'tripped' ? leapt.set.get(one.watch) : undefined;
        if (watch !== undefined) trips.set(watch.signal, (trips.get(watch.signal) ?? 0) + 1);
        if (watch?.stops === true) stopped += 1;
        if (one.answer === 'reported') reports += 1;
      }
      for (const { act } of life.acts) if (act.act === 'fault') modes.add(`${act.fault.fault} ${act.fault.mode}`);
    }),
    { numRuns: RUNS },
  );
  console.info(
    `answers: trips ${[...trips].map(([signal, n]) => `${signal} ${n}`).join(', ')}; ${stopped} stopped the motor, ${reports} reports`,
  );
  // Agreement on lives in which nothing is answered would prove little.
  expect(trips.size).toBe(5);
  expect(Math.min(...trips.values(), stopped, reports)).toBeGreaterThan(RUNS / 10);
  expect(MODE_NAMES.filter((name) => !modes.has(name))).toEqual([]);
}, 300_000);
