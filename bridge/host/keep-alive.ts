/** Says something often enough for the lease; every now and then what it says is also a look at the pump's clock. */
import { encodeFields, type Verb } from '../../protocol/index.ts';
import type { Machine } from './machine.ts';
import type { Turns } from './turns.ts';

const LOOK_MS = 250;
const SYNC_MS = 10_000;

/** Returns the function that ends it. A lease that is lost is noticed by whoever asks next. */
export function keepAlive(machine: Machine, turns: Turns): () => void {
  let syncedAt = -Infinity;

  async function say(): Promise<void> {
    const { link, asks } = machine.state;
    // It begins no session, and disturbs none.
    if (link.session === undefined || link.outstanding !== undefined || asks) return;
    const due = performance.now() - syncedAt >= SYNC_MS;
    if (due) syncedAt = performance.now();
    const verb: Verb = due ? 'SYNC' : 'PING';
    const fields = due ? encodeFields({ t0: Math.floor(performance.now() * 1000) }) : {};
    const answer = await machine.ask({ on: 'request', verb, fields });
    const t1 = Number(answer.do === 'reply' && answer.ok && answer.tries === 1 ? answer.fields['t1'] : undefined);
    if (Number.isSafeInteger(t1)) machine.noteTime(t1);
  }

  const timer = setInterval(() => {
    const { session } = machine.state.link;
    if (session === undefined || session.facts.lockstep === '1' || !turns.idle()) return;
    if (performance.now() - machine.sentAt() < session.facts.lease / 3) return;
    turns.take(say).catch(() => undefined);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
