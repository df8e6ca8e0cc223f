/** How a verb is done: arguments come checked, the reply's fields are those of the verb table. */
import type { ArgumentsOf, Verb } from '../../protocol/index.ts';
import type { ServedPump, VerbReply } from './served-pump.ts';

export type HandlersOf<Verbs extends Verb> = {
  readonly [V in Verbs]: (pump: ServedPump, args: ArgumentsOf<V>) => VerbReply;
};
