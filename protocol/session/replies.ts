/** What the pump's side says, and the one command that waits for nothing. */
import type { Code } from '../codes.ts';
import { encodeLine, type Fields } from '../line.ts';
import { encodeFields } from '../schema.ts';
import type { Obeying, PumpLinkState, PumpOutput, PumpStep, StopSource, VerbReply } from './pump-state.ts';

/** At most one remark about damaged lines in this time, ms. */
const REMARK_MS = 200;

export const NOTHING: readonly PumpOutput[] = [];

/** One remark in a while: a line that is damaged for long must not fill itself with complaints. */
export function onBadLine(state: PumpLinkState, at: number): PumpStep {
  const { count, remarkedAt } = state.bad;
  const due = remarkedAt === undefined || at - remarkedAt >= REMARK_MS;
  const bad = { count: count + 1, remarkedAt: due ? at : remarkedAt };
  const remark = encodeLine({ kind: 'human', text: `bad line n=${bad.count}` });
  return [{ ...state, bad }, due ? [{ do: 'send', lines: [remark] }] : NOTHING];
}

export const refuse = (code: Code, fields: Readonly<Record<string, string | number | undefined>> = {}): VerbReply => ({
  ok: false,
  code,
  fields: encodeFields(fields),
});

export const accept = (fields: Readonly<Record<string, string | number | undefined>> = {}): VerbReply => ({
  ok: true,
  fields: encodeFields(fields),
});

/** The reply as a line, and what goes out ahead of it. */
export function replyLines(
  { sid, seq }: Pick<Obeying, 'sid' | 'seq'>,
  reply: VerbReply,
  more: Fields = {},
): readonly string[] {
  const fields = reply.ok ? { ...reply.fields, ...more } : { code: reply.code, ...reply.fields, ...more };
  const before = reply.ok ? (reply.before ?? []).map(encodeLine) : [];
  return [...before, encodeLine({ kind: 'reply', sid, seq, ok: reply.ok, fields })];
}

export const answerOnce = (to: Pick<Obeying, 'sid' | 'seq'>, reply: VerbReply): PumpOutput => ({
  do: 'send',
  lines: replyLines(to, reply),
});

export const obeyStop = (state: PumpLinkState, obeying: Obeying, source: StopSource): PumpStep => [
  // Whatever a person was about to confirm was about a pump that ran.
  { ...state, obeying, readBack: undefined },
  [{ do: 'obey', verb: 'STOP', args: {}, stop: source }],
];
