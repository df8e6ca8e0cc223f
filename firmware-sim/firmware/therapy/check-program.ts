/**
 * Whether the pump can keep a program, and whether the drug library lets it: a list of rules, of which the first that is broken
 * refuses the program. Soft limits refuse nothing by themselves: they are named. Titration needs the therapy: titration.ts.
 */
import { US_PER_DAY } from '../../../protocol/units.ts';
import { REFUSALS, type Facts, type Refusal } from '../commands.ts';
import type { Profile } from '../profiles.ts';
import { buildProgram } from './build-program.ts';
import type { DrugLibrary } from './library.ts';
import type { SoftLimit } from './limits.ts';
import { flowProblem } from './flow.ts';
import { rateOf, steppedDose, type Dose, type Program, type ProgramRequest } from './program.ts';

export type ProgramCheck =
  { readonly ok: true; readonly program: Program; readonly soft: readonly SoftLimit[] } | Problem;

export interface Problem {
  readonly ok: false;
  readonly code: Refusal;
  readonly message: string;
  /** Facts behind the message, integers in the unit that the key names. */
  readonly facts: Facts;
}

/** Parts of a day plan, patient boluses in a window, and steps of step dosing and days between them, at the most. */
export const MAX_INTERVALS = 13;
export const MAX_TIMED = 12;
export const MAX_PATIENT = 24;
export const MAX_STEPS = 52;
export const MAX_STEP_DAYS = 365;
/** mm: what is implanted after trimming, and what is sold (pump.md 1.3). */
const CATHETER = { min: 100, max: 1_500 };

interface Case {
  readonly request: ProgramRequest;
  /** What the pump would do; its numbers may be nonsense until every rule has passed. */
  readonly program: Program;
  readonly profile: Profile;
  readonly library: DrugLibrary;
}

type Rule = (one: Case) => Problem | undefined;

export function checkProgram(request: ProgramRequest, profile: Profile, library: DrugLibrary): ProgramCheck {
  const program = buildProgram(request, profile, library.drug);
  for (const rule of RULES) {
    const problem = rule({ request, program, profile, library });
    if (problem !== undefined) return problem;
  }
  return { ok: true, program, soft: softLimits(request, program, library) };
}

/** `why` is the word of it that the wire carries, `text` that for people. */
const problem = (code: Refusal, why: string, text: string): Problem => ({
  ok: false,
  code,
  facts: { why },
  message: `${REFUSALS[code]}: ${text}`,
});

/** Parts of a request that a mode has no use for. */
const STRAY: Readonly<Record<Program['mode'], readonly (keyof ProgramRequest)[]>> = {
  continuous: ['intervals', 'boluses'],
  flex: ['dose', 'boluses', 'steps'],
  scheduled: ['intervals', 'steps'],
  minimum: ['dose', 'intervals', 'boluses', 'patient', 'limit', 'steps'],
};

const parts: Rule = ({ request, program: { mode } }) => {
  const stray = STRAY[mode].find((key) => request[key] !== undefined);
  return stray === undefined ? undefined : problem('PLAN_RANGE', stray, `mode ${mode} takes no ${stray}`);
};

/** Times of a day plan ascend within a day. */
function timesProblem(times: readonly number[], most: number, what: string): Problem | undefined {
  if (times.length === 0) return problem('PLAN_RANGE', 'empty', `no ${what}`);
  if (times.length > most) return problem('PLAN_RANGE', 'many', `${times.length} times ${what}, at most ${most}`);
  const late = times.findIndex((time) => time >= US_PER_DAY);
  if (late >= 0) return problem('PLAN_RANGE', 'time', `${what} ${late + 1} begins after the end of the day`);
  const early = times.findIndex((time, i) => i > 0 && time <= (times[i - 1] ?? 0));
  if (early >= 0) return problem('PLAN_RANGE', 'order', `${what} ${early + 1} does not begin after the one before it`);
  return undefined;
}

const dayPlan: Rule = ({ request, program: { mode } }) => {
  if (mode === 'flex') {
    const times = (request.intervals ?? []).map(({ from }) => from);
    return timesProblem(times, MAX_INTERVALS, 'interval');
  }
  if (mode !== 'scheduled') return undefined;
  const boluses = request.boluses ?? [];
  const times = boluses.map(({ at }) => at);
  const wrong = timesProblem(times, MAX_TIMED, 'scheduled bolus');
  if (wrong !== undefined) return wrong;
  const overlap = boluses.findIndex(
    ({ at, duration }, i) => at + duration > (times[i + 1] ?? (times[0] ?? 0) + US_PER_DAY),
  );
  return overlap < 0
    ? undefined
    : problem('PLAN_RANGE', 'overlap', `scheduled bolus ${overlap + 1} lasts into the next one`);
};

const flow: Rule = ({ request, program, profile }) => {
  if (program.mode === 'minimum') return undefined;
  const doses = program.mode === 'flex' ? (request.intervals ?? []).map(({ dose }) => dose) : [request.dose ?? 0];
  for (const dose of doses) {
    const wrong = flowProblem(dose, program.concentration, profile);
    if (wrong !== undefined) return { ok: false, code: 'FLOW_RANGE', ...wrong };
  }
  return undefined;
};

function doseProblem(
  code: Refusal,
  { volume, rate }: Dose,
  { stepVolume, flowMin, flowMax }: Profile,
): Problem | undefined {
  if (volume < stepVolume) return problem(code, 'volume', `less than one motor step of ${stepVolume} nL`);
  return rate >= flowMin && rate <= flowMax
    ? undefined
    : problem(code, 'rate', `a rate of ${rate / 1000} µL/day, ${flowMin / 1000} to ${flowMax / 1000} can be kept`);
}

const timedDoses: Rule = ({ program, profile }) => {
  for (const bolus of program.boluses) {
    const wrong = doseProblem('PLAN_RANGE', bolus, profile);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const patient: Rule = ({ program, profile }) => {
  if (program.patient === undefined) return undefined;
  const { count, window, lockout } = program.patient;
  if (!(count >= 1 && count <= MAX_PATIENT)) {
    return problem('PATIENT_RANGE', 'count', `${count} boluses, 1 to ${MAX_PATIENT} can be allowed`);
  }
  if (!(window >= 1 && window <= profile.longestWindow && lockout <= profile.longestWindow)) {
    return problem('PATIENT_RANGE', 'window', 'window or lockout are longer than the pump remembers');
  }
  return doseProblem('PATIENT_RANGE', program.patient, profile);
};

const stepDosing: Rule = ({ program, profile }) => {
  const { steps } = program;
  if (steps === undefined) return undefined;
  const { count, everyDays, direction } = steps;
  if (!(count >= 1 && count <= MAX_STEPS)) {
    return problem('STEP_RANGE', 'count', `${count} steps, 1 to ${MAX_STEPS} can be programmed`);
  }
  if (!(everyDays >= 1 && everyDays <= MAX_STEP_DAYS)) {
    return problem('STEP_RANGE', 'days', `a step every ${everyDays} days, 1 to ${MAX_STEP_DAYS} can be programmed`);
  }
  if (steps.dose < 1) return problem('STEP_RANGE', 'dose', 'a step of no dose');
  const rate = (steppedDose(program, count) * 1000) / program.concentration;
  return rate >= profile.flowMin && rate <= profile.flowMax
    ? undefined
    : problem('STEP_RANGE', 'flow', `the last step ${direction} is ${rate / 1000} µL/day, which the pump cannot keep`);
};

const lowReservoir: Rule = ({ program: { lowReservoir: low }, profile: { residual, capacity } }) =>
  low > residual && low < capacity
    ? undefined
    : {
        ok: false,
        code: 'LOW_RANGE',
        facts: { low, min: residual, max: capacity },
        message:
          `low-reservoir volume ${ml(low)} mL lies outside ${ml(residual)} to ${ml(capacity)} mL: ` +
          'it must be over the residual volume, which counts as empty, and under the capacity',
      };

const catheter: Rule = ({ request: { catheterLength: length } }) =>
  length === undefined || (length >= CATHETER.min && length <= CATHETER.max)
    ? undefined
    : problem(
        'PLAN_RANGE',
        'catheter',
        `a catheter of ${length} mm, ${CATHETER.min} to ${CATHETER.max} can be programmed`,
      );

const hard = (ng: number, min: number, max: number, what: string): Problem => ({
  ok: false,
  code: 'DOSE_RANGE',
  facts: { ng, min, max },
  message: `${REFUSALS.DOSE_RANGE}: ${what}, ${min / 1000} to ${max / 1000} µg are allowed`,
});

const hardLimits: Rule = ({ request, program, library: { drug, hardDose, hardBolus } }) => {
  if (program.mode === 'minimum') return undefined;
  const [min, max] = hardDose;
  const dose = dailyDoses(program).find((each) => each < min || each > max);
  if (dose !== undefined) return hard(dose, min, max, `${dose / 1000} µg/day of ${drug}`);
  const bolus = bolusDoses(request).find((each) => each > hardBolus);
  return bolus === undefined ? undefined : hard(bolus, 0, hardBolus, `a bolus of ${bolus / 1000} µg of ${drug}`);
};

/** A limit that basal flow and scheduled boluses alone would reach is a program that stops itself. */
const windowLimit: Rule = ({ program, profile }) => {
  const { limit, rates, boluses, concentration, steps } = program;
  if (limit === undefined) return undefined;
  if (!(limit.window >= 1 && limit.window <= profile.longestWindow)) {
    return problem('LIMIT_RANGE', 'window', 'the window is longer than the pump remembers');
  }
  // No window can hold more than the fastest basal rate all through, every scheduled bolus that may fall in it, and two steps.
  const stepped = steps === undefined ? 0 : rateOf(steppedDose(program, steps.count), concentration);
  const fastest = Math.max(stepped, ...rates.map(({ rate }) => rate));
  const timed = boluses.reduce((sum, { volume }) => sum + volume, 0) * Math.ceil(limit.window / US_PER_DAY);
  const volume = Math.ceil((fastest * limit.window) / US_PER_DAY) + timed + 2 * profile.stepVolume;
  const [ng, least] = [limit.mass / 1000, Math.ceil((volume * concentration) / 1000)];
  return ng >= least
    ? undefined
    : {
        ok: false,
        code: 'LIMIT_RANGE',
        facts: { ng, min: least },
        message: `${REFUSALS.LIMIT_RANGE}: ${ng / 1000} µg in the window, of which the program takes up to ${least / 1000} µg`,
      };
};

const RULES: readonly Rule[] = [
  parts,
  dayPlan,
  flow,
  timedDoses,
  patient,
  stepDosing,
  lowReservoir,
  catheter,
  hardLimits,
  windowLimit,
];

/** The dose of a day now, and after the last step of step dosing. */
const dailyDoses = (program: Program): readonly number[] =>
  program.steps === undefined ? [program.dose] : [program.dose, steppedDose(program, program.steps.count)];

const bolusDoses = ({ boluses = [], patient: button }: ProgramRequest): readonly number[] =>
  [...boluses, ...(button === undefined ? [] : [button])].map(({ dose }) => dose);

function softLimits(request: ProgramRequest, program: Program, library: DrugLibrary): SoftLimit[] {
  if (program.mode === 'minimum') return [];
  const { softDose, softBolus, concentrations } = library;
  const broken: SoftLimit[] = [];
  if (dailyDoses(program).some((dose) => dose < softDose[0] || dose > softDose[1])) broken.push('dose');
  if (bolusDoses(request).some((dose) => dose > softBolus)) broken.push('bolus');
  if (concentrations.length > 0 && !concentrations.includes(program.concentration)) broken.push('conc');
  return broken;
}

const ml = (nl: number): number => nl / 1_000_000;
