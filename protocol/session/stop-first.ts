/** A STOP of no session jumps the queue (PROTOCOL.md, T1): of what has come at once it is taken first. */
import type { Assembled } from '../assembler.ts';
import { decodeLine, NO_SESSION } from '../line.ts';

/** Whether a line is a STOP of no session, in one of its forms: one of a session comes in its turn, as all that its host says. */
export function isStop(text: string): boolean {
  if (!/stop/i.test(text)) return false;
  const decoded = decodeLine(text);
  if (!decoded.ok) return false;
  const { line } = decoded;
  return (
    (line.kind === 'command' && line.verb === 'STOP' && line.sid === NO_SESSION) ||
    (line.kind === 'typed' && /^ *stop(?: |$)/i.test(line.text))
  );
}

/**
 * The same, stops ahead of all else. What stood before them comes after: a START or a dose that was said earlier then names a revision
 * or a number that is no longer the last.
 */
export function stopsFirst(assembled: readonly Assembled[]): readonly Assembled[] {
  const stops = assembled.filter((one) => one.kind === 'break' || (one.kind === 'line' && isStop(one.text)));
  return stops.length === 0 ? assembled : [...stops, ...assembled.filter((one) => !stops.includes(one))];
}
