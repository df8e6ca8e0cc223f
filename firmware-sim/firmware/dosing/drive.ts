/** Brings the motor to what mode, program and alarms allow, by orders alone, and sets the comparators that go with it. */
import { MAX_TRAIN_STEPS } from '../../../protocol/motion.ts';
import type { Micros, NanolitresPerDay } from '../../../protocol/units.ts';
import { restriction } from '../alarms/machine.ts';
import { sensesFor, waitsFor } from '../alarms/senses.ts';
import type { Hal } from '../hal.ts';
import { remember, stepsThatFit, stretchOf } from '../ledger/window.ts';
import { append } from '../log/log.ts';
import { massOfStep, programInForce, timeOfDay, type Pump } from '../pump-state.ts';
import { credit } from '../therapy/doses.ts';
import { basalRate } from '../therapy/program.ts';
import { nextOfTherapy } from '../therapy/therapy.ts';
import { order } from './orders.ts';
import { missingAfter, trainFor, type Work } from './schedule.ts';

export function drive(pump: Pump, hal: Hal, now: Micros): void {
  const { rate, owner } = wanted(pump, now);
  const { motor } = pump;
  if (motor.phase === 'running') {
    if (motor.train.den === rate && motor.owner === owner && !pump.replan) return setWatches(pump, hal, true);
    order(pump, hal, { order: 'halt', id: pump.nextOrderId });
    pump.motor = { ...motor, phase: 'stopping' };
  }
  if (pump.motor.phase === 'stopping') return setWatches(pump, hal, true);
  pump.replan = false;
  if (rate !== pump.flow) append(pump.log, now, 'FLOW', { nlpd: rate });
  pump.flow = rate;
  setWatches(pump, hal, rate > 0);
  if (rate === 0) return;
  const { stepVolume } = pump.profile;
  // What fills tubing and catheter reaches nobody.
  const mass = pump.dose?.kind === 'prime' ? 0 : massOfStep(pump);
  const most = plannedSteps(pump, owner);
  const train = trainFor(pump.nextOrderId, now, pump.missing, rate, stepVolume, most);
  const limit = pump.program?.limit;
  const count =
    limit === undefined || mass === 0
      ? most
      : stepsThatFit(
          pump.stretches,
          train,
          mass,
          now,
          { limit: limit.mass, window: limit.window },
          most,
          // The next change of the therapy ends the train in all likelihood.
          (nextOfTherapy(pump) - now) / train.interval.us,
        );
  // Not one step fits: the condition of the dose limit holds delivery as soon as it is judged, which is before this.
  const planned = count === most ? train : { ...train, count: Math.max(1, count) };
  order(pump, hal, planned);
  pump.motor = { phase: 'running', train: planned, owner, mass };
}

const NO_FLOW = 0 as NanolitresPerDay;

/** The rate that is to flow now, and the number of the dose that its steps belong to. */
function wanted(pump: Pump, now: Micros): { readonly rate: NanolitresPerDay; readonly owner: number | undefined } {
  const { dose, profile } = pump;
  const { action } = restriction(pump);
  const rate = action === 'hold' ? NO_FLOW : commandedRate(pump, now);
  return {
    rate: action === 'minimum' && rate > profile.minimumRate ? profile.minimumRate : rate,
    owner: dose?.n,
  };
}

function commandedRate(pump: Pump, now: Micros): NanolitresPerDay {
  if (pump.dose !== undefined) return pump.dose.rate;
  if (pump.mode === 'stopped') return NO_FLOW;
  const program = programInForce(pump);
  if (program === undefined || pump.mode === 'minimum') return pump.profile.minimumRate;
  return basalRate(program, timeOfDay(pump, now), (pump.bridge ?? pump).stepsTaken);
}

/** Steps until the next count on which the firmware must act: low, empty, the end of a dose or of the old drug. */
function plannedSteps(pump: Pump, owner: number | undefined): number {
  const { stepVolume, residual } = pump.profile;
  const volume = pump.reservoir ?? 0;
  const low = pump.program?.lowReservoir ?? pump.profile.lowReservoir;
  let steps = volume > low ? Math.ceil((volume - low) / stepVolume) : Math.floor((volume - residual) / stepVolume);
  if (owner !== undefined && pump.dose !== undefined) {
    steps = Math.min(steps, (pump.dose.volume - pump.dose.given) / stepVolume);
  } else if (pump.bridge !== undefined) {
    steps = Math.min(steps, Math.ceil((pump.bridge.until - pump.commanded) / stepVolume));
  }
  return Math.min(Math.max(steps, 1), MAX_TRAIN_STEPS);
}

/** Sets every comparator that is not set: for the condition of its alarm, or for its end. */
function setWatches(pump: Pump, hal: Hal, driven: boolean): void {
  for (const { alarm, signal, raise, clear, from, unless } of sensesFor(pump.profile)) {
    if (pump.watches[alarm] !== undefined) continue;
    const side = waitsFor(pump, alarm);
    if (side === 'raise' && from === 'first-train' && !driven) continue;
    if (unless !== undefined && pump.alarms[unless].present) continue;
    const comparator = side === 'clear' ? clear : raise;
    if (comparator === undefined) continue;
    const id = pump.nextOrderId;
    pump.watches[alarm] = { id, side };
    order(pump, hal, { order: 'watch', id, signal, ...comparator });
  }
}

/** The motor rests: so many steps of its train were made, and so much work is missing for the next. */
export function rest(pump: Pump, steps: number, missing: Work): void {
  const volume = steps * pump.profile.stepVolume;
  pump.commanded += volume;
  if (pump.reservoir !== undefined) pump.reservoir -= volume;
  pump.missing = missing;
  pump.motor = { phase: 'idle' };
}

/** Books the steps of a train that has ended. An answer to an order that is no longer in force changes nothing. */
export function book(pump: Pump, trainId: number, n: number, t: Micros): void {
  if (pump.motor.phase === 'idle' || pump.motor.train.id !== trainId) return;
  const { train, owner, mass } = pump.motor;
  rest(pump, n, missingAfter(train, n, t));
  credit(pump, owner, n * pump.profile.stepVolume);
  if (n > 0) remember(pump.stretches, stretchOf(train, n, mass), t, pump.profile.longestWindow);
}
