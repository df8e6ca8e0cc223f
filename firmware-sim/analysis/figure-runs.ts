/**
 * Experiments on the simulated pump that give one number each, for comparison with published figures. Everything is read off a
 * running simulation; no law of the body is written again here. Rates in µL/day, pressures in kPa, compliances in µL/kPa.
 */
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  pascals,
  US_PER_DAY,
  US_PER_HOUR,
  type Micros,
} from '../../protocol/units.ts';
import { Simulation } from '../simulation/simulation.ts';
import { PROFILES, type CsfParameters, type Fault, type Profile } from '../simulation/vocabulary.ts';

const BENCH = PROFILES['itb-40'];

export interface Trial {
  readonly rate: number;
  /** ng/µL; 1000 where it is not given. */
  readonly concentration?: number;
  readonly profile?: Profile;
  readonly compliance?: number;
  readonly csf?: CsfParameters;
}

/** A pump on the bench that delivers since time zero, with nothing to hold its flow within a device's range. */
export function running(trial: Trial): Simulation {
  const { rate, concentration = 1000, compliance, csf } = trial;
  const profile = { ...(trial.profile ?? BENCH), flowMin: nanolitresPerDay(1), flowMax: nanolitresPerDay(1e9) };
  const pump = new Simulation({
    profile,
    drug: 'water',
    concentration,
    compliance: compliance === undefined ? undefined : compliance * 1_000_000,
    csf,
  });
  refill(pump, profile.capacity);
  const dose = nanograms(Math.round(rate * concentration));
  command(pump, { command: 'program', dose, concentration: nanogramsPerMicrolitre(concentration) });
  command(pump, { command: 'commit', ifRevision: pump.status.revision });
  command(pump, { command: 'start', ifRevision: pump.status.revision });
  return pump;
}

/** Drains and fills; returns the volume drained less the volume computed, nL. */
export function refill(pump: Simulation, volume: number, concentration?: number): number {
  const computed = pump.status.reservoir ?? 0;
  const drained = pump.fill(volume, concentration);
  const ifRevision = pump.status.revision;
  command(pump, { command: 'refill', ifRevision, volume: nanolitres(volume), drained: nanolitres(drained) });
  return drained - computed;
}

/** The experiments give only commands that the pump must take. */
function command(pump: Simulation, one: Parameters<Simulation['command']>[0]): void {
  const outcome = pump.command(one);
  if (!outcome.ok) throw new Error(`${one.command} was refused: ${outcome.message}`);
}

export const hours = (value: number): number => Math.round(value * US_PER_HOUR);
export const days = (value: number): number => Math.round(value * US_PER_DAY);

export function goOn(pump: Simulation, us: number): void {
  pump.advanceThrough(micros(pump.now + us));
}

/** The bench profile with a sensor that alarms `threshold` kPa over its baseline. */
function sensing(threshold: number): Profile {
  const profile = PROFILES['itb-40-sense'];
  if (profile.occlusion === undefined) throw new Error(`${profile.name} has lost its sensor`);
  return { ...profile, occlusion: { ...profile.occlusion, threshold: pascals(Math.round(threshold * 1000)) } };
}

/** A catheter occluded after an hour; the pump stands at the moment of the alarm. `us`: time from the one to the other. */
export function occluded(trial: Trial & { readonly threshold: number }): { pump: Simulation; us: number } {
  const pump = running({ ...trial, profile: sensing(trial.threshold) });
  goOn(pump, hours(1));
  const from = pump.now;
  pump.inject({ fault: 'catheter.occlusion', mode: 'complete' });
  untilAlarm(pump, 'catheter-occlusion', micros(from + days(30)));
  return { pump, us: pump.now - from };
}

export function untilAlarm(pump: Simulation, id: string, limit: Micros): void {
  while (!pump.status.alarms.some((alarm) => alarm.id === id)) {
    if (pump.now >= limit) throw new Error(`${id} was not raised`);
    pump.advance(limit);
  }
}

/** Minutes to the alarm of a complete occlusion. */
export const minutesToAlarm = (rate: number, compliance: number, threshold: number): number =>
  occluded({ rate, compliance, threshold }).us / 60_000_000;

/** What leaves at once when an occlusion is released at its alarm: nL and ng. */
export function releaseBolus(threshold: number): { volume: number; drug: number } {
  const { pump } = occluded({ rate: 300, concentration: 2000, threshold });
  const before = pump.truth;
  pump.inject({ fault: 'catheter.occlusion', mode: 'released' });
  goOn(pump, 2_000_000);
  const after = pump.truth;
  return { volume: after.delivered - before.delivered, drug: after.drugDelivered - before.drugDelivered };
}

/** Pressure over a step's interval less that of the CSF, on average, Pa: by the trapezoidal rule, settled for `settle` µs. */
export function meanDrop(rate: number, settle: number, fault?: Fault): number {
  const pump = running({ rate });
  const csf = pump.truth.pressure;
  if (fault !== undefined) pump.inject(fault);
  goOn(pump, settle);
  const interval = (BENCH.stepVolume * US_PER_DAY) / (rate * 1000);
  const first = (Math.floor(pump.now / interval) + 1) * interval;
  // Fine where the pressure of a step dies away in an open catheter, coarse for the rest.
  const grid = [
    ...points(0, Math.min(interval, 1_000_000), 1000),
    ...points(Math.min(interval, 1_000_000), interval, 50),
  ];
  let sum = 0;
  let last: { readonly at: number; readonly drop: number } | undefined;
  for (const offset of grid) {
    // The step's own instant is rounded up, the next one's down: it must not fall into this interval.
    const at = micros(
      offset === 0 ? Math.ceil(first) : Math.min(Math.round(first + offset), Math.ceil(first + interval) - 1),
    );
    pump.advanceThrough(at);
    const drop = pump.truth.pressure - csf;
    if (last !== undefined) sum += ((at - last.at) * (drop + last.drop)) / 2;
    last = { at, drop };
  }
  return sum / interval;
}

const points = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n + 1 }, (_, i) => from + ((to - from) * i) / n);

/** Volume of the pipe between reservoir and tip, nL: the drug in it over its concentration (1 ng/nL). */
export const pipeVolume = (pump: Simulation): number => pump.truth.drugInPipe;

/** Hours that another drug needs for `volume` nL of pipe: its way through all of the pipe, looked for each minute, as a share of it. */
export function hoursThrough(volume: number, rate: number): number {
  const pump = running({ rate });
  goOn(pump, hours(1));
  const pipe = pipeVolume(pump);
  refill(pump, pump.profile.capacity, 500);
  const from = pump.now;
  while (pump.truth.tipConcentration !== 500) {
    if (pump.now - from > days(30)) throw new Error('the new drug never came');
    goOn(pump, 60_000_000);
  }
  return ((pump.now - from) / US_PER_HOUR) * (volume / pipe);
}

/** Delivered over commanded volume, % from 100, in ten days against a partial occlusion that costs `pressure` Pa. */
export function errorAgainst(pressure: number): number {
  const pump = running({ rate: 300 });
  pump.inject({ fault: 'catheter.occlusion', mode: 'partial', resistance: Math.round(pressure / 0.3) });
  goOn(pump, days(5));
  const before = pump.truth.delivered;
  goOn(pump, days(10));
  return 100 * ((pump.truth.delivered - before) / 3_000_000 - 1);
}

/** Days from a full filling to the alarm at 2 mL. */
export function daysToLow(profile: Profile, rate: number): number {
  const pump = running({ rate, profile });
  untilAlarm(pump, 'low-reservoir', micros(days(1000)));
  return pump.now / US_PER_DAY;
}

/** In the CSF after ten days at a constant rate, ng/mL (drug of 1000 ng/µL: µg/day is µL/day). */
export function steadyCsf(dose: number, csf?: CsfParameters): { tip: number; bulk: number; pump: Simulation } {
  const pump = running({ rate: dose, ...(csf === undefined ? {} : { csf }) });
  goOn(pump, days(10));
  const { csfTip, csfBulk } = pump.truth;
  return { tip: csfTip * 1000, bulk: csfBulk * 1000, pump };
}

/** Share of the steady bulk concentration that is left `at` hours after the motor stalls. */
export function shareLeft(at: number, csf?: CsfParameters): number {
  const { bulk, pump } = steadyCsf(300, csf);
  pump.inject({ fault: 'rotor.stall', mode: 'stuck' });
  goOn(pump, hours(at));
  return (pump.truth.csfBulk * 1000) / bulk;
}
