/** Programs and boluses of a scenario against its pump and its drug: what the firmware would refuse is told at its key. */
import {
  checkProgram,
  LIBRARIES,
  PROFILES,
  SOFT_LIMITS,
  type DrugLibrary,
  type DrugName,
  type Profile,
  type ProgramCheck,
  type ProgramRequest,
  type SoftLimit,
} from '../simulation/vocabulary.ts';
import { bolusOf } from './bolus.ts';
import type { Problem } from './diagnose.ts';
import type { Parts, Path } from './parts.ts';
import { formatQuantity } from './quantity.ts';
import type { ProgramDraft, PumpDraft } from './schema.ts';

type Refused = Extract<ProgramCheck, { ok: false }>;

/**
 * A refusal that the entry expects is none to be told of. Which library is in force later, the run decides: a program is wrong when
 * it is so under every library of the file. How far and how soon a dose changes is for the run as well.
 */
export function checkPrograms({ pump, program, timeline }: Parts): readonly Problem[] {
  if (pump === undefined) return [];
  const profile = PROFILES[pump.profile];
  const own = pump.drug.name;
  const loaded = timeline.flatMap((entry) => (entry?.act.do === 'load-library' ? [entry.act.drug] : []));
  return [
    ...(program === undefined ? [] : problemsUnder([own], program, ['program'], pump, profile)),
    ...timeline.flatMap((entry, index) =>
      entry?.act.do === 'program' && entry.refused === undefined
        ? problemsUnder([own, ...loaded], entry.act.program, ['timeline', index, 'program'], pump, profile)
        : [],
    ),
  ];
}

function problemsUnder(
  drugs: readonly DrugName[],
  { override, ...draft }: ProgramDraft,
  path: Path,
  { drug }: PumpDraft,
  profile: Profile,
): readonly Problem[] {
  const request = { ...draft, concentration: draft.concentration ?? drug.concentration };
  const found = drugs.map((name) => problemsOf(request, profile, LIBRARIES[name], override));
  if (found.some((problems) => problems.length === 0)) return [];
  return (found[0] ?? []).map(({ path: tail, ...problem }) => {
    const elsewhere = tail[0] === 'concentration' && draft.concentration === undefined;
    return { ...problem, path: elsewhere ? ['pump', 'drug', 'concentration'] : [...path, ...tail] };
  });
}

function problemsOf(
  request: ProgramRequest,
  profile: Profile,
  library: DrugLibrary,
  override: readonly SoftLimit[],
): readonly Problem[] {
  const check = checkProgram(request, profile, library);
  if (!check.ok) return [{ path: placeOf(check, request, profile), message: check.message }];
  const missing = check.soft.filter((limit) => !override.includes(limit));
  return missing.map((limit) => {
    const all = [...new Set([...override, ...missing])].join(', ');
    const message = `breaks soft limit ${limit} (${SOFT_LIMITS[limit]}); add "override: [${all}]"`;
    return { path: softPlace(limit, request, library), message };
  });
}

/** Where in the program a refusal belongs: the key whose value another would do. */
function placeOf({ code, facts }: Refused, request: ProgramRequest, { longestWindow }: Profile): Path {
  const why = String(facts['why'] ?? '');
  if (code === 'LOW_RANGE') return ['low_reservoir'];
  if (code === 'PATIENT_RANGE') {
    if (why === 'window' && Number(request.patient?.lockout) > longestWindow) return ['patient', 'lockout'];
    return ['patient', PATIENT_KEYS[why] ?? 'dose'];
  }
  if (code === 'STEP_RANGE') return ['steps', STEP_KEYS[why] ?? 'dose'];
  if (code === 'LIMIT_RANGE') return ['limit', why === 'window' ? 'window' : 'dose'];
  if (code === 'DOSE_RANGE') return dosePlace(Number(facts['ng']), request);
  if (code === 'PLAN_RANGE') return why === 'catheter' ? ['catheter_length'] : planPlace(why, request);
  return basalPlace(request);
}

const PATIENT_KEYS: Readonly<Record<string, string>> = {
  count: 'count',
  window: 'window',
  volume: 'dose',
  rate: 'over',
};
const STEP_KEYS: Readonly<Record<string, string>> = { count: 'count', days: 'every', dose: 'dose', flow: 'dose' };

const basalPlace = ({ mode }: ProgramRequest): Path => [
  mode === 'flex' ? 'intervals' : mode === 'minimum' ? 'mode' : 'dose',
];

const planPlace = (why: string, { mode, intervals = [], boluses = [] }: ProgramRequest): Path => {
  const [list, key] = mode === 'flex' ? ['intervals', 'from'] : ['boluses', 'at'];
  const times = mode === 'flex' ? intervals.map(({ from }) => from) : boluses.map(({ at }) => at);
  const early = times.findIndex((time, i) => i > 0 && time <= (times[i - 1] ?? 0));
  return why === 'order' && early > 0 ? [list, early, key] : [list];
};

/** The dose that lies outside: a bolus, the button's, a step on the way, or the basal dose. */
function dosePlace(ng: number, request: ProgramRequest): Path {
  const bolus = (request.boluses ?? []).findIndex(({ dose }) => dose === ng);
  if (bolus >= 0) return ['boluses', bolus, 'dose'];
  if (request.patient?.dose === ng) return ['patient', 'dose'];
  return request.steps !== undefined && request.dose !== ng ? ['steps', 'dose'] : basalPlace(request);
}

function softPlace(limit: SoftLimit, request: ProgramRequest, { softBolus }: DrugLibrary): Path {
  if (limit === 'conc') return ['concentration'];
  if (limit !== 'bolus') return basalPlace(request);
  const bolus = (request.boluses ?? []).findIndex(({ dose }) => dose > softBolus);
  return bolus < 0 ? ['patient', 'dose'] : ['boluses', bolus, 'dose'];
}

/** Largest volume and rate that can be told at all, nL and nL/day. */
const MOST = 1_000_000_000;

/** Whether a bolus can be told; whether it is given is for the pump. */
export function checkBoluses({ pump, program, timeline }: Parts): readonly Problem[] {
  if (pump === undefined) return [];
  const programs = [program, ...timeline.map((entry) => (entry?.act.do === 'program' ? entry.act.program : undefined))];
  const inForce = programs.map((one) => one?.concentration ?? pump.drug.concentration);
  return timeline.flatMap((entry, index): Problem[] => {
    const act = entry?.act;
    if (act?.do !== 'bolus') return [];
    const least = Math.min(...(act.concentration === undefined ? inForce : [act.concentration]));
    const { volume, rate } = bolusOf(act.dose, act.over, least);
    const key = volume > MOST ? 'dose' : 'over';
    const shown = volume > MOST ? formatQuantity(volume, 'volume') : formatQuantity(rate, 'rate');
    const message = `at ${formatQuantity(least, 'concentration')} that is ${shown}, more than a pump can be told`;
    return volume > MOST || rate > MOST ? [{ path: ['timeline', index, key], message }] : [];
  });
}
