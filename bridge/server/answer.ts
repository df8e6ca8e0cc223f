/** One line in, the lines that answer it out. */
import { decodeArguments, decodeLine, isVerb, NO_SESSION, type Fields, type Line } from '../../protocol/index.ts';
import { HANDLERS, refusal, type ServedPump, type VerbReply } from './verbs.ts';

export function answerLine(pump: ServedPump, text: string): Line[] {
  const decoded = decodeLine(text);
  // A damaged line gets no NO: its sequence number cannot be trusted either.
  if (!decoded.ok) return [{ kind: 'human', text: `bad line, ignored: ${decoded.detail}` }];
  const { line } = decoded;
  switch (line.kind) {
    case 'typed':
      return [
        { kind: 'human', text: 'not a command; machine lines begin with ">" and end with a check, see PROTOCOL.md' },
      ];
    case 'command': {
      const reply = obey(pump, line.sid, line.verb, line.fields);
      const { sid, seq } = line;
      return [
        ...(reply.ok ? (reply.before ?? []) : []),
        {
          kind: 'reply',
          sid,
          seq,
          ok: reply.ok,
          fields: reply.ok ? reply.fields : { code: reply.code, ...reply.fields },
        },
      ];
    }
    // Our own kind of line coming back is an echo, and human text is not for machines.
    case 'reply':
    case 'event':
    case 'human':
      return [];
  }
}

function obey(pump: ServedPump, sid: string, verb: string, fields: Fields): VerbReply {
  if (sid !== NO_SESSION) return refusal('STALE');
  if (!isVerb(verb)) return refusal('UNKNOWN_VERB');
  const check = decodeArguments(verb, fields);
  if (!check.ok) return refusal(check.code, { key: check.key });
  // The table types each handler by its verb; behind a verb known only at run time that link is lost.
  return HANDLERS[verb](pump, check.args as never);
}
