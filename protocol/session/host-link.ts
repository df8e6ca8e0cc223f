/**
 * The host's side of a line: one session, one command outstanding, the same bytes again when no reply comes. A pure function from state
 * and input to state and outputs. It has no timer: `wait` asks for a `timeout` after so many milliseconds, and a later `wait` or
 * `quiet` takes that back.
 */
import { decodeLine, encodeLine, NO_SESSION, parseInteger, type Fields, type Line } from '../line.ts';
import { decodeReply, SCHEMA_HASH } from '../schema.ts';
import type { ReplyOf, Verb } from '../verbs.ts';
import type { Rules } from './rules.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** What the pump says of itself in a reply to HELLO, one atomic line. */
export type HelloFacts = ReplyOf<'HELLO'>;

/** Between a line and its repetition, and at last the giving up, ms. The pump answers or drops a line well within the first. */
export const RETRY_MS: readonly number[] = [300, 600, 1200];

interface Outstanding {
  readonly seq: number;
  readonly verb: Verb;
  readonly text: string;
  /** Times that it was sent. */
  readonly tries: number;
  readonly waits: readonly number[];
}

export interface HostLinkState {
  readonly role: string;
  /** The HELLO that waits for its reply; its nonce is good for one. */
  readonly hello: { readonly nonce: string; readonly text: string; readonly tries: number } | undefined;
  /** The last nonce that was used. */
  readonly nonce: string | undefined;
  readonly session: { readonly sid: string; readonly seq: number; readonly facts: HelloFacts } | undefined;
  /** The last session of this host: a pump that still holds it gives way to its own host. */
  readonly prev: string | undefined;
  readonly outstanding: Outstanding | undefined;
}

export const createHostLink = (role: string): HostLinkState => ({
  role,
  hello: undefined,
  nonce: undefined,
  session: undefined,
  prev: undefined,
  outstanding: undefined,
});

type ReplyLine = Extract<Line, { kind: 'reply' }>;

export type LinkInput =
  /** Begin a new session, and leave the old one if there is one. `nonce`: eight hexadecimal digits that were never used before. */
  | { readonly on: 'connect'; readonly nonce: string }
  /** Send a command; `waits`: other patience than `RETRY_MS`. */
  | { readonly on: 'request'; readonly verb: Verb; readonly fields: Fields; readonly waits?: readonly number[] }
  /** A line has come. */
  | { readonly on: 'line'; readonly text: string }
  /** The time of the last `wait` is over. */
  | { readonly on: 'timeout' };

export type LinkOutput =
  | { readonly do: 'send'; readonly text: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'quiet' }
  /** A session has begun. */
  | { readonly do: 'ready'; readonly facts: HelloFacts }
  /** The pump has answered a command. `tries`: a reply to a repeated line tells nothing about its time. */
  | { readonly do: 'reply'; readonly verb: Verb; readonly ok: boolean; readonly fields: Fields; readonly tries: number }
  /** There is no session, or no more. The command that was outstanding may have been obeyed, or not, or may yet be. */
  | {
      readonly do: 'lost';
      readonly why: 'silent' | 'stale' | 'refused';
      readonly code: string | undefined;
      readonly fields: Fields;
      readonly verb: Verb;
    };

export type LinkStep = readonly [HostLinkState, readonly LinkOutput[]];

const NOTHING: readonly LinkOutput[] = [];

export const hostLink =
  (rules: Rules) =>
  (state: HostLinkState, input: LinkInput): LinkStep => {
    switch (input.on) {
      case 'connect':
        return connect(rules, state, input.nonce);
      case 'request':
        return request(state, input.verb, input.fields, input.waits ?? RETRY_MS);
      case 'line':
        return onLine(state, input.text);
      case 'timeout':
        return onTimeout(rules, state);
    }
  };

function connect(rules: Rules, state: HostLinkState, fresh: string): LinkStep {
  const prev = state.session?.sid ?? state.prev;
  // Without the rule the first nonce is used again and again.
  const nonce = rules.includes('nonce') ? fresh : (state.nonce ?? fresh);
  const fields: Fields = {
    v: `1-${PROTOCOL_VERSION}`,
    nonce,
    role: state.role,
    schema: SCHEMA_HASH,
    ...(prev === undefined ? {} : { prev }),
  };
  const text = encodeLine({ kind: 'command', sid: NO_SESSION, seq: 0, verb: 'HELLO', fields });
  return [
    { ...state, hello: { nonce, text, tries: 1 }, nonce, session: undefined, prev, outstanding: undefined },
    [
      { do: 'send', text },
      { do: 'wait', ms: RETRY_MS[0] ?? 0 },
    ],
  ];
}

/** Throws when there is no session, or a command is outstanding: whoever asks has to know. */
function request(state: HostLinkState, verb: Verb, fields: Fields, waits: readonly number[]): LinkStep {
  const { session } = state;
  if (session === undefined || state.outstanding !== undefined)
    throw new Error(`${verb}: no session, or a command is outstanding`);
  const seq = session.seq + 1;
  const text = encodeLine({ kind: 'command', sid: session.sid, seq, verb, fields });
  return [
    { ...state, session: { ...session, seq }, outstanding: { seq, verb, text, tries: 1, waits } },
    [
      { do: 'send', text },
      { do: 'wait', ms: waits[0] ?? 0 },
    ],
  ];
}

function onLine(state: HostLinkState, text: string): LinkStep {
  const decoded = decodeLine(text);
  if (!decoded.ok || decoded.line.kind !== 'reply') return [state, NOTHING];
  const { line } = decoded;
  return line.sid === NO_SESSION ? onHelloReply(state, line) : onReply(state, line);
}

/**
 * Takes a reply to the HELLO that waits. With the reply its nonce is spent (H3): one that comes late, of a session that was replaced
 * since, would tell of a pump as it was.
 */
function onHelloReply(state: HostLinkState, { seq, ok, fields }: ReplyLine): LinkStep {
  const { hello } = state;
  if (hello === undefined || seq !== 0) return [state, NOTHING];
  if (!ok) {
    // One that names no nonce refuses something else: a line that was typed, or a command without a session.
    if (fields['nonce'] !== hello.nonce) return [state, NOTHING];
    const code = fields['code'];
    return [
      { ...state, hello: undefined },
      [{ do: 'quiet' }, { do: 'lost', why: 'refused', code, fields, verb: 'HELLO' }],
    ];
  }
  const check = decodeReply('HELLO', fields);
  if (!check.ok || check.reply.nonce !== hello.nonce) return [state, NOTHING];
  const session = { sid: check.reply.sid, seq: 0, facts: check.reply };
  return [
    { ...state, hello: undefined, session, prev: session.sid },
    [{ do: 'quiet' }, { do: 'ready', facts: check.reply }],
  ];
}

function onReply(state: HostLinkState, { sid, seq, ok, fields }: ReplyLine): LinkStep {
  const { session, outstanding } = state;
  if (session === undefined || outstanding === undefined || sid !== session.sid || seq !== outstanding.seq)
    return [state, NOTHING];
  const { verb, tries } = outstanding;
  const code = fields['code'];
  if (!ok && (code === 'STALE' || code === 'SEQ' || code === 'SEQ_REUSED')) {
    return [
      { ...state, session: undefined, outstanding: undefined },
      [{ do: 'quiet' }, { do: 'lost', why: 'stale', code, fields, verb }],
    ];
  }
  return [{ ...state, outstanding: undefined }, [{ do: 'quiet' }, { do: 'reply', verb, ok, fields, tries }]];
}

function onTimeout(rules: Rules, state: HostLinkState): LinkStep {
  const { hello, outstanding } = state;
  if (outstanding !== undefined) {
    const { tries, waits, text, verb } = outstanding;
    const ms = waits[tries];
    if (ms === undefined) {
      return [
        { ...state, session: undefined, outstanding: undefined },
        [{ do: 'lost', why: 'silent', code: undefined, fields: {}, verb }],
      ];
    }
    return [
      { ...state, outstanding: { ...outstanding, tries: tries + 1 } },
      [
        { do: 'send', text },
        { do: 'wait', ms },
      ],
    ];
  }
  if (hello === undefined) return [state, NOTHING];
  const ms = RETRY_MS[hello.tries];
  // The nonce is dropped with the attempt (H3).
  if (ms === undefined) {
    const dropped = rules.includes('nonce') ? undefined : hello;
    return [{ ...state, hello: dropped }, [{ do: 'lost', why: 'silent', code: undefined, fields: {}, verb: 'HELLO' }]];
  }
  return [
    { ...state, hello: { ...hello, tries: hello.tries + 1 } },
    [
      { do: 'send', text: hello.text },
      { do: 'wait', ms },
    ],
  ];
}

/** Milliseconds after which a pump that is held by another host may be asked again; undefined where the fields do not tell. */
export const heldFor = (fields: Fields): number | undefined => parseInteger(fields['left_ms'] ?? '');
