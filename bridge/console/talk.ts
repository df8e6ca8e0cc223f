/**
 * The conversation with a pump, whoever types: lines in, texts out. It knows what the person has seen, and what it may say for them.
 * Doses go through the host alone, and never twice: while the fate of one is not known, no other is taken.
 */
import { LinkError, type Host } from '../host/host.ts';
import { newConversation, type Conversation, type TalkOptions, type Took } from './conversation.ts';
import { farewell, seekFate, settled, tellLeftover, type Settled } from './dose-fate.ts';
import { findConcentration, hear, hearHeartbeat, refresh } from './keep-up.ts';
import { obey, parse } from './obey.ts';
import { renderGreeting, renderPrompt } from './render.ts';
import { sayVerb } from './say-verb.ts';

export interface Talk {
  /** Begins the session, and says what was found. Rejects with LinkError. */
  readonly begin: () => Promise<void>;
  /** Does what a line says. STOP waits for nothing, all others for the one before. Rejects with LinkError when the line fails. */
  readonly take: (line: string) => Promise<Took>;
  /** Stops the pump, ahead of everything. */
  readonly stop: () => Promise<void>;
  readonly prompt: () => string;
  /** What whoever leaves now should know; undefined: nothing. */
  readonly farewell: () => string | undefined;
  /** The store has heard of the end of a dose. */
  readonly settled: (result: Settled) => void;
}

export function createTalk(host: Host, options: TalkOptions): Talk {
  const talk = newConversation(host, options);
  host.events.subscribe({ next: (event) => hear(talk, event), complete: () => (talk.over = true) });
  host.heartbeats.subscribe((heartbeat) => hearHeartbeat(talk, heartbeat));
  return {
    begin: () => begin(talk),
    take: taking(talk),
    stop: () => stop(talk),
    prompt: () => renderPrompt(talk.status, talk.dose.is === 'doubt', talk.paint),
    farewell: () => farewell(talk),
    settled: (result) => settled(talk, result),
  };
}

function taking(talk: Conversation): Talk['take'] {
  let queue: Promise<unknown> = Promise.resolve();
  return (line) => {
    const parsed = parse(talk, line);
    if (parsed.kind === 'verb' && parsed.verb === 'STOP') return stop(talk).then(() => 'done');
    // What it means is known when its turn has come: the line before may have changed it.
    const done = queue.then(() => obey(talk, parse(talk, line)));
    queue = done.catch(() => undefined);
    return done;
  };
}

async function begin(talk: Conversation): Promise<void> {
  const { host, voice, paint, interactive } = talk;
  tellLeftover(talk);
  const facts = await host.connect();
  talk.lastDose = facts.dose;
  // What happened before is in the log.
  talk.cursor = { next: facts.ev };
  talk.reading = false;
  const fresh = await refresh(talk);
  const device = await host.request('DEVICE', {});
  if (fresh === undefined) throw new LinkError(`${host.url}: the pump refuses STATUS`);
  const profile = device.ok ? device.reply.profile : undefined;
  talk.seen = fresh.rev;
  voice.record({ type: 'hello', ...facts, ...(profile === undefined ? {} : { profile }), status: fresh });
  voice.say(renderGreeting({ url: host.url, facts, status: fresh, profile }, paint));
  if (fresh.alarms > 0) await sayVerb(talk, 'ALARMS', {});
  seekFate(talk, facts);
  if (interactive) {
    voice.say(
      paint.dim(
        '`help` lists what can be typed, Tab completes, Ctrl-C twice stops the pump, Ctrl-D leaves it as it is.',
      ),
    );
    await findConcentration(talk, facts.ev);
  }
}

async function stop(talk: Conversation): Promise<void> {
  const { host, voice, paint } = talk;
  // What was read back was about a pump that ran; what is on its way must not begin after the stop.
  talk.asked = undefined;
  host.giveUp();
  voice.say(paint.bold('STOP sent, in both forms.'));
  await host.stop();
  voice.say(paint.green('The pump says that it has stopped.'));
  const fresh = await refresh(talk);
  if (fresh === undefined) return;
  talk.seen = fresh.rev;
  voice.record({ type: 'reply', verb: 'STOP', ok: true, reply: { rev: fresh.rev } });
  voice.say(`Mode ${fresh.mode}, ${fresh.nlpd} nL/day, revision ${fresh.rev}. A therapy goes on by \`start\` alone.`);
}
