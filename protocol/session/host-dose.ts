/**
 * A dose from the host's point of view: an intent that is stored before the first byte leaves, and the way from there to one of four
 * results, across lost lines, new sessions and restarts of either side (PROTOCOL.md, D7 to D11). A pure function from state and input to
 * state and outputs, which stands on the machine of the link (host-link.ts).
 */
import type { Fields } from '../line.ts';
import { encodeFields } from '../schema.ts';
import { MAX_MICROS } from '../units.ts';
import type { HelloFacts } from './host-link.ts';
import type { Rules } from './rules.ts';

/** What is stored, synced to disk, before a dose is first sent. */
export interface DoseIntent {
  /** Made by the host, never used before. */
  readonly id: string;
  readonly verb: 'BOLUS' | 'PRIME';
  /** Fields beside id, after and by. */
  readonly wish: Fields;
  /** The pump's dose number when the wish was made. */
  readonly after: number;
  /** The pump for which it was made. */
  readonly serial: string;
  /** Wall clock after which it is never sent again, ms. */
  readonly expires: number;
}

export type DoseResult =
  /** Given, all of it, once. Volume nL. */
  | { readonly result: 'Done'; readonly dose: number; readonly nl: number }
  /** Begun once, and ended before all was given: so much was. */
  | { readonly result: 'Interrupted'; readonly dose: number; readonly nl: number }
  /** Not given, and it never will be. */
  | { readonly result: 'NotAccepted'; readonly why: string; readonly fields?: Fields }
  /** Nobody can know from here: a person has to look. It must not be sent again. */
  | { readonly result: 'Uncertain'; readonly why: string };

export type DosePhase =
  /** Sent in this session. */
  | { readonly phase: 'offered' }
  /** The record with the number after+1 was asked for. */
  | { readonly phase: 'asked' }
  /** No session, or one in which it was sent and nothing is known: a new one is needed. */
  | { readonly phase: 'renewing' }
  /** The pump has accepted it as dose `n`: its end is awaited. */
  | { readonly phase: 'running'; readonly n: number }
  | { readonly phase: 'settled'; readonly outcome: DoseResult };

export interface HostDoseState {
  readonly intent: DoseIntent;
  /** The person has given it up: it is not sent any more, but its fate is still found out. */
  readonly givenUp: boolean;
  readonly at: DosePhase;
}

/** Wall clock, ms, and what pump time is now by the host's reckoning, µs. */
export interface HostClock {
  readonly wall: number;
  readonly us: number;
  /** Pump microseconds per microsecond of the world; 1 where nothing is said. */
  readonly rate?: number;
}

export type DoseInput =
  /** Begin: in a session that was just opened, or has been in use. */
  | { readonly on: 'begin'; readonly clock: HostClock }
  /** A session has begun. */
  | { readonly on: 'ready'; readonly facts: HelloFacts; readonly clock: HostClock }
  | {
      readonly on: 'reply';
      readonly verb: string;
      readonly ok: boolean;
      readonly fields: Fields;
      readonly clock: HostClock;
    }
  /** The session was lost, or no reply came. */
  | { readonly on: 'lost'; readonly clock: HostClock }
  /** Time to ask whether an accepted dose has ended. */
  | { readonly on: 'poll' }
  /** The person wants it no more. */
  | { readonly on: 'give-up'; readonly clock: HostClock };

export type DoseOutput =
  | { readonly do: 'request'; readonly verb: 'BOLUS' | 'PRIME' | 'DOSE'; readonly fields: Fields }
  /** A new session is needed. */
  | { readonly do: 'renew' }
  /** Ask again in a while: the dose runs. */
  | { readonly do: 'poll'; readonly n: number }
  | { readonly do: 'settle'; readonly outcome: DoseResult };

export type DoseStepResult = readonly [HostDoseState, readonly DoseOutput[]];

/** How long an attempt may take to begin, ms: beyond it, the line that comes late is refused. */
export const ATTEMPT_MS = 5000;

const NOTHING: readonly DoseOutput[] = [];

/** A dose that was stored and not sent yet. */
export const newDose = (intent: DoseIntent): HostDoseState => ({ intent, givenUp: false, at: { phase: 'renewing' } });

/** An intent that was found in the store after a restart: it may have been sent. */
export const foundDose = newDose;

export const hostDose =
  (rules: Rules) =>
  (state: HostDoseState, input: DoseInput): DoseStepResult => {
    if (state.at.phase === 'settled') return [state, NOTHING];
    switch (input.on) {
      case 'begin':
        return offer(rules, state, input.clock);
      case 'ready':
        return onReady(rules, state, input.facts, input.clock);
      case 'reply':
        return onReply(rules, state, input);
      case 'lost':
        // A HELLO that brought nothing: a new session is on its way all the same.
        return state.at.phase === 'renewing' ? [state, NOTHING] : renew(rules, state, input.clock);
      case 'poll':
        return state.at.phase === 'running' ? ask(state, state.at.n, state.at) : [state, NOTHING];
      case 'give-up':
        // One that is under way is found out about first.
        return state.at.phase === 'offered'
          ? renew(rules, { ...state, givenUp: true }, input.clock)
          : [{ ...state, givenUp: true }, NOTHING];
    }
  };

const settle = (state: HostDoseState, outcome: DoseResult): DoseStepResult => [
  { ...state, at: { phase: 'settled', outcome } },
  [{ do: 'settle', outcome }],
];

const expired = ({ intent }: HostDoseState, { wall }: HostClock): boolean => wall >= intent.expires;

function offer(rules: Rules, state: HostDoseState, clock: HostClock): DoseStepResult {
  const { intent } = state;
  const left = rules.includes('expiry') ? Math.min(intent.expires - clock.wall, ATTEMPT_MS) : ATTEMPT_MS;
  // A simulated pump may be faster than the world.
  const by = Math.min(MAX_MICROS, clock.us + Math.floor(left * 1000 * Math.max(1, clock.rate ?? 1)));
  const fields = { id: intent.id, after: String(intent.after), by: String(by), ...intent.wish };
  return [{ ...state, at: { phase: 'offered' } }, [{ do: 'request', verb: intent.verb, fields }]];
}

const ask = (state: HostDoseState, n: number, at: DosePhase): DoseStepResult => [
  { ...state, at },
  [{ do: 'request', verb: 'DOSE', fields: encodeFields({ n }) }],
];

/**
 * The session in which a dose was sent may still bring it about, by a line that is late: only a new one, in which it was not sent, can
 * tell that it was not given and never will be.
 */
function renew(rules: Rules, state: HostDoseState, clock: HostClock): DoseStepResult {
  const { phase } = state.at;
  if (!rules.includes('renewal') && phase === 'offered' && (state.givenUp || expired(state, clock))) {
    return settle(state, { result: 'NotAccepted', why: 'GIVEN_UP' });
  }
  return [{ ...state, at: { phase: 'renewing' } }, [{ do: 'renew' }]];
}

/** In a new session: what the pump says of its last dose decides. */
function onReady(rules: Rules, state: HostDoseState, facts: HelloFacts, clock: HostClock): DoseStepResult {
  const { intent } = state;
  if (facts.serial !== intent.serial) return settle(state, { result: 'Uncertain', why: 'OTHER_PUMP' });
  if (facts.last === intent.id) return onRecord(state, facts.dose, facts.lstate, facts.lnl);
  if (facts.dose < intent.after) return settle(state, { result: 'Uncertain', why: 'DOSES_LOST' });
  if (facts.dose > intent.after) return afterOthers(rules, state);
  if (state.givenUp) return settle(state, { result: 'NotAccepted', why: 'GIVEN_UP' });
  if (rules.includes('expiry') && expired(state, clock))
    return settle(state, { result: 'NotAccepted', why: 'EXPIRED' });
  // What HELLO says is what the pump's clock showed a moment ago; the host's own reckoning may be older than the pump.
  return offer(rules, state, { ...clock, us: facts.us });
}

/** A dose was begun since the wish was made, and the last one is not this: was the one with its number? */
const afterOthers = (rules: Rules, state: HostDoseState): DoseStepResult =>
  rules.includes('query')
    ? ask(state, state.intent.after + 1, { phase: 'asked' })
    : settle(state, { result: 'NotAccepted', why: 'OTHER_DOSE' });

function onRecord(state: HostDoseState, n: number, word: string, nl: number): DoseStepResult {
  // The line was whole and says nothing that can be believed: no machine of ours is at its far end.
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(nl)) {
    return settle(state, { result: 'Uncertain', why: 'BAD_REPLY' });
  }
  switch (word) {
    case 'DONE':
      return settle(state, { result: 'Done', dose: n, nl });
    case 'INTERRUPTED':
      return settle(state, { result: 'Interrupted', dose: n, nl });
    case 'ACCEPTED':
      return [{ ...state, at: { phase: 'running', n } }, [{ do: 'poll', n }]];
    default:
      return settle(state, { result: 'Uncertain', why: 'BAD_REPLY' });
  }
}

function onReply(
  rules: Rules,
  state: HostDoseState,
  { verb, ok, fields, clock }: Extract<DoseInput, { on: 'reply' }>,
): DoseStepResult {
  const { intent, at } = state;
  if (verb === 'DOSE' && (at.phase === 'asked' || at.phase === 'running')) {
    // Nobody knows any more what became of it.
    if (!ok) return settle(state, { result: 'Uncertain', why: fields['code'] ?? 'none' });
    // A record is this dose's by its id, whatever its number.
    if (rules.includes('id') && fields['id'] !== intent.id) {
      return settle(state, { result: 'NotAccepted', why: fields['kind'] === 'stop' ? 'STOPPED' : 'OTHER_DOSE' });
    }
    return onRecord(state, Number(fields['n']), fields['state'] ?? '', Number(fields['given_nl']));
  }
  if (verb !== intent.verb || at.phase !== 'offered') return [state, NOTHING];
  if (ok) return onRecord(state, Number(fields['dose']), fields['state'] ?? '', Number(fields['given_nl'] ?? 0));
  const code = fields['code'] ?? 'none';
  // Others have dosed since the wish was made, or this dose has been given before the last of them.
  if (code === 'PRECOND' && Number(fields['dose']) > intent.after) return afterOthers(rules, state);
  if (code === 'PRECOND') return settle(state, { result: 'Uncertain', why: 'DOSES_LOST' });
  if (code === 'ID_REUSED') return settle(state, { result: 'Uncertain', why: code });
  // The line was late, or the clocks have parted: a new session tells the pump's time anew.
  if (code === 'LATE') return renew(rules, state, clock);
  return settle(state, { result: 'NotAccepted', why: code, fields });
}
