/** Random therapies: a pump, a catheter, and a timeline of faults and commands that brings it to and around its limits. */
import fc from 'fast-check';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../protocol/units.ts';
import type { ProfileName } from '../../firmware-sim/firmware/profiles.ts';
import { STEP } from './therapy.ts';

/** Rise over the CSF pressure that the sensing profiles count as an occlusion, Pa. */
export const LIMIT = 69_000;
/** 3.2e11 Pa·s/m³ in Pa/(mL/day), the unit in which a partial occlusion is added: pump.md 2.2. */
const OPEN_LUMEN = 3.2e11 * (1e-6 / 86_400);

/** Evenly between 0 and 1: doubles of fast-check are even in their exponent, and nearly all of them are nearly 0. */
export const evenly: fc.Arbitrary<number> = fc.nat(1_000_000).map((n) => n / 1_000_000);

export type Act =
  | { readonly act: 'complete' | 'released' | 'stop' | 'start' | 'stale-start' | 'acknowledge' }
  | { readonly act: 'partial'; readonly resistance: number; readonly plateau: number }
  | { readonly act: 'program'; readonly rate: number }
  | { readonly act: 'refill'; readonly volume: number };

export interface TimedAct {
  readonly us: number;
  readonly act: Act;
}

export interface TherapyCase {
  readonly profile: ProfileName;
  readonly rate: number;
  /** nL/MPa. */
  readonly compliance: number;
  readonly fill: number;
  readonly timeline: readonly TimedAct[];
  /** Times at which every signal is compared, ascending; the last is the end of the run. */
  readonly samples: readonly number[];
  /** Times at which one of the runs is interrupted besides, ascending. */
  readonly grid: readonly number[];
}

/** Rise of the steady peak after equal steps behind a resistance, Pa: V/(C(1 − a)), a = e^(−T/RC). */
export function plateauOf(resistance: number, rate: number, compliance: number): number {
  const { rise, interval, c } = pulse(rate, compliance, STEP);
  const seconds = ((OPEN_LUMEN + resistance) * 86_400 * c) / 1e6;
  return rise / (1 - Math.exp(-interval / seconds));
}

/** The partial occlusion, Pa/(mL/day), behind which the steady peak stands `plateau` Pa over the CSF pressure. */
export function resistanceFor(plateau: number, rate: number, compliance: number, step = STEP): number {
  const { rise, interval, c } = pulse(rate, compliance, step);
  const seconds = -interval / Math.log(1 - rise / plateau);
  return Math.max(1, (seconds / c) * (1e6 / 86_400) - OPEN_LUMEN);
}

function pulse(rate: number, compliance: number, step: number): { rise: number; interval: number; c: number } {
  const c = compliance / 1e6;
  return { rise: step / c, interval: (step * 86_400) / rate, c };
}

interface Phase {
  readonly fault: 'complete' | 'near' | 'strong' | 'weak';
  /** Relative distance of the plateau from the limit for `near`; its multiple of the limit for the others. */
  readonly near: number;
  readonly strong: number;
  readonly weak: number;
  /** Share of the time to the alarm that passes before the next act. */
  readonly wait: number;
  readonly jitter: number;
  readonly next: 'release' | 'program' | 'restart' | 'long-stop' | 'refill' | 'acknowledge' | 'unlock' | 'nothing';
  readonly rate: number;
  readonly volume: number;
  readonly rest: 'short' | 'day';
  readonly restSteps: number;
  readonly restUs: number;
}

const rates = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: Math.log(48_000), max: Math.log(3_000_000), noNaN: true }).map(Math.exp) },
  { weight: 1, arbitrary: fc.constantFrom(48_001, 99_991, 299_993, 1_000_003, 23_999_993, 24_000_000) },
);

const distances = fc
  .tuple(fc.constantFrom(-1, 1, 1), fc.double({ min: Math.log(1e-6), max: Math.log(0.00999), noNaN: true }))
  .map(([side, log]) => side * Math.exp(log));

const phases: fc.Arbitrary<Phase> = fc.record({
  fault: fc.constantFrom('complete', 'complete', 'near', 'near', 'near', 'near', 'strong', 'weak'),
  near: distances,
  strong: fc.double({ min: 1.02, max: 60, noNaN: true }),
  weak: fc.double({ min: 0.05, max: 0.98, noNaN: true }),
  wait: fc.constantFrom(0.4, 1.02, 1.05, 1.1, 1.1, 1.3, 1.3, 1.6),
  jitter: fc.integer({ min: 0, max: 20_000_000 }),
  next: fc.constantFrom(
    'release',
    'release',
    'release',
    'program',
    'restart',
    'long-stop',
    'refill',
    'acknowledge',
    'unlock',
    'nothing',
  ),
  rate: rates.map(Math.round),
  volume: fc.integer({ min: 1_400_020, max: 20_000_000 }),
  rest: fc.constantFrom('short', 'short', 'short', 'short', 'short', 'day'),
  restSteps: fc.integer({ min: 0, max: 1_500 }),
  restUs: fc.integer({ min: 0, max: 6 * US_PER_MINUTE }),
});

const raw = fc.record({
  profile: fc.constantFrom<ProfileName[]>(
    'itb-20-sense',
    'itb-20-sense',
    'itb-20-sense',
    'itb-20-sense',
    'itb-20-sense',
    'itb-40-sense',
    'itb-40-sense',
    'itb-40-sense',
    'itb-20',
  ),
  rate: rates.map(Math.round),
  compliance: fc
    .double({ min: Math.log(10_000), max: Math.log(400_000), noNaN: true })
    .map((log) => Math.round(Math.exp(log))),
  fill: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(18_000_000, 20_000_000) },
    { weight: 1, arbitrary: fc.integer({ min: 1_400_010, max: 1_700_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2_000_000, max: 2_100_000 }) },
  ),
  lead: fc.integer({ min: 0, max: 300 }),
  leadUs: fc.integer({ min: 1, max: 20_000_000 }),
  phases: fc.array(phases, { minLength: 2, maxLength: 4 }),
  samples: fc.array(evenly, { minLength: 2, maxLength: 12 }),
  grid: fc.array(evenly, { minLength: 1, maxLength: 60 }),
});

export const therapyCases: fc.Arbitrary<TherapyCase> = raw.map(({ profile, rate, compliance, fill, ...rest }) => {
  const timeline: TimedAct[] = [];
  let now = stepsAt(rate, rest.lead) + rest.leadUs;
  let current = rate;
  // Without a sensor nothing happens at the limit: the rotor slips at twice to three times of it.
  const patience = profile === 'itb-20' ? 3 : 1;
  for (const phase of rest.phases) {
    const fault = faultOf(phase, current, compliance);
    timeline.push({ us: now, act: fault.act });
    now += stepsAt(current, Math.min(60_000, Math.ceil(fault.steps * phase.wait * patience))) + phase.jitter;
    const next = actsOf(phase, now);
    timeline.push(...next.acts);
    if (phase.next === 'program') current = phase.rate;
    // A whole day between two alarms at a rate that can be walked through.
    const pause =
      phase.rest === 'day' && current < 400_000 ? US_PER_DAY + US_PER_HOUR : stepsAt(current, phase.restSteps);
    now = next.end + pause + phase.restUs;
  }
  const end = now + US_PER_MINUTE;
  const at = (share: number): number => Math.round(share * end);
  return {
    profile,
    rate,
    compliance,
    fill,
    timeline,
    samples: [...rest.samples.map(at).toSorted(ascending), end],
    grid: rest.grid.map(at).toSorted(ascending),
  };
});

export const ascending = (a: number, b: number): number => a - b;

const stepsAt = (rate: number, steps: number): number => Math.round((steps * STEP * US_PER_DAY) / rate);

/** The fault of a phase, and the steps until it reaches the limit, or settles below it. */
function faultOf(phase: Phase, rate: number, compliance: number): { act: Act; steps: number } {
  const climb = (LIMIT * compliance) / 1e6 / STEP + 3;
  if (phase.fault === 'complete') return { act: { act: 'complete' }, steps: climb };
  const share = phase.fault === 'near' ? 1 + phase.near : phase[phase.fault];
  const resistance = resistanceFor(LIMIT * share, rate, compliance);
  const plateau = plateauOf(resistance, rate, compliance);
  const steps = share > 1 ? -climb * share * Math.log(1 - 1 / share) : 6 * climb * share;
  return { act: { act: 'partial', resistance, plateau }, steps: steps + 3 };
}

function actsOf(phase: Phase, now: number): { acts: TimedAct[]; end: number } {
  const one = (act: Act): { acts: TimedAct[]; end: number } => ({ acts: [{ us: now, act }], end: now });
  switch (phase.next) {
    case 'release':
      return one({ act: 'released' });
    case 'program':
      return one({ act: 'program', rate: phase.rate });
    case 'refill':
      return one({ act: 'refill', volume: phase.volume });
    case 'acknowledge':
      return one({ act: 'acknowledge' });
    case 'nothing':
      return { acts: [], end: now };
    case 'restart':
    case 'long-stop': {
      const end = now + (phase.next === 'restart' ? phase.restUs : 50 * US_PER_HOUR);
      return {
        acts: [
          { us: now, act: { act: 'stop' } },
          { us: end, act: { act: 'stale-start' } },
          { us: end, act: { act: 'start' } },
        ],
        end,
      };
    }
    case 'unlock': {
      // Released, acknowledged, gone, started: what ends a latch.
      const end = now + 5 * US_PER_MINUTE;
      return {
        acts: [
          { us: now, act: { act: 'released' } },
          { us: end, act: { act: 'acknowledge' } },
          { us: end, act: { act: 'start' } },
        ],
        end,
      };
    }
  }
}
