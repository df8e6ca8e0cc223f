/** The hosts of the dose world: the machine of the product, its disk, and everything that may come to its mind. */
import {
  createHostState,
  encodeLine,
  host,
  NO_SESSION,
  type DoseIntent,
  type HostInput,
  type HostOutput,
  type HostState,
} from '../../protocol/index.ts';
import { EXPIRES_MS, WALL_MS } from './device.ts';
import { forgetful } from './dose-projected.ts';
import { slipsOf } from './dose-slips.ts';
import { idOf, NAMES, type Deed, type Did, type HostModel, type Parts } from './dose-state.ts';
import { memo } from './intern.ts';

/** Of hosts and messages by their numbers. */
export interface HostSide {
  readonly hears: (host: number, message: number, t: 0 | 1) => Did;
  /** Everything that a host may do by itself; `stops`: those that are left. */
  readonly acts: (host: number, t: 0 | 1, stops: number, which: number) => readonly Deed[];
  /** No reply comes to what is outstanding, however often it is said. */
  readonly givenUpWaiting: (model: HostModel, t: 0 | 1) => Did;
}

const clockAt = (t: 0 | 1) => ({ wall: WALL_MS[t], us: WALL_MS[t] * 1000 });

/** `saysStop`: among the asides of a host is STOP. */
export function hostSide(parts: Parts, saysStop: boolean): HostSide {
  const { rules, hosts, wire } = parts;
  const step = host(rules);
  const hostStop = wire.message(encodeLine({ kind: 'command', sid: NO_SESSION, seq: 0, verb: 'STOP', fields: {} }));

  function carryOutHost(model: HostModel, [state, outputs]: readonly [HostState, readonly HostOutput[]]): Did {
    let next: HostModel = { ...model, state: forgetful(rules, state, model.wanted) };
    const said: number[] = [];
    for (const output of outputs) {
      if (output.do === 'send') said.push(wire.message(output.text));
      else if (output.do === 'store') next = { ...next, stored: output.intent };
      else if (output.do === 'settle') next = { ...next, outcome: output.outcome };
    }
    return { host: hosts.id(next), said: wire.setOf(said) };
  }

  const act = (id: number, input: HostInput, spent: Partial<HostModel> = {}): Did => {
    const model = { ...hosts.of(id), ...spent };
    return carryOutHost(model, step(model.state, input));
  };

  const hears = memo((id, message, t) => act(id, { on: 'line', text: wire.text(message), clock: clockAt(t as 0 | 1) }));

  const acts = memo((id, tAndStops, which) => {
    const t = tAndStops % 2;
    const stops = Math.floor(tAndStops / 2);
    const model = hosts.of(id);
    const { state, wanted, stored } = model;
    const clock = clockAt(t as 0 | 1);
    const name = NAMES[which] ?? '';
    const ways: Deed[] = [];
    if (model.outcome !== undefined) return ways;
    const add = (what: string, did: Did): void => void ways.push({ ...did, what: `host ${name} ${what}` });
    const { session, outstanding, hello } = state.link;
    if (model.hellos > 0) {
      const nonce = `${name}000000${model.hellos}`;
      add('says HELLO', act(id, { on: 'connect', nonce, clock }, { hellos: model.hellos - 1 }));
    }
    if (session !== undefined && outstanding === undefined && state.dose === undefined && !wanted) {
      const intent: DoseIntent = {
        id: idOf(which),
        verb: 'BOLUS',
        wish: { nl: '1', nlpd: '1', onlost: 'continue' },
        after: session.facts.dose,
        serial: session.facts.serial,
        expires: EXPIRES_MS,
      };
      add(
        `wants a dose after ${intent.after}`,
        act(id, { on: 'dose', intent, clock }, { wanted: true, wantedAt: stops }),
      );
    }
    if (outstanding !== undefined || hello !== undefined) add('gives up waiting', givenUpWaiting(model, t as 0 | 1));
    if (state.dose?.at.phase === 'running' && outstanding === undefined && session !== undefined && model.polls > 0) {
      add('asks for its dose', act(id, { on: 'poll', clock }, { polls: model.polls - 1 }));
    }
    if (state.dose !== undefined && !state.dose.givenUp) add('gives its dose up', act(id, { on: 'give-up', clock }));
    if (model.asides > 0) {
      const spent = { asides: model.asides - 1 };
      // As the shell of a host does it: outside every session, and whatever is outstanding.
      if (saysStop) add('says STOP', { host: hosts.id({ ...model, ...spent }), said: wire.setOf([hostStop]) });
      if (session !== undefined && outstanding === undefined) {
        add('says BYE', act(id, { on: 'request', verb: 'BYE', fields: {}, clock }, spent));
      }
    }
    if (model.crashes > 0) {
      const fresh = { ...model, crashes: model.crashes - 1, state: createHostState('bench', stored) };
      add('crashes and restarts', { host: hosts.id(fresh), said: wire.none });
    }
    if (model.slips > 0) ways.push(...slipsOf(parts, model, which));
    return ways;
  });

  function givenUpWaiting(model: HostModel, t: 0 | 1): Did {
    const clock = clockAt(t);
    let { state } = model;
    const all: HostOutput[] = [];
    // As many silences as it takes.
    for (let i = 0; i < 9 && (state.link.outstanding !== undefined || state.link.hello !== undefined); i += 1) {
      const [next, outputs] = step(state, { on: 'timeout', clock });
      state = next;
      all.push(...outputs);
      if (outputs.some((one) => one.do === 'lost')) break;
    }
    return carryOutHost(model, [state, all.filter((one) => one.do !== 'send')]);
  }

  return { hears, acts: (id, t, stops, which) => acts(id, t + 2 * stops, which), givenUpWaiting };
}
