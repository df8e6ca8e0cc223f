/** The pump's state: plain data, all of it. What works on it stands in the files beside. */
import { stepsDueBy, type Train } from '../../protocol/motion.ts';
import { micros, nanolitres, type Micros, type Nanolitres } from '../../protocol/units.ts';
import { createAlarms, type Alarms } from './alarms.ts';
import { append, createLog, type TherapyLog } from './log.ts';
import type { Profile } from './profiles.ts';
import type { Program } from './program.ts';
import { workOfStep, type Work } from './schedule.ts';

/** The motor as the firmware knows it: `stopping` from a halt until its `done`. */
type Motor =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly train: Train }
  | { readonly phase: 'stopping'; readonly train: Train };

export interface Pump {
  readonly profile: Profile;
  readonly log: TherapyLog;
  readonly alarms: Alarms;
  revision: number;
  staged: Program | undefined;
  program: Program | undefined;
  /** What was commanded. Alarms may hold delivery while the mode is `running`. */
  mode: 'stopped' | 'running';
  /** When the therapy was stopped by command; undefined while it runs and before the first start. */
  stoppedSince: Micros | undefined;
  motor: Motor;
  /** The train in hand was planned for another program or filling. */
  replan: boolean;
  missing: Work;
  /** Volume by the step count, without the steps of the train in hand; undefined until a filling was declared. */
  reservoir: number | undefined;
  /** Volume of all steps made, without those of the train in hand. */
  commanded: number;
  /** Rate last written to the log. */
  flow: number;
  nextOrderId: number;
  /** The tone that was ordered last. */
  sounding: 'critical' | 'non-critical' | 'silent';
  /** Watches that are set: for the rise of an occlusion, and for its end. */
  riseWatch: number | undefined;
  clearWatch: number | undefined;
}

export function createPump(profile: Profile): Pump {
  const pump: Pump = {
    profile,
    log: createLog(profile.logEntries),
    alarms: createAlarms(),
    revision: 1,
    staged: undefined,
    program: undefined,
    mode: 'stopped',
    stoppedSince: undefined,
    motor: { phase: 'idle' },
    replan: false,
    missing: workOfStep(profile.stepVolume),
    reservoir: undefined,
    commanded: 0,
    flow: 0,
    nextOrderId: 1,
    sounding: 'silent',
    riseWatch: undefined,
    clearWatch: undefined,
  };
  append(pump.log, micros(0), 'RESET', { profile: profile.name });
  return pump;
}

/** Volume of the steps that the train in hand has made by `now`. */
export const trainVolume = (pump: Pump, now: number): number =>
  pump.motor.phase === 'idle' ? 0 : stepsDueBy(pump.motor.train, now) * pump.profile.stepVolume;

/** The ledger: what is left in the reservoir by the step count; undefined until a filling was declared. */
export function computedReservoir(pump: Pump, now: number): Nanolitres | undefined {
  return pump.reservoir === undefined ? undefined : nanolitres(pump.reservoir - trainVolume(pump, now));
}
