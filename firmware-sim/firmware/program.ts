/** A program as the clinician states it (dose per day, concentration), and the flow that follows from it. */
import {
  nanolitres,
  nanolitresPerDay,
  type Nanograms,
  type NanogramsPerMicrolitre,
  type Nanolitres,
  type NanolitresPerDay,
} from '../../protocol/units.ts';
import type { Profile } from './profiles.ts';

/** Simple continuous mode: constant rate, the dose stated per day. */
export interface ProgramRequest {
  /** ng per day. */
  readonly dose: Nanograms;
  readonly concentration: NanogramsPerMicrolitre;
  /** Computed volume at which `low-reservoir` is raised; the profile's where it is not given. */
  readonly lowReservoir?: Nanolitres | undefined;
}

/** A checked program. */
export interface Program {
  readonly dose: Nanograms;
  readonly concentration: NanogramsPerMicrolitre;
  readonly lowReservoir: Nanolitres;
  readonly rate: NanolitresPerDay;
  /** What the integer rate delivers in a day; differs from `dose` by at most half a nanolitre's drug. */
  readonly actualDose: number;
}

export type ProgramCheck =
  | { readonly ok: true; readonly program: Program }
  | {
      readonly ok: false;
      readonly code: 'FLOW_RANGE' | 'LOW_RANGE';
      readonly message: string;
      /** Facts behind the message, integers in the unit that the key names. */
      readonly facts: Readonly<Record<string, number>>;
    };

/** The largest that protocol/units.ts knows, ng/µL. */
const MAX_CONCENTRATION = 1_000_000;

/** Concentrations of baclofen that are sold for pumps, ng/µL: pump.md 3, S54. */
const PRODUCT_CONCENTRATIONS = [500, 1000, 2000];

/**
 * Flow follows from dose and concentration, and both ends of the pump's flow range refuse real therapies: 50 µg/day at
 * 2000 µg/mL is 25 µL/day, below what the pump can keep up (pump.md section 0, finding 2).
 */
export function checkProgram(request: ProgramRequest, profile: Profile): ProgramCheck {
  const { dose, concentration } = request;
  const rate = Math.round((dose * 1000) / concentration);
  if (rate < profile.flowMin || rate > profile.flowMax) {
    const concMax = Math.min(MAX_CONCENTRATION, Math.floor((dose * 1000) / profile.flowMin));
    const concMin = Math.ceil((dose * 1000) / profile.flowMax);
    return {
      ok: false,
      code: 'FLOW_RANGE',
      message: flowMessage(request, rate, profile, concMin, concMax),
      facts: { nlpd: rate, min: profile.flowMin, max: profile.flowMax, conc_min: concMin, conc_max: concMax },
    };
  }
  const lowReservoir = request.lowReservoir ?? profile.lowReservoir;
  if (lowReservoir <= profile.residual || lowReservoir >= profile.capacity) {
    return {
      ok: false,
      code: 'LOW_RANGE',
      message:
        `low-reservoir volume ${ml(lowReservoir)} mL lies outside ${ml(profile.residual)} to ${ml(profile.capacity)} mL: ` +
        'it must be over the residual volume, which counts as empty, and under the capacity',
      facts: { low: lowReservoir, min: profile.residual, max: profile.capacity },
    };
  }
  return {
    ok: true,
    program: {
      dose,
      concentration,
      lowReservoir: nanolitres(lowReservoir),
      rate: nanolitresPerDay(rate),
      actualDose: (rate * concentration) / 1000,
    },
  };
}

const ml = (nl: number): number => nl / 1_000_000;

function flowMessage(
  request: ProgramRequest,
  rate: number,
  profile: Profile,
  concMin: number,
  concMax: number,
): string {
  const { dose, concentration } = request;
  const low = rate < profile.flowMin;
  const products = PRODUCT_CONCENTRATIONS.filter((c) => c >= concMin && c <= concMax);
  const remedy =
    concMax < 1 || concMin > MAX_CONCENTRATION
      ? 'no concentration would do'
      : `a concentration ${low ? `of at most ${concMax}` : `of at least ${concMin}`} µg/mL would do` +
        (products.length > 0 ? ` (sold: ${products.join(', ')})` : ' (none that is sold)');
  return (
    `flow ${rate / 1000} µL/day (${dose / 1000} µg/day at ${concentration} µg/mL) is ` +
    `${low ? 'below the minimum' : 'above the maximum'} of ${(low ? profile.flowMin : profile.flowMax) / 1000} µL/day; ${remedy}`
  );
}
