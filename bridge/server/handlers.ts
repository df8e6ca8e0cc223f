/** How a verb is done: arguments come checked, the reply's fields are those of the verb table. */
import type { ArgumentsOf, DoseIdentity, StopSource, Verb } from '../../protocol/index.ts';
import type { ServedPump, VerbReply } from './served-pump.ts';

/** What the link knows of a command beside its words: whose dose it is, who stops. */
export interface How {
  readonly dose?: DoseIdentity | undefined;
  readonly stop?: StopSource | undefined;
}

export type HandlersOf<Verbs extends Verb> = {
  readonly [V in Verbs]: (pump: ServedPump, args: ArgumentsOf<V>, how: How) => VerbReply;
};

/** The verbs that the link answers by itself. */
export type LinkVerb = 'HELLO' | 'BYE' | 'PING' | 'SYNC' | 'DOSE';
