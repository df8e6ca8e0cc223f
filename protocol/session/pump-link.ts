/**
 * The pump's side of a line: sessions, commands at most once, and the gate through which every dose goes. A pure function from state
 * and input to state and outputs; it has no clock, no timer and no random number. Time is link time, milliseconds of a clock that never
 * goes back; what the pump is doing comes as facts. Whoever runs it carries out the outputs in their order.
 */
import { decodeLine, encodeLine, NO_SESSION, type Line } from '../line.ts';
import { decodeArguments, encodeFields, isVerb } from '../schema.ts';
import { VERBS, type ArgumentsOf, type Verb, type VerbSpec } from '../verbs.ts';
import { doseGate } from './dose-gate.ts';
import { oldestKept, recordIn, termsOf, type DoseFact, type PumpFacts } from './facts.ts';
import {
  createPumpLink,
  LEASE_MS,
  type DoseIdentity,
  type LinkSettings,
  type Obeying,
  type PumpInput,
  type PumpLinkState,
  type PumpStep,
  type Session,
  type VerbReply,
} from './pump-state.ts';
import { onHello } from './pump-hello.ts';
import { accept, answerOnce, NOTHING, obeyStop, onBadLine, refuse, replyLines } from './replies.ts';
import { onTyped } from './typed.ts';

/** The machine with its settings. */
export const pumpLink =
  (settings: LinkSettings) =>
  (state: PumpLinkState, input: PumpInput): PumpStep => {
    switch (input.on) {
      case 'line':
        return after(expire(state, input.at, input.facts), (now) => onLine(settings, now, input));
      case 'noise':
        return onBadLine(state, input.at);
      case 'break':
        return obeyStop(state, { sid: NO_SESSION, seq: 0, text: '', typed: { verb: 'STOP' } }, 'break');
      case 'answer':
        return onAnswer(state, input.reply);
      case 'time':
        return expire(state, input.at, input.facts);
      case 'boot':
        return [
          { ...createPumpLink(input.boot), bad: state.bad },
          state.session === undefined ? NOTHING : [{ do: 'abandon' }],
        ];
    }
  };

function after([state, outputs]: PumpStep, next: (state: PumpLinkState) => PumpStep): PumpStep {
  const [then, more] = next(state);
  return [then, outputs.length === 0 ? more : [...outputs, ...more]];
}

/** Revokes a session whose lease has run out (H7). Pump time that stands still is no reason to. */
function expire(state: PumpLinkState, at: number, { lockstep }: PumpFacts): PumpStep {
  const { session } = state;
  if (session === undefined || lockstep || at - session.heard <= LEASE_MS) return [state, NOTHING];
  return [{ ...state, session: undefined }, [{ do: 'note', kind: 'LEASE_LOST', sid: session.sid }, { do: 'abandon' }]];
}

type LineInput = Extract<PumpInput, { on: 'line' }>;
type CommandLine = Extract<Line, { kind: 'command' }>;

function onLine(settings: LinkSettings, state: PumpLinkState, input: LineInput): PumpStep {
  const decoded = decodeLine(input.text);
  if (!decoded.ok) {
    const { command } = decoded.code === 'GRAMMAR' ? decoded : {};
    // A damaged line gets no NO: its sequence number cannot be trusted either.
    if (command === undefined) return onBadLine(state, input.at);
    return numbered(settings, state, input, { ...command, verb: '' }, () => refuse('GRAMMAR'));
  }
  const { line } = decoded;
  switch (line.kind) {
    case 'typed':
      return onTyped(settings, state, input);
    case 'command':
      return onCommand(settings, state, input, line);
    // Our own kind of line coming back is an echo, and human text is not for machines.
    case 'reply':
    case 'event':
    case 'heartbeat':
    case 'human':
      return [state, NOTHING];
  }
}

function onCommand(settings: LinkSettings, state: PumpLinkState, input: LineInput, line: CommandLine): PumpStep {
  if (line.verb === 'STOP') return onStop(settings, state, input, line);
  if (line.verb === 'HELLO') return onHello(state, input, line);
  return numbered(settings, state, input, line, (session) => perform(settings, session, input.facts, line));
}

/** STOP waits for nothing: not for a session, not for its turn, not for keys that it understands (T1). */
function onStop({ rules }: LinkSettings, state: PumpLinkState, { text, at }: LineInput, line: CommandLine): PumpStep {
  const { session } = state;
  const obeying: Obeying = { sid: line.sid, seq: line.seq, text };
  const mine = session !== undefined && (session.sid === line.sid || !rules.includes('session'));
  // The last that the session has said, once more: nothing can have been started since.
  if (mine && session.seq === line.seq && session.last?.text === text && session.last.reply !== undefined) {
    return [
      { ...state, session: { ...session, heard: at } },
      [{ do: 'send', lines: [asDuplicate(session.last.reply)] }],
    ];
  }
  // In its turn it is numbered as any other command; out of turn it is obeyed all the same, and the numbers stay.
  const inTurn = mine && line.seq === session.seq + 1;
  const heard: Session | undefined = !mine
    ? session
    : { ...session, heard: at, ...(inTurn ? { seq: line.seq, last: { text, reply: undefined } } : {}) };
  return obeyStop({ ...state, session: heard }, obeying, 'host');
}

/** What becomes of a command: a reply at once, or something for the pump to do. `ends`: the session is over with it. */
type Performed =
  (VerbReply & { readonly ends?: true }) | { readonly obey: Verb; readonly args: object; readonly dose?: DoseIdentity };

/** Takes a command that is the next of the session in force, repeats the reply to one that was taken, and refuses every other (C1 to C4). */
function numbered(
  { rules }: LinkSettings,
  state: PumpLinkState,
  { text, at }: LineInput,
  { sid, seq }: Pick<CommandLine, 'sid' | 'seq' | 'verb'>,
  does: (session: Session) => Performed,
): PumpStep {
  const to = { sid, seq };
  const { session } = state;
  const strange = session === undefined || session.sid !== sid;
  if (strange && (rules.includes('session') || sid === NO_SESSION)) return [state, [answerOnce(to, refuse('STALE'))]];
  // Only without the rule: whoever was replaced is obeyed as if it were not.
  if (strange) return performed(state, to, text, does({ ...NO_ONE, sid }));
  const heard: PumpLinkState = { ...state, session: { ...session, heard: at } };
  if (seq === session.seq && session.last !== undefined) {
    if (session.last.text !== text) return [heard, [answerOnce(to, refuse('SEQ_REUSED'))]];
    return [
      heard,
      session.last.reply === undefined ? NOTHING : [{ do: 'send', lines: [asDuplicate(session.last.reply)] }],
    ];
  }
  if (seq !== session.seq + 1) return [heard, [answerOnce(to, refuse('SEQ', { want: session.seq + 1 }))]];
  const taken: PumpLinkState = { ...heard, session: { ...session, heard: at, seq, last: { text, reply: undefined } } };
  return performed(taken, to, text, does(session));
}

const NO_ONE: Session = { sid: '', nonce: '', role: '', readOnly: false, seq: 0, last: undefined, heard: 0 };

function performed(state: PumpLinkState, to: Pick<Obeying, 'sid' | 'seq'>, text: string, what: Performed): PumpStep {
  if ('obey' in what) {
    const { obey: verb, args, dose } = what;
    return [
      { ...state, obeying: { ...to, text } },
      [{ do: 'obey', verb, args, ...(dose === undefined ? {} : { dose }) }],
    ];
  }
  const [next, outputs] = onAnswer({ ...state, obeying: { ...to, text } }, what);
  if (what.ends !== true) return [next, outputs];
  return [{ ...next, session: undefined }, [...outputs, { do: 'note', kind: 'BYE', sid: to.sid }, { do: 'abandon' }]];
}

/** The same reply with `dup=1`. */
function asDuplicate(reply: string): string {
  const decoded = decodeLine(reply);
  if (!decoded.ok || decoded.line.kind !== 'reply') throw new Error(`not a reply: ${reply}`);
  const { line } = decoded;
  return encodeLine({ ...line, fields: { ...line.fields, dup: '1' } });
}

/** Sends the reply, and keeps it for whoever asks again. */
function onAnswer(state: PumpLinkState, reply: VerbReply): PumpStep {
  const { obeying, session } = state;
  if (obeying === undefined) throw new Error('an answer to nothing');
  const lines = replyLines(obeying, reply);
  const kept =
    session?.sid === obeying.sid && session.last?.text === obeying.text && session.seq === obeying.seq
      ? { ...session, last: { text: obeying.text, reply: lines.at(-1) } }
      : session;
  const next: PumpLinkState = { ...state, obeying: undefined, session: kept };
  if (obeying.typed === undefined) return [next, [{ do: 'send', lines }]];
  return onTypedAnswer(next, obeying.typed, reply, lines);
}

/** A typed line is answered for people first, then for machines. */
function onTypedAnswer(
  state: PumpLinkState,
  { verb, code }: NonNullable<Obeying['typed']>,
  reply: VerbReply,
  lines: readonly string[],
): PumpStep {
  const dose = reply.ok ? Number(reply.fields['dose'] ?? 0) : 0;
  const confirmed = code === undefined || !reply.ok ? state.confirmed : { code, dose };
  return [{ ...state, confirmed }, [{ do: 'send', lines: [...inWords(verb, reply), ...lines] }]];
}

const LONGEST_REMARK = 230;

/** A reply for people. */
function inWords(verb: string, reply: VerbReply): readonly string[] {
  const fields = Object.entries(reply.fields)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  const text = reply.ok
    ? `${verb}: ${fields === '' ? 'done' : fields}`
    : `${verb} refused, ${reply.code}${fields === '' ? '' : `: ${fields}`}`;
  return [encodeLine({ kind: 'human', text: text.slice(0, LONGEST_REMARK) })];
}

function perform(
  { rules }: LinkSettings,
  session: Session,
  facts: PumpFacts,
  { verb, fields }: CommandLine,
): Performed {
  if (!isVerb(verb)) return refuse('UNKNOWN_VERB');
  const check = decodeArguments(verb, fields);
  if (!check.ok) return refuse(check.code, { key: check.key });
  const spec: VerbSpec = VERBS[verb];
  if (session.readOnly && spec.reads !== true) return refuse('READ_ONLY');
  // Behind a verb known only at run time the link between it and its arguments is lost.
  if (isLinkVerb(verb)) return LINK_VERBS[verb](check.args as never, facts);
  if (spec.doses !== true) return { obey: verb, args: check.args };
  const order = { verb, ...(check.args as DoseArguments), terms: termsOf(verb, fields) };
  const verdict = doseGate(rules, order, facts);
  if (verdict !== undefined) return verdict;
  return { obey: verb, args: check.args, dose: { id: order.id, terms: order.terms, source: 'host' } };
}

/** Of the verbs, those that are about the line and not about the therapy. */
export type LinkVerb = 'PING' | 'BYE' | 'SYNC' | 'DOSE';

interface DoseArguments {
  readonly id: string;
  readonly after: number;
  readonly by: number;
  readonly onlost: string;
}

/** The verbs that the line answers by itself, all of which only read. */
const LINK_VERBS: { readonly [V in LinkVerb]: (args: ArgumentsOf<V>, facts: PumpFacts) => Performed } = {
  PING: () => accept(),
  BYE: () => ({ ...accept(), ends: true }),
  SYNC: ({ t0 }, { us }) => accept({ t0, t1: us, t2: us }),
  DOSE: ({ n }, facts) => {
    const record = recordIn(facts, n);
    if (record !== undefined) return accept(recordFields({ ...record, n }));
    return n > facts.dose || n === 0 ? refuse('NO_DOSE', { dose: facts.dose }) : refuse('GONE', oldestKept(facts));
  },
};

const isLinkVerb = (verb: Verb): verb is LinkVerb => Object.hasOwn(LINK_VERBS, verb);

/** A record as the fields of a reply to DOSE. */
const recordFields = ({ n, id, source, kind, state, volume, rate, given, at }: DoseFact) => ({
  n,
  id,
  src: source,
  kind,
  state,
  nl: volume,
  nlpd: rate,
  given_nl: given,
  us: at,
});

/** The heartbeat of this instant: what a host must not miss, without asking (V2). */
export const heartbeat = ({ session }: PumpLinkState, { ev, dose, alarms }: PumpFacts): string =>
  encodeLine({ kind: 'heartbeat', sid: session?.sid ?? NO_SESSION, fields: encodeFields({ ev, dose, al: alarms }) });
