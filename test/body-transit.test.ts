import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  concentrationAtTip,
  createTransit,
  departedAt,
  massOf,
  nextFront,
  settled,
  volumeOf,
  withLeak,
  type Transit,
} from '../firmware-sim/body/transit.ts';

const PIPE = 400_000;

/** A pipe through which fillings of these concentrations have come, one after the other. */
function pipeOf(fillings: readonly { readonly volume: number; readonly conc: number }[]): Transit {
  let transit = createTransit(PIPE, 1_000);
  let drawn = 0;
  for (const { volume, conc } of fillings) {
    transit = { ...transit, incoming: conc };
    drawn += volume;
    transit = settled(transit, drawn, drawn).transit;
  }
  return transit;
}

const fillings = fc.array(
  fc.record({ volume: fc.integer({ min: 1, max: 150_000 }), conc: fc.constantFrom(500, 1_000, 2_000) }),
  { maxLength: 8 },
);
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });

test('a pipe holds as many fronts as there were fillings of another concentration', () => {
  const transit = pipeOf([500, 2_000, 500, 1_000, 500].map((conc) => ({ volume: 50_000, conc })));
  expect(transit.proximal.map(({ conc }) => conc)).toEqual([1_000, 500, 2_000, 500, 1_000, 500]);
  expect(volumeOf(transit.proximal)).toBeCloseTo(PIPE, 6);
});

test('a new concentration reaches the tip when the volume of the pipe has left, and not before', () => {
  const transit = { ...createTransit(PIPE, 1_000), incoming: 500 };
  expect(nextFront(transit, 0)).toBe(PIPE);
  expect(concentrationAtTip(transit, PIPE - 1)).toBe(1_000);
  expect(concentrationAtTip(transit, PIPE + 1)).toBe(500);
  expect(departedAt(transit, PIPE + 10).tipMass).toBeCloseTo(PIPE * 1_000 + 10 * 500, 3);
});

test('between a moment and the next front the concentration at the tip does not change, and just beyond the front it does', () => {
  let fronts = 0;
  fc.assert(
    fc.property(fillings, fc.option(share, { nil: 0 }), share, share, (rows, leak, place, at) => {
      const whole = pipeOf(rows);
      const transit = leak === 0 ? whole : withLeak(whole, leak, place);
      const from = transit.outflow + at * PIPE;
      const front = nextFront(transit, from);
      if (front === Infinity) return;
      // A front that ends within a thousandth of a nanolitre is not looked at on both sides.
      if (front - from < 2e-3) return;
      fronts += 1;
      const now = concentrationAtTip(transit, from + 1e-3);
      for (const part of [0.1, 0.5, 0.9]) expect(concentrationAtTip(transit, from + part * (front - from))).toBe(now);
      expect(concentrationAtTip(transit, front - 1e-3)).toBe(now);
      expect(concentrationAtTip(transit, front + 1e-3)).not.toBe(now);
    }),
    { numRuns: 500 },
  );
  expect(fronts).toBeGreaterThan(100);
});

test('a row made anew half way says the same of everything that leaves later', () => {
  fc.assert(
    fc.property(fillings, fc.option(share, { nil: 0 }), share, share, share, (rows, leak, place, half, rest) => {
      const whole = pipeOf(rows);
      const transit = leak === 0 ? whole : withLeak(whole, leak, place);
      const middle = transit.outflow + half * 2 * PIPE;
      const end = middle + rest * 2 * PIPE;
      const anew = departedAt(settled(transit, middle, middle).transit, end);
      const straight = departedAt(transit, end);
      for (const key of ['tipVolume', 'tipMass', 'leakVolume', 'leakMass'] as const)
        expect(Math.abs(anew[key] - straight[key])).toBeLessThanOrEqual(1e-9 * (1 + straight[key]));
    }),
    { numRuns: 500 },
  );
});

test('a leak takes its share of volume and drug, and delays what is behind it by the rest of the pipe at the slower flow', () => {
  const transit = withLeak({ ...createTransit(PIPE, 1_000), incoming: 500 }, 0.75, 0.4);
  const departed = departedAt(transit, 100_000);
  expect(departed.leakVolume).toBeCloseTo(75_000, 6);
  expect(departed.tipVolume).toBeCloseTo(25_000, 6);
  expect(departed.leakMass).toBeCloseTo(75_000 * 1_000, 3);
  // 40 % of the pipe at full flow, then 60 % of it at a quarter.
  expect(nextFront(transit, 0)).toBeCloseTo(0.4 * PIPE + (0.6 * PIPE) / 0.25, 6);
});

test('a pipe that has come apart lets nothing arrive, and keeps what lies beyond', () => {
  const transit = withLeak({ ...createTransit(PIPE, 1_000), incoming: 500 }, 1, 0.5);
  const later = settled(transit, 1e6, 1e6).transit;
  expect(departedAt(transit, 1e6).tipMass).toBe(0);
  expect(nextFront(transit, 0)).toBe(Infinity);
  expect(massOf(later.distal)).toBeCloseTo(0.5 * PIPE * 1_000, 3);
  expect(massOf(later.proximal)).toBeCloseTo(0.5 * PIPE * 500, 3);
});

test('fluid that flows back takes the drug next to the pump with it, and CSF without drug follows at the tip', () => {
  const transit = pipeOf([{ volume: 100_000, conc: 500 }]);
  const { transit: turned, returned } = settled(transit, transit.drawn - 150_000, transit.outflow - 150_000);
  expect(massOf(returned)).toBeCloseTo(100_000 * 500 + 50_000 * 1_000, 3);
  expect(volumeOf(turned.proximal)).toBeCloseTo(PIPE, 6);
  expect(concentrationAtTip(turned, turned.outflow + 149_999)).toBe(0);
  expect(concentrationAtTip(turned, turned.outflow + 150_001)).toBe(1_000);
});

test('drug is neither lost nor made by any sequence of flow out, flow back and leaks', () => {
  const moves = fc.array(
    fc.record({
      volume: fc.double({ min: -300_000, max: 300_000, noNaN: true }),
      conc: fc.constantFrom(500, 1_000, 2_000),
      leak: fc.oneof(fc.constantFrom(0, 1), share),
      place: fc.oneof(fc.constantFrom(0, 1), share),
      opens: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(moves, (sequence) => {
      let transit = createTransit(PIPE, 1_000);
      let put = PIPE * 1_000;
      let back = 0;
      for (const { volume, conc, leak, place, opens } of sequence) {
        transit = { ...transit, incoming: conc };
        if (opens) transit = withLeak(transit, leak, place);
        const next = settled(transit, transit.drawn + volume, transit.outflow + volume);
        transit = next.transit;
        put += Math.max(0, volume) * conc;
        back += massOf(next.returned);
        const { tipMass, leakMass } = transit.left;
        const where = massOf(transit.proximal) + massOf(transit.distal) + tipMass + leakMass + back;
        expect(Math.abs(where - put)).toBeLessThan(1e-9 * put);
        expect(volumeOf(transit.proximal) + volumeOf(transit.distal)).toBeCloseTo(PIPE, 5);
      }
    }),
    { numRuns: 500 },
  );
});
