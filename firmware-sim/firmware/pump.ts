/**
 * The pump's firmware: program, therapy, ledger, alarms and log meet here. It is woken (`wake`), told (`handle`), answered
 * (`answer`), and says when it next wants to be woken (`nextWake`). It has no clock: every call brings the time. Same calls,
 * same orders, on every machine.
 */
import { MAX_TRAIN_STEPS, stepsDueBy, type Answer, type Order, type Train } from '../../protocol/motion.ts';
import { micros, nanolitres, pascals, type Micros, type Nanolitres } from '../../protocol/units.ts';
import {
  acknowledge,
  activeAlarms,
  createAlarms,
  holdingAlarms,
  obstaclesToStart,
  presenceOf,
  releaseLocks,
  setCondition,
  type AlarmPresence,
  type Alarms,
} from './alarms.ts';
import type { AlarmId } from './alarm-table.ts';
import { REFUSALS, type Command, type Facts, type Outcome, type Refusal } from './commands.ts';
import type { Hal } from './hal.ts';
import { append, createLog, type TherapyLog } from './log.ts';
import type { Profile } from './profiles.ts';
import { checkProgram, type Program } from './program.ts';
import { missingAfter, trainFor, workOfStep, type Work } from './schedule.ts';

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
    riseWatch: undefined,
    clearWatch: undefined,
  };
  append(pump.log, micros(0), 'RESET', { profile: profile.name });
  return pump;
}

/** When the firmware wants to be woken next; Infinity: only by an answer or a command. */
export function nextWake(pump: Pump): number {
  if (pump.stoppedSince === undefined || pump.alarms['pump-stopped'].present) return Infinity;
  return pump.stoppedSince + pump.profile.stoppedLimit;
}

export function wake(pump: Pump, hal: Hal, now: Micros): void {
  settle(pump, hal, now);
}

/** Takes the answers of one instant: all are booked before any condition is judged. */
export function answer(pump: Pump, hal: Hal, answers: readonly Answer[], now: Micros): void {
  for (const one of answers) {
    if (one.answer === 'done') book(pump, one.train, one.n, one.t);
    else if (one.watch === pump.riseWatch) {
      pump.riseWatch = undefined;
      judge(pump, 'catheter-occlusion', true, now);
    } else if (one.watch === pump.clearWatch) {
      pump.clearWatch = undefined;
      judge(pump, 'catheter-occlusion', false, now);
    }
  }
  settle(pump, hal, now);
}

export function handle(pump: Pump, hal: Hal, command: Command, now: Micros): Outcome {
  const outcome = obey(pump, command, now);
  settle(pump, hal, now);
  return outcome;
}

function obey(pump: Pump, command: Command, now: Micros): Outcome {
  switch (command.command) {
    case 'program': {
      const check = checkProgram(command, pump.profile);
      if (!check.ok) return refuse(check.code, check.facts, check.message);
      pump.staged = check.program;
      return accept(pump, programFacts(check.program));
    }
    case 'commit': {
      if (command.ifRevision !== pump.revision) return precondition(pump);
      if (pump.staged === undefined) return refuse('NOTHING_STAGED');
      pump.program = pump.staged;
      pump.staged = undefined;
      pump.replan = true;
      pump.revision += 1;
      append(pump.log, now, 'COMMIT', { rev: pump.revision, ...programFacts(pump.program) });
      return accept(pump, programFacts(pump.program));
    }
    case 'start': {
      if (command.ifRevision !== pump.revision) return precondition(pump);
      if (pump.program === undefined) return refuse('NO_PROGRAM');
      if (pump.reservoir === undefined) return refuse('NO_REFILL');
      const [obstacle] = obstaclesToStart(pump.alarms);
      if (obstacle !== undefined) return refuse('INHIBITED', { alarm: obstacle });
      if (pump.mode === 'running' && holdingAlarms(pump.alarms).length === 0) return refuse('RUNNING');
      pump.mode = 'running';
      pump.stoppedSince = undefined;
      pump.revision += 1;
      append(pump.log, now, 'START', { rev: pump.revision });
      releaseLocks(pump.alarms, now, pump.log);
      return accept(pump);
    }
    case 'stop':
      if (pump.mode === 'running') pump.stoppedSince = now;
      pump.mode = 'stopped';
      pump.revision += 1;
      append(pump.log, now, 'STOP', { rev: pump.revision });
      return accept(pump);
    case 'refill': {
      if (command.ifRevision !== pump.revision) return precondition(pump);
      const { capacity, residual } = pump.profile;
      if (command.volume > capacity || command.volume <= residual) {
        return refuse('VOLUME_RANGE', { nl: command.volume, min: residual + 1, max: capacity });
      }
      const expected = computedReservoir(pump, now);
      // The train in hand is booked when it is done: the steps it has made by now belong to the old filling.
      pump.reservoir = command.volume + trainVolume(pump, now);
      pump.replan = true;
      pump.revision += 1;
      append(pump.log, now, 'REFILL', {
        rev: pump.revision,
        nl: command.volume,
        drained_nl: command.drained,
        ...(expected === undefined ? {} : { expected_nl: expected }),
      });
      return accept(pump, expected === undefined ? {} : { expected_nl: expected });
    }
    case 'acknowledge':
      return acknowledge(pump.alarms, command.ev, now, pump.log)
        ? accept(pump)
        : refuse('NO_ALARM', { ev: command.ev });
  }
}

const accept = (pump: Pump, facts: Facts = {}): Outcome => ({ ok: true, facts: { rev: pump.revision, ...facts } });

const refuse = (code: Refusal, facts: Facts = {}, message: string = REFUSALS[code]): Outcome => ({
  ok: false,
  code,
  facts,
  message,
});

const precondition = (pump: Pump): Outcome => refuse('PRECOND', { rev: pump.revision });

const programFacts = (program: Program): Facts => ({
  nlpd: program.rate,
  ng: program.dose,
  conc: program.concentration,
  low: program.lowReservoir,
});

function judge(pump: Pump, id: AlarmId, present: boolean, now: Micros): void {
  setCondition(pump.alarms, id, present, now, pump.log, pump.profile.occlusion?.latchWithin ?? 0);
}

function book(pump: Pump, trainId: number, n: number, t: Micros): void {
  if (pump.motor.phase === 'idle' || pump.motor.train.id !== trainId) return;
  const volume = n * pump.profile.stepVolume;
  pump.commanded += volume;
  if (pump.reservoir !== undefined) pump.reservoir -= volume;
  pump.missing = missingAfter(pump.motor.train, n, t);
  pump.motor = { phase: 'idle' };
}

/** Judges every condition that time or the ledger decides, then brings the motor to what they allow. */
function settle(pump: Pump, hal: Hal, now: Micros): void {
  const volume = computedReservoir(pump, now);
  if (volume !== undefined) {
    judge(pump, 'low-reservoir', volume <= (pump.program?.lowReservoir ?? pump.profile.lowReservoir), now);
    judge(pump, 'empty-reservoir', volume - pump.profile.residual < pump.profile.stepVolume, now);
  }
  const stopped = pump.stoppedSince !== undefined && now - pump.stoppedSince >= pump.profile.stoppedLimit;
  judge(pump, 'pump-stopped', stopped, now);
  drive(pump, hal, now);
}

function drive(pump: Pump, hal: Hal, now: Micros): void {
  watchForClearing(pump, hal);
  const allowed = pump.mode === 'running' && holdingAlarms(pump.alarms).length === 0;
  const rate = allowed && pump.program !== undefined ? pump.program.rate : 0;
  if (pump.motor.phase === 'running') {
    if (pump.motor.train.den === rate && !pump.replan) return;
    order(pump, hal, { order: 'halt', id: pump.nextOrderId });
    pump.motor = { phase: 'stopping', train: pump.motor.train };
  }
  if (pump.motor.phase === 'stopping') return;
  pump.replan = false;
  if (rate !== pump.flow) append(pump.log, now, 'FLOW', { nlpd: rate });
  pump.flow = rate;
  if (rate === 0 || pump.program === undefined) return;
  watchForRise(pump, hal);
  const { stepVolume } = pump.profile;
  const train = trainFor(pump.nextOrderId, now, pump.missing, pump.program.rate, stepVolume, plannedSteps(pump));
  order(pump, hal, train);
  pump.motor = { phase: 'running', train };
}

function order(pump: Pump, hal: Hal, one: Order): void {
  pump.nextOrderId += 1;
  hal.order(one);
}

/** Steps until the next count on which the firmware must act: low, then empty. */
function plannedSteps(pump: Pump): number {
  const { stepVolume, residual } = pump.profile;
  const volume = pump.reservoir ?? 0;
  const low = pump.program?.lowReservoir ?? pump.profile.lowReservoir;
  const steps = volume > low ? Math.ceil((volume - low) / stepVolume) : Math.floor((volume - residual) / stepVolume);
  return Math.min(Math.max(steps, 1), MAX_TRAIN_STEPS);
}

function watchForRise(pump: Pump, hal: Hal): void {
  const sensing = pump.profile.occlusion;
  if (sensing === undefined || pump.riseWatch !== undefined) return;
  pump.riseWatch = pump.nextOrderId;
  order(pump, hal, {
    order: 'watch',
    id: pump.nextOrderId,
    signal: 'catheter-pressure',
    beyond: 'above',
    limit: pascals(sensing.baseline + sensing.threshold),
    rows: sensing.persistence,
    sample: 'per-step',
    stops: true,
  });
}

function watchForClearing(pump: Pump, hal: Hal): void {
  const sensing = pump.profile.occlusion;
  if (sensing === undefined || pump.clearWatch !== undefined || !pump.alarms['catheter-occlusion'].present) return;
  pump.clearWatch = pump.nextOrderId;
  order(pump, hal, {
    order: 'watch',
    id: pump.nextOrderId,
    signal: 'catheter-pressure',
    beyond: 'below',
    limit: pascals(sensing.baseline + Math.round(sensing.threshold / 2)),
    rows: sensing.persistence,
    sample: sensing.clearSampleEvery,
    stops: false,
  });
}

/** Volume of the steps that the train in hand has made by `now`. */
const trainVolume = (pump: Pump, now: number): number =>
  pump.motor.phase === 'idle' ? 0 : stepsDueBy(pump.motor.train, now) * pump.profile.stepVolume;

function computedReservoir(pump: Pump, now: number): Nanolitres | undefined {
  return pump.reservoir === undefined ? undefined : nanolitres(pump.reservoir - trainVolume(pump, now));
}

/** What the firmware believes, at `now`. Reading changes nothing. */
export interface PumpStatus {
  readonly mode: 'stopped' | 'running';
  /** nL/day at which the motor is driven: 0 while delivery is held. */
  readonly rate: number;
  readonly revision: number;
  readonly reservoir: number | undefined;
  readonly commanded: number;
  /** Number of the next log entry. */
  readonly nextEvent: number;
  readonly alarms: readonly { readonly id: AlarmId; readonly presence: AlarmPresence; readonly ev: number }[];
}

export function statusOf(pump: Pump, now: Micros): PumpStatus {
  return {
    mode: pump.mode,
    rate: pump.flow,
    revision: pump.revision,
    reservoir: computedReservoir(pump, now),
    commanded: pump.commanded + trainVolume(pump, now),
    nextEvent: pump.log.next,
    alarms: activeAlarms(pump.alarms).map((id) => ({
      id,
      presence: presenceOf(pump.alarms[id]),
      ev: pump.alarms[id].raisedEv,
    })),
  };
}
