/** What became of a dose: its end is told, and while it is not known no other is taken. The host finds it out; a person may have to. */
import type { DoseResult, HelloFacts } from '../../protocol/index.ts';
import type { Settlement } from '../host/intent-store.ts';
import { ask } from './confirmation.ts';
import type { Conversation, Pending, Took } from './conversation.ts';
import { refreshSoon } from './keep-up.ts';
import { renderReply, renderResult } from './render.ts';

const SHOWN_DOSES = 4;

/** What the store has heard of the end of a dose. */
export type Settled = Settlement;

/** Why no dose is taken now; undefined: nothing is in the way. */
export function inTheWay({ dose }: Conversation): string | undefined {
  switch (dose.is) {
    case 'running':
      return `dose ${dose.n} is under way; wait for its end, or \`stop\``;
    case 'sent':
      return 'a dose is on its way to the pump';
    case 'doubt':
      return 'what became of the last dose is not known, and no other is given until `resolve` has found out';
    case 'none':
      return undefined;
  }
}

export function inDoubt(talk: Conversation, result: DoseResult): void {
  const { voice, paint } = talk;
  talk.dose = { is: 'doubt', open: talk.unsettled() !== undefined };
  voice.say(renderResult(result, paint));
  voice.say(
    `No other dose is given until \`resolve\` has found out. ${paint.bold('Do not give it in another way before that.')}`,
  );
  voice.record({ type: 'dose', ...result });
  voice.changed();
}

/** The end of a dose that runs comes by way of the store. What is waited for here is that nobody sees to it any more. */
export function follow(talk: Conversation, n: number): void {
  talk.dose = { is: 'running', n };
  talk.lastDose = Math.max(talk.lastDose, n);
  talk.voice.changed();
  void talk.host.outcome().then((outcome) => {
    const untold = talk.dose.is === 'running' && talk.dose.n === n;
    // The pump could not be asked: this is no end, and the intent stays in the store.
    if (outcome !== undefined && 'error' in outcome) {
      if (untold && !talk.over) loseSight(talk, n);
      return;
    }
    if (untold) talk.dose = { is: 'none' };
    refreshSoon(talk);
    talk.voice.changed();
  });
}

function loseSight(talk: Conversation, n: number): void {
  const { voice, paint } = talk;
  talk.dose = { is: 'doubt', open: true };
  voice.say(
    `${paint.red('Lost sight')} of dose ${n}: the pump has accepted it, and its end is not known. \`resolve\` asks again.`,
  );
  voice.changed();
}

export function settled(talk: Conversation, result: Settled): void {
  if (result.result === 'Accepted' || result.result === 'Resolved') return;
  if (result.result === 'Uncertain') {
    inDoubt(talk, result);
    talk.dose = { is: 'doubt', open: false };
    return;
  }
  talk.dose = { is: 'none' };
  talk.voice.record({ type: 'dose', ...result });
  talk.voice.say(renderResult(result, talk.paint));
  talk.voice.changed();
}

export async function resolve(talk: Conversation): Promise<Took> {
  const { voice, paint, host } = talk;
  if (talk.dose.is !== 'doubt' && talk.unsettled() === undefined) {
    voice.say(
      talk.dose.is === 'running'
        ? `Dose ${talk.dose.n} is under way; its end will be told here.`
        : 'No dose is in doubt.',
    );
    return 'done';
  }
  const facts = await host.connect();
  talk.lastDose = facts.dose;
  seekFate(talk, facts);
  if (talk.dose.is !== 'doubt') return 'done';
  if (talk.dose.open) {
    voice.say('The pump does not say yet what became of it. `resolve` asks again.');
    return 'wrong';
  }
  await showDoses(talk, facts.dose);
  if (!talk.interactive) return 'wrong';
  talk.asked = ask<Pending>(talk.asked, { kind: 'settle' }, talk.random(), talk.now());
  voice.say(
    `The pump itself cannot tell. Look at its last doses above and at the patient; then, to go on, type: ${paint.bold(`confirm ${talk.asked.code}`)}`,
  );
  return 'done';
}

/** A person has taken it upon them that the dose in doubt is over. */
export function settleByHand(talk: Conversation): void {
  talk.host.resolve();
  talk.dose = { is: 'none' };
  talk.voice.changed();
  talk.voice.say('Taken as settled by you.');
}

/** After a new session: is the intent that is left over under way, or in doubt? */
export function seekFate(talk: Conversation, facts: HelloFacts): void {
  const intent = talk.unsettled();
  if (intent === undefined) return;
  if (facts.last === intent.id && facts.lstate === 'ACCEPTED') {
    talk.voice.say(
      `${talk.paint.green('It was accepted')}, and is under way as dose ${facts.dose}. Its end will be told here.`,
    );
    follow(talk, facts.dose);
  } else if (talk.dose.is !== 'doubt') inDoubt(talk, { result: 'Uncertain', why: 'SILENT' });
}

async function showDoses({ host, voice, paint, width }: Conversation, last: number): Promise<void> {
  for (let n = Math.max(1, last - SHOWN_DOSES + 1); n <= last; n += 1) {
    const reply = await host.request('DOSE', { n });
    if (reply.ok) voice.say(renderReply('DOSE', reply.reply, { paint, width: width() }));
  }
}

/** A dose that an earlier console has left behind. */
export function tellLeftover({ unsettled, voice, paint }: Conversation): void {
  const left = unsettled();
  if (left === undefined) return;
  const wish = Object.entries(left.wish)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  voice.say(
    `${paint.yellow('A dose was left without a known end')}: ${left.verb} ${wish} (id ${left.id}), sent before ` +
      `${new Date(left.expires).toISOString().slice(0, 19).replace('T', ' ')} UTC. The pump is asked what became of it; it is not sent again.`,
  );
}

/** What whoever leaves now should know. */
export function farewell({ dose }: Conversation): string | undefined {
  if (dose.is === 'none') return undefined;
  return dose.is === 'running'
    ? `Dose ${dose.n} goes on without you; the next console here will tell its end.`
    : 'What became of the last dose is not known; the next console here will ask.';
}
