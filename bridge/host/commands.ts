/** Commands other than doses: one at a time, repeated until they are answered, and what only reads once more in a new session. */
import {
  decodeReply,
  encodeFields,
  VERBS,
  type ArgumentsOf,
  type ReplyOf,
  type Verb,
  type VerbSpec,
} from '../../protocol/index.ts';
import type { FarEnd } from './far-end.ts';
import type { EventMessage, Reply } from './host-api.ts';
import { LinkError } from './link-error.ts';
import type { Answer, Machine } from './machine.ts';
import type { Sessions } from './sessions.ts';

export interface Commands {
  /** Rejects with LinkError when no reply comes, and with RangeError for arguments that have no place on a line. */
  readonly exchange: <V extends Verb>(verb: V, args: ArgumentsOf<V>) => Promise<Reply<V>>;
}

export function createCommands(
  url: string,
  farEnd: FarEnd,
  machine: Machine,
  sessions: Sessions,
  patience: readonly number[],
): Commands {
  /** Event lines since the command that is outstanding was sent. */
  let heard: EventMessage[] = [];
  farEnd.events.subscribe((line) => void heard.push(line));

  async function exchange<V extends Verb>(verb: V, args: ArgumentsOf<V>): Promise<Reply<V>> {
    const spec: VerbSpec = VERBS[verb];
    const fields = encodeFields(args);
    const ask = async (): Promise<Answer> => {
      await sessions.ensure();
      heard = [];
      return machine.ask({ on: 'request', verb, fields, waits: patience });
    };
    const first = await ask();
    if (first.do === 'reply') return replyOf(verb, first);
    if (spec.reads !== true) throw unanswered(verb, first);
    const second = await ask().catch((error: unknown) => {
      // A pump that has fallen silent: what it did not answer first tells more than that it answers nothing.
      throw farEnd.ended() === undefined && error instanceof LinkError ? unanswered(verb, first) : error;
    });
    if (second.do === 'reply') return replyOf(verb, second);
    throw unanswered(verb, second);
  }

  function replyOf<V extends Verb>(verb: V, { ok, fields, tries }: Extract<Answer, { do: 'reply' }>): Reply<V> {
    if (!ok) return { ok: false, code: fields['code'] ?? 'none', fields };
    const check = decodeReply(verb, fields);
    if (!check.ok) throw new LinkError(`${url}: ${check.detail}. Do both sides speak the same schema?`);
    if (verb === 'SYNC' && tries === 1) machine.noteTime((check.reply as ReplyOf<'SYNC'>).t1);
    return { ok: true, reply: check.reply, events: heard };
  }

  function unanswered(verb: Verb, answer: Answer): LinkError {
    if (answer.do === 'lost' && answer.why === 'stale') {
      const refused = `${url}: the session was over when ${verb} came (${answer.code ?? '?'})`;
      return new LinkError(`${refused}; read STATUS before it is said again`);
    }
    const seconds = patience.reduce((all, ms) => all + ms, 0) / 1000;
    return new LinkError(`${url}: no answer to ${verb} within ${seconds} s. Does a pump listen there?`);
  }

  return { exchange };
}
