/** Commands of the host: what each does to the pump's state. The motor follows when the pump settles. */
import type { Micros } from '../../protocol/units.ts';
import { acknowledge, holdingAlarms, obstaclesToStart, releaseLocks } from './alarms.ts';
import { REFUSALS, type Command, type Facts, type Outcome, type Refusal } from './commands.ts';
import { append } from './log.ts';
import { checkProgram, type Program } from './program.ts';
import { computedReservoir, trainVolume, type Pump } from './pump-state.ts';

export function obey(pump: Pump, command: Command, now: Micros): Outcome {
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
      pump.replan = true;
      pump.revision += 1;
      append(pump.log, now, 'REFILL', {
        rev: pump.revision,
        nl: command.volume,
        drained_nl: command.drained,
        ...discrepancy,
      });
      return accept(pump, discrepancy);
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
