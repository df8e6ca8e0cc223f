/** What a host offers to whoever uses it, in types. */
import type { Observable } from 'rxjs';
import type { ArgumentsOf, DoseResult, Fields, HelloFacts, Line, ReplyOf, Verb } from '../../protocol/index.ts';
import type { IntentStore } from './intent-store.ts';
import type { LinkError } from './link-error.ts';

export type EventMessage = Extract<Line, { kind: 'event' }>;
export type HeartbeatMessage = Extract<Line, { kind: 'heartbeat' }>;

export type Reply<V extends Verb> =
  | { readonly ok: true; readonly reply: ReplyOf<V>; readonly events: readonly EventMessage[] }
  | { readonly ok: false; readonly code: string; readonly fields: Fields };

export type DoseVerb = 'BOLUS' | 'PRIME';
/** What is wished for, beside identity, precondition and deadline. */
export type DoseWish<V extends DoseVerb> = Omit<ArgumentsOf<V>, 'id' | 'after' | 'by'>;

/** A dose that has been accepted and runs. */
export interface DoseAccepted {
  readonly result: 'Accepted';
  readonly dose: number;
  /** Fields of the reply that said so; none where it was found out in another way. */
  readonly fields: Fields;
}

/** The pump could not be asked. This is not final: the intent stays in the store, and is sent no more. */
export interface DoseUnknown {
  readonly result: 'Uncertain';
  readonly why: 'SILENT';
  readonly error: LinkError;
}

export type DoseOutcome = DoseResult | DoseUnknown;

export interface HostOptions {
  readonly role?: ArgumentsOf<'HELLO'>['role'];
  /** Where intents are kept; in memory if it is not given: then a crash of this process leaves a dose in doubt. */
  readonly store?: IntentStore;
  /** Milliseconds from each sending of an ordinary command to the next, and at last to giving up. */
  readonly patience?: readonly number[];
  /** What is to become of an intent found in the store, if the pump has not accepted it: `give-up` if nothing is said. */
  readonly found?: 'resend' | 'give-up';
  /** How long a session is asked for before the line is given up, ms. */
  readonly connectMs?: number;
}

export interface Host {
  readonly url: string;
  /**
   * Begins a session, waiting for a pump that another host holds. Resolves with what the pump says of itself; if there is a dose of
   * unknown fate, its fate is found out on the way, and `outcome` tells it. Rejects with LinkError.
   */
  connect(): Promise<HelloFacts>;
  /** Of the session in force. */
  readonly session: HelloFacts | undefined;
  /**
   * Sends a command and waits for its reply; begins a session first if there is none. Rejects with LinkError when no reply comes:
   * what only reads has then been tried again in a new session. Calls wait for each other. Not for doses.
   */
  request<V extends Exclude<Verb, DoseVerb>>(verb: V, args: ArgumentsOf<V>): Promise<Reply<V>>;
  /**
   * Gives a dose at most once, whatever the line does. Resolves when the pump has accepted it, or with what became of it. `forMs`: how
   * long the intent lasts; after that it is sent no more. Rejects only if nothing of the dose was sent: with LinkError, also where the fate of
   * another dose is not known yet, and with UserError where the intent cannot be stored.
   */
  dose<V extends DoseVerb>(verb: V, wish: DoseWish<V>, forMs?: number): Promise<DoseAccepted | DoseOutcome>;
  /**
   * The end of the dose that was asked for last, or the fate of the one that was found in the store; undefined where there is none, or
   * nobody follows it any more.
   */
  outcome(): Promise<DoseOutcome | undefined>;
  /** Follows an accepted dose no further. */
  leave(): void;
  /** Sends no more of a dose that is under way, or waits for its turn; `dose` resolves with what became of it. */
  giveUp(): void;
  /** A person has looked at pump and patient, and takes it upon them that the Uncertain dose is over. Until then no other is given. */
  resolve(): void;
  /** Gives up the dose under way, and stops the pump, ahead of everything, in both forms. Resolves when the pump has said so. */
  stop(): Promise<void>;
  /** Event lines as they come, pushed or replayed. Completes when the line ends. */
  readonly events: Observable<EventMessage>;
  readonly heartbeats: Observable<HeartbeatMessage>;
  /** What the pump says to people. */
  readonly remarks: Observable<string>;
  /** Says BYE if there is a session, and closes the line and the store. */
  close(): Promise<void>;
}
