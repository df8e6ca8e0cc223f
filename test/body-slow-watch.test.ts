import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, inject, obey, talk, truthOf, type Body } from '../firmware-sim/body/body.ts';
import { CAPACITY } from '../firmware-sim/body/battery.ts';
import type { Fault } from '../firmware-sim/body/faults.ts';
import type { Watch } from '../protocol/motion.ts';
import { micros, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import { answersUntil, evenTrain, filledBody, trainAt, tripTimes, watchOn } from './support/whole-bench.ts';

const MINUTE = US_PER_MINUTE;
const DEAD: Fault = { fault: 'sensor.pressure', mode: 'dead' };
const FEVER: Fault = { fault: 'ambient.temperature', mode: 'wrong', temperature: 40_001, effect: 0 };
const battery = (share: number): Fault => ({ fault: 'battery.cell', mode: 'wrong', share: share * 1_000_000 });

const invalid = (id: number, over: Partial<Watch> = {}): Watch =>
  watchOn(id, { signal: 'pressure-valid', beyond: 'below', limit: 1, ...over });
const hot = (id: number, over: Partial<Watch> = {}): Watch =>
  watchOn(id, { signal: 'temperature', beyond: 'above', limit: 40_000, ...over });
const low = (id: number, limit: number, over: Partial<Watch> = {}): Watch =>
  watchOn(id, { signal: 'battery', beyond: 'below', limit, ...over });

const SLOW = [
  { signal: 'pressure-valid', watch: invalid(1), fault: DEAD },
  { signal: 'temperature', watch: hot(1), fault: FEVER },
  { signal: 'battery', watch: low(1, CAPACITY / 2), fault: battery(0.4) },
] as const;
const WAYS = SLOW.flatMap((one) =>
  [false, true].flatMap((moving) => [false, true].map((walk) => ({ ...one, moving, walk }))),
);

test.each(WAYS)(
  '$signal trips at the first sample of its grid after it is beyond the limit (motor running: $moving, walk: $walk)',
  ({ watch, fault, moving, walk }) => {
    const body = filledBody();
    answersUntil(body, 7_000_000);
    if (moving) obey(body, evenTrain(9, 1_700_000, 1_000, 7_000_000));
    obey(body, watch);
    expect(answersUntil(body, 7_000_000 + 3.5 * MINUTE, walk)).toEqual([]);
    inject(body, fault);
    const t = 7_000_000 + 4 * MINUTE;
    const [train, n] = moving ? [9, Math.floor((4 * MINUTE) / 1_700_000)] : [0, 0];
    expect(answersUntil(body, t + 10 * MINUTE, walk)).toEqual([{ answer: 'tripped', watch: 1, train, n, t }]);
  },
);

test.each(SLOW)('$signal at its limit is not beyond it', ({ signal, watch }) => {
  const at: Record<typeof signal, Fault> = {
    'pressure-valid': { fault: 'sensor.pressure', mode: 'off' },
    temperature: { fault: 'ambient.temperature', mode: 'wrong', temperature: 40_000, effect: 0 },
    battery: battery(0.5),
  };
  const body = filledBody();
  inject(body, at[signal]);
  // A minute of standby takes 1.8 mJ, and what is left is stated in whole millijoules.
  obey(body, signal === 'battery' ? low(1, CAPACITY / 2 - 2) : watch);
  expect(answersUntil(body, MINUTE)).toEqual([]);
});

test('a temperature of 36.999 °C is below 37000 m°C', () => {
  const body = filledBody();
  obey(body, hot(1, { beyond: 'below', limit: 37_000 }));
  expect(answersUntil(body, 2 * MINUTE)).toEqual([]);
  inject(body, { fault: 'ambient.temperature', mode: 'wrong', temperature: 36_999, effect: 0 });
  expect(tripTimes(answersUntil(body, 9 * MINUTE))).toEqual([3 * MINUTE]);
});

test('a signal that is beyond its limit from the first trips one interval after the order', () => {
  const body = filledBody();
  inject(body, FEVER);
  answersUntil(body, 1_234_567);
  obey(body, hot(1));
  expect(tripTimes(answersUntil(body, 9 * MINUTE))).toEqual([1_234_567 + MINUTE]);
});

test('the sample at the instant of a fault was taken before it', () => {
  const body = filledBody();
  obey(body, hot(1));
  answersUntil(body, 3 * MINUTE);
  inject(body, FEVER);
  expect(tripTimes(answersUntil(body, 9 * MINUTE))).toEqual([4 * MINUTE]);
});

test('a signal that comes back between two samples was never seen', () => {
  const body = filledBody();
  obey(body, invalid(1));
  answersUntil(body, MINUTE + 1);
  inject(body, DEAD);
  answersUntil(body, 2 * MINUTE - 1);
  inject(body, { fault: 'sensor.pressure', mode: 'off' });
  expect(answersUntil(body, 9 * MINUTE)).toEqual([]);
});

test('orders, faults and looks do not move the grid', () => {
  const body = filledBody();
  obey(body, hot(1));
  for (let n = 1; n <= 20; n += 1) {
    answersUntil(body, n * 7_000_001);
    obey(body, evenTrain(1 + n, 300_000, 1_000, body.now));
    inject(body, { fault: 'catheter.kink', mode: 'on', bore: 20 + n });
    truthOf(body);
  }
  inject(body, FEVER);
  expect(tripTimes(answersUntil(body, 9 * MINUTE))).toEqual([3 * MINUTE]);
});

test('a watch that is taken away or spent trips no more', () => {
  const body = filledBody();
  for (const one of [hot(1), hot(2)]) obey(body, one);
  obey(body, { order: 'unwatch', id: 3, watch: 1 });
  inject(body, FEVER);
  expect(answersUntil(body, 9 * MINUTE)).toMatchObject([{ watch: 2, t: MINUTE }]);
});

test('slow watches whose samples fall together trip together, in the order in which they were set', () => {
  const body = filledBody();
  for (const one of [hot(1), invalid(2), hot(3, { sample: micros(2 * MINUTE) }), low(4, CAPACITY)]) obey(body, one);
  for (const fault of [FEVER, DEAD]) inject(body, fault);
  const [first, second] = [
    advance(body, micros(9 * MINUTE), false, Infinity),
    advance(body, micros(9 * MINUTE), false, 1e9),
  ];
  expect(first.answers).toMatchObject([1, 2, 4].map((watch) => ({ watch, t: MINUTE })));
  expect(second.answers).toMatchObject([{ watch: 3, t: 2 * MINUTE }]);
});

test.each([{ walk: false }, { walk: true }])(
  'a slow watch that stops the motor ends the train with one done, the step of that instant made (walk: $walk)',
  ({ walk }) => {
    const body = filledBody();
    inject(body, FEVER);
    obey(body, hot(1, { stops: true }));
    obey(body, evenTrain(2, 1_000_000, 1_000));
    expect(answersUntil(body, 9 * MINUTE, walk)).toEqual([
      { answer: 'done', train: 2, n: 60, t: MINUTE },
      { answer: 'tripped', watch: 1, train: 2, n: 60, t: MINUTE },
    ]);
  },
);

test('the step at the instant of a sample has used its energy by then', () => {
  const body = filledBody();
  obey(body, low(1, CAPACITY - 5, { sample: micros(10_000_000) }));
  obey(body, evenTrain(2, 10_000_000, 1_000));
  // 0.3 mJ of standby and 0.06 mJ for a step, fourteen times: 5.04 mJ, and 4.98 mJ without the last step.
  expect(tripTimes(answersUntil(body, 9 * MINUTE))).toEqual([140_000_000]);
});

test('a train that ends and a slow watch that trips at one instant are answered together', () => {
  const body = filledBody();
  inject(body, FEVER);
  obey(body, hot(1));
  obey(body, evenTrain(2, 1_000_000, 60));
  expect(advance(body, micros(9 * MINUTE), false, Infinity).answers).toEqual([
    { answer: 'done', train: 2, n: 60, t: MINUTE },
    { answer: 'tripped', watch: 1, train: 0, n: 0, t: MINUTE },
  ]);
});

test('an hourly battery watch over five years costs a few units of work, running or at rest', () => {
  for (const rate of [0, 300_000]) {
    const body = filledBody();
    for (const one of [low(1, 1_000), hot(2), invalid(3)]) obey(body, { ...one, sample: micros(US_PER_HOUR) });
    // The reservoir is long empty by then: a motor turns all the same.
    if (rate > 0) obey(body, trainAt(4, rate, 100_000_000, 0));
    let work = 0;
    while (body.now < 5 * 365 * US_PER_DAY) {
      const done = advance(body, micros(5 * 365 * US_PER_DAY), false, Infinity);
      expect(done.answers).toEqual([]);
      work += done.work;
    }
    expect(work).toBeLessThan(100);
  }
});

test('years of an hourly battery watch end at the hour in which the charge has fallen below its limit', () => {
  const body = filledBody();
  obey(body, low(1, 1_000_000, { sample: micros(US_PER_HOUR) }));
  obey(body, trainAt(2, 300_000, 100_000_000, 0));
  const { answers, work } = advance(body, micros(20 * 365 * US_PER_DAY), false, Infinity);
  // 10 kJ at 0.03 mW and 30,000 steps of 0.06 mJ a day.
  const days = 10_000_000 / (0.03 * 86_400 + 30_000 * 0.06);
  expect(tripTimes(answers)).toEqual([Math.ceil(days * 24) * US_PER_HOUR]);
  expect(work).toBeLessThan(100);
});

type Deed =
  | { readonly do: 'train'; readonly rate: number; readonly count: number }
  | { readonly do: 'halt' | 'silence' | 'finish' }
  | { readonly do: 'tone'; readonly burst: number; readonly interval: number }
  | { readonly do: 'talk'; readonly seconds: number }
  | { readonly do: 'cell'; readonly share: number };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('train' as const),
    rate: fc.integer({ min: 48_000, max: 24_000_000 }),
    count: fc.constantFrom(10, 1_000, 1_000_000),
  }),
  fc.constantFrom<Deed[]>({ do: 'halt' }, { do: 'silence' }, { do: 'finish' }),
  fc.record({
    do: fc.constant('tone' as const),
    burst: fc.integer({ min: 100_000, max: 3_000_000 }),
    interval: fc.integer({ min: 3_000_000, max: 600_000_000 }),
  }),
  fc.record({ do: fc.constant('talk' as const), seconds: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ do: fc.constant('cell' as const), share: fc.integer({ min: 1, max: 20 }) }),
);

function carryOut(body: Body, deed: Deed, id: number): void {
  switch (deed.do) {
    case 'train':
      obey(body, trainAt(id, deed.rate, deed.count, body.now));
      return;
    case 'halt':
      obey(body, { order: 'halt', id });
      return;
    case 'silence':
    case 'finish':
      obey(body, { order: 'silence', id, finish: deed.do === 'finish' });
      return;
    case 'tone':
      obey(body, { order: 'tone', id, burst: micros(deed.burst), interval: micros(deed.interval) });
      return;
    case 'talk':
      talk(body, deed.seconds);
      return;
    case 'cell':
      inject(body, { fault: 'battery.cell', mode: 'wrong', share: deed.share });
  }
}

test('a battery watch trips where looking at every sample of its grid says, whatever uses the charge', () => {
  let trips = 0;
  const lives = fc.record({
    deeds: fc.array(fc.tuple(fc.integer({ min: 0, max: 3_600_000_000 }), deeds), { maxLength: 8 }),
    setAt: fc.integer({ min: 0, max: 600_000_000 }),
    every: fc.integer({ min: 1_000_000, max: 120_000_000 }),
    drop: fc.integer({ min: -2, max: 400 }),
    beyond: fc.constantFrom('below' as const, 'below' as const, 'above' as const),
    walk: fc.boolean(),
  });
  const END = 4_000_000_000;
  fc.assert(
    fc.property(lives, ({ deeds: raw, setAt, every, drop, beyond, walk }) => {
      const sorted = raw.toSorted((a, b) => a[0] - b[0]);
      /** Lives through it with or without the watch, and stops at `stops`, before the deeds of that moment. */
      const live = (stops: readonly number[], at: (us: number) => void, body: Body): number[] => {
        const moments = [
          ...stops.map((us) => ({ us, run: () => at(us) })),
          ...sorted.map(([us, deed], index) => ({ us, run: () => carryOut(body, deed, 100 + index) })),
        ].toSorted((a, b) => a.us - b.us);
        const answers = moments.flatMap(({ us, run }) => {
          const before = answersUntil(body, us, walk);
          run();
          return before;
        });
        return tripTimes([...answers, ...answersUntil(body, END, walk)]);
      };
      const looked = filledBody();
      let limit = 0;
      let expected: number | undefined;
      const grid = Array.from({ length: Math.floor((END - setAt) / every) + 1 }, (_, n) => setAt + n * every);
      live(
        grid,
        (us) => {
          const left = Math.floor(truthOf(looked).battery);
          if (us === setAt) limit = left - drop;
          else if (beyond === 'below' ? left < limit : left > limit) expected ??= us;
        },
        looked,
      );
      const body = filledBody();
      const set = (): void => void obey(body, low(1, limit, { sample: micros(every), beyond }));
      expect(live([setAt], set, body)).toEqual(expected === undefined ? [] : [expected]);
      trips += expected === undefined ? 0 : 1;
    }),
    { numRuns: 300 },
  );
  expect(trips).toBeGreaterThan(100);
});
