/** The therapy log of a pump at the far end of a line that may lose some of it. */
import { micros } from '../../protocol/units.ts';
import type { LogStretch } from '../../firmware-sim/scenario/target.ts';
import type { LogEntry } from '../../firmware-sim/simulation/vocabulary.ts';
import { LinkError, type EventMessage, type Host } from './host.ts';
import { numbered, refused } from './wire-command.ts';

/** Log entries asked for at once. */
const LOG_CHUNK = 64;
/** Times that an entry is asked for which does not come. */
const MOST_MISSED = 8;

/**
 * All entries from number `from` on. A gap that the pump does not state is one of the line, and is asked for again; what does not come at
 * all is as lost as what the pump has overwritten.
 */
export async function readLog(host: Host, from: number): Promise<LogStretch> {
  const heard = new Map<number, LogEntry>();
  let lost = 0;
  let next = from;
  /** Times that the entry `next` did not come. */
  let missed = 0;
  for (;;) {
    const reply = await host.request('LOG', { from: next, n: LOG_CHUNK });
    if (!reply.ok) throw refused(host, 'LOG', reply);
    const { next: beyond, end, lost: overwritten } = reply.reply;
    if (beyond <= next && next < end) {
      throw new LinkError(`${host.url}: the pump's LOG does not get beyond entry ${next}`);
    }
    for (const event of reply.events) if (event.ev >= next && event.ev < beyond) heard.set(event.ev, entryOf(event));
    const asked = next;
    lost += overwritten;
    next += overwritten;
    while (next < beyond && heard.has(next)) next += 1;
    missed = next > asked ? 0 : missed + 1;
    if (missed === MOST_MISSED) {
      // The line brings everything but this one.
      lost += 1;
      next += 1;
      missed = 0;
    }
    if (next >= end) return { entries: [...heard.values()].toSorted((a, b) => a.ev - b.ev), lost };
  }
}

const entryOf = ({ ev, us, event, fields }: EventMessage): LogEntry => ({
  ev,
  us: micros(us),
  kind: event,
  keys: numbered(fields),
});
