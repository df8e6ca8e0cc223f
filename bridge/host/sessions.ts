/** Sessions as a host needs them: begun when there is none, and no other word before the fate of a dose in doubt is known. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldFor, type Fields, type HelloFacts } from '../../protocol/index.ts';
import type { Wire } from '../wire/wire.ts';
import type { FarEnd } from './far-end.ts';
import { LinkError } from './link-error.ts';
import type { Machine } from './machine.ts';

/** How long the line must be silent before HELLO, and how long that is waited for, ms. */
const QUIET_MS = 50;
const DRAIN_MS = 1000;

const LINE_ENDS = new TextEncoder().encode('\n\n');

export interface Sessions {
  /** A new session, whether there is one or not. Rejects with LinkError. */
  readonly begin: () => Promise<HelloFacts>;
  /** Resolves when there is a session in which nothing is outstanding and no dose is in doubt. Rejects with LinkError. */
  readonly ensure: () => Promise<HelloFacts>;
}

export function createSessions(wire: Wire, farEnd: FarEnd, machine: Machine, connectMs: number): Sessions {
  const { url } = wire;

  /** Two line ends, so that what was left half said is over, and then silence, so that what was under way has come. */
  async function drain(): Promise<void> {
    wire.write(LINE_ENDS);
    const until = performance.now() + DRAIN_MS;
    do await sleep(QUIET_MS);
    while (performance.now() - farEnd.heardAt() < QUIET_MS && performance.now() < until);
  }

  async function begin(): Promise<HelloFacts> {
    const until = performance.now() + connectMs;
    // Of a session that is well nothing is half said or under way.
    if (machine.state.link.session === undefined || machine.state.link.outstanding !== undefined) await drain();
    for (;;) {
      const nonce = randomBytes(4).toString('hex').toUpperCase();
      const answer = await machine.ask({ on: 'connect', nonce });
      if (answer.do === 'ready') return answer.facts;
      const left = waitAfter(answer.fields);
      if (performance.now() + (left ?? 0) > until) throw unreachable(left);
      if (left !== undefined) await sleep(left + QUIET_MS);
    }
  }

  /** Milliseconds after which a pump that has refused HELLO may be asked again; undefined: it has said nothing. */
  function waitAfter(fields: Fields): number | undefined {
    const { code, have = '?' } = fields;
    if (code === 'VERSION') {
      throw new LinkError(`${url}: the pump speaks version ${have} of the protocol; update one of them`);
    }
    if (code === 'SESSIONS') throw new LinkError(`${url}: the pump has no session numbers left; restart it`);
    return code === 'HELD' ? (heldFor(fields) ?? QUIET_MS) : undefined;
  }

  const unreachable = (left: number | undefined): LinkError =>
    new LinkError(
      left === undefined
        ? `${url}: no answer to HELLO within ${connectMs / 1000} s. Does a pump listen there?`
        : `${url}: another host holds the pump; end it, or type RELEASE at the pump's port`,
    );

  async function ensure(): Promise<HelloFacts> {
    const until = performance.now() + connectMs;
    for (let renewals = 0; ;) {
      const { link, dose, asks } = machine.state;
      const doubt = dose !== undefined && dose.at.phase !== 'running';
      if (link.session !== undefined && link.outstanding === undefined && !doubt) return link.session.facts;
      if (asks && doubt && dose.at.phase !== 'renewing') {
        await machine.stepped();
        continue;
      }
      if (performance.now() > until) throw new LinkError(`${url}: the pump does not say what became of a dose`);
      // A dose that is refused as late in one session after the other must not fill the line.
      if (renewals > 0) await sleep(QUIET_MS);
      renewals += 1;
      await begin();
    }
  }

  return { begin, ensure };
}
