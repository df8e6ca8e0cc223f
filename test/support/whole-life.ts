/** Random lives of a body alone under every fault, with every order and every comparator; what is answered is acted upon. */
import fc from 'fast-check';
import { advance, fill, inject, obey, talk, truthOf, type Body, type Truth } from '../../firmware-sim/body/body.ts';
import type { Answer, Watch, WatchSignal } from '../../protocol/motion.ts';
import { micros, US_PER_DAY } from '../../protocol/units.ts';
import { ascending, evenly, LIMIT } from './cases.ts';
import { filledBody, STROKE, trainAt } from './whole-bench.ts';
import { anyFault, fitted, logUniform, occlusions, type RawFault } from './whole-faults.ts';

export type LifeAct =
  | { readonly act: 'fault'; readonly fault: RawFault }
  | { readonly act: 'train'; readonly rate: number; readonly count: number }
  | { readonly act: 'halt' | 'unwatch' | 'silence' | 'finish' }
  | { readonly act: 'watch'; readonly watch: LifeWatch }
  | { readonly act: 'tone'; readonly burst: number; readonly interval: number }
  | { readonly act: 'talk'; readonly seconds: number }
  | { readonly act: 'fill'; readonly volume: number; readonly concentration: number };

/** A watch without its id. Its limit counts from what the signal was when it was set, where `relative` says so. */
export type LifeWatch = Omit<Watch, 'id' | 'order'> & { readonly relative: boolean };

export interface Life {
  readonly seed: number;
  /** nL/day: of the first train, and for what is fitted to a flow. */
  readonly rate: number;
  /** nL/MPa. */
  readonly compliance: number;
  readonly primed: boolean;
  readonly acts: readonly { readonly us: number; readonly act: LifeAct }[];
  /** Ascending; the last is the end. */
  readonly looks: readonly number[];
}

/** Steps that a life makes at its first rate. */
const STEPS = 2_500;

const rates = fc.oneof(logUniform(48_000, 3_000_000), fc.constantFrom(86_400, 864_000, 1_728_000, 24_000_000));
const intervals = fc.oneof(
  logUniform(1_000_000, 600_000_000),
  // Grids on which steps of whole seconds fall.
  fc.constantFrom(1_000_000, 10_000_000, 60_000_000),
);
const beyond = fc.constantFrom('above' as const, 'below' as const);

const pressures: fc.Arbitrary<LifeWatch> = fc.record({
  signal: fc.constant('catheter-pressure' as const),
  beyond,
  limit: fc.integer({ min: 1_100, max: LIMIT + 1_000 }),
  relative: fc.constant(false),
  rows: fc.integer({ min: 1, max: 4 }),
  sample: fc.oneof(fc.constant('per-step' as const), intervals.map(micros)),
  stops: fc.boolean(),
});
const turns: fc.Arbitrary<LifeWatch> = fc.record({
  signal: fc.constant('rotor-turn' as const),
  beyond,
  limit: fc.constantFrom(1, 500, 999, 1_000, 1_100),
  relative: fc.constant(false),
  rows: fc.integer({ min: 1, max: 300 }),
  sample: fc.constant('per-step' as const),
  stops: fc.boolean(),
});
const slow = (
  signal: WatchSignal,
  limit: fc.Arbitrary<number>,
  relative: boolean,
  side: fc.Arbitrary<'above' | 'below'>,
): fc.Arbitrary<LifeWatch> =>
  fc.record({
    signal: fc.constant(signal),
    beyond: side,
    limit,
    relative: fc.constant(relative),
    rows: fc.constant(1),
    sample: intervals.map(micros),
    stops: fc.boolean(),
  });
const watches = fc.oneof(
  pressures,
  turns,
  slow('battery', fc.integer({ min: -400, max: 1 }), true, fc.constantFrom('below', 'below', 'above')),
  slow('pressure-valid', fc.constant(1), false, fc.constant('below')),
  slow('temperature', fc.constantFrom(37_000, 40_000), false, fc.constant('above')),
);

const faultActs = (fault: fc.Arbitrary<RawFault>): fc.Arbitrary<LifeAct> =>
  fc.record({ act: fc.constant('fault' as const), fault });
/** Faults that a comparator sees. */
const NOTICED =
  /^(rotor\.(turn|stall)|sensor\.rotor|sensor\.pressure dead|ambient\.temperature|battery|telemetry|memory)/;
const noticed = anyFault.filter(({ fault, mode }) => NOTICED.test(`${fault} ${mode}`));

const acts: fc.Arbitrary<LifeAct> = fc.oneof(
  { weight: 3, arbitrary: faultActs(anyFault) },
  { weight: 3, arbitrary: faultActs(noticed) },
  { weight: 2, arbitrary: faultActs(occlusions) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('watch' as const), watch: watches }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('train' as const),
      rate: rates,
      count: fc.constantFrom(1, 20, 300, 1_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<LifeAct[]>({ act: 'halt' }, { act: 'unwatch' }, { act: 'silence' }, { act: 'finish' }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('tone' as const),
      burst: fc.integer({ min: 1, max: 3_000_000 }),
      interval: fc.integer({ min: 3_000_000, max: 600_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('talk' as const), seconds: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('fill' as const),
      volume: logUniform(1_000, 20_000_000),
      concentration: fc.constantFrom(500, 1_000, 2_000),
    }),
  },
);

/** On a whole minute, where steps and samples often are. */
const minute = (us: number): number => Math.round(us / 60_000_000) * 60_000_000;

export const lives: fc.Arbitrary<Life> = fc.noBias(
  fc
    .record({
      seed: fc.nat(0x7fff_ffff),
      rate: rates,
      compliance: logUniform(10_000, 200_000),
      primed: fc.boolean(),
      set: fc.array(watches, { minLength: 1, maxLength: 6 }),
      later: fc.array(fc.record({ at: evenly, snap: fc.boolean(), act: acts }), { minLength: 3, maxLength: 14 }),
      looks: fc.array(evenly, { minLength: 1, maxLength: 6 }),
    })
    .map(({ set, later, looks, ...pump }) => {
      const end = Math.round((STEPS * STROKE * US_PER_DAY) / pump.rate);
      const at = (share: number): number => Math.round(share * end);
      return {
        ...pump,
        acts: [
          ...set.map((watch) => ({ us: 0, act: { act: 'watch', watch } as const })),
          { us: 0, act: { act: 'train', rate: pump.rate, count: 1_000_000 } as const },
          ...later.map(({ at: share, snap, act }) => ({ us: snap ? minute(at(share)) : at(share), act })),
        ].toSorted((a, b) => a.us - b.us),
        looks: [...looks.map(at), end].toSorted(ascending),
      };
    }),
);

export interface LifeSeen {
  readonly answers: readonly Answer[];
  readonly truths: readonly Truth[];
  /** Watches by the id of their order. */
  readonly set: ReadonlyMap<number, LifeWatch>;
}

export interface LifeWay {
  readonly walk: boolean;
  /** Work of one call; the body is called again until it has come there. */
  readonly maxWork: number;
  /** Further moments at which the body is stopped and looked at. */
  readonly hops?: readonly number[];
}

interface Living {
  readonly body: Body;
  readonly life: Life;
  readonly answers: Answer[];
  readonly set: Map<number, LifeWatch>;
  nextId: number;
}

/** Lives through it. What trips is set again, as long as there are few of them; an ended train is followed by another. */
export function liveThrough(life: Life, { walk, maxWork, hops = [] }: LifeWay): LifeSeen {
  const { seed, compliance, primed, acts: deeds, looks } = life;
  const body = filledBody({ seed, compliance: compliance / 1_000_000, primed });
  const living: Living = { body, life, answers: [], set: new Map(), nextId: 1 };
  const truths: Truth[] = [];
  const moments = [
    ...hops.map((us) => ({ us, order: 0, run: (): void => void truthOf(body) })),
    ...looks.map((us) => ({ us, order: 1, run: (): void => void truths.push(truthOf(body)) })),
    ...deeds.map(({ us, act }) => ({ us, order: 2, run: (): void => perform(living, act) })),
  ].toSorted((a, b) => a.us - b.us || a.order - b.order);
  for (const { us, run } of moments) {
    while (body.now < us) react(living, advance(body, micros(us), walk, maxWork).answers);
    run();
  }
  return { answers: living.answers, truths, set: living.set };
}

const MANY = 60;

function react(living: Living, answers: readonly Answer[]): void {
  living.answers.push(...answers);
  for (const one of answers) {
    const watch = one.answer === 'tripped' ? living.set.get(one.watch) : undefined;
    if (watch !== undefined && living.set.size < MANY) setWatch(living, watch);
    if (one.answer === 'done') order(living, living.life.rate, 1_000_000);
  }
}

function order(living: Living, rate: number, count: number): void {
  const { body } = living;
  living.answers.push(...obey(body, trainAt(living.nextId, rate, count, body.now)));
  living.nextId += 1;
}

function setWatch(living: Living, watch: LifeWatch): void {
  const { body, nextId: id } = living;
  const { relative, limit, ...rest } = watch;
  const from = relative ? Math.floor(truthOf(body).battery) : 0;
  living.set.set(id, watch);
  living.nextId += 1;
  obey(body, { order: 'watch', id, limit: limit + from, ...rest });
}

function perform(living: Living, act: LifeAct): void {
  const { body, life, answers } = living;
  const id = living.nextId;
  living.nextId += 1;
  switch (act.act) {
    case 'fault':
      answers.push(...inject(body, fitted(act.fault, life.rate, life.compliance)));
      return;
    case 'train':
      return order(living, act.rate, act.count);
    case 'halt':
      answers.push(...obey(body, { order: 'halt', id }));
      return;
    case 'watch':
      return setWatch(living, act.watch);
    case 'unwatch':
      obey(body, { order: 'unwatch', id, watch: Math.max(0, ...living.set.keys()) });
      return;
    case 'silence':
    case 'finish':
      obey(body, { order: 'silence', id, finish: act.act === 'finish' });
      return;
    case 'tone':
      obey(body, { order: 'tone', id, burst: micros(act.burst), interval: micros(act.interval) });
      return;
    case 'talk':
      return talk(body, act.seconds);
    case 'fill':
      fill(body, act.volume, act.concentration);
  }
}
