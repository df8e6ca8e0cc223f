/** Driving a simulated therapy in tests, with the least ceremony: rates are stated at 1000 µg/mL, where ng/day = nL/day. */
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  MAX_MICROS,
  nanolitres,
  US_PER_DAY,
  type Micros,
} from '../../protocol/units.ts';
import type { Facts, Outcome, Refusal } from '../../firmware-sim/firmware/commands.ts';
import { PROFILES, type Profile, type ProfileName } from '../../firmware-sim/firmware/profiles.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';

/** ng/µL. */
export const CONCENTRATION = 1_000;
/** Volume of a motor step of every profile, nL. */
export const STEP = 10;

/** A pump whose service never ends: for what takes longer than a pump lasts. */
export const lasting = (name: ProfileName): Profile => ({
  ...PROFILES[name],
  serviceLife: micros(MAX_MICROS),
  battery: { ...PROFILES[name].battery, replacement: 0, reset: 0 },
});

export interface TherapySetup {
  readonly profile?: ProfileName | Profile;
  /** nL/day. */
  readonly rate?: number;
  /** nL/MPa. */
  readonly compliance?: number;
  /** nL. */
  readonly fill?: number;
  /** nL. */
  readonly lowReservoir?: number;
  readonly leap?: boolean;
}

/** A pump filled, programmed and committed at time zero, not yet started. */
export function readyPump(setup: TherapySetup = {}): Simulation {
  const { profile = 'itb-20-sense', rate = 300_000, compliance, fill = 18_000_000, lowReservoir, leap = true } = setup;
  const sim = new Simulation({ profile, drug: 'water', concentration: CONCENTRATION, compliance, leap });
  refill(sim, fill);
  commitRate(sim, rate, lowReservoir);
  return sim;
}

/** A therapy that runs since time zero. */
export function runningTherapy(setup: TherapySetup = {}): Simulation {
  const sim = readyPump(setup);
  start(sim);
  return sim;
}

/** The facts of a command that must be accepted. */
export function accepted(outcome: Outcome): Facts {
  if (!outcome.ok) throw new Error(`refused with ${outcome.code}: ${outcome.message}`);
  return outcome.facts;
}

export const refusal = (outcome: Outcome): Refusal | 'accepted' => (outcome.ok ? 'accepted' : outcome.code);

export const start = (sim: Simulation): Facts =>
  accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));

export const stop = (sim: Simulation): Facts => accepted(sim.command({ command: 'stop' }));

/** The physical act and its declaration. */
export function refill(sim: Simulation, volume: number): Facts {
  const drained = nanolitres(sim.fill(volume));
  const ifRevision = sim.status.revision;
  return accepted(sim.command({ command: 'refill', ifRevision, volume: nanolitres(volume), drained }));
}

export function stageRate(sim: Simulation, rate: number, lowReservoir?: number): Facts {
  return accepted(
    sim.command({
      command: 'program',
      dose: nanograms(rate),
      concentration: nanogramsPerMicrolitre(CONCENTRATION),
      lowReservoir: lowReservoir === undefined ? undefined : nanolitres(lowReservoir),
    }),
  );
}

export function commitRate(sim: Simulation, rate: number, lowReservoir?: number): Facts {
  stageRate(sim, rate, lowReservoir);
  return accepted(sim.command({ command: 'commit', ifRevision: sim.status.revision }));
}

/** Acknowledges the first active alarm. */
export function acknowledgeFirst(sim: Simulation): Facts {
  const [alarm] = sim.status.alarms;
  if (alarm === undefined) throw new Error('no alarm to acknowledge');
  return accepted(sim.command({ command: 'acknowledge', ev: alarm.ev }));
}

export interface AlarmLine {
  readonly us: number;
  readonly state: string | number | undefined;
}

/** What the log says of one alarm. */
export const alarmLines = (sim: Simulation, id: string): AlarmLine[] =>
  sim
    .log()
    .filter(({ kind, keys }) => kind === 'ALARM' && keys['id'] === id)
    .map(({ us, keys }) => ({ us, state: keys['state'] }));

export const occlusion = (mode: 'complete' | 'released') => ({ fault: 'catheter.occlusion', mode }) as const;

/** `resistance` in Pa/(mL/day). */
export const partial = (resistance: number) => ({ fault: 'catheter.occlusion', mode: 'partial', resistance }) as const;

/** Stamp of step k (from 1) of a rate that began at `from` with a whole step missing: rounded up to a microsecond. */
export function stampOfNth(k: number, rate: number, from = 0): Micros {
  const work = BigInt(k) * BigInt(STEP) * BigInt(US_PER_DAY);
  const den = BigInt(rate);
  return micros(from + Number((work + den - 1n) / den));
}
