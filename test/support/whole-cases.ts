/** Random whole therapies: a pump, a catheter, every fault and command, with many things made to fall on the same microsecond. */
import fc from 'fast-check';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../protocol/units.ts';
import type { Fault } from '../../firmware-sim/body/faults.ts';
import type { ProfileName } from '../../firmware-sim/firmware/profiles.ts';
import { ascending, evenly, LIMIT } from './cases.ts';
import { STEP, stampOfNth } from './therapy.ts';
import { anyFault, blurs, fitted, logUniform, occlusions, type RawFault } from './whole-faults.ts';

export type WholeAct =
  | { readonly act: 'fault'; readonly fault: Fault }
  | { readonly act: 'start' | 'stop' | 'acknowledge' }
  | { readonly act: 'program'; readonly rate: number }
  | { readonly act: 'refill'; readonly volume: number; readonly concentration: number };

export interface TimedWholeAct {
  readonly us: number;
  readonly act: WholeAct;
}

export interface WholeCase {
  readonly profile: ProfileName;
  readonly seed: number;
  /** nL/day. */
  readonly rate: number;
  /** nL/MPa. */
  readonly compliance: number;
  /** nL. */
  readonly fill: number;
  readonly timeline: readonly TimedWholeAct[];
  /** Acts put on an alarm of the therapy, counted round, and so many sampling intervals after it. */
  readonly ties: readonly { readonly alarm: number; readonly intervals: number; readonly act: WholeAct }[];
  /** Times at which every signal is compared, ascending; the last is the end of the run. */
  readonly samples: readonly number[];
  /** Times at which one of the runs is interrupted besides, ascending. */
  readonly hops: readonly number[];
}

interface RawAct {
  readonly what: 'occlusion' | 'fault' | 'stop' | 'start' | 'acknowledge' | 'program' | 'refill';
  readonly at: number;
  readonly snap: 'no' | 'step' | 'grid' | 'together';
  readonly occlusion: RawFault;
  readonly fault: RawFault;
  readonly rate: number;
  readonly volume: number;
  readonly concentration: number;
}

const rates = fc.oneof(
  { weight: 4, arbitrary: logUniform(48_000, 3_000_000) },
  // Steps that fall on whole seconds and so on the minutes of the grids.
  { weight: 3, arbitrary: fc.constantFrom(86_400, 144_000, 172_800, 288_000, 432_000, 864_000, 1_728_000) },
  { weight: 1, arbitrary: fc.constantFrom(48_001, 299_993, 23_999_993, 24_000_000) },
);

const volumes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(18_000_000, 20_000_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1_400_010, max: 1_460_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2_000_000, max: 2_040_000 }) },
);

const raw: fc.Arbitrary<RawAct> = fc.record({
  what: fc.constantFrom<RawAct['what'][]>(
    ...Array.from({ length: 4 }, () => 'occlusion' as const),
    ...Array.from({ length: 7 }, () => 'fault' as const),
    'stop',
    'start',
    'start',
    'acknowledge',
    'program',
    'refill',
    'refill',
  ),
  at: evenly,
  snap: fc.constantFrom('no', 'no', 'step', 'grid', 'together'),
  occlusion: occlusions,
  fault: anyFault,
  rate: rates,
  volume: volumes,
  concentration: fc.constantFrom(500, 1_000, 2_000),
});

/** Length of a case in climbs: the steps that raise the pressure behind a closed catheter to the alarm limit. All are walked. */
const usual = { weight: 40, arbitrary: fc.double({ min: 4, max: 16, noNaN: true }) };
const long = { weight: 1, arbitrary: fc.double({ min: 12, max: 150, noNaN: true }) };
/** For the oracle, which is slow. */
const SHORT_STEPS = 3_000;

const casesOf = (climbs: fc.Arbitrary<number>, mostSteps: number): fc.Arbitrary<WholeCase> =>
  fc
    .record({
      profile: fc.constantFrom<ProfileName[]>(
        'itb-20-sense',
        'itb-20-sense',
        'itb-20-sense',
        'itb-40-sense',
        'itb-40-sense',
        'itb-20',
      ),
      seed: fc.integer({ min: 0, max: 0x7fff_ffff }),
      rate: rates,
      compliance: logUniform(10_000, 200_000),
      fill: volumes,
      climbs,
      blocked: occlusions,
      blockedAt: evenly.map((part) => part / 10),
      blurred: fc.option(blurs, { nil: undefined, freq: 2 }),
      acts: fc.array(raw, { minLength: 1, maxLength: 7 }),
      ties: fc.array(fc.record({ alarm: fc.nat(5), intervals: fc.constantFrom(0, 0, 1, 2, 3, 7), act: raw }), {
        maxLength: 2,
      }),
      stay: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 50 * US_PER_HOUR),
      samples: fc.array(evenly, { minLength: 2, maxLength: 8 }),
      hops: fc.array(evenly, { maxLength: 30 }),
    })
    .map(({ climbs: length, blocked, blockedAt, blurred, acts, ties, stay, samples, hops, ...pump }) => {
      const { rate, compliance } = pump;
      const count = Math.min(mostSteps, (length * LIMIT * compliance) / 1e6 / STEP + 20);
      const end = Math.round((count * STEP * US_PER_DAY) / rate) + 5 * US_PER_MINUTE;
      const at = (part: number): number => Math.round(part * end);
      const first = { us: at(blockedAt), act: { act: 'fault', fault: fitted(blocked, rate, compliance) } as const };
      const timeline: TimedWholeAct[] = [first];
      if (blurred !== undefined)
        timeline.unshift({ us: 0, act: { act: 'fault', fault: fitted(blurred, rate, compliance) } });
      let current = rate;
      let before = first.us;
      for (const one of acts.toSorted((a, b) => a.at - b.at)) {
        const us = snapped(one, at(one.at), before, rate);
        timeline.push({ us, act: actOf(one, current, compliance) });
        if (one.what === 'program') current = one.rate;
        before = us;
      }
      const sorted = timeline.toSorted((a, b) => a.us - b.us);
      const last = Math.max(end, sorted.at(-1)?.us ?? 0) + stay;
      return describedBy({
        ...pump,
        timeline: sorted,
        ties: ties.map(({ alarm, intervals, act }) => ({ alarm, intervals, act: actOf(act, current, compliance) })),
        samples: [...samples.map(at), last].toSorted(ascending),
        hops: hops.map(at).toSorted(ascending),
      });
    });

export const wholeCases = fc.noBias(casesOf(fc.oneof(usual, long), Infinity));
export const shortWholeCases = fc.noBias(casesOf(fc.oneof(usual), SHORT_STEPS));

/** On the stamp of a step of the first train, on the minutes since the act before, or together with it. */
function snapped({ snap }: RawAct, us: number, before: number, rate: number): number {
  switch (snap) {
    case 'no':
      return us;
    case 'step':
      return stampOfNth(Math.max(1, Math.round((us * rate) / (STEP * US_PER_DAY))), rate);
    case 'grid':
      return before + Math.round(Math.max(0, us - before) / US_PER_MINUTE) * US_PER_MINUTE;
    case 'together':
      return before;
  }
}

function actOf(one: RawAct, rate: number, compliance: number): WholeAct {
  switch (one.what) {
    case 'occlusion':
    case 'fault':
      return { act: 'fault', fault: fitted(one[one.what], rate, compliance) };
    case 'stop':
    case 'start':
    case 'acknowledge':
      return { act: one.what };
    case 'program':
      return { act: 'program', rate: one.rate };
    case 'refill':
      return { act: 'refill', volume: one.volume, concentration: one.concentration };
  }
}

/** The case as a list that can be read and typed into a scenario. */
export function describeCase(one: WholeCase): string {
  const { profile, seed, rate, compliance, fill, timeline, ties, samples, hops } = one;
  return [
    '',
    `profile ${profile}, seed ${seed}, ${rate} nL/day, ${compliance} nL/MPa, filled with ${fill} nL`,
    ...timeline.map(({ us, act }) => `  at ${us} us: ${wordsOf(act)}`),
    ...ties.map(({ alarm, intervals, act }) => `  at alarm ${alarm} + ${intervals} min: ${wordsOf(act)}`),
    `  sampled at ${samples.join(', ')} us`,
    ...(hops.length > 0 ? [`  interrupted at ${hops.join(', ')} us`] : []),
  ].join('\n');
}

function wordsOf({ act, ...rest }: WholeAct): string {
  const details: Readonly<Record<string, string | number>> = 'fault' in rest ? rest.fault : rest;
  return [act, ...Object.entries(details).map(([key, value]) => `${key}=${value}`)].join(' ');
}

/** fast-check prints it as the list. */
function describedBy(one: WholeCase): WholeCase {
  return Object.defineProperty(one, fc.toStringMethod, { value: () => describeCase(one) });
}
