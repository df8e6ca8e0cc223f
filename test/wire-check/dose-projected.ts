/** What is left out of a state of the dose world, and why nothing is lost by it. That it is so is tried in dose-audit.ts. */
import type { HelloFacts, HostState, Rules } from '../../protocol/index.ts';
import { DEVICE, HOSTS, PUMP, TO_HOSTS, TO_PUMP, type Parts } from './dose-state.ts';
import { memo } from './intern.ts';
import { DEAF, earOf } from './wire.ts';

export const PROJECTED: readonly (readonly [string, string])[] = [
  [
    'lines that were sent twice',
    'the line holds each message once and may bring it any number of times: a repetition adds nothing',
  ],
  [
    'that a reply is a repeated one (dup)',
    'told, and never asked for by a host; the pump hears the repeated command all the same',
  ],
  [
    'lines in flight, their number and order',
    'the line holds all that was ever sent: every bound on it is one case of this',
  ],
  [
    'link times but the end of a lease',
    'a lease may end at any moment; beside it only a read-back asks how late it is, and a person may leave one unconfirmed at any moment',
  ],
  ['retries of a host', 'the same bytes, hence no new message; to give up waiting is possible at any moment'],
  [
    'refusals that a host takes for a lost session (HELD, STALE, SEQ, SEQ_REUSED)',
    'to the host they are what silence is, and silence is possible at any moment',
  ],
  [
    'replies that no host can take any more',
    'their session or nonce is over, and neither comes back; with a rule removed that lets one come back, they are kept',
  ],
  [
    'commands of sessions that nobody has any more',
    'the pump refuses them for ever; with that rule removed they are kept',
  ],
  [
    'HELLOs for which no host waits any more',
    'each makes a session that nobody can use: to the hosts that is the end of a lease, and HELLOs that are lost until the next',
  ],
  ['what HELLO has told, once a dose was wanted on the strength of it', 'it is read again only in the next HELLO'],
  ['when a dose began', 'told, and never asked for by a rule'],
  [
    'a host whose dose has its result',
    'it says nothing more about that dose; what it has said before is still on the line',
  ],
  ['therapy, alarms, log, volumes', 'no rule of the line asks for them; a busy pump refuses, as the firmware does'],
];

const USED = {} as HelloFacts;

/** A host without the count of retries, which only says when to give up, and without what was used already. */
export const forgetful = (rules: Rules, { link, ...rest }: HostState, wanted: boolean): HostState => ({
  ...rest,
  link: {
    ...link,
    nonce: rules.includes('nonce') ? undefined : link.nonce,
    session: link.session === undefined || !wanted ? link.session : { ...link.session, facts: USED },
    outstanding: link.outstanding === undefined ? undefined : { ...link.outstanding, tries: 1 },
    hello: link.hello === undefined ? undefined : { ...link.hello, tries: 1 },
  },
});

export interface Projection {
  /** What a host still listens for. */
  readonly ear: (host: number) => number;
  /** The session in force; empty: none. */
  readonly sidOf: (link: number) => string;
  /** Leaves out messages that mean nothing to anybody any more. */
  readonly settled: (state: number[]) => number[];
}

export function projection({ links, devices, hosts, wire }: Parts): Projection {
  const ear = memo((id) => {
    const { outcome, state } = hosts.of(id);
    return wire.ear(outcome === undefined ? earOf(state.link) : DEAF);
  });
  const sidOf = memo((link) => links.of(link).session?.sid ?? '');

  function settled(state: number[]): number[] {
    const a = ear(state[HOSTS[0]] ?? 0);
    const b = ear(state[HOSTS[1]] ?? 0);
    const stops = devices.of(state[DEVICE] ?? 0).stops > 0;
    state[TO_HOSTS] = wire.liveReplies(state[TO_HOSTS] ?? 0, a, b);
    state[TO_PUMP] = wire.liveCommands(state[TO_PUMP] ?? 0, sidOf(state[PUMP] ?? 0), a, b, stops);
    return state;
  }

  return { ear, sidOf, settled };
}
