/** Programs for tests of the therapy: a bench fluid at 1000 ng/µL, where ng are nL, in a pump of 40 mL without a pressure sensor. */
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
} from '../../protocol/units.ts';
import type { Command, Facts, Outcome } from '../../firmware-sim/firmware/commands.ts';
import type { DrugLibrary, DrugName } from '../../firmware-sim/firmware/therapy/library.ts';
import type { SoftLimit } from '../../firmware-sim/firmware/therapy/limits.ts';
import type { ProgramRequest } from '../../firmware-sim/firmware/therapy/program.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import { accepted, CONCENTRATION, refill } from './therapy.ts';

export const DAY = US_PER_DAY;
export const HOUR = US_PER_HOUR;
export const MINUTE = US_PER_MINUTE;

export type ProgramParts = Partial<ProgramRequest>;

/** Numbers as the branded units of a request. */
export const ng = nanograms;
export const us = (value: number) => micros(Math.round(value));

const request = (parts: ProgramParts): ProgramRequest => ({
  concentration: nanogramsPerMicrolitre(CONCENTRATION),
  ...(parts.mode === undefined || parts.mode === 'continuous' || parts.mode === 'scheduled'
    ? { dose: nanograms(300_000) }
    : {}),
  ...parts,
});

export const stage = (sim: Simulation, parts: ProgramParts): Outcome =>
  sim.command({ command: 'program', ...request(parts) });

export const tryCommit = (sim: Simulation, override: readonly SoftLimit[] = []): Outcome =>
  sim.command({ command: 'commit', ifRevision: sim.status.revision, override });

/** Stages and commits what must be accepted. */
export function commit(sim: Simulation, parts: ProgramParts, override: readonly SoftLimit[] = []): Facts {
  accepted(stage(sim, parts));
  return accepted(tryCommit(sim, override));
}

export interface PumpParts {
  readonly drug?: DrugName | DrugLibrary;
  readonly fill?: number;
  readonly primed?: boolean;
  readonly leap?: boolean;
}

/** Filled and programmed, not started. */
export function programmed(
  parts: ProgramParts = {},
  { drug = 'water', fill = 40_000_000, primed, leap }: PumpParts = {},
): Simulation {
  const sim = new Simulation({ profile: 'itb-40', drug, concentration: CONCENTRATION, primed, leap });
  refill(sim, fill);
  commit(sim, parts);
  return sim;
}

export function running(parts: ProgramParts = {}, pump: PumpParts = {}): Simulation {
  const sim = programmed(parts, pump);
  accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));
  return sim;
}

export const until = (sim: Simulation, at: number): void => sim.advanceThrough(us(at));

export const press = (sim: Simulation): string => {
  const { state, why } = accepted(sim.command({ command: 'press' }));
  return why === undefined ? String(state) : String(why);
};

export const bolus = (sim: Simulation, volume: number, over: number): Outcome =>
  sim.command({
    command: 'bolus',
    volume: nanolitres(volume),
    rate: nanolitresPerDay(Math.round((volume * DAY) / over)),
  });

export const tell = (sim: Simulation, command: Command): Facts => accepted(sim.command(command));

/** Log entries of some kinds as lines: hours, kind, and the keys asked for. */
export const story = (sim: Simulation, kinds: readonly string[], keys: readonly string[]): string[] =>
  sim
    .log()
    .filter(({ kind }) => kinds.includes(kind))
    .map((entry) =>
      [
        `${Number((entry.us / HOUR).toFixed(4))} h`,
        entry.kind,
        ...keys.flatMap((key) => (entry.keys[key] === undefined ? [] : [String(entry.keys[key])])),
      ].join(' '),
    );

/** Boluses of the log: hours, kind, state, and what was given or why not. */
export const boluses = (sim: Simulation): string[] => story(sim, ['BOLUS'], ['kind', 'state', 'nl', 'why']);

export const flows = (sim: Simulation): string[] => story(sim, ['FLOW'], ['nlpd']);
