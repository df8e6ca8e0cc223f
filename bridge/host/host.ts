/**
 * A host on a line: the shell around the machine of protocol/session/host.ts. It has the timers, the random numbers, the store of
 * intents and the wire; every decision is the machine's.
 */
import { randomBytes } from 'node:crypto';
import { Subject, type Observable } from 'rxjs';
import {
  ALL_RULES,
  createHostState,
  decodeLine,
  decodeReply,
  doseId,
  encodeFields,
  encodeLine,
  heldFor,
  host as hostMachine,
  MAX_SEQ,
  NO_SESSION,
  VERBS,
  type ArgumentsOf,
  type DoseResult,
  type Fields,
  type HelloFacts,
  type HostClock,
  type HostInput,
  type HostOutput,
  type Line,
  type ReplyOf,
  type Verb,
  type VerbSpec,
} from '../../protocol/index.ts';
import { MAX_MICROS } from '../../protocol/units.ts';
import { readLines } from '../wire/line-reader.ts';
import type { Wire } from '../wire/wire.ts';
import { memoryStore, type IntentStore } from './intent-store.ts';
import { createPumpClock } from './pump-clock.ts';

export type EventMessage = Extract<Line, { kind: 'event' }>;
export type HeartbeatMessage = Extract<Line, { kind: 'heartbeat' }>;

export type Reply<V extends Verb> =
  | { readonly ok: true; readonly reply: ReplyOf<V>; readonly events: readonly EventMessage[] }
  | { readonly ok: false; readonly code: string; readonly fields: Fields };

/** The line failed: closed, silent, or talking nonsense. The message is for people. */
export class LinkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LinkError';
  }
}

/** A dose that has been accepted and runs. */
export interface DoseAccepted {
  readonly result: 'Accepted';
  readonly dose: number;
  /** Fields of the reply that said so; none where it was found out in another way. */
  readonly fields: Fields;
}

export type DoseVerb = 'BOLUS' | 'PRIME';
/** What is wished for, beside identity, precondition and deadline. */
export type DoseWish<V extends DoseVerb> = Omit<ArgumentsOf<V>, 'id' | 'after' | 'by'>;

export interface HostOptions {
  readonly role?: ArgumentsOf<'HELLO'>['role'];
  /** Where intents are kept; in memory if it is not given: then a crash of this process leaves a dose in doubt. */
  readonly store?: IntentStore;
  /** Milliseconds from each sending of an ordinary command to the next, and at last to giving up. */
  readonly patience?: readonly number[];
  /** What is to become of an intent found in the store, if the pump has not accepted it: `give-up` if nothing is said. */
  readonly found?: 'resend' | 'give-up';
  /** How long a session is asked for before the line is given up, ms. */
  readonly connectMs?: number;
}

export interface Host {
  readonly url: string;
  /**
   * Begins a session, waiting for a pump that another host holds. Resolves with what the pump says of itself; if a dose of unknown fate
   * was in the store, its fate is found out on the way. Rejects with LinkError.
   */
  connect(): Promise<HelloFacts>;
  /** Of the session in force. */
  readonly session: HelloFacts | undefined;
  /**
   * Sends a command and waits for its reply; begins a session first if there is none. Rejects with LinkError when no reply comes:
   * what only reads has then been tried again in a new session. Calls wait for each other. Not for doses.
   */
  request<V extends Exclude<Verb, DoseVerb>>(verb: V, args: ArgumentsOf<V>): Promise<Reply<V>>;
  /**
   * Gives a dose at most once, whatever the line does. Resolves when the pump has accepted it, or with one of the results. `forMs`: how
   * long the intent lasts; after that it is sent no more. `Uncertain` with why `SILENT` is not final: the intent stays in the store.
   */
  dose<V extends DoseVerb>(verb: V, wish: DoseWish<V>, forMs?: number): Promise<DoseAccepted | DoseResult>;
  /** The end of the dose that was accepted last, or the fate of the one found in the store. Rejects with LinkError. */
  outcome(): Promise<DoseResult | undefined>;
  /** Follows an accepted dose no further. */
  leave(): void;
  /** Sends no more of a dose that is under way; `dose` resolves with what became of it. */
  giveUp(): void;
  /** Stops the pump, ahead of everything, in both forms. Resolves when it has said so. */
  stop(): Promise<void>;
  /** Event lines as they come, pushed or replayed. Completes when the line ends. */
  readonly events: Observable<EventMessage>;
  readonly heartbeats: Observable<HeartbeatMessage>;
  /** What the pump says to people. */
  readonly remarks: Observable<string>;
  /** Says BYE if there is a session, and closes the line. */
  close(): Promise<void>;
}

/** The longest that a pump may take for an answer, in all 10 s; a walk of a million steps stays far below. */
const PATIENCE: readonly number[] = [300, 600, 1200, 2400, 5500];
const CONNECT_MS = 15_000;
/** A dose that nobody could send for so long is not what was wanted any more. */
const INTENT_MS = 60_000;
/** How long the line must be silent before HELLO, and how long that is waited for, ms. */
const QUIET_MS = 50;
const DRAIN_MS = 1000;
const POLL_MS = 1000;
const SYNC_MS = 10_000;
/** Between a STOP and the next, ms. */
const STOP_MS = [300, 600, 1200] as const;

const encoder = new TextEncoder();
type ReplyLine = Extract<HostOutput, { do: 'reply' }>;
type LostLine = Extract<HostOutput, { do: 'lost' }>;

const isDose = (verb: Verb): verb is DoseVerb => verb === 'BOLUS' || verb === 'PRIME';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function createHost(wire: Wire, options: HostOptions = {}): Host {
  const {
    role = 'bench',
    store = memoryStore(),
    patience = PATIENCE,
    connectMs = CONNECT_MS,
    found = 'give-up',
  } = options;
  const step = hostMachine(ALL_RULES);
  const events = new Subject<EventMessage>();
  const heartbeats = new Subject<HeartbeatMessage>();
  const remarks = new Subject<string>();
  const clock = createPumpClock();
  let state = createHostState(role, store.unsettled());
  let timer: NodeJS.Timeout | undefined;
  let ended: LinkError | undefined;
  /** The last that the far end said to people: it may tell why it leaves. */
  let remark: string | undefined;
  let heardAt = 0;
  let sentAt = 0;
  let syncedAt = 0;
  let running: { readonly n: number } | undefined;
  /** Fields with which the pump has accepted the dose in hand. */
  let acceptance: Fields = {};
  /** Whoever waits for the pump to say that it has stopped. */
  let stopped: (() => void) | undefined;
  let result: DoseResult | undefined;
  /** Event lines since the command that is outstanding was sent. */
  let heard: EventMessage[] = [];

  /** Whoever waits for something of the machine. All of them hear of the end of the line. */
  const waiting = new Set<{
    readonly take: (output: HostOutput) => boolean;
    readonly reject: (error: LinkError) => void;
  }>();

  const now = (): HostClock => ({ wall: Date.now(), us: pumpTime() });

  function pumpTime(): number {
    const { session } = state.link;
    // Time that stands still until somebody moves it is no measure of how late a line is.
    if (session?.facts.lockstep === '1') return MAX_MICROS;
    return clock.at(performance.now()) ?? session?.facts.us ?? 0;
  }

  /** Resolves with what `pick` makes of the first output for which it is something. */
  function hears<Value>(pick: (output: HostOutput) => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      const one = {
        take: (output: HostOutput): boolean => {
          const value = pick(output);
          if (value === undefined) return false;
          resolve(value);
          return true;
        },
        reject,
      };
      waiting.add(one);
    });
  }

  function feed(input: HostInput): void {
    const [next, outputs] = step(state, input);
    state = next;
    for (const output of outputs) perform(output);
  }

  function perform(output: HostOutput): void {
    switch (output.do) {
      case 'store':
        store.store(output.intent);
        break;
      case 'send':
        sentAt = performance.now();
        wire.write(encoder.encode(`${output.text}\n`));
        break;
      case 'wait':
        clearTimeout(timer);
        timer = setTimeout(() => feed({ on: 'timeout', clock: now() }), output.ms);
        break;
      case 'quiet':
        clearTimeout(timer);
        break;
      case 'settle':
        running = undefined;
        result = output.outcome;
        store.settle(output.intent.id, output.outcome);
        break;
      case 'poll':
        running = { n: output.n };
        break;
      case 'renew':
        running = undefined;
        break;
      case 'reply':
        if (output.ok && isDose(output.verb)) acceptance = output.fields;
        break;
      case 'ready':
        clock.add({ sent: sentAt, heard: performance.now(), us: output.facts.us });
        break;
      default:
    }
    for (const one of [...waiting]) if (one.take(output)) waiting.delete(one);
  }

  const stopReading = readLines(wire, { onLine: receive, onDiscard: () => {} });

  function receive(text: string): void {
    heardAt = performance.now();
    const decoded = decodeLine(text);
    if (!decoded.ok) return;
    const { line } = decoded;
    if (line.kind === 'human') {
      remark = line.text;
      remarks.next(line.text);
    } else if (line.kind === 'event') {
      heard.push(line);
      events.next(line);
    } else if (line.kind === 'heartbeat') heartbeats.next(line);
    else if (line.kind === 'reply') {
      // The two forms of STOP that wait for nothing are answered outside every session.
      if (line.sid === NO_SESSION && line.ok && 'rev' in line.fields) stopped?.();
      feed({ on: 'line', text, clock: now() });
    }
  }

  void wire.closed.then((close) => {
    const detail = close.reason === 'lost' ? close.detail : 'closed by this side';
    const said = remark === undefined ? 'Is the pump still there?' : `It had said: "${remark}"`;
    ended = new LinkError(`${wire.url}: the line ended: ${detail}. ${said}`);
    clearTimeout(timer);
    clearInterval(keeper);
    for (const one of waiting) one.reject(ended);
    waiting.clear();
    stopReading();
    events.complete();
    heartbeats.complete();
    remarks.complete();
  });

  // ---- one at a time

  let queue: Promise<unknown> = Promise.resolve();
  let busy = 0;
  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    busy += 1;
    const done = queue.then(work).finally(() => (busy -= 1));
    queue = done.catch(() => undefined);
    return done;
  }

  // ---- sessions

  /** Two line ends, so that what was left half said is over, and then silence, so that what was under way has come. */
  async function drain(): Promise<void> {
    wire.write(encoder.encode('\n\n'));
    const until = performance.now() + DRAIN_MS;
    do await sleep(QUIET_MS);
    while (performance.now() - heardAt < QUIET_MS && performance.now() < until);
  }

  async function begin(): Promise<HelloFacts> {
    const until = performance.now() + connectMs;
    running = undefined;
    // Of a session that is well nothing is half said or under way.
    if (state.link.session === undefined || state.link.outstanding !== undefined) await drain();
    for (;;) {
      if (ended !== undefined) throw ended;
      const answer = hears((output) =>
        output.do === 'ready' || (output.do === 'lost' && output.verb === 'HELLO') ? output : undefined,
      );
      feed({ on: 'connect', nonce: randomBytes(4).toString('hex').toUpperCase(), clock: now() });
      const output = await answer;
      if (output.do === 'ready') return output.facts;
      const { code, fields } = output;
      if (code === 'VERSION') {
        throw new LinkError(
          `${wire.url}: the pump speaks version ${fields['have'] ?? '?'} of the protocol; update one of them`,
        );
      }
      if (code === 'SESSIONS') throw new LinkError(`${wire.url}: the pump has no session numbers left; restart it`);
      const left = heldFor(fields);
      if (performance.now() + (left ?? 0) > until) {
        throw new LinkError(
          left === undefined
            ? `${wire.url}: no answer to HELLO within ${connectMs / 1000} s. Does a pump listen there?`
            : `${wire.url}: another host holds the pump; end it, or type RELEASE at the pump's port`,
        );
      }
      if (left !== undefined) await sleep(left + QUIET_MS);
    }
  }

  /** In a new session: the machine has asked for it, or there is none. */
  const ensureSession = async (): Promise<HelloFacts> => state.link.session?.facts ?? begin();

  // ---- commands

  async function exchange<V extends Verb>(verb: V, args: object): Promise<Reply<V>> {
    const spec: VerbSpec = VERBS[verb];
    for (let attempt = 0; ; attempt += 1) {
      await ensureSession();
      heard = [];
      const answer = hears((output) =>
        (output.do === 'reply' || output.do === 'lost') && output.verb === verb ? output : undefined,
      );
      const fields = encodeFields(args as Readonly<Record<string, string | number | undefined>>);
      feed({ on: 'request', verb, fields, waits: patience, clock: now() });
      const output: ReplyLine | LostLine = await answer;
      if (output.do === 'reply') return replyOf(verb, output);
      if (spec.reads === true && attempt === 0) continue;
      const ms = patience.reduce((all, one) => all + one, 0);
      throw new LinkError(
        output.why === 'silent'
          ? `${wire.url}: no answer to ${verb} within ${ms / 1000} s. Does a pump listen there?`
          : `${wire.url}: the session was over when ${verb} came (${output.code ?? ''}); read STATUS before it is said again`,
      );
    }
  }

  function replyOf<V extends Verb>(verb: V, { ok, fields, tries }: ReplyLine): Reply<V> {
    if (!ok) return { ok: false, code: fields['code'] ?? 'none', fields };
    const check = decodeReply(verb, fields);
    if (!check.ok) throw new LinkError(`${wire.url}: ${check.detail}. Do both sides speak the same schema?`);
    if (verb === 'SYNC' && tries === 1) {
      clock.add({ sent: sentAt, heard: performance.now(), us: (check.reply as ReplyOf<'SYNC'>).t1 });
    }
    return { ok: true, reply: check.reply, events: heard };
  }

  // ---- doses

  /** Drives the machine until the dose has been accepted, or has a result. New sessions are begun as it asks for them. */
  async function pursue(start: () => void): Promise<DoseAccepted | DoseResult> {
    const until = performance.now() + connectMs;
    let act = start;
    for (;;) {
      const heardOf = hears((output) =>
        output.do === 'settle' || output.do === 'poll' || output.do === 'renew' ? output : undefined,
      );
      act();
      const output = await heardOf;
      if (output.do === 'settle') return output.outcome;
      if (output.do === 'poll') return { result: 'Accepted', dose: output.n, fields: acceptance };
      if (performance.now() > until) return { result: 'Uncertain', why: 'SILENT' };
      const fate = hears((one) => (one.do === 'settle' || one.do === 'poll' || one.do === 'renew' ? one : undefined));
      try {
        await begin();
      } catch (error) {
        fate.catch(() => undefined);
        if (ended !== undefined) throw error;
        return { result: 'Uncertain', why: 'SILENT' };
      }
      const next = await fate;
      if (next.do === 'settle') return next.outcome;
      if (next.do === 'poll') return { result: 'Accepted', dose: next.n, fields: acceptance };
      act = () => perform({ do: 'renew' });
    }
  }

  async function dose<V extends DoseVerb>(
    verb: V,
    wish: DoseWish<V>,
    forMs: number,
  ): Promise<DoseAccepted | DoseResult> {
    if (running !== undefined) await poll();
    if (running !== undefined) leave();
    const facts = await ensureSession();
    if (state.dose !== undefined) {
      throw new LinkError(
        `${wire.url}: what became of dose ${state.dose.intent.id} is not known yet; connect, or let a person look`,
      );
    }
    result = undefined;
    acceptance = {};
    const intent = {
      id: doseId(randomBytes(5)),
      verb,
      wish: encodeFields(wish as Readonly<Record<string, string | number | undefined>>),
      after: await lastDose(),
      serial: facts.serial,
      expires: Date.now() + forMs,
    };
    return pursue(() => feed({ on: 'dose', intent, clock: now() }));
  }

  /** The number of the last dose as it is now: in a session that has been in use others may have dosed. */
  async function lastDose(): Promise<number> {
    const reply = await exchange('DOSE', { n: MAX_SEQ });
    const dose = reply.ok ? MAX_SEQ : Number(reply.fields['dose']);
    if (!Number.isInteger(dose)) throw new LinkError(`${wire.url}: the pump does not tell the number of its last dose`);
    return dose;
  }

  /** Asks once what became of the dose that runs. */
  async function poll(): Promise<void> {
    await ensureSession();
    if (running === undefined) return;
    const answer = hears((output) =>
      output.do === 'settle' ||
      output.do === 'poll' ||
      output.do === 'renew' ||
      (output.do === 'lost' && output.verb === 'DOSE')
        ? output
        : undefined,
    );
    feed({ on: 'poll', clock: now() });
    await answer;
  }

  async function outcome(): Promise<DoseResult | undefined> {
    while (state.dose !== undefined) {
      if (running === undefined) await inTurn(() => pursue(() => perform({ do: 'renew' })));
      else await inTurn(poll);
      if (state.dose !== undefined) await sleep(POLL_MS);
    }
    return result;
  }

  function leave(): void {
    const { dose: followed } = state;
    if (running === undefined || followed === undefined) return;
    store.settle(followed.intent.id, { result: 'Accepted', dose: running.n });
    running = undefined;
    feed({ on: 'leave', clock: now() });
  }

  // ---- the lease

  /** Says something often enough; every now and then what it says is also a look at the pump's clock. */
  const keep = (): void => {
    const { session } = state.link;
    if (
      session === undefined ||
      session.facts.lockstep === '1' ||
      busy > 0 ||
      performance.now() - sentAt < session.facts.lease / 3
    )
      return;
    const due = performance.now() - syncedAt >= SYNC_MS;
    if (due) syncedAt = performance.now();
    const say = (): Promise<unknown> =>
      due ? exchange('SYNC', { t0: Math.floor(performance.now() * 1000) }) : exchange('PING', {});
    // A lease that is lost is noticed by whoever asks next.
    inTurn(say).catch(() => undefined);
  };
  const keeper = setInterval(keep, 250);
  keeper.unref();

  return {
    url: wire.url,
    get session() {
      return state.link.session?.facts;
    },
    connect: () =>
      inTurn(async () => {
        if (state.dose !== undefined && found === 'give-up') feed({ on: 'give-up', clock: now() });
        const facts = await begin();
        if (state.dose !== undefined && running === undefined) await pursue(() => undefined);
        return facts;
      }),
    request: (verb, args) => inTurn(() => exchange(verb, args)),
    dose: (verb, wish, forMs = INTENT_MS) => inTurn(() => dose(verb, wish, forMs)),
    outcome,
    leave,
    giveUp: () => feed({ on: 'give-up', clock: now() }),
    stop: async () => {
      const line = encodeLine({ kind: 'command', sid: NO_SESSION, seq: 0, verb: 'STOP', fields: {} });
      const said = new Promise<true>((resolve) => (stopped = () => resolve(true)));
      // Twice does no harm, and one of the two forms needs no check.
      for (const ms of STOP_MS) {
        if (ended !== undefined) throw ended;
        wire.write(encoder.encode(`\nSTOP\n${line}\n`));
        if ((await Promise.race([said, sleep(ms)])) === true) return;
      }
      throw new LinkError(`${wire.url}: the pump does not say that it has stopped. Stop it at the device.`);
    },
    events: events.asObservable(),
    heartbeats: heartbeats.asObservable(),
    remarks: remarks.asObservable(),
    close: async () => {
      if (ended === undefined && state.link.session !== undefined && busy === 0) {
        const { sid, seq } = state.link.session;
        wire.write(encoder.encode(`${encodeLine({ kind: 'command', sid, seq: seq + 1, verb: 'BYE', fields: {} })}\n`));
      }
      await wire.close();
      store.close();
    },
  };
}
