import { expect, test } from 'vitest';
import { PROFILES, type ProfileName } from '../firmware-sim/firmware/profiles.ts';
import { answer, createPump, handle, type Pump } from '../firmware-sim/firmware/pump.ts';
import type { Order, Train } from '../protocol/motion.ts';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';

const ZERO = micros(0);

/** The firmware alone, with a body that takes its orders and says nothing. */
function startedFirmware(profile: ProfileName = 'itb-20-sense'): {
  pump: Pump;
  orders: Order[];
  hal: { order(one: Order): void };
} {
  const orders: Order[] = [];
  const hal = { order: (one: Order): void => void orders.push(one) };
  const pump = createPump(PROFILES[profile]);
  const [volume, drained] = [nanolitres(18_000_000), nanolitres(0)];
  const [dose, concentration] = [nanograms(300_000), nanogramsPerMicrolitre(1_000)];
  handle(pump, hal, { command: 'refill', ifRevision: 1, volume, drained }, ZERO);
  handle(pump, hal, { command: 'program', dose, concentration }, ZERO);
  handle(pump, hal, { command: 'commit', ifRevision: 2 }, ZERO);
  expect(orders).toEqual([]);
  handle(pump, hal, { command: 'start', ifRevision: 3 }, ZERO);
  return { pump, orders, hal };
}

test('a start sets the watch that stops the motor by itself, then orders the train', () => {
  const { orders } = startedFirmware();
  expect(orders).toEqual([
    {
      order: 'watch',
      id: 1,
      signal: 'catheter-pressure',
      beyond: 'above',
      limit: 70_000,
      rows: 3,
      sample: 'per-step',
      stops: true,
    },
    {
      order: 'train',
      id: 2,
      first: { us: 2_880_000, num: 0 },
      interval: { us: 2_880_000, num: 0 },
      den: 300_000,
      count: 1_600_000,
    },
  ]);
});

test('a profile without a sensor sets no watch', () => {
  expect(startedFirmware('itb-20').orders.map(({ order }) => order)).toEqual(['train']);
});

test('on the trip of an occlusion no further train is ordered, but a watch for its end, every minute at rest, and the tone', () => {
  const { pump, orders, hal } = startedFirmware();
  const t = micros(2_880_000 * 1_383);
  answer(
    pump,
    hal,
    [
      { answer: 'done', train: 2, n: 1_383, t },
      { answer: 'tripped', watch: 1, train: 2, n: 1_383, t },
    ],
    t,
  );
  expect(orders.slice(2)).toEqual([
    {
      order: 'watch',
      id: 3,
      signal: 'catheter-pressure',
      beyond: 'below',
      limit: 35_500,
      rows: 3,
      sample: 60_000_000,
      stops: false,
    },
    { order: 'tone', id: 4, burst: 3_000_000, interval: 600_000_000 },
  ]);
});

test('a stop orders one halt, and no train follows before the motor has said that it is done', () => {
  const { pump, orders, hal } = startedFirmware();
  const t = micros(10_000_000);
  handle(pump, hal, { command: 'stop' }, t);
  handle(pump, hal, { command: 'start', ifRevision: 5 }, t);
  expect(orders.slice(2)).toEqual([{ order: 'halt', id: 3 }]);
  // 8 ms later, as a rig would: the fourth step, at 11.52 s, was not made.
  const late = micros(10_008_000);
  answer(pump, hal, [{ answer: 'done', train: 2, n: 3, t: late }], late);
  expect(orders[3]).toMatchObject({ order: 'train', id: 4, first: { us: 11_520_000, num: 0 } });
});

test('answers to orders that were replaced are ignored', () => {
  const { pump, orders, hal } = startedFirmware();
  const t = micros(10_000_000);
  const before = structuredClone(pump);
  answer(
    pump,
    hal,
    [
      { answer: 'done', train: 77, n: 5, t },
      { answer: 'tripped', watch: 88, train: 77, n: 5, t },
    ],
    t,
  );
  expect(pump).toEqual(before);
  expect(orders).toHaveLength(2);
});

test('a train ends at the count at which low-reservoir is reached, and the next at the count of empty', () => {
  const { pump, orders, hal } = startedFirmware();
  const { count } = orders[1] as Train;
  const t = micros(2_880_000 * count);
  answer(pump, hal, [{ answer: 'done', train: 2, n: count, t }], t);
  expect(orders[2]).toMatchObject({ order: 'train', id: 3, count: 60_000 });
});
