/** HELLO at the pump's side: who may have a session, and what a new one begins with (PROTOCOL.md, H1 to H6). */
import { NO_SESSION, type Line } from '../line.ts';
import { decodeArguments, SCHEMA_HASH } from '../schema.ts';
import { NO_ID, type PumpFacts } from './facts.ts';
import {
  LEASE_MS,
  RX_BYTES,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type PumpStep,
  type Session,
} from './pump-state.ts';
import { accept, answerOnce, refuse } from './replies.ts';
import { commonVersion, HAVE_VERSIONS } from './version.ts';

type LineInput = Extract<PumpInput, { on: 'line' }>;
type CommandLine = Extract<Line, { kind: 'command' }>;

export function onHello(state: PumpLinkState, { at, facts }: LineInput, line: CommandLine): PumpStep {
  const to = { sid: line.sid, seq: line.seq };
  if (line.sid !== NO_SESSION) return [state, [answerOnce(to, refuse('STALE'))]];
  // Before number and keys: the HELLO of another version may have others.
  const { v } = line.fields;
  const version = v === undefined ? undefined : commonVersion(v);
  if (v !== undefined && version === undefined)
    return [state, [answerOnce(to, refuse('VERSION', { nonce: line.fields['nonce'], have: HAVE_VERSIONS }))]];
  if (line.seq !== 0) return [state, [answerOnce(to, refuse('SEQ', { want: 0 }))]];
  const check = decodeArguments('HELLO', line.fields);
  if (!check.ok) return [state, [answerOnce(to, refuse(check.code, { key: check.key }))]];
  const { nonce, role, prev, schema } = check.args;
  // In lock step no lease ends by itself, but a host that is silent for as long makes way for the next.
  const session = state.session !== undefined && at - state.session.heard <= LEASE_MS ? state.session : undefined;
  // The reply to a HELLO was lost, and nothing was said in its session yet: the same session again, with what is true now.
  const again = session !== undefined && session.nonce === nonce && session.seq === 0;
  if (session !== undefined && !again && prev !== session.sid) {
    return [state, [answerOnce(to, refuse('HELD', { nonce, left_ms: Math.max(0, LEASE_MS - (at - session.heard)) }))]];
  }
  const sessions = again ? state.sessions : state.sessions + 1;
  if (sessions > 0xffff) return [state, [answerOnce(to, refuse('SESSIONS', { nonce }))]];
  const sid = again ? session.sid : hex4(state.boot) + hex4(sessions);
  const next: Session = {
    sid,
    nonce,
    role,
    readOnly: schema !== SCHEMA_HASH || role === 'monitor',
    seq: 0,
    last: undefined,
    heard: at,
  };
  const notes: PumpOutput[] = again
    ? []
    : [
        ...(state.session === undefined
          ? []
          : ([{ do: 'note', kind: 'REPLACED', sid: state.session.sid }, { do: 'abandon' }] as const)),
        { do: 'note', kind: 'SESSION', sid },
      ];
  return [
    // A person who was about to confirm a dose does so at a pump that nobody else drives.
    { ...state, sessions, session: next, readBack: undefined },
    [...notes, answerOnce(to, accept(truthOf(next, version, facts)))],
  ];
}

/** One atomic line: what a host that has lost a reply needs to know of its dose, all of the same instant. */
function truthOf({ sid, nonce }: Session, v: number | undefined, facts: PumpFacts) {
  const last = facts.records.at(-1);
  return {
    v,
    nonce,
    sid,
    schema: SCHEMA_HASH,
    us: facts.us,
    rx: RX_BYTES,
    lease: LEASE_MS,
    dose: facts.dose,
    last: last?.id ?? NO_ID,
    lstate: last?.state ?? 'NONE',
    lnl: last?.given ?? 0,
    ev: facts.ev,
    serial: facts.serial,
    world: facts.world,
    lockstep: facts.lockstep ? 1 : 0,
  };
}

const hex4 = (n: number): string => n.toString(16).toUpperCase().padStart(4, '0');
