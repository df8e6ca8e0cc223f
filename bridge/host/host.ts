/**
 * The commanding side of a line: one command outstanding, replies matched by sequence number. Version 1 of the protocol
 * promises nothing about retries, so there are none: a command without an answer is an error for the caller to judge.
 */
import { Subject, type Observable } from 'rxjs';
import {
  decodeLine,
  decodeReply,
  encodeFields,
  encodeLine,
  NO_SESSION,
  type ArgumentsOf,
  type Fields,
  type Line,
  type ReplyOf,
  type Verb,
} from '../../protocol/index.ts';
import { readLines } from '../wire/line-reader.ts';
import type { Wire } from '../wire/wire.ts';

export type EventMessage = Extract<Line, { kind: 'event' }>;

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

export interface Host {
  readonly url: string;
  /** Sends a command and waits for its reply; rejects with LinkError when there is none. Calls wait for each other. */
  request<V extends Verb>(verb: V, args: ArgumentsOf<V>): Promise<Reply<V>>;
  /** Event lines as they come, pushed or replayed. Completes when the line ends. */
  readonly events: Observable<EventMessage>;
  close(): Promise<void>;
}

/** The longest that a pump may take for an answer; a walk of a million steps stays far below. */
const REPLY_TIMEOUT_MS = 10_000;

const encoder = new TextEncoder();

interface Pending {
  readonly seq: number;
  readonly events: EventMessage[];
  readonly resolve: (line: Extract<Line, { kind: 'reply' }>) => void;
  readonly reject: (error: LinkError) => void;
}

export function createHost(wire: Wire, timeoutMs = REPLY_TIMEOUT_MS): Host {
  const events = new Subject<EventMessage>();
  let seq = 0;
  let pending: Pending | undefined;
  let ended: LinkError | undefined;
  /** The last that the far end said to people: it may tell why it leaves. */
  let remark: string | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const stop = readLines(wire, { onLine: receive, onDiscard: () => {} });

  function receive(text: string): void {
    const decoded = decodeLine(text);
    if (!decoded.ok) return;
    const { line } = decoded;
    if (line.kind === 'human') remark = line.text;
    else if (line.kind === 'event') {
      pending?.events.push(line);
      events.next(line);
    } else if (line.kind === 'reply' && line.sid === NO_SESSION && line.seq === pending?.seq) pending.resolve(line);
  }

  void wire.closed.then((close) => {
    const detail = close.reason === 'lost' ? close.detail : 'closed by this side';
    const said = remark === undefined ? 'Is the pump still there?' : `It had said: "${remark}"`;
    ended = new LinkError(`${wire.url}: the line ended: ${detail}. ${said}`);
    pending?.reject(ended);
    stop();
    events.complete();
  });

  async function exchange<V extends Verb>(verb: V, args: ArgumentsOf<V>): Promise<Reply<V>> {
    if (ended !== undefined) throw ended;
    seq += 1;
    const line = encodeLine({ kind: 'command', sid: NO_SESSION, seq, verb, fields: encodeFields(args) });
    const heard: EventMessage[] = [];
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<Extract<Line, { kind: 'reply' }>>((resolve, reject) => {
        pending = { seq, events: heard, resolve, reject };
        timer = setTimeout(() => {
          reject(
            new LinkError(`${wire.url}: no answer to ${verb} within ${timeoutMs / 1000} s. Does a pump listen there?`),
          );
        }, timeoutMs);
        wire.write(encoder.encode(`${line}\n`));
      });
      if (!reply.ok) return { ok: false, code: reply.fields['code'] ?? 'none', fields: reply.fields };
      const check = decodeReply(verb, reply.fields);
      if (!check.ok) throw new LinkError(`${wire.url}: ${check.detail}. Do both sides speak the same schema?`);
      return { ok: true, reply: check.reply, events: heard };
    } finally {
      clearTimeout(timer);
      pending = undefined;
    }
  }

  return {
    url: wire.url,
    request: (verb, args) => {
      const result = queue.then(() => exchange(verb, args));
      queue = result.catch(() => undefined);
      return result;
    },
    events: events.asObservable(),
    close: () => wire.close(),
  };
}
