/**
 * The host's side as a whole: the machine of the link, and on it that of a dose. A pure function from state and input to state and
 * outputs; whoever runs it carries out the outputs in their order, and a `store` to its end before the next of them.
 */
import type { Fields } from '../line.ts';
import type { Verb } from '../verbs.ts';
import {
  hostDose,
  newDose,
  type DoseInput,
  type DoseIntent,
  type DoseResult,
  type HostClock,
  type HostDoseState,
} from './host-dose.ts';
import { createHostLink, hostLink, type HostLinkState, type LinkInput, type LinkOutput } from './host-link.ts';
import type { Rules } from './rules.ts';

export interface HostState {
  readonly link: HostLinkState;
  /** The dose whose fate is not known yet; at most one. */
  readonly dose: HostDoseState | undefined;
  /** The command that is outstanding was asked for by the dose, and its reply is for nobody else. */
  readonly asks: boolean;
}

/** `found`: an intent that the store holds and whose result it does not. */
export const createHostState = (role: string, found?: DoseIntent): HostState => ({
  link: createHostLink(role),
  dose: found === undefined ? undefined : newDose(found),
  asks: false,
});

export type HostInput =
  | { readonly on: 'connect'; readonly nonce: string; readonly clock: HostClock }
  /** Give this dose. There must be a session, nothing outstanding, and no dose of unknown fate. */
  | { readonly on: 'dose'; readonly intent: DoseIntent; readonly clock: HostClock }
  | {
      readonly on: 'request';
      readonly verb: Verb;
      readonly fields: Fields;
      readonly waits?: readonly number[];
      readonly clock: HostClock;
    }
  | { readonly on: 'line'; readonly text: string; readonly clock: HostClock }
  | { readonly on: 'timeout'; readonly clock: HostClock }
  | { readonly on: 'poll'; readonly clock: HostClock }
  | { readonly on: 'give-up'; readonly clock: HostClock }
  /** Follow an accepted dose no further: its number is known, and `DOSE` tells its end to whoever asks. */
  | { readonly on: 'leave'; readonly clock: HostClock };

export type HostOutput =
  | LinkOutput
  /** To disk, synced, before anything else. */
  | { readonly do: 'store'; readonly intent: DoseIntent }
  | { readonly do: 'settle'; readonly intent: DoseIntent; readonly outcome: DoseResult }
  /** The dose needs a new session. */
  | { readonly do: 'renew' }
  /** It was accepted as dose `n` and has not ended: ask again in a while. */
  | { readonly do: 'poll'; readonly n: number };

export type HostStep = readonly [HostState, readonly HostOutput[]];

export const host = (rules: Rules) => {
  const link = hostLink(rules);
  const dose = hostDose(rules);

  /** Lets the link do something, and the dose hear of what comes of it. */
  function throughLink(state: HostState, input: LinkInput, clock: HostClock): HostStep {
    const [next, outputs] = link(state.link, input);
    let now: HostState = { ...state, link: next };
    const all: HostOutput[] = [];
    for (const output of outputs) {
      all.push(output);
      const mine = now.asks;
      if (output.do === 'reply' || output.do === 'lost') now = { ...now, asks: false };
      const heard = heardBy(now.dose, mine, output, clock);
      if (heard === undefined) continue;
      const [then, more] = throughDose(now, heard, clock);
      now = then;
      all.push(...more);
    }
    return [now, all];
  }

  function throughDose(state: HostState, input: DoseInput, clock: HostClock): HostStep {
    if (state.dose === undefined) return [state, []];
    const [next, outputs] = dose(state.dose, input);
    let now: HostState = { ...state, dose: next };
    const all: HostOutput[] = [];
    for (const output of outputs) {
      switch (output.do) {
        case 'request': {
          const [then, more] = throughLink(now, { on: 'request', verb: output.verb, fields: output.fields }, clock);
          now = { ...then, asks: true };
          all.push(...more);
          break;
        }
        case 'settle':
          now = { ...now, dose: undefined };
          all.push({ do: 'settle', intent: next.intent, outcome: output.outcome });
          break;
        case 'renew':
        case 'poll':
          all.push(output);
      }
    }
    return [now, all];
  }

  return (state: HostState, input: HostInput): HostStep => {
    const { clock } = input;
    switch (input.on) {
      case 'connect': {
        // What was under way in the old session is left to the new one to find out.
        const [left, told] = throughDose(state, { on: 'lost', clock }, clock);
        const [next, outputs] = throughLink({ ...left, asks: false }, input, clock);
        return [next, [...told.filter((one) => one.do !== 'renew'), ...outputs]];
      }
      case 'dose': {
        if (state.dose !== undefined) throw new Error(`a dose of unknown fate is in the way: ${state.dose.intent.id}`);
        const begun: HostState = { ...state, dose: newDose(input.intent) };
        const [next, outputs] = throughDose(begun, { on: 'begin', clock }, clock);
        return [next, [{ do: 'store', intent: input.intent }, ...outputs]];
      }
      case 'request':
      case 'line':
      case 'timeout':
        return throughLink(state, input, clock);
      case 'poll':
        return throughDose(state, input, clock);
      case 'give-up':
        return throughDose(state, input, clock);
      case 'leave':
        return [state.dose?.at.phase === 'running' ? { ...state, dose: undefined } : state, []];
    }
  };
};

/** What an event of the link means to the dose. */
function heardBy(
  dose: HostDoseState | undefined,
  mine: boolean,
  output: LinkOutput,
  clock: HostClock,
): DoseInput | undefined {
  if (dose === undefined) return undefined;
  switch (output.do) {
    case 'ready':
      return { on: 'ready', facts: output.facts, clock };
    case 'reply':
      return mine ? { on: 'reply', verb: output.verb, ok: output.ok, fields: output.fields, clock } : undefined;
    case 'lost':
      return { on: 'lost', clock };
    case 'send':
    case 'wait':
    case 'quiet':
      return undefined;
  }
}
