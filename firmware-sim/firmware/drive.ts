/** Brings the motor to what program, mode and alarms allow, by orders alone, and sets the watches that go with it. */
import { MAX_TRAIN_STEPS, type Order } from '../../protocol/motion.ts';
import { pascals, type Micros } from '../../protocol/units.ts';
import { holdingAlarms } from './alarms.ts';
import type { Hal } from './hal.ts';
import { append } from './log.ts';
import type { Pump } from './pump-state.ts';
import { missingAfter, trainFor } from './schedule.ts';

export function drive(pump: Pump, hal: Hal, now: Micros): void {
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

export function order(pump: Pump, hal: Hal, one: Order): void {
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

/** Books the steps of a train that has ended. An answer to an order that is no longer in force changes nothing. */
export function book(pump: Pump, trainId: number, n: number, t: Micros): void {
  if (pump.motor.phase === 'idle' || pump.motor.train.id !== trainId) return;
  const volume = n * pump.profile.stepVolume;
  pump.commanded += volume;
  if (pump.reservoir !== undefined) pump.reservoir -= volume;
  pump.missing = missingAfter(pump.motor.train, n, t);
  pump.motor = { phase: 'idle' };
}
