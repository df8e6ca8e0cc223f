/** The pump behind a port, and the replies to what is said to it. */
import { encodeFields, type Code, type Fields, type Line } from '../../protocol/index.ts';
import type { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { Command, LogEntry } from '../../firmware-sim/simulation/vocabulary.ts';
import type { Draft } from './draft.ts';

export interface ServedPump {
  simulation: Simulation;
  /** Time stands still between SIM ADVANCE. */
  lockstep: boolean;
  /** This connection has made the pump anew, in lock step: nobody else doses it, and no time passes while a reply is lost. */
  dosable: boolean;
  /** A program of which parts are missing. `dropped`: there was one, and it will never be whole. */
  draft: Draft | 'dropped' | undefined;
}

export const servedPump = (simulation: Simulation, lockstep: boolean): ServedPump => ({
  simulation,
  lockstep,
  dosable: false,
  draft: undefined,
});

/** The connection is over, and with it what only it could finish. */
export function endConnection(pump: ServedPump, lockstep: boolean): void {
  pump.lockstep = lockstep;
  pump.dosable = false;
  if (pump.draft !== undefined) pump.draft = 'dropped';
}

export type VerbReply =
  /** `before`: lines that go out ahead of the reply. */
  | { readonly ok: true; readonly fields: Fields; readonly before?: readonly Line[] }
  | { readonly ok: false; readonly code: Code; readonly fields: Fields };

type Values = Readonly<Record<string, string | number | undefined>>;

export const refusal = (code: Code, fields: Values = {}): VerbReply => ({
  ok: false,
  code,
  fields: encodeFields(fields),
});

export const accepted = (fields: Values): VerbReply => ({ ok: true, fields: encodeFields(fields) });

/** `more`: fields of the reply, if the command is accepted, beside its facts. */
export function command({ simulation }: ServedPump, one: Command, more: Values = {}): VerbReply {
  const outcome = simulation.command(one);
  return outcome.ok ? accepted({ ...more, ...outcome.facts }) : refusal(outcome.code, outcome.facts);
}

/** A log entry as the line that LOG replays and a live pump pushes: the same bytes both times. */
export const eventLine = ({ ev, us, kind, keys }: LogEntry): Line => ({
  kind: 'event',
  ev,
  us,
  event: kind,
  fields: encodeFields(keys),
});
