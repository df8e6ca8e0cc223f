/** What each verb does to a simulated pump. Arguments come checked; the reply's fields are those of the verb table. */
import {
  encodeFields,
  parseInteger,
  PROTOCOL_VERSION,
  SCHEMA_HASH,
  type ArgumentsOf,
  type Code,
  type Fields,
  type Line,
  type Verb,
} from '../../protocol/index.ts';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../../protocol/units.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import {
  FAULTS,
  PROFILES,
  type Command,
  type Fault,
  type FaultDefinition,
  type LogEntry,
  type ProfileName,
} from '../../firmware-sim/simulation/vocabulary.ts';

/** The pump behind a port. */
export interface ServedPump {
  simulation: Simulation;
  /** Time stands still between SIM ADVANCE. */
  lockstep: boolean;
}

export type VerbReply =
  /** `before`: lines that go out ahead of the reply. */
  | { readonly ok: true; readonly fields: Fields; readonly before?: readonly Line[] }
  | { readonly ok: false; readonly code: Code; readonly fields: Fields };

export const refusal = (code: Code, fields: Readonly<Record<string, string | number>> = {}): VerbReply => ({
  ok: false,
  code,
  fields: encodeFields(fields),
});

const accepted = (fields: Readonly<Record<string, string | number | undefined>>): VerbReply => ({
  ok: true,
  fields: encodeFields(fields),
});

function command({ simulation }: ServedPump, one: Command): VerbReply {
  const outcome = simulation.command(one);
  return outcome.ok ? accepted(outcome.facts) : refusal(outcome.code, outcome.facts);
}

type Handlers = { readonly [V in Verb]: (pump: ServedPump, args: ArgumentsOf<V>) => VerbReply };

export const HANDLERS: Handlers = {
  HELLO: ({ simulation, lockstep }, { v }) =>
    v < PROTOCOL_VERSION
      ? refusal('VERSION', { have: PROTOCOL_VERSION })
      : accepted({
          v: PROTOCOL_VERSION,
          schema: SCHEMA_HASH,
          world: 'SIMULATED',
          profile: simulation.profile.name,
          lockstep: lockstep ? 1 : 0,
        }),
  PROGRAM: (pump, { ng, conc, low }) =>
    command(pump, {
      command: 'program',
      dose: nanograms(ng),
      concentration: nanogramsPerMicrolitre(conc),
      lowReservoir: low === undefined ? undefined : nanolitres(low),
    }),
  COMMIT: (pump, args) => command(pump, { command: 'commit', ifRevision: args.if }),
  START: (pump, args) => command(pump, { command: 'start', ifRevision: args.if }),
  STOP: (pump) => command(pump, { command: 'stop' }),
  STATUS: ({ simulation }) => {
    const { mode, rate, revision, reservoir, commanded, nextEvent, alarms } = simulation.status;
    return accepted({
      us: simulation.now,
      mode,
      nlpd: rate,
      rev: revision,
      res_nl: reservoir,
      done_nl: commanded,
      next: nextEvent,
      alarms: alarms.length,
    });
  },
  ACK: (pump, { ev }) => command(pump, { command: 'acknowledge', ev }),
  REFILL: (pump, args) =>
    command(pump, {
      command: 'refill',
      ifRevision: args.if,
      volume: nanolitres(args.nl),
      drained: nanolitres(args.drained_nl),
    }),
  LOG: ({ simulation }, { from, n }) => {
    const end = simulation.status.nextEvent;
    const entries = simulation.log(from, n);
    const first = entries[0]?.ev ?? end;
    return {
      ok: true,
      before: entries.map(eventLine),
      fields: encodeFields({
        from,
        next: (entries.at(-1)?.ev ?? end - 1) + 1,
        end,
        oldest: simulation.log(1, 1)[0]?.ev ?? end,
        lost: Math.max(0, first - Math.max(from, 1)),
      }),
    };
  },
  'SIM RESET': (pump, { profile, seed, conc, compliance, lockstep, leap }) => {
    if (!isProfile(profile)) return refusal('BAD_VALUE', { key: 'profile' });
    pump.simulation = new Simulation({ profile, seed, concentration: conc, compliance, leap: leap !== '0' });
    pump.lockstep = lockstep === '1';
    return accepted({ rev: pump.simulation.status.revision, us: pump.simulation.now });
  },
  'SIM FILL': ({ simulation }, { nl, conc }) => {
    const { capacity } = simulation.profile;
    if (nl > capacity) return refusal('VOLUME_RANGE', { nl, min: 0, max: capacity });
    return accepted({ drained_nl: simulation.fill(nl, conc) });
  },
  'SIM FAULT': ({ simulation }, { fault, mode, p1, p2, p3 }) => {
    const found = findFault(
      fault,
      mode,
      [p1, p2, p3].filter((text) => text !== undefined),
    );
    if (found === undefined) return refusal('UNKNOWN_FAULT', { fault, mode });
    simulation.inject(found);
    return accepted({});
  },
  'SIM TRUTH': ({ simulation }) => {
    const { reservoir_true, delivered, drug_delivered, pressure } = simulation.sample();
    return accepted({
      us: simulation.now,
      res_nl: reservoir_true,
      tip_nl: delivered,
      tip_ng: drug_delivered,
      pa: pressure,
    });
  },
  'SIM BODY': ({ simulation }) => {
    const { leaked, pocket, tip_concentration, csf_tip, csf_bulk, pressure_reading, rotor_feedback, battery } =
      simulation.sample();
    return accepted({
      leak_nl: leaked,
      pocket_nl: pocket,
      conc: tip_concentration,
      csf_tip,
      csf_bulk,
      read_pa: pressure_reading,
      turn_nl: rotor_feedback,
      mj: battery,
    });
  },
  'SIM ADVANCE': ({ simulation, lockstep }, { to }) => {
    if (!lockstep) return refusal('NOT_LOCKSTEP');
    const { now, complete } = simulation.advance(micros(to));
    return accepted({ us: now, next: simulation.status.nextEvent, more: complete ? 0 : 1 });
  },
};

const isProfile = (name: string): name is ProfileName => Object.hasOwn(PROFILES, name);

/**
 * The fault that the words name, with exactly the parameters that its mode takes, each given as `name:integer` and in its range;
 * undefined for anything else.
 */
function findFault(fault: string, mode: string, given: readonly string[]): Fault | undefined {
  const faults: Readonly<Record<string, FaultDefinition>> = FAULTS;
  const modes = Object.hasOwn(faults, fault) ? faults[fault]?.modes : undefined;
  const parameters = modes !== undefined && Object.hasOwn(modes, mode) ? modes[mode]?.parameters : undefined;
  if (parameters === undefined) return undefined;
  const values = new Map<string, number>();
  for (const text of given) {
    const cut = text.indexOf(':');
    const value = parseInteger(text.slice(cut + 1));
    if (cut < 0 || value === undefined) return undefined;
    values.set(text.slice(0, cut), value);
  }
  const names = Object.keys(parameters);
  if (given.length !== names.length) return undefined;
  for (const [name, { min, max }] of Object.entries(parameters)) {
    const value = values.get(name);
    if (value === undefined || value < min || value > max) return undefined;
  }
  return { fault, mode, ...Object.fromEntries(values) } as unknown as Fault;
}

/** A log entry as the line that LOG replays and a live pump pushes: the same bytes both times. */
export const eventLine = ({ ev, us, kind, keys }: LogEntry): Line => ({
  kind: 'event',
  ev,
  us,
  event: kind,
  fields: encodeFields(keys),
});
