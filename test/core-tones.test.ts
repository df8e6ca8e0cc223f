import { expect, test } from 'vitest';
import { chargeAt, createBattery, secondsOfTone } from '../firmware-sim/body/battery.ts';
import { answer, createPump, handle } from '../firmware-sim/firmware/pump.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Order } from '../protocol/motion.ts';
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_SECOND,
} from '../protocol/units.ts';
import { refill, runningTherapy, stop } from './support/therapy.ts';

const tonesOf = (orders: readonly Order[]): string[] =>
  orders.flatMap((one) => {
    if (one.order === 'tone') return [`tone ${one.burst}`];
    return one.order === 'silence' ? [one.finish ? 'finish' : 'silence'] : [];
  });

const at = (us: number) => micros(us);

/** A pump filled just over the alarm volume, with its orders recorded. */
function recorded() {
  const orders: Order[] = [];
  const hal = { order: (one: Order): void => void orders.push(one) };
  const pump = createPump(PROFILES['itb-20-sense'], LIBRARIES.water);
  const volume = nanolitres(2_000_010);
  handle(pump, hal, { command: 'refill', ifRevision: 1, volume, drained: nanolitres(0) }, at(0));
  const dose = nanograms(300_000);
  handle(pump, hal, { command: 'program', dose, concentration: nanogramsPerMicrolitre(1000) }, at(0));
  handle(pump, hal, { command: 'commit', ifRevision: 2 }, at(0));
  handle(pump, hal, { command: 'start', ifRevision: 3 }, at(0));
  return { pump, hal, orders };
}

const charge = (sim: Simulation): number => sim.sample().battery ?? Number.NaN;
const lastTrain = (orders: readonly Order[]): number => orders.findLast(({ order }) => order === 'train')?.id ?? 0;

test('a non-critical alarm sounds for a second each hour until it is acknowledged', () => {
  const { pump, hal, orders } = recorded();
  answer(pump, hal, [{ answer: 'done', train: lastTrain(orders), n: 1, t: at(2_880_000) }], at(2_880_000));
  const tone = orders.find(({ order }) => order === 'tone');
  expect(tone).toMatchObject({ burst: US_PER_SECOND, interval: US_PER_HOUR });
  handle(pump, hal, { command: 'acknowledge', ev: pump.alarms['low-reservoir'].raisedEv }, at(3_000_000));
  expect(tonesOf(orders)).toEqual(['tone 1000000', 'silence']);
});

test('a critical alarm takes over the tone of a non-critical one, and gives it back when it is acknowledged', () => {
  const { pump, hal, orders } = recorded();
  const t = at(2_880_000);
  answer(pump, hal, [{ answer: 'done', train: lastTrain(orders), n: 1, t }], t);
  const watch = orders.find((one) => one.order === 'watch' && one.signal === 'catheter-pressure')?.id ?? 0;
  const train = lastTrain(orders);
  const trip = at(5_760_000);
  answer(
    pump,
    hal,
    [
      { answer: 'done', train, n: 1, t: trip },
      { answer: 'tripped', watch, train, n: 1, t: trip },
    ],
    trip,
  );
  handle(pump, hal, { command: 'acknowledge', ev: pump.alarms['catheter-occlusion'].raisedEv }, at(6_000_000));
  expect(tonesOf(orders)).toEqual(['tone 1000000', 'tone 3000000', 'tone 1000000']);
});

test('the seconds of a tone are those of its bursts, the one that sounds counted so far', () => {
  const tone = { since: 100, burst: 3_000_000, interval: 600_000_000 };
  expect(secondsOfTone(tone, 100)).toBe(0);
  expect(secondsOfTone(tone, 100 + 1_000_000)).toBe(1);
  expect(secondsOfTone(tone, 100 + 599_999_999)).toBe(3);
  expect(secondsOfTone(tone, 100 + 601_000_000)).toBe(4);
});

test('time, steps, tone and telemetry each take their share of the charge, which never falls below nothing', () => {
  const battery = createBattery();
  const none = { us: 0, steps: 0, tone: 0, telemetry: 0 };
  const spent = (use: Partial<typeof none>): number => battery.charge - chargeAt(battery, { ...none, ...use });
  expect(spent({})).toBe(0);
  expect(spent({ us: 1_000_000_000 })).toBeCloseTo(30, 6);
  expect(spent({ steps: 1000 })).toBeCloseTo(60, 6);
  expect(spent({ tone: 10 })).toBeCloseTo(50, 6);
  expect(spent({ telemetry: 10 })).toBeCloseTo(200, 6);
  expect(chargeAt(battery, { ...none, telemetry: 1e9 })).toBe(0);
});

/** Low since 8 h, stopped, and some minutes after a burst. */
function soundingTherapy(): Simulation {
  const sim = runningTherapy({ rate: 300_000, fill: 2_100_000 });
  sim.advanceThrough(micros(US_PER_DAY + US_PER_MINUTE));
  stop(sim);
  return sim;
}

/** A day of standby. */
const STANDBY = 2592;
/** A second of tone. */
const BURST = 5;

test('an alarm that sounds for days costs the battery its bursts, and a refill silences it', () => {
  const sim = soundingTherapy();
  const before = charge(sim);
  sim.advanceThrough(micros(2 * US_PER_DAY + US_PER_MINUTE));
  expect(before - charge(sim)).toBeCloseTo(STANDBY + 24 * BURST, 1);
  refill(sim, 18_000_000);
  const after = charge(sim);
  sim.advanceThrough(micros(3 * US_PER_DAY + US_PER_MINUTE));
  expect(after - charge(sim)).toBeCloseTo(STANDBY, 1);
});

test('the burst in which an alarm ends is finished, and is the last', () => {
  const sim = soundingTherapy();
  sim.advanceThrough(micros(2 * US_PER_DAY + 0.2 * US_PER_SECOND));
  refill(sim, 18_000_000);
  const after = charge(sim);
  sim.advanceThrough(micros(3 * US_PER_DAY + 0.2 * US_PER_SECOND));
  expect(after - charge(sim)).toBeCloseTo(STANDBY + 0.8 * BURST, 1);
});
