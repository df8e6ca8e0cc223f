/**
 * Tries what is left out of states of the dose world: every part of a state that was seen, with every message that was ever sent, those
 * included that it could never have met.
 */
import { NO_SESSION, type Line } from '../../protocol/index.ts';
import { factsOf } from './device.ts';
import type { HostSide } from './dose-hosts.ts';
import type { Projection } from './dose-projected.ts';
import type { PumpSide } from './dose-pump.ts';
import type { Parts } from './dose-state.ts';

/** What would have made a difference; undefined: nothing. */
export function audit(
  { links, devices, hosts, wire }: Parts,
  { ear, sidOf }: Projection,
  { pump }: PumpSide,
  { hears, givenUpWaiting }: HostSide,
): string | undefined {
  /** Messages of commands or replies. */
  const allOf = (kind: Line['kind']): number[] =>
    Array.from({ length: wire.size() }, (_, message) => message).filter((one) => wire.line(one).kind === kind);

  /** A command of a session that is not in force does nothing, whatever the pump is in. */
  function auditPump(): string | undefined {
    const commands = allOf('command');
    for (let link = 0; link < links.size(); link += 1) {
      for (const message of commands) {
        const line = wire.line(message);
        if (line.kind !== 'command' || line.sid === NO_SESSION || line.verb === 'STOP' || line.sid === sidOf(link))
          continue;
        const facts = factsOf(devices.of(0));
        const [then, outputs] = pump(links.of(link), { on: 'line', text: wire.text(message), at: 0, facts });
        if (links.id(then) !== link || outputs.some((one) => one.do !== 'send'))
          return `the pump takes ${wire.label(message)} in session ${sidOf(link)}`;
      }
    }
    return undefined;
  }

  /** A reply for which a host does not listen is nothing to it, or what silence is. */
  function auditHosts(): string | undefined {
    const replies = allOf('reply');
    for (let id = 0, all = hosts.size(); id < all; id += 1) {
      const model = hosts.of(id);
      if (model.outcome !== undefined) continue;
      for (const t of [0, 1] as const) {
        const silent = givenUpWaiting(model, t).host;
        for (const message of replies) {
          if (wire.isHeard(ear(id), message)) continue;
          const then = hears(id, message, t).host;
          if (then !== id && then !== silent)
            return `host ${model.state.link.session?.sid} takes ${wire.label(message)}`;
        }
      }
    }
    return undefined;
  }

  return auditPump() ?? auditHosts();
}
