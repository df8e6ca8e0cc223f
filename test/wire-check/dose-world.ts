/**
 * Doses on a wire that may do anything: two hosts that each want one dose given, a person who types one, the patient's button, restarts
 * of everything, and a line that holds every message that was ever sent and may bring it in any order, any number of times, or never.
 *
 * The machines are those of the product. What is left out of a state, and why nothing is lost by it, is in dose-projected.ts.
 */
import type { Rules } from '../../protocol/index.ts';
import { audit } from './dose-audit.ts';
import { hostSide } from './dose-hosts.ts';
import { invariants } from './dose-invariants.ts';
import { projection } from './dose-projected.ts';
import { pumpSide, type Heard } from './dose-pump.ts';
import {
  createParts,
  DEVICE,
  HOSTS,
  initialState,
  NAMES,
  PUMP,
  TO_HOSTS,
  TO_PUMP,
  TYPED,
  type Bounds,
  type Did,
} from './dose-state.ts';
import type { What } from './search.ts';
import type { Sighting, World } from './world.ts';

type Emit = (state: readonly number[], what: What) => void;

export function doseWorld(rules: Rules, bounds: Bounds, keepsAll = false): World {
  const parts = createParts(rules, keepsAll);
  const { links, devices, hosts, wire } = parts;
  const projected = projection(parts);
  const { settled } = projected;
  const ofPump = pumpSide(parts);
  const { hear, leaseEnds, reboot, chances } = ofPump;
  const ofHosts = hostSide(parts, bounds.stops > 0);
  const { hears, acts } = ofHosts;
  const initial = initialState(parts, bounds);
  const codes = new Map<string, Sighting>();

  const typedStop = wire.message('STOP');
  const typedBolus = wire.message('BOLUS nl=1 nlpd=1');

  function stepsOfPump(state: readonly number[], emit: Emit): void {
    const link = state[PUMP] ?? 0;
    const device = state[DEVICE] ?? 0;

    const heard = (ways: readonly Heard[], what: What, typed = state[TYPED] ?? 0): void => {
      for (const way of ways) {
        if (links.of(way.link).sessions > bounds.sessions) continue;
        for (const code of way.refused) if (!codes.has(code)) codes.set(code, { state, what: what() });
        const then = [...state];
        then[PUMP] = way.link;
        then[DEVICE] = way.device;
        then[TO_HOSTS] = wire.union(state[TO_HOSTS] ?? 0, way.said);
        then[TYPED] = typed;
        emit(settled(then), way.note === '' ? what : () => `${what()}${way.note}`);
      }
    };

    for (const message of wire.of(state[TO_PUMP] ?? 0))
      heard(hear(link, device, message), () => `pump hears ${wire.label(message)}`);
    if (devices.of(device).stops > 0) heard(hear(link, device, typedStop), () => 'a person types STOP');
    const { session, readBack } = links.of(link);
    if (session !== undefined) heard(leaseEnds(link, device), () => 'the lease ends');
    const left = state[TYPED] ?? 0;
    if (left > 0) heard(hear(link, device, typedBolus), () => 'a person types BOLUS', left - 1);
    if (readBack !== undefined) {
      heard(hear(link, device, wire.message(`confirm ${readBack.code}`)), () => 'the person types the code');
    }
    for (const [after, what] of chances(device)) {
      const then = [...state];
      then[DEVICE] = after;
      emit(then, () => what);
    }
    if (devices.of(device).reboots > 0) {
      const fresh = reboot(link, device);
      const then = [...state];
      then[PUMP] = fresh.link;
      then[DEVICE] = fresh.device;
      emit(settled(then), () => 'the pump reboots');
    }
  }

  function stepsOfHosts(state: readonly number[], emit: Emit): void {
    const device = state[DEVICE] ?? 0;
    for (let which = 0; which < HOSTS.length; which += 1) {
      const place = HOSTS[which] ?? 0;
      const id = state[place] ?? 0;
      if (hosts.of(id).outcome !== undefined) continue;
      const { t, stops } = devices.of(device);
      const go = ({ host: to, said }: Did, what: What): void => {
        const then = [...state];
        then[place] = to;
        then[TO_PUMP] = wire.union(state[TO_PUMP] ?? 0, said);
        emit(settled(then), what);
      };
      for (const way of acts(id, t, stops, which)) go(way, () => way.what);
      for (const message of wire.of(state[TO_HOSTS] ?? 0)) {
        const did = hears(id, message, t);
        if (did.host !== id) go(did, () => `host ${NAMES[which]} hears ${wire.label(message)}`);
      }
    }
  }

  return {
    width: initial.length,
    initial,
    next: (state, emit) => {
      stepsOfPump(state, emit);
      stepsOfHosts(state, emit);
    },
    ...invariants(parts),
    codes,
    audit: () => audit(parts, projected, ofPump, ofHosts),
  };
}
