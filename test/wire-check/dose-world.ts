/**
 * Doses on a wire that may do anything: two hosts that each want one dose given, a person who types one, the patient's button, restarts
 * of everything, and a line that holds every message that was ever sent and may bring it in any order, any number of times, or never.
 *
 * The machines are those of the product. What is left out of a state, and why nothing is lost by it, is in PROJECTED.
 */
import {
  createHostState,
  createPumpLink,
  encodeLine,
  host,
  LEASE_MS,
  NO_SESSION,
  pumpLink,
  type DoseIntent,
  type DoseResult,
  type HelloFacts,
  type HostInput,
  type HostOutput,
  type HostState,
  type Line,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type Rules,
} from '../../protocol/index.ts';
import { createDevice, EXPIRES_MS, factsOf, finish, give, press, reset, stop, WALL_MS, type Device } from './device.ts';
import { interner, memo } from './intern.ts';
import type { What } from './search.ts';
import { createWire, DEAF, earOf } from './wire.ts';
import type { Sighting, World } from './world.ts';

export interface Bounds {
  readonly hosts: 1 | 2;
  /** HELLOs, polls and crashes of each host. */
  readonly hellos: number;
  readonly polls: number;
  readonly crashes: number;
  /** Sessions that the pump gives out in all. */
  readonly sessions: number;
  readonly typed: number;
  readonly presses: number;
  /** Times that the patient presses so often that every older record is gone. */
  readonly floods: number;
  readonly reboots: number;
  /** STOPs that are obeyed, whoever sent them. */
  readonly stops: number;
  /** STOP and BYE that each host says beside its dose. */
  readonly asides: number;
  /** Lines that a host says against the rules, to see that they are refused. */
  readonly slips: number;
}

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

const AFTER_STOP = 'a dose began after a STOP that came after it was wanted';

interface HostModel {
  readonly state: HostState;
  /** What is on its disk. */
  readonly stored: DoseIntent | undefined;
  readonly outcome: DoseResult | undefined;
  readonly wanted: boolean;
  /** STOPs that were left when it was wanted. */
  readonly wantedAt: number | undefined;
  readonly hellos: number;
  readonly polls: number;
  readonly crashes: number;
  readonly asides: number;
  readonly slips: number;
}

const NAMES = ['A', 'B'] as const;
const idOf = (which: number): string => `${NAMES[which]}0000001`;

/** Where the numbers of a state stand. */
const PUMP = 0;
const DEVICE = 1;
const HOSTS = [2, 3] as const;
const TO_PUMP = 4;
const TO_HOSTS = 5;
const TYPED = 6;

export function doseWorld(rules: Rules, bounds: Bounds, keepsAll = false): World {
  const links = interner<PumpLinkState>();
  const devices = interner<Device>();
  const hosts = interner<HostModel>();
  const wire = createWire(rules, keepsAll);
  const codes = new Map<string, Sighting>();

  const pump = pumpLink({ rules, typed: 'dose' });
  const step = host(rules);
  const hostStop = wire.message(encodeLine({ kind: 'command', sid: NO_SESSION, seq: 0, verb: 'STOP', fields: {} }));

  const { message: messageId, setOf, union, none, line: lineOf, label: labelOf } = wire;

  // ---- the pump

  interface Heard {
    readonly link: number;
    readonly device: number;
    /** A set of messages. */
    readonly said: number;
    /** Refusal codes among them. */
    readonly refused: readonly string[];
    readonly note: string;
  }

  /** Carries out what the link wants; a dose may be cut short by a reset. */
  function carryOut(link: PumpLinkState, device: Device, outputs: readonly PumpOutput[]): Heard[] {
    const said: number[] = [];
    const ways: Heard[] = [];
    let nowLink = link;
    let nowDevice = device;
    const queue = [...outputs];
    for (let output = queue.shift(); output !== undefined; output = queue.shift()) {
      if (output.do === 'send') said.push(...wire.replies(output.lines));
      if (output.do !== 'obey') continue;
      const { dose, args } = output;
      if (output.verb === 'STOP') {
        nowDevice = stop(rules, nowDevice);
        const [next, more] = pump(nowLink, { on: 'answer', reply: { ok: true, fields: { rev: '2' } }, at: 0 });
        nowLink = next;
        queue.push(...more);
        continue;
      }
      if (dose === undefined) throw new Error(`nothing but doses and STOP is obeyed here: ${output.verb}`);
      const given = give(rules, nowDevice, dose, (args as { nl: number }).nl);
      if (nowDevice.reboots > 0) {
        for (const cut of given.cut) {
          ways.push({ ...booted(nowLink, cut), ...spoken(said), note: ', and is reset between journal and motor' });
        }
      }
      const [next, more] = pump(nowLink, { on: 'answer', reply: given.reply, at: 0 });
      nowLink = next;
      nowDevice = given.device;
      queue.push(...more);
    }
    return [{ link: links.id(nowLink), device: devices.id(nowDevice), ...spoken(said), note: '' }, ...ways];
  }

  const spoken = (said: readonly number[]): Pick<Heard, 'said' | 'refused'> => ({
    said: setOf(said),
    refused: said.map(lineOf).flatMap((line) => (line.kind === 'reply' && !line.ok ? [line.fields['code'] ?? ''] : [])),
  });

  const booted = (link: PumpLinkState, device: Device): { readonly link: number; readonly device: number } => ({
    link: links.id(pump(link, { on: 'boot', boot: link.boot + 1 })[0]),
    device: devices.id(device),
  });

  const tell = (link: number, device: number, input: PumpInput): Heard[] => {
    const [next, outputs] = pump(links.of(link), input);
    return carryOut(next, devices.of(device), outputs);
  };

  const hear = memo((link, device, message) =>
    tell(link, device, { on: 'line', text: wire.text(message), at: 0, facts: factsOf(devices.of(device)) }),
  );
  const leaseEnds = memo((link, device) =>
    tell(link, device, { on: 'time', at: LEASE_MS + 1, facts: factsOf(devices.of(device)) }),
  );

  // ---- the hosts

  const USED = {} as HelloFacts;

  interface Did {
    readonly host: number;
    /** A set of messages. */
    readonly said: number;
  }

  const clockAt = (t: 0 | 1) => ({ wall: WALL_MS[t], us: WALL_MS[t] * 1000 });

  function carryOutHost(model: HostModel, [state, outputs]: readonly [HostState, readonly HostOutput[]]): Did {
    let next: HostModel = { ...model, state: forgetful(state, model.wanted) };
    const said: number[] = [];
    for (const output of outputs) {
      if (output.do === 'send') said.push(messageId(output.text));
      else if (output.do === 'store') next = { ...next, stored: output.intent };
      else if (output.do === 'settle') next = { ...next, outcome: output.outcome };
    }
    return { host: hosts.id(next), said: setOf(said) };
  }

  /** Without the count of retries, which only says when to give up, and without what was used already. */
  const forgetful = ({ link, ...rest }: HostState, wanted: boolean): HostState => ({
    ...rest,
    link: {
      ...link,
      nonce: rules.includes('nonce') ? undefined : link.nonce,
      session: link.session === undefined || !wanted ? link.session : { ...link.session, facts: USED },
      outstanding: link.outstanding === undefined ? undefined : { ...link.outstanding, tries: 1 },
      hello: link.hello === undefined ? undefined : { ...link.hello, tries: 1 },
    },
  });

  const act = (id: number, input: HostInput, spent: Partial<HostModel> = {}): Did => {
    const model = { ...hosts.of(id), ...spent };
    return carryOutHost(model, step(model.state, input));
  };

  const hostHears = memo((id, message, t) =>
    act(id, { on: 'line', text: wire.text(message), clock: clockAt(t as 0 | 1) }),
  );

  /** Everything that a host may do by itself. */
  const hostActs = memo((id, tAndStops, which) => {
    const t = tAndStops % 2;
    const stops = Math.floor(tAndStops / 2);
    const model = hosts.of(id);
    const { state, wanted, stored } = model;
    const clock = clockAt(t as 0 | 1);
    const name = NAMES[which] ?? '';
    const ways: (Did & { readonly what: string })[] = [];
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
    if (outstanding !== undefined || hello !== undefined) add('gives up waiting', givenUpWaiting(model, clock));
    if (state.dose?.at.phase === 'running' && outstanding === undefined && session !== undefined && model.polls > 0) {
      add('asks for its dose', act(id, { on: 'poll', clock }, { polls: model.polls - 1 }));
    }
    if (state.dose !== undefined && !state.dose.givenUp) add('gives its dose up', act(id, { on: 'give-up', clock }));
    if (model.asides > 0) {
      const spent = { asides: model.asides - 1 };
      // As the shell of a host does it: outside every session, and whatever is outstanding.
      if (bounds.stops > 0) add('says STOP', { host: hosts.id({ ...model, ...spent }), said: wire.setOf([hostStop]) });
      if (session !== undefined && outstanding === undefined) {
        add('says BYE', act(id, { on: 'request', verb: 'BYE', fields: {}, clock }, spent));
      }
    }
    if (model.crashes > 0) {
      const fresh = { ...model, crashes: model.crashes - 1, state: createHostState('bench', stored) };
      add('crashes and restarts', { host: hosts.id(fresh), said: none });
    }
    if (model.slips > 0 && session !== undefined) for (const slip of slips(model, which)) ways.push(slip);
    return ways;
  });

  function givenUpWaiting(model: HostModel, clock: ReturnType<typeof clockAt>): Did {
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

  /** What no host of ours says: an old version, a number used twice, an id used for another dose, a dose that was never given. */
  function slips(model: HostModel, which: number): (Did & { readonly what: string })[] {
    const { session } = model.state.link;
    if (session === undefined) return [];
    const spent = hosts.id({ ...model, slips: model.slips - 1 });
    const say = (what: string, sid: string, seq: number, verb: string, fields: Record<string, string>) => ({
      what: `host ${NAMES[which]} slips: ${what}`,
      host: spent,
      said: setOf([messageId(encodeLine({ kind: 'command', sid, seq, verb, fields }))]),
    });
    const other = { id: idOf(which), after: '0', by: '4000000', onlost: 'continue', nl: '2', nlpd: '1' };
    return [
      say('speaks version 1', NO_SESSION, 0, 'HELLO', {
        v: '1',
        nonce: `${NAMES[which]}FFFFFFF`,
        role: 'bench',
        schema: '00000000',
      }),
      say('uses a number twice', session.sid, Math.max(1, session.seq), 'PING', {}),
      say('skips a number', session.sid, session.seq + 2, 'PING', {}),
      say('uses its id for another dose', session.sid, session.seq + 1, 'BOLUS', other),
      say('asks for a dose that was never given', session.sid, session.seq + 1, 'DOSE', { n: '99' }),
      say('asks for a dose that is long gone', session.sid, session.seq + 1, 'DOSE', { n: '1' }),
    ];
  }

  // ---- the line

  const ear = memo((id) => {
    const { outcome, state } = hosts.of(id);
    return wire.ear(outcome === undefined ? earOf(state.link) : DEAF);
  });
  const sidOf = memo((link) => links.of(link).session?.sid ?? '');

  /** Leaves out messages that mean nothing to anybody any more. */
  function settled(state: number[]): number[] {
    const a = ear(state[HOSTS[0]] ?? 0);
    const b = ear(state[HOSTS[1]] ?? 0);
    const stops = devices.of(state[DEVICE] ?? 0).stops > 0;
    state[TO_HOSTS] = wire.liveReplies(state[TO_HOSTS] ?? 0, a, b);
    state[TO_PUMP] = wire.liveCommands(state[TO_PUMP] ?? 0, sidOf(state[PUMP] ?? 0), a, b, stops);
    return state;
  }

  // ---- all of it

  const first: HostModel = {
    state: createHostState('bench'),
    stored: undefined,
    outcome: undefined,
    wanted: false,
    wantedAt: undefined,
    hellos: bounds.hellos,
    polls: bounds.polls,
    crashes: bounds.crashes,
    asides: bounds.asides,
    slips: bounds.slips,
  };
  const absent: HostModel = { ...first, hellos: 0, crashes: 0, polls: 0, asides: 0, slips: 0 };
  const initial = [
    links.id(createPumpLink(1)),
    devices.id(createDevice(bounds)),
    hosts.id(first),
    hosts.id(bounds.hosts === 2 ? first : absent),
    none,
    none,
    bounds.typed,
  ];
  const waysOf = memo((device) => chances(devices.of(device)));

  /** What the world does to the pump by itself. */
  function chances(device: Device): readonly (readonly [number, string])[] {
    const ways: (readonly [Device, string])[] = [];
    if (device.running !== 0) ways.push([finish(device), `dose ${device.running} ends`]);
    if (device.presses > 0) ways.push([press(device, 1), 'the patient presses']);
    if (device.floods > 0) ways.push([press(device, 32), 'the patient presses 32 times']);
    if (device.t === 0) ways.push([{ ...device, t: 1 }, 'all intents expire']);
    return ways.map(([then, what]) => [devices.id(then), what]);
  }
  const reboot = memo((link, device) => booted(links.of(link), reset(devices.of(device))));

  const typedStop = messageId('STOP');
  const typedBolus = messageId('BOLUS nl=1 nlpd=1');

  function stepsFrom(state: readonly number[], emit: (state: readonly number[], what: What) => void): void {
    const link = state[PUMP] ?? 0;
    const device = state[DEVICE] ?? 0;

    const heard = (ways: readonly Heard[], what: What, typed = state[TYPED] ?? 0): void => {
      for (const way of ways) {
        if (links.of(way.link).sessions > bounds.sessions) continue;
        for (const code of way.refused) if (!codes.has(code)) codes.set(code, { state, what: what() });
        const then = [...state];
        then[PUMP] = way.link;
        then[DEVICE] = way.device;
        then[TO_HOSTS] = union(state[TO_HOSTS] ?? 0, way.said);
        then[TYPED] = typed;
        emit(settled(then), way.note === '' ? what : () => `${what()}${way.note}`);
      }
    };

    for (const message of wire.of(state[TO_PUMP] ?? 0))
      heard(hear(link, device, message), () => `pump hears ${labelOf(message)}`);
    if (devices.of(device).stops > 0) heard(hear(link, device, typedStop), () => 'a person types STOP');
    const { session, readBack } = links.of(link);
    if (session !== undefined) heard(leaseEnds(link, device), () => 'the lease ends');
    const left = state[TYPED] ?? 0;
    if (left > 0) heard(hear(link, device, typedBolus), () => 'a person types BOLUS', left - 1);
    if (readBack !== undefined) {
      heard(hear(link, device, messageId(`confirm ${readBack.code}`)), () => 'the person types the code');
    }
    for (const [after, what] of waysOf(device)) {
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
    for (let which = 0; which < HOSTS.length; which += 1) {
      const place = HOSTS[which] ?? 0;
      const id = state[place] ?? 0;
      if (hosts.of(id).outcome !== undefined) continue;
      const { t, stops } = devices.of(device);
      const go = ({ host: to, said }: Did, what: What): void => {
        const then = [...state];
        then[place] = to;
        then[TO_PUMP] = union(state[TO_PUMP] ?? 0, said);
        emit(settled(then), what);
      };
      for (const way of hostActs(id, t + 2 * stops, which)) go(way, () => way.what);
      for (const message of wire.of(state[TO_HOSTS] ?? 0)) {
        const did = hostHears(id, message, t);
        if (did.host !== id) go(did, () => `host ${NAMES[which]} hears ${labelOf(message)}`);
      }
    }
  }

  const violation = memo((deviceId, a, b) => {
    const { begun, begunAt, late, ledger } = devices.of(deviceId);
    if (late) return 'a dose began after its intent had expired';
    for (const [which, id] of [a, b].entries()) {
      const times = begun[idOf(which)] ?? 0;
      const { outcome, wantedAt } = hosts.of(id);
      const stopsLeft = begunAt[idOf(which)];
      if (wantedAt !== undefined && stopsLeft !== undefined && stopsLeft !== wantedAt) return AFTER_STOP;
      if (times > 1) return `the dose of host ${NAMES[which]} was begun ${times} times`;
      if (outcome?.result === 'Done' || outcome?.result === 'Interrupted') {
        const record = ledger.records.find(({ n }) => n === outcome.dose);
        const state = outcome.result === 'Done' ? 'DONE' : 'INTERRUPTED';
        if (record !== undefined && (record.id !== idOf(which) || record.state !== state))
          return `host ${NAMES[which]} says ${outcome.result} of a dose that is ${record.state} and has the id ${record.id}`;
      }
      if (outcome?.result === 'Done' && times !== 1)
        return `host ${NAMES[which]} says Done of a dose that was never begun`;
      if (outcome?.result === 'NotAccepted' && times !== 0)
        return `host ${NAMES[which]} says NotAccepted of a dose that was begun`;
    }
    return undefined;
  });

  const outcomes = memo((a, b) =>
    [a, b].flatMap((id) => {
      const { outcome } = hosts.of(id);
      if (outcome === undefined) return [];
      return ['why' in outcome ? `${outcome.result} ${outcome.why}` : outcome.result];
    }),
  );

  /** Messages of commands or replies. */
  const allOf = (kind: Line['kind']): number[] =>
    Array.from({ length: wire.size() }, (_, message) => message).filter((one) => lineOf(one).kind === kind);

  /** A command of a session that is not in force does nothing, whatever the pump is in. */
  function auditPump(): string | undefined {
    const commands = allOf('command');
    for (let link = 0; link < links.size(); link += 1) {
      for (const message of commands) {
        const line = lineOf(message);
        if (line.kind !== 'command' || line.sid === NO_SESSION || line.verb === 'STOP' || line.sid === sidOf(link))
          continue;
        const facts = factsOf(devices.of(0));
        const [then, outputs] = pump(links.of(link), { on: 'line', text: wire.text(message), at: 0, facts });
        if (links.id(then) !== link || outputs.some((one) => one.do !== 'send'))
          return `the pump takes ${labelOf(message)} in session ${sidOf(link)}`;
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
        const silent = givenUpWaiting(model, clockAt(t)).host;
        for (const message of replies) {
          if (wire.isHeard(ear(id), message)) continue;
          const then = hostHears(id, message, t).host;
          if (then !== id && then !== silent) return `host ${model.state.link.session?.sid} takes ${labelOf(message)}`;
        }
      }
    }
    return undefined;
  }

  return {
    width: initial.length,
    initial,
    next: stepsFrom,
    violation: (state) => violation(state[DEVICE] ?? 0, state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0),
    outcomes: (state) => outcomes(state[HOSTS[0]] ?? 0, state[HOSTS[1]] ?? 0),
    codes,
    audit: () => auditPump() ?? auditHosts(),
  };
}
