/** Hosts and a pump on a line that does everything wrong; the same at length is `npx tsx test/faulty-wire-long.ts`. */
import { expect, test } from 'vitest';
import { runFaulty } from './support/faulty-run.ts';

test('on 200,000 lines of which a fifth is lost and many come twice, late or damaged, no dose is given twice or told wrongly', () => {
  const { counts, flaws } = runFaulty({ seed: 1, lines: 200_000 });
  expect(flaws).toEqual([]);
  expect(counts.told).toBe(counts.delivered);
  expect(counts.delivered).toBeGreaterThan(1_000_000);
  const { lines, lost, duplicated, reordered, corrupted } = counts;
  expect(lines).toBeGreaterThanOrEqual(200_000);
  expect(lost / lines).toBeCloseTo(0.2, 2);
  for (const share of [duplicated, reordered, corrupted]) expect(share / lines).toBeGreaterThan(0.02);
  // Everything that can become of a dose has become of some, and everything that can happen has happened.
  const { done, interrupted, accepted, notAccepted, uncertain } = counts;
  for (const results of [done, interrupted, accepted, notAccepted, uncertain]) expect(results).toBeGreaterThan(0);
  const { patient, typed, stops, hostCrashes, pumpCrashes, gaveUp } = counts;
  for (const events of [patient, typed, stops, hostCrashes, pumpCrashes, gaveUp]) expect(events).toBeGreaterThan(50);
});

test('two runs of one seed are the same, and those of two seeds are not', () => {
  const [one, same, other] = [1, 1, 2].map((seed) => runFaulty({ seed, lines: 5000 }));
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

// What it takes to find that `session` or `nonce` is missing, a random run does not come upon: the model check does.
test.each(['id', 'after', 'by', 'stop', 'journal', 'renewal', 'query', 'expiry'] as const)(
  'without the rule "%s" doses go wrong, and the run shows it',
  (without) => {
    expect(runFaulty({ seed: 1, lines: 40_000, without }).flaws).not.toEqual([]);
  },
);
