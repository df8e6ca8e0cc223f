/** From a program as it is stated to what the pump would do for it. Nothing is checked here: check-program.ts looks at both. */
import { micros, US_PER_DAY } from '../../../protocol/units.ts';
import type { Profile } from '../profiles.ts';
import { basalVolume, rateOf, type Dose, type Program, type ProgramRequest, type RateFrom } from './program.ts';

export function buildProgram(request: ProgramRequest, profile: Profile, drug: string): Program {
  const { mode = 'continuous', concentration } = request;
  const rates = ratesOf(request, profile);
  const boluses =
    mode === 'scheduled'
      ? (request.boluses ?? []).map((bolus) => ({ at: bolus.at, ...doseOf(bolus, concentration, profile) }))
      : [];
  const patient =
    request.patient === undefined
      ? undefined
      : {
          ...doseOf(request.patient, concentration, profile),
          lockout: request.patient.lockout,
          count: request.patient.count,
          window: request.patient.window,
        };
  const basal = basalVolume(rates);
  const timed = boluses.reduce((sum, { volume }) => sum + volume, 0);
  const actualDose = ((basal + timed) * concentration) / 1000;
  const catheter = request.catheterLength ?? profile.priming.catheterLength;
  const most = patient === undefined ? 0 : (patient.volume * patient.count * US_PER_DAY) / patient.window;
  return {
    mode,
    drug,
    concentration,
    lowReservoir: request.lowReservoir ?? profile.lowReservoir,
    population: request.population,
    rates,
    boluses,
    patient,
    limit: request.limit === undefined ? undefined : { mass: request.limit.dose * 1000, window: request.limit.window },
    steps: request.steps,
    dose: (mode === 'continuous' || mode === 'scheduled'
      ? (request.boluses ?? []).reduce((sum, bolus) => sum + bolus.dose, request.dose ?? 0)
      : Math.round(actualDose)) as Program['dose'],
    actualDose,
    dayVolume: Math.round(basal) + timed,
    mostVolume: Math.round(basal + most) + timed,
    pipe: (profile.priming.tubing + Math.round((catheter * profile.priming.perMetre) / 1000)) as Program['pipe'],
    catheterStated: request.catheterLength !== undefined,
    bridge: request.bridge === undefined ? 'computed' : 'none',
  };
}

const allDay = (rate: RateFrom['rate']): readonly RateFrom[] => [{ from: micros(0), rate }];

function ratesOf({ mode, dose, intervals, concentration }: ProgramRequest, profile: Profile): readonly RateFrom[] {
  if (mode === 'minimum') return allDay(profile.minimumRate);
  if (mode === 'flex') {
    return (intervals ?? []).map((interval) => ({
      from: interval.from,
      rate: rateOf(interval.dose, concentration),
    }));
  }
  return allDay(rateOf(dose ?? 0, concentration));
}

/** A dose over a time as whole motor steps at a rate. */
function doseOf(
  { dose, duration }: { readonly dose: number; readonly duration: number },
  concentration: number,
  { stepVolume }: Profile,
): Dose {
  const volume = wholeSteps((dose * 1000) / concentration, stepVolume);
  return { volume, rate: Math.round((volume * US_PER_DAY) / duration) as Dose['rate'] };
}

/** The nearest volume of whole steps, nL. */
export const wholeSteps = (volume: number, stepVolume: number): Dose['volume'] =>
  (Math.round(volume / stepVolume) * stepVolume) as Dose['volume'];
