/** Therapies that meet a complete occlusion at their first step: held, cleared, and what their logs say of it. */
import type { Outcome } from '../../firmware-sim/firmware/commands.ts';
import type { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import { micros, US_PER_SECOND } from '../../protocol/units.ts';
import { alarmLines, occlusion, runningTherapy, stampOfNth } from './therapy.ts';

export const RATE = 300_000;
/** 13.83 µL at 300 µL/day: the alarm of a complete occlusion at the first step. */
export const ALARM_STEP = 1_383;
export const ALARM_AT = stampOfNth(ALARM_STEP, RATE);
export const MINUTE = 60 * US_PER_SECOND;

export const occlusionLines = (sim: Simulation): string[] =>
  alarmLines(sim, 'catheter-occlusion').map(({ us, state }) => `${state} ${us}`);
export const flows = (sim: Simulation): string[] =>
  sim.log().flatMap(({ us, kind, keys }) => (kind === 'FLOW' ? [`${keys['nlpd']} ${us}`] : []));
export const tryStart = (sim: Simulation): Outcome =>
  sim.command({ command: 'start', ifRevision: sim.status.revision });
export const through = (sim: Simulation, us: number): void => sim.advanceThrough(micros(us));

/** Occluded at time zero, held at ALARM_AT. */
export function occludedTherapy(): Simulation {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(occlusion('complete'));
  through(sim, ALARM_AT);
  return sim;
}

/** Cleared at the third sample after ALARM_AT. */
export const CLEARED_AT = ALARM_AT + 3 * MINUTE;

export function clearedTherapy(): Simulation {
  const sim = occludedTherapy();
  sim.inject(occlusion('released'));
  through(sim, CLEARED_AT);
  return sim;
}
