/**
 * What the pump does by itself, shown as it happens: events, each once and in their order, and the state in the prompt. The two need
 * each other: an event is a reason to ask for the state, and the state tells of events that did not come.
 */
import type { ReplyOf } from '../../protocol/index.ts';
import { LinkError, type EventMessage, type HeartbeatMessage } from '../host/host.ts';
import type { Conversation } from './conversation.ts';
import { isBehind, onEvent } from './event-cursor.ts';
import { renderEvent } from './render.ts';

/** Entries of a gap that are shown at the most; the log has the others. */
const MAX_SHOWN = 100;
const LOG_CHUNK = 64;
/** Requests that the search for the last COMMIT may take. */
const MAX_LOOKS = 4;

/** For what nobody has asked for; a line that has failed is told by whoever watches it. */
const quietly = (error: unknown): void => {
  if (!(error instanceof LinkError)) throw error;
};

export function hear(talk: Conversation, event: EventMessage): void {
  if (talk.reading) {
    talk.missed = Math.max(talk.missed, event.ev);
    return;
  }
  const [next, what] = onEvent(talk.cursor, event.ev);
  talk.cursor = next;
  if (what === 'show') show(talk, event);
  else if (what === 'fetch') catchUpSoon(talk);
}

export function hearHeartbeat(talk: Conversation, { fields }: HeartbeatMessage): void {
  talk.lastDose = Math.max(talk.lastDose, Number(fields['dose'] ?? 0));
  if (!talk.reading && isBehind(talk.cursor, Number(fields['ev'] ?? 0))) catchUpSoon(talk);
}

function show(talk: Conversation, event: EventMessage): void {
  learn(talk, event);
  talk.voice.record({ type: 'event', ev: event.ev, us: event.us, event: event.event, fields: event.fields });
  // After the reply that came with it.
  setImmediate(() => {
    talk.voice.say(renderEvent(event, talk.paint));
    refreshSoon(talk);
  });
}

function learn(talk: Conversation, { event, fields }: EventMessage): void {
  if (event === 'COMMIT' && fields['conc'] !== undefined) talk.concentration = Number(fields['conc']);
}

/** Shows what the pump has logged and the person has not seen. */
export async function catchUp(talk: Conversation): Promise<void> {
  if (talk.reading) return;
  talk.reading = true;
  const { host, paint, voice } = talk;
  const from = talk.cursor.next;
  try {
    for (let first = true; ; first = false) {
      talk.missed = 0;
      const reply = await host.request('LOG', { from: talk.cursor.next, n: LOG_CHUNK });
      if (!reply.ok) return;
      const { end, next, lost } = reply.reply;
      if (lost > 0) voice.say(paint.yellow(`${lost} log entries were overwritten before they could be read`));
      if (first && end - from > MAX_SHOWN) {
        voice.say(
          paint.dim(`entries ${from} to ${end - MAX_SHOWN - 1} are not shown; \`log from=${from}\` tells them`),
        );
        talk.cursor = { next: end - MAX_SHOWN };
        continue;
      }
      for (const event of reply.events) {
        if (event.ev < talk.cursor.next || event.ev >= next) continue;
        talk.cursor = { next: event.ev + 1 };
        show(talk, event);
      }
      talk.cursor = { next: Math.max(talk.cursor.next, next) };
      if (next >= end && talk.missed < talk.cursor.next) return;
    }
  } finally {
    talk.reading = false;
  }
}

const catchUpSoon = (talk: Conversation): void => void catchUp(talk).catch(quietly);

export function refreshSoon(talk: Conversation): void {
  if (talk.refreshing || !talk.interactive) return;
  talk.refreshing = true;
  refresh(talk)
    .catch(quietly)
    .finally(() => (talk.refreshing = false));
}

/** Asks for the state, for the prompt alone: what a person decides on is what they have seen. */
export async function refresh(talk: Conversation): Promise<ReplyOf<'STATUS'> | undefined> {
  const reply = await talk.host.request('STATUS', {});
  if (!reply.ok) return undefined;
  await takeStatus(talk, reply.reply);
  // Events that were fetched meanwhile may have been a reason to ask again.
  return talk.status;
}

/** The state as the pump has just told it. */
export async function takeStatus(talk: Conversation, status: ReplyOf<'STATUS'>): Promise<void> {
  talk.status = status;
  talk.voice.changed();
  if (isBehind(talk.cursor, status.next)) await catchUp(talk);
}

/** The last COMMIT of the log tells the concentration; one that lies far back is not worth the wait. */
export async function findConcentration(talk: Conversation, end: number): Promise<void> {
  talk.reading = true;
  try {
    for (let looks = 1, from = end; looks <= MAX_LOOKS && from > 1 && talk.concentration === undefined; looks += 1) {
      const upTo = from;
      from = Math.max(1, from - LOG_CHUNK);
      const reply = await talk.host.request('LOG', { from, n: upTo - from });
      if (!reply.ok) return;
      for (const event of reply.events) if (event.ev < upTo) learn(talk, event);
      if (reply.reply.oldest > from) return;
    }
  } finally {
    talk.reading = false;
  }
}
