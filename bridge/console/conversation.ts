/** The state of a conversation with a pump, as plain data: what the person has seen, and what is in hand. All that is typed or heard works on it. */
import type { DoseIntent, Fields, ReplyOf } from '../../protocol/index.ts';
import type { DoseVerb, Host } from '../host/host.ts';
import type { Asked } from './confirmation.ts';
import type { EventCursor } from './event-cursor.ts';
import type { Paint } from './render.ts';

/** Where a conversation goes. */
export interface Voice {
  /** For people. */
  readonly say: (text: string) => void;
  /** For machines: replies and events as they are. */
  readonly record: (entry: object) => void;
  /** The state that the prompt shows has changed. */
  readonly changed: () => void;
}

export interface TalkOptions {
  readonly voice: Voice;
  readonly paint: Paint;
  readonly width: () => number;
  /** The intent of the store that has no result. */
  readonly unsettled: () => DoseIntent | undefined;
  /** A person is there: only they can confirm what was read back. */
  readonly interactive: boolean;
  /** The host's clock, ms. */
  readonly now: () => number;
  /** From 0 to 9999, not to be guessed. */
  readonly random: () => number;
}

/** What became of a line: `wrong` if it was not understood, or refused. */
export type Took = 'done' | 'wrong' | 'quit';

export interface PendingDose {
  readonly kind: 'dose';
  readonly verb: DoseVerb;
  readonly fields: Fields;
  /** Number of the last dose when this one was read back. */
  readonly after: number;
}

export type Pending =
  | PendingDose
  /** A person has looked and takes it upon them that a dose in doubt is over. */
  | { readonly kind: 'settle' };

export type DoseState =
  | { readonly is: 'none' }
  | { readonly is: 'sent' }
  | { readonly is: 'running'; readonly n: number }
  /** `open`: the pump can still be asked. */
  | { readonly is: 'doubt'; readonly open: boolean };

export interface Conversation extends TalkOptions {
  readonly host: Host;
  status: ReplyOf<'STATUS'> | undefined;
  /** The revision as the person last saw it, which is not the newest that came over the line. */
  seen: number | undefined;
  cursor: EventCursor;
  lastDose: number;
  /** ng/µL as committed, where it is known. */
  concentration: number | undefined;
  /** Volume of tubing and catheter, nL. */
  pipe: number | undefined;
  asked: Asked<Pending> | undefined;
  dose: DoseState;
  /** A log is being read: lines that come meanwhile are answers, or will be fetched. True until it is known where the log stands. */
  reading: boolean;
  /** The largest number of an event that came meanwhile. */
  missed: number;
  /** The state is being asked for, for the prompt: once is enough. */
  refreshing: boolean;
  /** The line is over, and whoever watches it tells why. */
  over: boolean;
}

export const newConversation = (host: Host, options: TalkOptions): Conversation => ({
  ...options,
  host,
  status: undefined,
  seen: undefined,
  cursor: { next: 0 },
  lastDose: 0,
  concentration: undefined,
  pipe: undefined,
  asked: undefined,
  dose: { is: 'none' },
  reading: true,
  missed: 0,
  refreshing: false,
  over: false,
});
