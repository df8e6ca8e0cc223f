import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { createPump, restore, snapshot } from '../firmware-sim/firmware/pump.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import { runWhole, withTies } from './support/whole-run.ts';
import { wholeCases } from './support/whole-cases.ts';
import { bolus, commit, DAY, HOUR, MINUTE, ng, press, running, until, us } from './support/programs.ts';
import { accepted } from './support/therapy.ts';

test('a snapshot is a text that is the same again after it was restored', () => {
  const pump = createPump(PROFILES['itb-40-sense'], LIBRARIES.baclofen);
  const text = snapshot(pump);
  expect(snapshot(restore(text))).toBe(text);
});

test('a restored pump shares nothing with the one it was taken from', () => {
  const pump = createPump(PROFILES['itb-40-sense'], LIBRARIES.baclofen);
  const other = restore(snapshot(pump));
  pump.alarms['low-reservoir'].present = true;
  pump.log.ring.length = 0;
  expect(other.alarms['low-reservoir'].present).toBe(false);
  expect(other.log.ring).toHaveLength(1);
});

test('a firmware that is taken away and restored at random moments goes on bit for bit, whatever happens to it', () => {
  fc.assert(
    fc.property(wholeCases, (one) => {
      const timeline = withTies(one);
      const whole = runWhole(one, timeline, { leap: true });
      const restored = runWhole(one, timeline, { leap: true, restoring: true });
      expect(restored.log).toBe(whole.log);
      expect(restored.samples).toStrictEqual(whole.samples);
      expect(restored.outcomes).toStrictEqual(whole.outcomes);
    }),
    { numRuns: 300 },
  );
});

test('restored in the middle of boluses, waits and lockouts, the therapy goes on as if nothing had been', () => {
  const patient = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(HOUR), count: 3, window: us(DAY) };
  const play = (restoring: boolean): string => {
    const sim = running({ patient, limit: { dose: ng(340_000), window: us(DAY) } });
    const at = (time: number): void => {
      until(sim, time);
      if (restoring) sim.restore(sim.snapshot());
    };
    at(HOUR);
    accepted(bolus(sim, 20_000, HOUR));
    at(1.2 * HOUR);
    press(sim);
    at(1.3 * HOUR);
    for (let hour = 2; hour < 48; hour += 1) {
      at(hour * HOUR);
      press(sim);
    }
    commit(sim, { dose: ng(200_000) });
    at(3 * DAY);
    return JSON.stringify([sim.log(), sim.sample(), sim.snapshot()]);
  };
  expect(play(true)).toBe(play(false));
});
