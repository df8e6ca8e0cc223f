/**
 * A host on the faulty line: the machine of the product, with a store that outlives it, that wishes for doses, asks what became of them, gives
 * some of them up, and crashes.
 */
import {
  createHostState,
  encodeLine,
  heldFor,
  host as hostMachine,
  type DoseIntent,
  type HelloFacts,
  type HostClock,
  type HostInput,
  type HostOutput,
  type HostState,
} from '../../protocol/index.ts';
import type { FaultyAccount } from './faulty-account.ts';
import { STEP_NL } from './faulty-pump.ts';
import type { FaultyWorld } from './faulty-world.ts';

export interface FaultyHost {
  readonly hears: (text: string) => void;
  /** It knows what became of all that it wished for. */
  readonly conclude: () => boolean;
}

export function createFaultyHost(world: FaultyWorld, account: FaultyAccount, say: (text: string) => void): FaultyHost {
  const { rules, agenda, chance, likely, between, freshId, counts, isOver } = world;
  const machine = hostMachine(rules);
  let stored: DoseIntent | undefined;
  let state: HostState = createHostState('bench');
  let alive = true;
  let timer = (): void => {};
  let plan = (): void => {};
  let seen: { readonly facts: HelloFacts; readonly at: number } | undefined;
  let lives = 0;

  const clock = (): HostClock => ({
    wall: agenda.now(),
    us: seen === undefined ? 0 : seen.facts.us + (agenda.now() - seen.at) * 1000,
  });
  const intend = (delay: number, act: () => void): void => {
    plan();
    plan = agenda.at(delay, act);
  };
  const connect = (): void => {
    const nonce = between(0, 0x1_0000_0000).toString(16).toUpperCase().padStart(8, '0');
    feed({ on: 'connect', nonce, clock: clock() });
  };

  function crash(): void {
    counts.hostCrashes += 1;
    alive = false;
    lives += 1;
    timer();
    plan();
    agenda.at(isOver() ? 1 : between(1, likely(0.1) ? 60_000 : 6000), () => {
      alive = true;
      seen = undefined;
      state = createHostState('bench', stored);
      if (likely(0.5)) feed({ on: 'give-up', clock: clock() });
      connect();
    });
  }

  function feed(input: HostInput): void {
    if (!alive) return;
    const [next, outputs] = machine(state, input);
    state = next;
    const life = lives;
    for (const output of outputs) {
      // It may die between any two things that it does.
      if (!isOver() && likely(0.0015)) crash();
      if (life !== lives) return;
      perform(output);
    }
  }

  function perform(output: HostOutput): void {
    switch (output.do) {
      case 'store':
        stored = output.intent;
        break;
      case 'send':
        say(output.text);
        break;
      case 'wait':
        timer();
        timer = agenda.at(output.ms, () => feed({ on: 'timeout', clock: clock() }));
        break;
      case 'quiet':
        timer();
        break;
      case 'settle':
        // What the motor has made stays true, whether it is stored that it was told or not; that nothing will be given is told when it is stored.
        if ('nl' in output.outcome) account.tell(output.intent.id, output.outcome);
        if (likely(0.01) && !isOver()) return crash();
        stored = undefined;
        account.tell(output.intent.id, output.outcome);
        intend(between(1, 300), goOn);
        break;
      case 'ready':
        seen = { facts: output.facts, at: agenda.now() };
        intend(between(1, 50), goOn);
        break;
      case 'lost':
        intend(output.code === 'HELD' ? (heldFor(output.fields) ?? 0) + between(1, 400) : between(1, 200), connect);
        break;
      case 'renew':
        intend(between(1, 200), connect);
        break;
      case 'poll':
        intend(between(50, 600), goOn);
        break;
      case 'reply':
        break;
    }
  }

  /** What it does when nothing is under way. */
  function goOn(): void {
    const { link: mine, dose } = state;
    if (mine.session === undefined || dose?.at.phase === 'renewing') return connect();
    if (mine.outstanding !== undefined) return intend(50, goOn);
    if (dose !== undefined) {
      if (dose.at.phase !== 'running') return;
      if (likely(0.1)) {
        account.tell(dose.intent.id, { result: 'Accepted' });
        stored = undefined;
        feed({ on: 'leave', clock: clock() });
        return intend(between(1, 100), goOn);
      }
      feed({ on: 'poll', clock: clock() });
      return intend(4000, goOn);
    }
    if (isOver()) return;
    const what = chance();
    if (what < 0.15) return leave();
    if (what < 0.25) {
      feed({ on: 'request', verb: likely(0.2) ? 'STOP' : 'PING', fields: {}, clock: clock() });
      return intend(between(200, 900), goOn);
    }
    if (what < 0.6) return connect();
    wish();
  }

  function leave(): void {
    const { session } = state.link;
    if (session === undefined) return;
    say(encodeLine({ kind: 'command', sid: session.sid, seq: session.seq + 1, verb: 'BYE', fields: {} }));
    intend(between(500, 8000), connect);
  }

  function wish(): void {
    if (seen === undefined) return;
    const nl = STEP_NL * between(1, 60);
    const id = freshId();
    counts.wanted += 1;
    const expires = agenda.now() + between(200, 20_000);
    account.wish(id, nl, expires);
    const intent: DoseIntent = {
      id,
      verb: 'BOLUS',
      wish: { nl: String(nl), nlpd: '1', onlost: 'continue' },
      after: seen.facts.dose,
      serial: 'P1',
      expires,
    };
    feed({ on: 'dose', intent, clock: clock() });
    if (!isOver() && likely(0.1)) {
      agenda.at(between(1, 3000), () => {
        if (state.dose?.intent.id !== id) return;
        counts.gaveUp += 1;
        feed({ on: 'give-up', clock: clock() });
      });
    }
  }

  agenda.at(between(1, 100), connect);
  return {
    hears: (text) => feed({ on: 'line', text, clock: clock() }),
    conclude: () => alive && state.dose === undefined && stored === undefined,
  };
}
