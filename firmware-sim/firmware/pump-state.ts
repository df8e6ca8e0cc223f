/** The pump's state: plain data, all of it. What works on it stands in the rooms beside. */
import { stepsDueBy, type Train } from '../../protocol/motion.ts';
import { micros, nanolitres, US_PER_DAY, type Micros, type Nanolitres } from '../../protocol/units.ts';
import { createAlarms, type Alarms } from './alarms/machine.ts';
import type { AlarmId } from './alarms/table.ts';
import { workOfStep, type Work } from './dosing/schedule.ts';
import { EMPTY_LEDGER, type DoseLedger } from './ledger/dose-ledger.ts';
import { beginFromEnd, beginOfStep, massInWindow, stretchOf, type Stretch } from './ledger/window.ts';
import { append, createLog, type TherapyLog } from './log/log.ts';
import type { Profile } from './profiles.ts';
import { isWhole, type DrugLibrary } from './therapy/library.ts';
import type { SoftLimit } from './therapy/limits.ts';
import type { Mode } from './therapy/modes.ts';
import type { Dose, Program } from './therapy/program.ts';

export type DoseKind = 'single' | 'scheduled' | 'patient' | 'prime';

/** A dose that was begun: `given` of its volume so far, by the trains that have ended. */
export interface DoseInHand extends Dose {
  readonly kind: DoseKind;
  /** Its number in the ledger of doses. */
  readonly n: number;
  given: number;
}

/** A dose of the program that was put off: it takes its number when it begins. */
export interface DosePutOff extends Dose {
  readonly kind: 'scheduled';
  readonly n?: undefined;
}

/** The motor as the firmware knows it: `stopping` from a halt until its `done`. */
export type Motor =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'running' | 'stopping';
      readonly train: Train;
      /** Number of the dose that the steps belong to; undefined: basal flow. */
      readonly owner: number | undefined;
      /** Drug in a step, pg. */
      readonly mass: number;
    };

export interface Pump {
  readonly profile: Profile;
  readonly log: TherapyLog;
  readonly alarms: Alarms;
  /** How often the controller has been started, 1 to `MAX_BOOT`, then from 1 again. */
  boot: number;
  revision: number;
  /** Undefined: absent. One that is not whole is as good as none. */
  library: DrugLibrary | undefined;
  /** Whether it matched its check when it was last looked at: at the beginning, when it was loaded, and when its memory failed. */
  libraryIsWhole: boolean;
  staged: { readonly program: Program; readonly soft: readonly SoftLimit[] } | undefined;
  program: Program | undefined;
  /** Why the program was lost; a program that is committed after that waits for a start. */
  lost: 'low-battery-reset' | 'memory-error-critical' | undefined;
  waitsForStart: boolean;
  mode: Mode;
  /** Whether a therapy was ever started: before that no dose was changed, and no drug is on its way. */
  everStarted: boolean;
  /** When the therapy that runs was started, and what had been commanded by then. */
  started: { readonly at: Micros; readonly commanded: number } | undefined;
  /** When the dose of a day was last changed. */
  doseChangedAt: Micros | undefined;
  /** When the therapy was stopped; undefined while it runs and before the first start. */
  stoppedSince: Micros | undefined;
  /** The dose that flows in a mode of its own; one that waits for a patient bolus to end; and one that has ended but for its last steps. */
  dose: DoseInHand | undefined;
  waiting: DoseInHand | DosePutOff | undefined;
  closing: { readonly dose: DoseInHand; readonly why: string } | undefined;
  /** The last doses that were begun, by their numbers; and what the journal is still to be told of them. */
  doses: DoseLedger;
  journal: readonly string[];
  /** A single bolus began with the pump stopped. */
  fromStopped: boolean;
  /** Old drug runs out until `commanded` reaches `until`. */
  bridge: { readonly old: Program; readonly stepsTaken: number; readonly until: number } | undefined;
  /** Steps of step dosing that were taken, and when the next is due. */
  stepsTaken: number;
  nextStepAt: Micros | undefined;
  /** When the last patient boluses were begun, and when the last of them ended. */
  patientStarts: number[];
  patientEnd: Micros | undefined;
  primeDeadline: Micros | undefined;
  /** Tubing and catheter hold drug: another prime would be a dose. A program that states the catheter says that it is a new one. */
  primed: boolean;
  /** Scheduled boluses up to this time were dealt with. */
  timedUntil: Micros;
  /** Time of day = pump time + offset, µs within a day. */
  clockOffset: number;
  /** When a drug was filled in, and what had been commanded by then; undefined before the first filling. */
  filledAt: Micros | undefined;
  filledCommanded: number;
  /** How long a filling may stay, by the last drug library that was whole. */
  stabilityDays: number | undefined;
  /** When the battery asked for a replacement. */
  replacementSince: Micros | undefined;
  motor: Motor;
  /** The train in hand was planned for another program or filling. */
  replan: boolean;
  missing: Work;
  /** Volume by the step count, without the steps of the train in hand; undefined until a filling was declared. */
  reservoir: number | undefined;
  /** Volume of all steps made, without those of the train in hand. */
  commanded: number;
  /** Steps of the last days, without those of the train in hand. */
  stretches: Stretch[];
  /** Rate last written to the log. */
  flow: number;
  nextOrderId: number;
  /** The tone that was ordered last, and whether a person has silenced it since. */
  sounding: 'critical' | 'non-critical' | 'silent';
  hushed: boolean;
  /** A test of the tones: which one plays, and until when. */
  toneTest: { readonly tone: 'critical' | 'non-critical'; readonly until: Micros } | undefined;
  /** Comparators that are set, by the name of their sense: order id, and whether it waits for the condition or for its end. */
  watches: Record<string, { readonly id: number; readonly side: 'raise' | 'clear' } | undefined>;
  /** Telemetry mode that interference has brought about: no tone until the next interrogation, no recovery of a stall until the second. */
  lockUp: { readonly silent: boolean; readonly interrogations: number; readonly recovered: boolean };
  /** The alarm raised since the last start, and the last starts that followed one. */
  alarmSinceStart: AlarmId | undefined;
  alarmedStarts: { readonly alarm: AlarmId; readonly us: number }[];
  /** Pump time at which everything was last judged. */
  judgedAt: Micros;
}

export const MAX_BOOT = 65_535;

export function createPump(profile: Profile, library: DrugLibrary | undefined, boot = 1): Pump {
  const pump: Pump = {
    profile,
    log: createLog(profile.logEntries),
    alarms: createAlarms(),
    boot,
    revision: 1,
    library,
    libraryIsWhole: library !== undefined && isWhole(library),
    staged: undefined,
    program: undefined,
    lost: undefined,
    waitsForStart: false,
    mode: 'stopped',
    everStarted: false,
    started: undefined,
    doseChangedAt: undefined,
    stoppedSince: undefined,
    dose: undefined,
    waiting: undefined,
    closing: undefined,
    doses: EMPTY_LEDGER,
    journal: [],
    fromStopped: false,
    bridge: undefined,
    stepsTaken: 0,
    nextStepAt: undefined,
    patientStarts: [],
    patientEnd: undefined,
    primeDeadline: undefined,
    primed: false,
    timedUntil: micros(0),
    clockOffset: 0,
    filledAt: undefined,
    filledCommanded: 0,
    stabilityDays: library?.stabilityDays,
    replacementSince: undefined,
    motor: { phase: 'idle' },
    replan: false,
    missing: workOfStep(profile.stepVolume),
    reservoir: undefined,
    commanded: 0,
    stretches: [],
    flow: 0,
    nextOrderId: 1,
    sounding: 'silent',
    hushed: false,
    toneTest: undefined,
    watches: {},
    lockUp: { silent: false, interrogations: 0, recovered: false },
    alarmSinceStart: undefined,
    alarmedStarts: [],
    judgedAt: micros(0),
  };
  append(pump.log, micros(0), 'RESET', { profile: profile.name });
  return pump;
}

/** Steps that the train in hand has made by `now`. */
const trainSteps = ({ motor }: Pump, now: number): number =>
  motor.phase === 'idle' ? 0 : stepsDueBy(motor.train, now);

/** Volume of the steps that the train in hand has made by `now`. */
export const trainVolume = (pump: Pump, now: number): number => trainSteps(pump, now) * pump.profile.stepVolume;

/** Volume of all steps made by `now`. */
export const commandedBy = (pump: Pump, now: number): number => pump.commanded + trainVolume(pump, now);

/** The ledger: what is left in the reservoir by the step count; undefined until a filling was declared. */
export function computedReservoir(pump: Pump, now: number): Nanolitres | undefined {
  return pump.reservoir === undefined ? undefined : nanolitres(pump.reservoir - trainVolume(pump, now));
}

/** The program that flows: while old drug runs out, that of the old drug. */
export const programInForce = (pump: Pump): Program | undefined => pump.bridge?.old ?? pump.program;

/** Drug in a motor step of the program in force, pg. */
export const massOfStep = (pump: Pump): number => pump.profile.stepVolume * (programInForce(pump)?.concentration ?? 0);

/** µs since midnight. */
export const timeOfDay = (pump: Pump, now: number): number => (now + pump.clockOffset) % US_PER_DAY;

/** When the n-th last step of all that were made by `now` was begun; the oldest that is remembered where there are not so many. */
export function stepsBefore({ motor, stretches }: Pump, n: number, now: number): number {
  const made = motor.phase === 'idle' ? 0 : stepsDueBy(motor.train, now);
  if (motor.phase !== 'idle' && made >= n) return beginOfStep(motor.train, made - n);
  return beginFromEnd(stretches, n - made) ?? now;
}

/** Drug that still fits under the dose limit at `now`, pg; Infinity where there is none. Below 0 after a limit was lowered. */
export function roomInWindow(pump: Pump, now: number): number {
  const { motor, program, stretches } = pump;
  if (program?.limit === undefined) return Infinity;
  const { mass, window } = program.limit;
  const past = massInWindow(stretches, now, window);
  if (motor.phase === 'idle') return mass - past;
  const made = stepsDueBy(motor.train, now);
  if (made === 0) return mass - past;
  return mass - past - massInWindow([stretchOf(motor.train, made, motor.mass)], now, window);
}
