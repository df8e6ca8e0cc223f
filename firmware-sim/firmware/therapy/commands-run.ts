/** The commands that run a therapy: start, stop, refill, and doses by command and by the patient's button. */
import { isAtLeast, latch, obstaclesToStart, releaseLocks, restriction } from '../alarms/machine.ts';
import { refuse, type Facts, type StopSource } from '../commands.ts';
import { append } from '../log/log.ts';
import { commandedBy, computedReservoir, roomInWindow, trainVolume, type Pump } from '../pump-state.ts';
import { accept, precondition, type Handler } from '../reply.ts';
import { wholeSteps } from './build-program.ts';
import { askedBy, begin, dates, fits, follow, interrupt, press as pressButton } from './doses.ts';
import { recordStop } from './dose-records.ts';
import { forecast } from './forecast.ts';
import { isWhole } from './library.ts';
import type { Dose } from './program.ts';
import { stepAfter } from './therapy.ts';
import type { Micros } from '../../../protocol/units.ts';

export const start: Handler<'start'> = (pump, { ifRevision }, now) => {
  if (ifRevision !== pump.revision) return precondition(pump);
  if (pump.program === undefined) return refuse('NO_PROGRAM');
  if (pump.reservoir === undefined) return refuse('NO_REFILL');
  const [obstacle] = obstaclesToStart(pump);
  if (obstacle !== undefined) return refuse('INHIBITED', { alarm: obstacle });
  const stopped = pump.mode === 'stopped';
  // A therapy that runs can be started when a latched alarm holds it, or when its program was lost.
  const held = restriction(pump).action === 'hold';
  if (!stopped && !held && !pump.waitsForStart) {
    return pump.mode === 'priming' || pump.fromStopped ? refuse('BUSY') : refuse('RUNNING');
  }
  if (stopped || pump.waitsForStart) {
    pump.fromStopped = false;
    pump.waitsForStart = false;
    follow(pump, 'start', now);
    pump.started = { at: now, commanded: commandedBy(pump, now) };
    pump.timedUntil = now;
    pump.nextStepAt = pump.bridge === undefined ? stepAfter(pump, now) : undefined;
  }
  pump.everStarted = true;
  pump.primed = true;
  pump.replan = true;
  pump.revision += 1;
  const { low, refill: due } = forecast(pump, now);
  const facts = dates(low, due);
  append(pump.log, now, 'START', { rev: pump.revision, ...facts });
  releaseLocks(pump, now);
  countStart(pump, now);
  return accept(pump, facts);
};

/** Starts that follow the same alarm again and again within a short time are taken for what they are: CL-57. */
function countStart(pump: Pump, now: Micros): void {
  const { alarmSinceStart: alarm } = pump;
  const { count, within } = pump.profile.alertStopStart;
  pump.alarmSinceStart = undefined;
  if (alarm === undefined || alarm === 'alert-stop-start') return;
  pump.alarmedStarts = [...pump.alarmedStarts, { alarm, us: now }].slice(-count);
  const same = pump.alarmedStarts.filter((one) => one.alarm === alarm && now - one.us <= within);
  if (same.length < count) return;
  pump.alarmedStarts = [];
  latch(pump, 'alert-stop-start', now, { after: alarm });
}

export const stop: Handler<'stop'> = (pump, { source }, now) => {
  const running = pump.mode !== 'stopped';
  interrupt(pump, now, 'stop');
  follow(pump, 'stop', now);
  pump.fromStopped = false;
  pump.waitsForStart = false;
  // The days of a plateau count anew from the next start: a dose is never stepped on faster than programmed.
  pump.nextStepAt = undefined;
  pump.revision += 1;
  recordStop(pump, source === undefined || source === 'host' ? 'host' : 'typed', now);
  const { started } = pump;
  pump.started = undefined;
  // What a therapy gave in all, and how long it ran: CL-87.
  const whole: Facts =
    started === undefined ? {} : { nl: commandedBy(pump, now) - started.commanded, for_us: now - started.at };
  append(pump.log, now, 'STOP', { rev: pump.revision, ...whole, ...said(source) });
  // Whoever is with the patient may be somebody else than whoever is on the line.
  if (source !== undefined && running) latch(pump, 'therapy-stopped', now, said(source));
  return accept(pump);
};

const said = (src: StopSource | undefined): Facts => (src === undefined ? {} : { src });

export const refill: Handler<'refill'> = (pump, command, now) => {
  if (command.ifRevision !== pump.revision) return precondition(pump);
  const { capacity, residual, refillLimit } = pump.profile;
  if (command.volume > capacity || command.volume <= residual) {
    return refuse('VOLUME_RANGE', { nl: command.volume, min: residual + 1, max: capacity });
  }
  const expected = computedReservoir(pump, now);
  const discrepancy: Facts =
    expected === undefined
      ? {}
      : { expected_nl: expected, disc: Math.abs(command.drained - expected) > refillLimit ? 'beyond' : 'within' };
  // The train in hand is booked when it is done: the steps it has made by now belong to the old filling.
  pump.reservoir = command.volume + trainVolume(pump, now);
  pump.filledAt = now;
  pump.filledCommanded = commandedBy(pump, now);
  pump.replan = true;
  pump.revision += 1;
  const { low, refill: due } = forecast(pump, now);
  const facts = { ...discrepancy, ...dates(low, due) };
  append(pump.log, now, 'REFILL', { rev: pump.revision, nl: command.volume, drained_nl: command.drained, ...facts });
  return accept(pump, facts);
};

export const bolus: Handler<'bolus'> = (pump, command, now) => {
  const { program, profile } = pump;
  const { stepVolume, flowMin, flowMax } = profile;
  if (program === undefined) return refuse('NO_PROGRAM');
  if (pump.reservoir === undefined) return refuse('NO_REFILL');
  const dose: Dose = { volume: wholeSteps(command.volume, stepVolume), rate: command.rate };
  const { library } = pump;
  if (library === undefined || !isWhole(library)) return refuse('NO_LIBRARY');
  const ng = (dose.volume * program.concentration) / 1000;
  if (dose.volume < stepVolume || dose.rate < flowMin || dose.rate > flowMax || ng > library.hardBolus) {
    return refuse('BOLUS_RANGE', { nl: dose.volume, nlpd: dose.rate });
  }
  const large = ng > library.softBolus;
  if (large && command.override?.includes('bolus') !== true) return refuse('SOFT_LIMIT', { soft: 'bolus' });
  if (!canBegin(pump)) return refuse('BUSY');
  const { action, by } = restriction(pump);
  if (by !== undefined && isAtLeast(action, 'no-bolus')) return refuse('INHIBITED', { alarm: by });
  if (!fits(pump, dose.volume, now)) {
    return refuse('WINDOW_LIMIT', { room_ng: Math.max(0, Math.floor(roomInWindow(pump, now) / 1000)) });
  }
  pump.fromStopped = pump.mode === 'stopped';
  follow(pump, 'bolus', now);
  const n = begin(pump, 'single', dose, command.dose ?? askedBy('host'), now, large ? { over: 'bolus' } : {});
  return accept(pump, begun(dose, n));
};

/** Facts of a dose that has been accepted. */
const begun = ({ volume, rate }: Dose, n: number): Facts => ({ nl: volume, nlpd: rate, dose: n, state: 'ACCEPTED' });

/** No dose is in hand, and the mode is one from which one begins. */
const canBegin = ({ mode, dose, closing }: Pump): boolean =>
  (mode === 'stopped' || mode === 'basal') && dose === undefined && closing === undefined;

export const prime: Handler<'prime'> = (pump, command, now) => {
  const { program, profile } = pump;
  if (program === undefined) return refuse('NO_PROGRAM');
  if (pump.reservoir === undefined) return refuse('NO_REFILL');
  if (pump.mode !== 'stopped') return refuse('NOT_STOPPED');
  if (pump.primed) return refuse('DENIED', { why: 'primed' });
  if (!canBegin(pump)) return refuse('BUSY');
  const [obstacle] = obstaclesToStart(pump);
  if (obstacle !== undefined) return refuse('INHIBITED', { alarm: obstacle });
  const dose: Dose = { volume: wholeSteps(program.pipe, profile.stepVolume), rate: profile.priming.rate };
  follow(pump, 'prime', now);
  pump.primed = true;
  pump.primeDeadline = (now + profile.priming.timeout) as Micros;
  return accept(pump, begun(dose, begin(pump, 'prime', dose, command.dose ?? askedBy('host'), now)));
};

export const press: Handler<'press'> = (pump, _, now) => {
  const why = pressButton(pump, now);
  return accept(pump, why === undefined ? { state: 'granted' } : { state: 'denied', why });
};
