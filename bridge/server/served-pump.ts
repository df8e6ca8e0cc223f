/** The pump behind a port: the simulation, its side of the line, and what both need of each other. */
import {
  ALL_RULES,
  createPumpLink,
  encodeFields,
  pumpLink,
  type Code,
  type Fields,
  type Line,
  type LinkSettings,
  type PumpFacts,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type VerbReply,
} from '../../protocol/index.ts';
import type { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { Command, LogEntry } from '../../firmware-sim/simulation/vocabulary.ts';
import type { Draft } from './draft.ts';
import { createLinkLog, type LinkLog } from './link-log.ts';

export type { VerbReply } from '../../protocol/index.ts';

export interface ServedPump {
  simulation: Simulation;
  /** Time stands still between SIM ADVANCE. */
  lockstep: boolean;
  /** A program of which parts are missing. `dropped`: there was one, and it will never be whole. */
  draft: Draft | 'dropped' | undefined;
  /** Pumps made by SIM RESET so far: each has a serial number of its own, for its doses are nobody else's. */
  resets: number;
  readonly serial: string;
  link: PumpLinkState;
  readonly linkLog: LinkLog;
  readonly step: (state: PumpLinkState, input: PumpInput) => readonly [PumpLinkState, readonly PumpOutput[]];
}

export interface ServedOptions {
  readonly lockstep?: boolean;
  readonly typed?: LinkSettings['typed'];
  /** Of the pump that is there before the first SIM RESET. At most six characters. */
  readonly serial?: string;
  /** Where the session counter begins. */
  readonly sessions?: number;
}

export const DEFAULT_SERIAL = 'SIM1';

export const servedPump = (
  simulation: Simulation,
  { lockstep = false, typed = 'dose', serial = DEFAULT_SERIAL, sessions = 0 }: ServedOptions = {},
): ServedPump => ({
  simulation,
  lockstep,
  draft: undefined,
  resets: 0,
  serial,
  link: createPumpLink(simulation.status.boot, sessions),
  linkLog: createLinkLog(),
  step: pumpLink({ rules: ALL_RULES, typed }),
});

/** The connection is over, and with it the lock step that it had asked for. Its session goes on until its lease ends. */
export function endConnection(pump: ServedPump, lockstep: boolean): void {
  pump.lockstep = lockstep;
}

/** Another one after each SIM RESET: the doses of a pump that was thrown away are not those of the next. */
export const serialOf = ({ serial, resets }: ServedPump): string =>
  resets === 0 ? serial : `${serial}.${resets % 1000}`;

export function factsOf(pump: ServedPump): PumpFacts {
  const { simulation, lockstep } = pump;
  const { doses, nextEvent, alarms, revision } = simulation.status;
  return {
    us: simulation.now,
    dose: doses.number,
    records: doses.records,
    ev: nextEvent,
    alarms: alarms.length,
    revision,
    serial: serialOf(pump),
    world: 'SIM',
    lockstep,
    flowMax: simulation.profile.flowMax,
    flowMin: simulation.profile.flowMin,
    step: simulation.profile.stepVolume,
  };
}

type Values = Readonly<Record<string, string | number | undefined>>;

export const refusal = (code: Code, fields: Values = {}): VerbReply => ({
  ok: false,
  code,
  fields: encodeFields(fields),
});

export const accepted = (fields: Values): Extract<VerbReply, { ok: true }> => ({
  ok: true,
  fields: encodeFields(fields),
});

/** `more`: fields of the reply, if the command is accepted, beside its facts. */
export function command({ simulation }: ServedPump, one: Command, more: Values = {}): VerbReply {
  const outcome = simulation.command(one);
  return outcome.ok ? accepted({ ...more, ...outcome.facts }) : refusal(outcome.code, outcome.facts);
}

/** A log entry as the line that LOG replays and a live pump pushes: the same bytes both times. */
export const eventLine = ({ ev, us, kind, keys }: Pick<LogEntry, 'ev' | 'us' | 'kind' | 'keys'>): Line => ({
  kind: 'event',
  ev,
  us,
  event: kind,
  fields: encodeFields(keys) satisfies Fields,
});
