/** What the reference pump makes of a program: rates and doses by hand, from the request alone. */
import type { ProgramRequest } from '../../firmware-sim/firmware/therapy/program.ts';
import type { DrugLibrary } from '../../firmware-sim/firmware/therapy/library.ts';
import type { Profile } from '../../firmware-sim/firmware/profiles.ts';

export const STEP_NL = 10;
export const DAY = 86_400_000_000;

export interface Gift {
  readonly steps: number;
  /** nL/day. */
  readonly rate: number;
}

export interface Plan {
  readonly request: ProgramRequest;
  readonly minimum: boolean;
  readonly concentration: number;
  /** pg in a step. */
  readonly mass: number;
  readonly rates: readonly { readonly from: number; readonly rate: number }[];
  readonly timed: readonly (Gift & { readonly at: number })[];
  readonly patient: (Gift & { readonly lockout: number; readonly count: number; readonly window: number }) | undefined;
  readonly limit: { readonly mass: number; readonly window: number } | undefined;
  /** ng in a day, scheduled boluses included. */
  readonly dose: number;
  readonly low: number;
  /** Whole steps of tubing and catheter. */
  readonly pipe: number;
  readonly anew: boolean;
}

const flowOf = (ng: number, concentration: number): number => Math.round((ng * 1000) / concentration);

export function giftOf(nl: number, duration: number): Gift {
  return { steps: Math.round(nl / STEP_NL), rate: Math.round((nl * DAY) / duration) };
}

export function planOf(request: ProgramRequest, profile: Profile): Plan {
  const { concentration, mode = 'continuous', dose = 0, intervals = [], boluses = [], patient, limit } = request;
  const { priming, minimumRate } = profile;
  const nl = (ng: number): number => (ng * 1000) / concentration;
  const gift = (ng: number, duration: number): Gift => giftOf(nl(ng), duration);
  const flex = mode === 'flex';
  const rates = flex
    ? intervals.map(({ from, dose: ng }) => ({ from, rate: flowOf(ng, concentration) }))
    : [{ from: 0, rate: mode === 'minimum' ? minimumRate : flowOf(dose, concentration) }];
  const flexDose = intervals.reduce((sum, { from, dose: ng }, i) => {
    const next = intervals[i + 1]?.from ?? DAY + (intervals[0]?.from ?? 0);
    return sum + (ng * (next - from)) / DAY;
  }, 0);
  const { catheterLength = priming.catheterLength } = request;
  return {
    request,
    minimum: mode === 'minimum',
    concentration,
    mass: STEP_NL * concentration,
    rates,
    timed: boluses.map(({ at, dose: ng, duration }) => ({ at, ...gift(ng, duration) })),
    patient: patient === undefined ? undefined : { ...patient, ...gift(patient.dose, patient.duration) },
    limit: limit === undefined ? undefined : { mass: limit.dose * 1000, window: limit.window },
    dose: (flex ? flexDose : dose) + boluses.reduce((sum, one) => sum + one.dose, 0),
    low: request.lowReservoir ?? profile.lowReservoir,
    pipe: Math.round((priming.tubing + (priming.perMetre * catheterLength) / 1000) / STEP_NL),
    anew: request.catheterLength !== undefined,
  };
}

/** F1 and F10. */
export function basalRate(plan: Plan, timeOfDay: number, stepsTaken: number): number {
  const { steps, dose = 0, concentration } = plan.request;
  if (steps !== undefined && stepsTaken > 0) return flowOf(steppedDose(dose, steps, stepsTaken), concentration);
  return (plan.rates.findLast(({ from }) => from <= timeOfDay) ?? plan.rates.at(-1))?.rate ?? 0;
}

const steppedDose = (dose: number, steps: NonNullable<ProgramRequest['steps']>, taken: number): number =>
  dose + (steps.direction === 'up' ? steps.dose : -steps.dose) * taken;

/** F14, F15: what the program breaks; `before`: dose in force and when it was changed last. */
export function softLimitsOf(
  plan: Plan,
  library: DrugLibrary,
  before: { dose: number; at: number } | undefined,
  now: number,
): string[] {
  const { request, dose } = plan;
  const broken: string[] = [];
  const [least, most] = library.softDose;
  if (!plan.minimum && (dose < least || dose > most)) broken.push('dose');
  const largest = Math.max(0, request.patient?.dose ?? 0, ...(request.boluses ?? []).map((one) => one.dose));
  if (largest > library.softBolus) broken.push('bolus');
  if (library.concentrations.length > 0 && !library.concentrations.includes(request.concentration))
    broken.push('concentration');
  if (before !== undefined && before.dose > 0 && !plan.minimum) {
    const percents = library.titrationPercent;
    const percent =
      request.population === undefined ? Math.min(...Object.values(percents)) : percents[request.population];
    if (percent > 0 && Math.abs(dose - before.dose) * 100 > percent * before.dose) broken.push('titration-step');
    if (dose !== before.dose && now - before.at < library.titrationInterval) broken.push('titration-interval');
  }
  if (request.bridge === 'none') broken.push('no-bridge');
  return broken;
}
