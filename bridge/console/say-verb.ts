/** A verb that is no dose: said to the pump, its reply shown, and what that means for what comes next. */
import { decodeArguments, type Fields, type ReplyOf, type Verb } from '../../protocol/index.ts';
import type { DoseVerb, EventMessage } from '../host/host.ts';
import type { Conversation, Took } from './conversation.ts';
import { refresh, takeStatus } from './keep-up.ts';
import { renderEvent, renderRefusal, renderReply } from './render.ts';
import { typedForm } from './usage.ts';
import { specOf } from './words.ts';

type Told = Readonly<Record<string, string | number | undefined>>;

const listsEvents = (verb: Verb): boolean => verb === 'LOG' || verb === 'ALARMS';

export async function sayVerb(talk: Conversation, verb: Verb, fields: Fields): Promise<Took> {
  const check = decodeArguments(verb, fields);
  if (!check.ok) {
    talk.voice.say(talk.paint.yellow(`${typedForm(verb)}: ${check.key}= cannot be said so`));
    return 'wrong';
  }
  if (verb === 'SIM RESET') talk.host.leave();
  const reply = await request(talk, verb, check.args);
  if (!reply.ok) {
    await onRefusal(talk, verb, fields, reply);
    return 'wrong';
  }
  const told: Told = reply.reply;
  showReply(talk, verb, told, reply.events);
  await afterwards(talk, verb, told);
  return 'done';
}

async function request(talk: Conversation, verb: Verb, args: object) {
  // Events that are asked for are no news.
  talk.reading = listsEvents(verb);
  try {
    // Behind a verb known only at run time the link between it and its arguments is lost; doses go another way.
    return await talk.host.request(verb as Exclude<Verb, DoseVerb>, args);
  } finally {
    talk.reading = false;
  }
}

async function onRefusal(
  talk: Conversation,
  verb: Verb,
  said: Fields,
  { code, fields }: { readonly code: string; readonly fields: Fields },
): Promise<void> {
  talk.voice.say(renderRefusal(typedForm(verb), code, fields, talk.paint));
  talk.voice.record({ type: 'reply', verb, ok: false, code, fields });
  if (code === 'PRECOND' && 'if' in said) await tellChange(talk, said['if'] ?? '');
  else await refresh(talk);
}

/** The person decided on a pump that has changed since: they see it as it is now, and may decide again. */
async function tellChange(talk: Conversation, was: string): Promise<void> {
  const { voice, paint, width } = talk;
  const fresh = await refresh(talk);
  if (fresh === undefined) return;
  voice.say(
    `Nothing was done: since you looked the revision has gone from ${was} to ${fresh.rev}. This is the pump now:`,
  );
  voice.say(renderReply('STATUS', fresh, { paint, width: width() }));
  talk.seen = fresh.rev;
}

function showReply(talk: Conversation, verb: Verb, told: Told, came: readonly EventMessage[]): void {
  const { voice, paint, width } = talk;
  const listing = listsEvents(verb);
  // What came with any other reply is news, and shown as such.
  const events = listing ? came : [];
  voice.record({
    type: 'reply',
    verb,
    ok: true,
    reply: told,
    ...(listing ? { events: events.map(({ ev, us, event, fields }) => ({ ev, us, event, fields })) } : {}),
  });
  const reply = renderReply(verb, told, { paint, width: width() });
  voice.say([...events.map((event) => renderEvent(event, paint)), reply].join('\n'));
  if (talk.interactive && verb === 'ALARMS' && events[0] !== undefined) {
    voice.say(paint.dim(`\`ack ev=${events[0].ev}\` acknowledges the first, as far as it can be; it restores no flow`));
  }
}

/** What a reply that was shown means for what comes next. */
async function afterwards(talk: Conversation, verb: Verb, told: Told): Promise<void> {
  if (typeof told['rev'] === 'number') talk.seen = told['rev'];
  if (verb === 'COMMIT') {
    if (typeof told['conc'] === 'number') talk.concentration = told['conc'];
    if (typeof told['pipe_nl'] === 'number') talk.pipe = told['pipe_nl'];
  }
  if (verb === 'SIM ADVANCE' && told['more'] === '1') talk.voice.say('not there yet: say it again');
  if (verb === 'SIM RESET' || verb === 'SIM REBOOT') {
    if (verb === 'SIM RESET') forgetPump(talk);
    // Its sessions are gone, or it is another pump now: what HELLO has said is void.
    talk.lastDose = (await talk.host.connect()).dose;
    await refresh(talk);
  } else if (verb === 'STATUS') await takeStatus(talk, told as unknown as ReplyOf<'STATUS'>);
  else if (specOf(verb).reads !== true) await refresh(talk);
}

/** Another pump, with a log of its own. */
function forgetPump(talk: Conversation): void {
  talk.cursor = { next: 1 };
  talk.concentration = undefined;
  talk.pipe = undefined;
}
