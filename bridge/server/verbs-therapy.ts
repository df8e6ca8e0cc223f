/** What the verbs do that run a therapy and look at it, and those about alarms, drug and log. */
import type { DoseIdentity, Line, VerbReply } from '../../protocol/index.ts';
import { micros, nanolitres, nanolitresPerDay } from '../../protocol/units.ts';
import type { LogEntry, PumpStatus } from '../../firmware-sim/simulation/vocabulary.ts';
import type { HandlersOf } from './handlers.ts';
import { accepted, command, eventLine, refusal, serialOf } from './served-pump.ts';
import { libraryOf, softLimits } from './words.ts';

export const THERAPY_HANDLERS: HandlersOf<
  | 'START'
  | 'STOP'
  | 'BOLUS'
  | 'PRIME'
  | 'STATUS'
  | 'DEVICE'
  | 'FORECAST'
  | 'ALARMS'
  | 'ACK'
  | 'PAUSE'
  | 'RESUME'
  | 'REFILL'
  | 'CLOCK'
  | 'LIBRARY'
  | 'INTERROGATE'
  | 'TONES'
  | 'LOG'
> = {
  START: (pump, args) => command(pump, { command: 'start', ifRevision: args.if }),
  // In lock step whoever stops is alone with the pump: there is nobody whom an alarm could tell.
  STOP: (pump, _, { stop }) =>
    command(pump, {
      command: 'stop',
      ...(stop === undefined || (stop === 'host' && pump.lockstep) ? {} : { source: stop }),
    }),
  BOLUS: (pump, { nl, nlpd, over }, { dose }) => {
    const override = softLimits(over);
    return override === undefined
      ? refusal('BAD_VALUE', { key: 'over' })
      : command(pump, {
          command: 'bolus',
          volume: nanolitres(nl),
          rate: nanolitresPerDay(nlpd),
          override,
          ...given(dose),
        });
  },
  PRIME: (pump, _, { dose }) => command(pump, { command: 'prime', ...given(dose) }),
  STATUS: ({ simulation }) => {
    const { timeOfDay, mode, rate, dose, revision, reservoir, commanded, nextEvent, alarms } = simulation.status;
    return accepted({
      us: simulation.now,
      tod_us: timeOfDay,
      mode,
      nlpd: rate,
      dose_ng: dose,
      rev: revision,
      res_nl: reservoir,
      done_nl: commanded,
      next: nextEvent,
      alarms: alarms.length,
    });
  },
  DEVICE: (pump) => {
    const { profile, status } = pump.simulation;
    return accepted({
      profile: profile.name,
      serial: serialOf(pump),
      boot: status.boot,
      cap_nl: profile.capacity,
      resid_nl: profile.residual,
      step_nl: profile.stepVolume,
      min_nlpd: profile.flowMin,
      max_nlpd: profile.flowMax,
    });
  },
  FORECAST: ({ simulation }) => {
    const { lowAt, refillAt } = simulation.status;
    return accepted({ us: simulation.now, low_us: lowAt, due_us: refillAt });
  },
  ALARMS: ({ simulation }) => {
    const { alarms, visual, audible } = simulation.status;
    return { ...accepted({ n: alarms.length, visual, audible }), before: alarms.map(alarmLine) };
  },
  ACK: (pump, { ev }) => command(pump, { command: 'acknowledge', ev }),
  PAUSE: (pump, { ev }) => command(pump, { command: 'pause', ev }),
  RESUME: (pump, { ev }) => command(pump, { command: 'resume', ev }),
  REFILL: (pump, args) =>
    command(pump, {
      command: 'refill',
      ifRevision: args.if,
      volume: nanolitres(args.nl),
      drained: nanolitres(args.drained_nl),
    }),
  CLOCK: (pump, args) => command(pump, { command: 'clock', ifRevision: args.if, timeOfDay: micros(args.tod_us) }),
  LIBRARY: (pump, args) => {
    const library = libraryOf(args);
    return 'key' in library
      ? refusal('BAD_VALUE', { key: library.key })
      : command(pump, { command: 'library', library });
  },
  INTERROGATE: (pump) => command(pump, { command: 'interrogate' }),
  TONES: (pump) => command(pump, { command: 'test-tones' }),
  LOG: ({ simulation, linkLog }, { from, n, log }) =>
    log === 'link'
      ? stretch(from, linkLog.entries.filter(({ ev }) => ev >= from).slice(0, n), linkLog.next, linkLog.entries[0]?.ev)
      : stretch(from, simulation.log(from, n), simulation.status.nextEvent, simulation.log(1, 1)[0]?.ev),
};

const given = (dose: DoseIdentity | undefined): { readonly dose?: DoseIdentity } =>
  dose === undefined ? {} : { dose };

/** Entries of a log, and where it begins and ends. */
function stretch(
  from: number,
  entries: readonly Pick<LogEntry, 'ev' | 'us' | 'kind' | 'keys'>[],
  end: number,
  oldest = end,
): VerbReply {
  const first = entries[0]?.ev ?? end;
  return {
    ...accepted({
      from,
      next: (entries.at(-1)?.ev ?? end - 1) + 1,
      end,
      oldest,
      lost: Math.max(0, first - Math.max(from, 1)),
    }),
    before: entries.map(eventLine),
  };
}

/** An active alarm as it is now: in the form of a log entry, and of a kind that no entry has. */
const alarmLine = ({ ev, since, id, priority, presence }: PumpStatus['alarms'][number]): Line =>
  eventLine({ ev, us: micros(since), kind: 'ACTIVE', keys: { id, pri: priority, state: presence } });
