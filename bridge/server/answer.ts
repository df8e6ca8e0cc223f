/** One line in, the lines that answer it out. */
import { decodeArguments, decodeLine, isVerb, NO_SESSION, type Fields, type Line } from '../../protocol/index.ts';
import { refusal, type ServedPump, type VerbReply } from './served-pump.ts';
import { HANDLERS } from './verbs.ts';

/** A remark may quote the line that it is about, and must fit a line itself. */
const LONGEST_REMARK = 200;

export function answerLine(pump: ServedPump, text: string): Line[] {
  const decoded = decodeLine(text);
  if (!decoded.ok) {
    if (decoded.code === 'GRAMMAR' && decoded.command !== undefined) {
      return [replyTo(decoded.command, refusal('GRAMMAR'))];
    }
    // A damaged line gets no NO: its sequence number cannot be trusted either.
    return [{ kind: 'human', text: `bad line, ignored: ${decoded.detail}`.slice(0, LONGEST_REMARK) }];
  }
  const { line } = decoded;
  switch (line.kind) {
    case 'typed':
      return [
        { kind: 'human', text: 'not a command; machine lines begin with ">" and end with a check, see PROTOCOL.md' },
      ];
    case 'command': {
      const reply = obey(pump, line.sid, line.verb, line.fields);
      return [...(reply.ok ? (reply.before ?? []) : []), replyTo(line, reply)];
    }
    // Our own kind of line coming back is an echo, and human text is not for machines.
    case 'reply':
    case 'event':
    case 'human':
      return [];
  }
}

const replyTo = ({ sid, seq }: { readonly sid: string; readonly seq: number }, reply: VerbReply): Line => ({
  kind: 'reply',
  sid,
  seq,
  ok: reply.ok,
  fields: reply.ok ? reply.fields : { code: reply.code, ...reply.fields },
});

function obey(pump: ServedPump, sid: string, verb: string, fields: Fields): VerbReply {
  if (sid !== NO_SESSION) return refusal('STALE');
  if (!isVerb(verb)) return refusal('UNKNOWN_VERB');
  const check = decodeArguments(verb, fields);
  if (!check.ok) return refusal(check.code, { key: check.key });
  // The table types each handler by its verb; behind a verb known only at run time that link is lost.
  return HANDLERS[verb](pump, check.args as never);
}
