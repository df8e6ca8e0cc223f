/** The therapies that are timed, on the compiled package: what users run, and untouched by the loader of this script. */
import type * as FirmwareSim from '../../firmware-sim/index.ts';
import type { Fault, LogEntry, Profile, Simulation } from '../../firmware-sim/index.ts';
import {
  MAX_MICROS,
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  US_PER_DAY,
} from '../../protocol/units.ts';

export const DIST = new URL('../../dist/', import.meta.url);
const built = (await import(new URL('firmware-sim/index.js', DIST).href)) as typeof FirmwareSim;

const CONCENTRATION = 500;
/** nL/day: 81 µg/day at 500 µg/mL. */
export const RATE = 162_000;
const YEAR = 365 * US_PER_DAY;
const MONTH = 30 * US_PER_DAY;
/** Y1's pump. Its sensor makes every step a sample of a watch: the harder case. */
const Y1_PROFILE = built.PROFILES['itb-40-sense'];

/** A pump without limits, in which steps may be coarse and events rare. */
const benchProfile = (stepVolume: number): Profile => ({
  ...Y1_PROFILE,
  name: 'bench',
  stepVolume: nanolitres(stepVolume),
  capacity: nanolitres(1_000_000_000),
  flowMin: nanolitresPerDay(1),
  flowMax: nanolitresPerDay(1_000_000_000),
  logEntries: 1_000_000,
  // Nor an end of its service: a century is one of the measurements.
  serviceLife: micros(MAX_MICROS),
  battery: { ...Y1_PROFILE.battery, replacement: 0, reset: 0 },
});

function must(outcome: ReturnType<Simulation['command']>): void {
  if (!outcome.ok) throw new Error(outcome.message);
}

function refill(pump: Simulation, volume: number): void {
  const drained = nanolitres(pump.fill(volume));
  must(pump.command({ command: 'refill', ifRevision: pump.status.revision, volume: nanolitres(volume), drained }));
}

function running(profile: Profile, volume: number, rate: number, leap: boolean): Simulation {
  const pump = new built.Simulation({ profile, drug: 'water', concentration: CONCENTRATION, leap });
  refill(pump, volume);
  must(
    pump.command({
      command: 'program',
      dose: nanograms((rate * CONCENTRATION) / 1000),
      concentration: nanogramsPerMicrolitre(CONCENTRATION),
    }),
  );
  must(pump.command({ command: 'commit', ifRevision: pump.status.revision }));
  must(pump.command({ command: 'start', ifRevision: pump.status.revision }));
  return pump;
}

/** On until `end`, refilled at every low-reservoir alarm. */
function carryOn(pump: Simulation, end: number): void {
  while (pump.now < end) {
    const next = pump.status.nextEvent;
    pump.advance(micros(end));
    const low = pump.log(next).some(({ keys }) => keys['id'] === 'low-reservoir' && keys['state'] === 'on');
    if (low) refill(pump, pump.profile.capacity);
  }
}

/** One year of simple continuous therapy, 162 µL/day in steps of 10 nL, 40 mL, one refill at the low-reservoir alarm. */
export function y1(leap: boolean): Simulation {
  const pump = running(Y1_PROFILE, Y1_PROFILE.capacity, RATE, leap);
  carryOn(pump, YEAR);
  return pump;
}

export const stepsOf = (pump: Simulation): number => pump.status.commanded / pump.profile.stepVolume;
export const Y1_STEPS = stepsOf(y1(true));

/**
 * Mean pressure 68.0 kPa over that of the CSF at Y1's rate, where the alarm comes at 69 kPa: over the catheter's two hours the
 * minutes' resistances average out, so that the pressure comes within half a per cent of the limit and stays below it.
 */
const WANDERING: Fault = {
  fault: 'catheter.occlusion',
  mode: 'wandering',
  resistance: 420_000,
  amplitude: 300_000,
};

/** Y1 with a wandering partial occlusion near its limit for its second month. */
export function w1(leap: boolean): Simulation {
  const pump = running(Y1_PROFILE, Y1_PROFILE.capacity, RATE, leap);
  carryOn(pump, MONTH);
  pump.inject(WANDERING);
  carryOn(pump, 2 * MONTH);
  pump.inject({ fault: 'catheter.occlusion', mode: 'released' });
  carryOn(pump, YEAR);
  return pump;
}

/** `n` low-reservoir alarms, `days` apart, each answered with a refill: three records of the log for each. */
export function refills(n: number, days: number, stepVolume: number): Simulation {
  const profile = benchProfile(stepVolume);
  const volume = profile.lowReservoir + days * RATE;
  const pump = running(profile, volume, RATE, true);
  for (let i = 0; i < n; i += 1) {
    pump.advance(micros(pump.now + 2 * days * US_PER_DAY));
    refill(pump, volume);
  }
  return pump;
}

/** Days in which nothing happens: 24 µL/day from a litre. */
export function quiet(days: number): Simulation {
  const pump = running(benchProfile(10), 1_000_000_000, 24_000, true);
  pump.advanceThrough(micros(days * US_PER_DAY));
  return pump;
}

/** Y1's therapy for some days, walked. */
export function walked(days: number): Simulation {
  const pump = running(Y1_PROFILE, Y1_PROFILE.capacity, RATE, false);
  pump.advanceThrough(micros(days * US_PER_DAY));
  return pump;
}

/** F1: nL/day by interval, from the series' highest dose (170 µg/day at 500 µg/mL, 340 µL/day) up and down by up to a half. */
export const F1_RATES = [240, 260, 300, 340, 420, 480, 510, 460, 380, 340, 300, 260, 220].map((rate) => rate * 1000);
export const F1_STARTS = F1_RATES.map((_, i) => Math.round((i * US_PER_DAY) / 13 / 60e6) * 60e6);
/** Times of day at which the patient presses: each is granted. */
export const F1_PRESSES = [7, 11.5, 16, 21].map((hour) => hour * 3_600_000_000);
/** 10 µg in 10 min: 20 µL. */
export const F1_BOLUS = { ng: 10_000, us: 600_000_000, rate: 2_880_000, steps: 2_000 };
const F1_LIMIT = 400_000;
export const F1_CAPACITY = 40_000_000;

/** A year of a 13-interval flex day with four patient boluses daily, refilled at the low-reservoir alarm. */
export function f1(leap: boolean): Simulation {
  const pump = new built.Simulation({ profile: Y1_PROFILE, drug: 'water', concentration: CONCENTRATION, leap });
  refill(pump, F1_CAPACITY);
  must(
    pump.command({
      command: 'program',
      mode: 'flex',
      concentration: nanogramsPerMicrolitre(CONCENTRATION),
      intervals: F1_RATES.map((rate, i) => ({
        from: micros(F1_STARTS[i] ?? 0),
        dose: nanograms((rate * CONCENTRATION) / 1000),
      })),
      patient: {
        dose: nanograms(F1_BOLUS.ng),
        duration: micros(F1_BOLUS.us),
        lockout: micros(3 * 3_600_000_000),
        count: 4,
        window: micros(US_PER_DAY),
      },
      limit: { dose: nanograms(F1_LIMIT), window: micros(US_PER_DAY) },
    }),
  );
  must(pump.command({ command: 'commit', ifRevision: pump.status.revision }));
  must(pump.command({ command: 'start', ifRevision: pump.status.revision }));
  for (let day = 0; day < 365; day += 1) {
    for (const press of F1_PRESSES) {
      carryOn(pump, day * US_PER_DAY + press);
      must(pump.command({ command: 'press' }));
    }
  }
  carryOn(pump, YEAR);
  return pump;
}

/** Arguments of the peer of F1, the same therapy. */
export const F1_ARGUMENTS: readonly string[] = [
  F1_RATES.join(','),
  F1_STARTS.join(','),
  F1_PRESSES.join(','),
  `${F1_BOLUS.rate}`,
  `${F1_BOLUS.steps}`,
  `${F1_CAPACITY}`,
  `${Y1_PROFILE.lowReservoir}`,
  `${F1_LIMIT * 1000}`,
];

export const wholeLog = (pump: Simulation): readonly LogEntry[] => pump.log();
