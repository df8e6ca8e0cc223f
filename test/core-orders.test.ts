import { expect, test } from 'vitest';
import { PROFILES, type ProfileName } from '../firmware-sim/firmware/profiles.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import { answer, createPump, handle, type Pump } from '../firmware-sim/firmware/pump.ts';
import type { Order, Train } from '../protocol/motion.ts';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';

const ZERO = micros(0);

/** The firmware alone, with a body that takes its orders and says nothing. */
function startedFirmware(profile: ProfileName = 'itb-20-sense'): {
  pump: Pump;
  begun: Order[];
  orders: Order[];
  train: number;
  watch: number;
  hal: { order(one: Order): void };
} {
  const orders: Order[] = [];
  const hal = { order: (one: Order): void => void orders.push(one) };
  const pump = createPump(PROFILES[profile], LIBRARIES.water);
  const [volume, drained] = [nanolitres(18_000_000), nanolitres(0)];
  const [dose, concentration] = [nanograms(300_000), nanogramsPerMicrolitre(1_000)];
  handle(pump, hal, { command: 'refill', ifRevision: 1, volume, drained }, ZERO);
  handle(pump, hal, { command: 'program', dose, concentration }, ZERO);
  handle(pump, hal, { command: 'commit', ifRevision: 2 }, ZERO);
  expect(orders.filter(({ order }) => order !== 'watch')).toEqual([]);
  handle(pump, hal, { command: 'start', ifRevision: 3 }, ZERO);
  const train = orders.find((one) => one.order === 'train')?.id ?? 0;
  const watch = orders.find((one) => one.order === 'watch' && one.signal === 'catheter-pressure')?.id ?? 0;
  // What comes after the start is what a test looks at.
  const begun = [...orders];
  orders.length = 0;
  return { pump, begun, orders, hal, train, watch };
}

test('a start sets the watch that stops the motor by itself, then orders the train', () => {
  const { begun, watch, train } = startedFirmware();
  expect(begun.at(-1)).toMatchObject({ order: 'train', id: train });
  expect(begun.filter(({ id }) => id === watch || id === train)).toEqual([
    {
      order: 'watch',
      id: watch,
      signal: 'catheter-pressure',
      beyond: 'above',
      limit: 70_000,
      rows: 3,
      sample: 'per-step',
      stops: true,
    },
    {
      order: 'train',
      id: train,
      first: { us: 2_880_000, num: 0 },
      interval: { us: 2_880_000, num: 0 },
      den: 300_000,
      count: 1_600_000,
    },
  ]);
});

test('a profile without a pressure sensor sets no watch on it', () => {
  const signals = (profile: ProfileName): string[] =>
    startedFirmware(profile).begun.flatMap((one) => (one.order === 'watch' ? [one.signal] : []));
  const others = ['temperature', 'battery', 'battery', 'rotor-turn', 'rotor-turn', 'rotor-turn'];
  expect(signals('itb-20')).toEqual(others);
  expect(signals('itb-20-sense').toSorted()).toEqual(['catheter-pressure', 'pressure-valid', ...others].toSorted());
});

test('on the trip of an occlusion no further train is ordered, but a watch for its end, every minute at rest, and the tone', () => {
  const { pump, orders, hal, train, watch } = startedFirmware();
  const t = micros(2_880_000 * 1_383);
  answer(
    pump,
    hal,
    [
      { answer: 'done', train, n: 1_383, t },
      { answer: 'tripped', watch, train, n: 1_383, t },
    ],
    t,
  );
  expect(orders).toMatchObject([
    {
      order: 'watch',
      signal: 'catheter-pressure',
      beyond: 'below',
      limit: 35_500,
      rows: 3,
      sample: 60_000_000,
      stops: false,
    },
    { order: 'tone', burst: 3_000_000, interval: 600_000_000 },
  ]);
});

test('a stop orders one halt, and no train follows before the motor has said that it is done', () => {
  const { pump, orders, hal, train } = startedFirmware();
  const t = micros(10_000_000);
  handle(pump, hal, { command: 'stop' }, t);
  handle(pump, hal, { command: 'start', ifRevision: 5 }, t);
  // The stop takes a dose number, of which the journal must know.
  expect(orders).toMatchObject([
    { order: 'journal', id: train + 1, text: expect.stringMatching(/^STOP 1 /) as string },
    { order: 'halt', id: train + 2 },
  ]);
  // 8 ms later, as a rig would: the fourth step, at 11.52 s, was not made.
  const late = micros(10_008_000);
  answer(pump, hal, [{ answer: 'done', train, n: 3, t: late }], late);
  expect(orders[2]).toMatchObject({ order: 'train', id: train + 3, first: { us: 11_520_000, num: 0 } });
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
  expect(pump).toEqual({ ...before, judgedAt: t });
  expect(orders).toHaveLength(0);
});

test('a train ends at the count at which low-reservoir is reached, and the next at the count of empty', () => {
  const { pump, begun, orders, hal, train } = startedFirmware();
  const { count } = begun.at(-1) as Train;
  const t = micros(2_880_000 * count);
  answer(pump, hal, [{ answer: 'done', train, n: count, t }], t);
  expect(orders[0]).toMatchObject({ order: 'train', id: train + 1, count: 60_000 });
});
