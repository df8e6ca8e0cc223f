/** The pump's side of a line as plain data: state, inputs, outputs. What works on it is pump-link.ts. */
import type { Code } from '../codes.ts';
import type { Fields, Line } from '../line.ts';
import type { Verb } from '../verbs.ts';
import type { PumpFacts } from './facts.ts';
import type { Rules } from './rules.ts';
import type { ReadBack } from './read-back.ts';

/** Time without a valid line after which a session is revoked, ms. */
export const LEASE_MS = 3000;
/** Bytes that the pump can take before it has answered. */
export const RX_BYTES = 512;
export interface Session {
  readonly sid: string;
  readonly nonce: string;
  readonly role: string;
  /** The host has another verb table, or only looks on: nothing that changes the pump is obeyed. */
  readonly readOnly: boolean;
  /** Number of the last command; 0 before the first. */
  readonly seq: number;
  /** The last command, and its reply once there is one. */
  readonly last: { readonly text: string; readonly reply: string | undefined } | undefined;
  /** Link time of the last valid line, ms. */
  readonly heard: number;
}

/** A command that was handed to the pump and whose reply is not known yet. */
export interface Obeying {
  readonly sid: string;
  readonly seq: number;
  readonly text: string;
  /** A typed line: its reply is also told to people. */
  readonly typed?: { readonly verb: string; readonly code?: string };
}

export interface PumpLinkState {
  /** Boot counter, 1 to 65535, and sessions given out since. */
  readonly boot: number;
  readonly sessions: number;
  readonly session: Session | undefined;
  readonly obeying: Obeying | undefined;
  /** What a person has typed and not confirmed, and the code that was confirmed last with the dose that came of it. */
  readonly readBack: ReadBack | undefined;
  readonly confirmed: { readonly code: string; readonly dose: number } | undefined;
  /** Read-backs so far, from which their codes are made. */
  readonly readBacks: number;
  /** Damaged lines so far, and link time of the last remark about them. */
  readonly bad: { readonly count: number; readonly remarkedAt: number | undefined };
}

/** `sessions`: where the session counter begins, for a pump that cannot be sure that its boot counter is a new one. */
export const createPumpLink = (boot: number, sessions = 0): PumpLinkState => ({
  boot,
  sessions,
  session: undefined,
  obeying: undefined,
  readBack: undefined,
  confirmed: undefined,
  readBacks: 0,
  bad: { count: 0, remarkedAt: undefined },
});

export interface LinkSettings {
  readonly rules: Rules;
  /** What typed lines may do. */
  readonly typed: 'off' | 'read' | 'dose';
}

/** A reply to a command: what the pump made of it. `before`: lines that go out ahead of it. */
export type VerbReply =
  | { readonly ok: true; readonly fields: Fields; readonly before?: readonly Line[] }
  | { readonly ok: false; readonly code: Code; readonly fields: Fields };

export type PumpInput =
  | { readonly on: 'line'; readonly text: string; readonly at: number; readonly facts: PumpFacts }
  /** Bytes that were dropped: too long, not printable, or broken off. */
  | { readonly on: 'noise'; readonly at: number }
  /** Two bytes 0x03 in a row. */
  | { readonly on: 'break'; readonly at: number }
  /** What the pump made of the command that `obey` has asked for. */
  | { readonly on: 'answer'; readonly reply: VerbReply; readonly at: number }
  /** Time has passed. */
  | { readonly on: 'time'; readonly at: number; readonly facts: PumpFacts }
  /** The controller has restarted, with a boot counter that it never had before. */
  | { readonly on: 'boot'; readonly boot: number };

/** The identity of a dose as the pump's ledger keeps it. */
export interface DoseIdentity {
  readonly id: string;
  readonly terms: string;
  readonly source: 'host' | 'typed';
}

export type StopSource = 'host' | 'typed' | 'break';

export type PumpOutput =
  | { readonly do: 'send'; readonly lines: readonly string[] }
  /** The pump is to do this; an `answer` follows before any other input. Arguments have been checked. */
  | {
      readonly do: 'obey';
      readonly verb: Verb;
      readonly args: object;
      readonly dose?: DoseIdentity;
      readonly stop?: StopSource;
    }
  /** For the log of the link, which is not that of the therapy. */
  | {
      readonly do: 'note';
      readonly kind: 'SESSION' | 'REPLACED' | 'BYE' | 'LEASE_LOST' | 'RELEASED';
      readonly sid: string;
    }
  /** A session has ended: what it had staged is dropped, alarms that it had paused sound again. */
  | { readonly do: 'abandon' };

export type PumpStep = readonly [PumpLinkState, readonly PumpOutput[]];
