/**
 * What is absolute, on a wire that may do anything: a host reads the revision, then says START or REFILL with it, and says the same again
 * in a new session when it has heard nothing; persons and hosts say STOP, leases end, the pump restarts. The machines of the line are
 * those of the product, and so is the whole firmware behind them.
 */
import {
  createPump,
  handle,
  boot as bootPump,
  restore,
  snapshot,
  type Pump,
} from '../../firmware-sim/firmware/pump.ts';
import type { Command } from '../../firmware-sim/firmware/commands.ts';
import type { Hal } from '../../firmware-sim/firmware/hal.ts';
import { createLog } from '../../firmware-sim/firmware/log/log.ts';
import { PROFILES } from '../../firmware-sim/firmware/profiles.ts';
import { LIBRARIES } from '../../firmware-sim/firmware/therapy/library.ts';
import {
  createHostLink,
  createPumpLink,
  encodeFields,
  encodeLine,
  hostLink,
  LEASE_MS,
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  NO_SESSION,
  pumpLink,
  type HostLinkState,
  type LinkOutput,
  type PumpFacts,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type Rules,
  type Verb,
  type VerbReply,
} from '../../protocol/index.ts';
import { interner, memo } from './intern.ts';
import type { What } from './search.ts';
import { createWire, DEAF, earOf } from './wire.ts';
import type { Sighting, World } from './world.ts';

export type Act = 'START' | 'REFILL';

export interface SettingsBounds {
  /** What each host wants done, once; one host or two. */
  readonly acts: readonly Act[];
  /** HELLOs of each host. */
  readonly hellos: number;
  readonly sessions: number;
  /** STOPs that are obeyed. */
  readonly stops: number;
  /** STOPs that each host says. */
  readonly asides: number;
  readonly reboots: number;
}

export const SETTINGS_PROJECTED: readonly (readonly [string, string])[] = [
  ['the therapy log, and the numbers of its entries', 'written, and read by no rule of START, STOP and REFILL'],
  ['numbers of orders to the motor', 'they pair an order with its answer, and this motor answers nothing'],
  ['time and motion', 'START, STOP and REFILL ask for revision, mode and alarms; none of them waits for a step'],
];

const REFILL = { nl: '18000000', drained_nl: '0' };

/** A motor that does nothing and tells nothing. */
const HAL: Hal = { order: () => {} };
const NOW = micros(0);

/** A pump that is filled, programmed and not started. */
function readyPump(): Pump {
  const pump = createPump(PROFILES['itb-20-sense'], LIBRARIES.baclofen);
  const must = (command: Command): void => {
    const outcome = handle(pump, HAL, command, NOW);
    if (!outcome.ok) throw new Error(`${command.command} is refused: ${outcome.code}`);
  };
  const ifRevision = (): { readonly ifRevision: number } => ({ ifRevision: pump.revision });
  must({ command: 'refill', ...ifRevision(), volume: nanolitres(18_000_000), drained: nanolitres(0) });
  must({ command: 'program', dose: nanograms(300_000), concentration: nanogramsPerMicrolitre(1000) });
  must({ command: 'commit', ...ifRevision() });
  return pump;
}

/** The firmware as a text, without what SETTINGS_PROJECTED names. */
const kept = (pump: Pump): string => snapshot({ ...pump, log: createLog(pump.profile.logEntries), nextOrderId: 1 });

/** The pump behind the link, and what has come about in it. */
interface Device {
  /** Number of the firmware's text. */
  readonly firmware: number;
  readonly stops: number;
  readonly reboots: number;
  /** For each answer to STATUS that somebody may go by: STOPs that were left when it was made. */
  readonly reads: Readonly<Record<string, number>>;
  /** For each host: how often its act took effect, and STOPs that were left when it did last. */
  readonly done: Readonly<Record<string, { readonly times: number; readonly stops: number }>>;
}

interface HostModel {
  readonly link: HostLinkState;
  readonly act: Act | undefined;
  /** The revision that it goes by, and the answer that told it. */
  readonly revision: string | undefined;
  readonly read: string | undefined;
  readonly outcome: string | undefined;
  readonly hellos: number;
  readonly asides: number;
}

const NAMES = ['A', 'B'] as const;
/** The role of a host is its name: so the pump's side knows whose act has taken effect. */
const ROLES = ['programmer', 'rig'] as const;

/** Where the numbers of a state stand. */
const PUMP = 0;
const DEVICE = 1;
const HOSTS = [2, 3] as const;
const TO_PUMP = 4;
const TO_HOSTS = 5;

const keyOf = (sid: string, seq: number): string => `${sid} ${seq}`;

export function settingsWorld(rules: Rules, bounds: SettingsBounds): World {
  const wire = createWire(rules);
  const links = interner<PumpLinkState>();
  const firmwares = interner<string>();
  const devices = interner<Device>();
  const hosts = interner<HostModel>();
  const codes = new Map<string, Sighting>();
  const pump = pumpLink({ rules, typed: 'dose' });
  const step = hostLink(rules);

  // ---- the pump

  interface Heard {
    readonly link: number;
    readonly device: number;
    readonly said: number;
    readonly refused: readonly string[];
  }

  const revisionOf = memo((firmware) => restore(firmwares.of(firmware)).revision);

  const factsOf = ({ firmware }: Device): PumpFacts => ({
    us: 0,
    dose: 0,
    records: [],
    ev: 1,
    alarms: 0,
    revision: revisionOf(firmware),
    serial: 'P1',
    world: 'SIM',
    lockstep: false,
    flowMax: 1000,
    flowMin: 1,
    step: 1,
  });

  /** Does what the shell of the product does with these verbs. Without the rule the revision of a line is not asked for. */
  function obey(device: Device, output: Extract<PumpOutput, { do: 'obey' }>, link: PumpLinkState): [Device, VerbReply] {
    const firmware = restore(firmwares.of(device.firmware));
    const { verb, args, stop } = output;
    const carried = (args as { if?: number }).if ?? 0;
    const ifRevision = rules.includes('if') ? carried : firmware.revision;
    const tell = (command: Command): { readonly ok: boolean; readonly reply: VerbReply } => {
      const outcome = handle(firmware, HAL, command, NOW);
      const rev = { rev: firmware.revision };
      return outcome.ok
        ? { ok: true, reply: { ok: true, fields: encodeFields(rev) } }
        : { ok: false, reply: { ok: false, code: outcome.code, fields: encodeFields(rev) } };
    };
    const after = (change: Partial<Device>): Device => ({
      ...device,
      firmware: firmwares.id(kept(firmware)),
      ...change,
    });
    if (verb === 'STATUS') {
      const { sid, seq } = link.obeying ?? { sid: '', seq: 0 };
      const reads = { ...device.reads, [keyOf(sid, seq)]: device.stops };
      const fields = encodeFields({ rev: firmware.revision, mode: firmware.mode });
      return [
        { ...device, reads },
        { ok: true, fields },
      ];
    }
    if (verb === 'STOP') {
      const { reply } = tell({ command: 'stop', source: stop });
      return [after({ stops: device.stops - 1 }), reply];
    }
    if (verb !== 'START' && verb !== 'REFILL') throw new Error(`not of this world: ${verb}`);
    const volume = nanolitres(Number(REFILL.nl));
    const drained = nanolitres(Number(REFILL.drained_nl));
    const { ok, reply } = tell(
      verb === 'START' ? { command: 'start', ifRevision } : { command: 'refill', ifRevision, volume, drained },
    );
    if (!ok) return [after({}), reply];
    const role = link.session?.role ?? '';
    const times = (device.done[role]?.times ?? 0) + 1;
    return [after({ done: { ...device.done, [role]: { times, stops: device.stops } } }), reply];
  }

  function carryOut(first: PumpLinkState, firstDevice: Device, outputs: readonly PumpOutput[]): Heard {
    let link = first;
    let device = firstDevice;
    const said: number[] = [];
    const queue = [...outputs];
    for (let output = queue.shift(); output !== undefined; output = queue.shift()) {
      if (output.do === 'send') said.push(...wire.replies(output.lines));
      else if (output.do === 'abandon') {
        const firmware = restore(firmwares.of(device.firmware));
        handle(firmware, HAL, { command: 'unstage' }, NOW);
        device = { ...device, firmware: firmwares.id(kept(firmware)) };
      } else if (output.do === 'obey') {
        const [then, reply] = obey(device, output, link);
        device = then;
        const [next, more] = pump(link, { on: 'answer', reply, at: 0 });
        link = next;
        queue.push(...more);
      }
    }
    const refused = said
      .map((one) => wire.line(one))
      .flatMap((line) => (line.kind === 'reply' && !line.ok ? [line.fields['code'] ?? ''] : []));
    return { link: links.id(link), device: devices.id(device), said: wire.setOf(said), refused };
  }

  const tell = (link: number, device: number, input: PumpInput): Heard => {
    const [next, outputs] = pump(links.of(link), input);
    return carryOut(next, devices.of(device), outputs);
  };
  const hear = memo((link, device, message) =>
    tell(link, device, { on: 'line', text: wire.text(message), at: 0, facts: factsOf(devices.of(device)) }),
  );
  const leaseEnds = memo((link, device) =>
    tell(link, device, { on: 'time', at: LEASE_MS + 1, facts: factsOf(devices.of(device)) }),
  );
  const reboot = memo((link, id) => {
    const device = devices.of(id);
    const firmware = restore(firmwares.of(device.firmware));
    bootPump(firmware, HAL, [], NOW);
    const then = { ...device, firmware: firmwares.id(kept(firmware)), reboots: device.reboots - 1 };
    return tell(link, devices.id(then), { on: 'boot', boot: firmware.boot });
  });

  // ---- the hosts

  interface Did {
    readonly host: number;
    readonly said: number;
  }

  function carryOutHost(model: HostModel, [link, outputs]: readonly [HostLinkState, readonly LinkOutput[]]): Did {
    const said = outputs.flatMap((output) => (output.do === 'send' ? [wire.message(output.text)] : []));
    const reply = outputs.find((output) => output.do === 'reply');
    const { outstanding, session } = model.link;
    let next: HostModel = { ...model, link: forgetful(link) };
    if (reply?.verb === 'STATUS' && reply.ok && session !== undefined && outstanding !== undefined) {
      next = { ...next, revision: reply.fields['rev'], read: keyOf(session.sid, outstanding.seq) };
    } else if (reply !== undefined && reply.verb === model.act) {
      next = { ...next, outcome: `${reply.verb} ${reply.ok ? 'OK' : (reply.fields['code'] ?? '')}` };
    }
    return { host: hosts.id(next), said: wire.setOf(said) };
  }

  /** Without the count of retries, and without what HELLO has told: this host goes by STATUS. */
  const forgetful = (link: HostLinkState): HostLinkState => ({
    ...link,
    nonce: rules.includes('nonce') ? undefined : link.nonce,
    session: link.session === undefined ? undefined : { ...link.session, facts: {} as never },
    outstanding: link.outstanding === undefined ? undefined : { ...link.outstanding, tries: 1 },
    hello: link.hello === undefined ? undefined : { ...link.hello, tries: 1 },
  });

  const hostHears = memo((id, message) => {
    const model = hosts.of(id);
    return carryOutHost(model, step(model.link, { on: 'line', text: wire.text(message) }));
  });

  const hostStop = wire.message(encodeLine({ kind: 'command', sid: NO_SESSION, seq: 0, verb: 'STOP', fields: {} }));

  const hostActs = memo((id, which) => {
    const model = hosts.of(id);
    const { link, act, revision } = model;
    const { session, outstanding, hello } = link;
    const ways: (Did & { readonly what: string })[] = [];
    const add = (what: string, did: Did): void => void ways.push({ ...did, what: `host ${NAMES[which]} ${what}` });
    const request = (verb: Verb, fields: Readonly<Record<string, string>>): Did =>
      carryOutHost(model, step(link, { on: 'request', verb, fields }));
    if (model.outcome !== undefined || act === undefined) return ways;
    if (model.hellos > 0) {
      const nonce = `${NAMES[which]}000000${model.hellos}`;
      add('says HELLO', carryOutHost({ ...model, hellos: model.hellos - 1 }, step(link, { on: 'connect', nonce })));
    }
    if (session !== undefined && outstanding === undefined) {
      if (revision === undefined) add('asks for the revision', request('STATUS', {}));
      else add(`says ${act} if=${revision}`, request(act, { if: revision, ...(act === 'REFILL' ? REFILL : {}) }));
    }
    if (outstanding !== undefined || hello !== undefined) add('gives up waiting', givenUpWaiting(model));
    if (model.asides > 0)
      add('says STOP', { host: hosts.id({ ...model, asides: model.asides - 1 }), said: wire.setOf([hostStop]) });
    return ways;
  });

  function givenUpWaiting(model: HostModel): Did {
    let { link } = model;
    for (let lost = false; !lost;) {
      const [next, outputs] = step(link, { on: 'timeout' });
      link = next;
      lost = outputs.some((one) => one.do === 'lost');
    }
    return carryOutHost(model, [link, []]);
  }

  // ---- all of it

  const ear = memo((id) => {
    const { outcome, link } = hosts.of(id);
    return wire.ear(outcome === undefined ? earOf(link) : DEAF);
  });
  const sidOf = memo((link) => links.of(link).session?.sid ?? '');

  /** The answer to STATUS that a host goes by, and the one that it may yet hear. */
  const wantedReads = memo((id): readonly string[] => {
    const { read, link } = hosts.of(id);
    const { session, outstanding } = link;
    const awaited = session === undefined || outstanding === undefined ? [] : [keyOf(session.sid, outstanding.seq)];
    return [...(read === undefined ? [] : [read]), ...awaited];
  });
  const withoutOldReads = memo((id, a, b) => {
    const device = devices.of(id);
    const wanted = new Set([...wantedReads(a), ...wantedReads(b)]);
    const reads = Object.fromEntries(Object.entries(device.reads).filter(([key]) => wanted.has(key)));
    return devices.id({ ...device, reads });
  });

  function settled(state: number[]): number[] {
    const [hostA, hostB] = [state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0];
    const stops = devices.of(state[DEVICE] ?? 0).stops > 0;
    state[DEVICE] = withoutOldReads(state[DEVICE] ?? 0, hostA, hostB);
    state[TO_HOSTS] = wire.liveReplies(state[TO_HOSTS] ?? 0, ear(hostA), ear(hostB));
    state[TO_PUMP] = wire.liveCommands(state[TO_PUMP] ?? 0, sidOf(state[PUMP] ?? 0), ear(hostA), ear(hostB), stops);
    return state;
  }

  const hostWith = (which: 0 | 1): HostModel => ({
    link: createHostLink(ROLES[which]),
    act: bounds.acts[which],
    revision: undefined,
    read: undefined,
    outcome: undefined,
    hellos: bounds.hellos,
    asides: bounds.asides,
  });
  const { stops, reboots } = bounds;
  const initial = [
    links.id(createPumpLink(1)),
    devices.id({ firmware: firmwares.id(kept(readyPump())), stops, reboots, reads: {}, done: {} }),
    hosts.id(hostWith(0)),
    hosts.id(hostWith(1)),
    wire.none,
    wire.none,
  ];
  const typedStop = wire.message('STOP');

  function stepsFrom(state: readonly number[], emit: (state: readonly number[], what: What) => void): void {
    const link = state[PUMP] ?? 0;
    const device = state[DEVICE] ?? 0;
    const heard = (way: Heard, what: What): void => {
      if (links.of(way.link).sessions > bounds.sessions) return;
      for (const code of way.refused) if (!codes.has(code)) codes.set(code, { state, what: what() });
      const then = [...state];
      then[PUMP] = way.link;
      then[DEVICE] = way.device;
      then[TO_HOSTS] = wire.union(state[TO_HOSTS] ?? 0, way.said);
      emit(settled(then), what);
    };
    for (const message of wire.of(state[TO_PUMP] ?? 0))
      heard(hear(link, device, message), () => `pump hears ${wire.label(message)}`);
    if (links.of(link).session !== undefined) heard(leaseEnds(link, device), () => 'the lease ends');
    if (devices.of(device).stops > 0) heard(hear(link, device, typedStop), () => 'a person types STOP');
    if (devices.of(device).reboots > 0) heard(reboot(link, device), () => 'the pump reboots');
    for (const [which, place] of HOSTS.entries()) {
      const id = state[place] ?? 0;
      if (hosts.of(id).outcome !== undefined) continue;
      const go = ({ host, said }: Did, what: What): void => {
        const then = [...state];
        then[place] = host;
        then[TO_PUMP] = wire.union(state[TO_PUMP] ?? 0, said);
        emit(settled(then), what);
      };
      for (const way of hostActs(id, which)) go(way, () => way.what);
      for (const message of wire.of(state[TO_HOSTS] ?? 0)) {
        const did = hostHears(id, message);
        if (did.host !== id) go(did, () => `host ${NAMES[which]} hears ${wire.label(message)}`);
      }
    }
  }

  const violation = memo((deviceId, a, b) => {
    const { reads, done } = devices.of(deviceId);
    for (const [which, id] of [a, b].entries()) {
      const { act, read, outcome } = hosts.of(id);
      const { times, stops: left } = done[ROLES[which] ?? ''] ?? { times: 0, stops: undefined };
      if (act === undefined) continue;
      if (times > 1) return `the one ${act} of host ${NAMES[which]} took effect ${times} times`;
      if (act === 'START' && times > 0 && left !== reads[read ?? ''])
        return `the START of host ${NAMES[which]} took effect after a STOP that came after the revision was read`;
      if (outcome === `${act} OK` && times === 0)
        return `host ${NAMES[which]} was told OK of a ${act} that never took effect`;
    }
    return undefined;
  });

  return {
    width: initial.length,
    initial,
    next: stepsFrom,
    violation: (state) => violation(state[DEVICE] ?? 0, state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0),
    outcomes: (state) => HOSTS.flatMap((place) => hosts.of(state[place] ?? 0).outcome ?? []),
    codes,
    // What is left out is the same as in dose-projected.ts, and is tried in dose-audit.ts.
    audit: () => undefined,
  };
}
