/**
 * A dose that a person gives: read back first, given through the host once its code has been typed, and never twice. What nobody was told
 * of is not given: another dose that came in between is a reason to read back again.
 */
import { decodeArguments, MAX_SEQ, type Fields } from '../../protocol/index.ts';
import { UserError } from '../exit.ts';
import { LinkError, type DoseAccepted, type DoseOutcome, type DoseVerb } from '../host/host.ts';
import { ask, confirm } from './confirmation.ts';
import type { Conversation, Pending, PendingDose, Took } from './conversation.ts';
import { follow, inDoubt, inTheWay, settleByHand } from './dose-fate.ts';
import { refresh } from './keep-up.ts';
import { readBack } from './read-back.ts';
import { typedForm } from './usage.ts';

/** Reads a dose back; it is given when its code is typed. */
export async function askFor(talk: Conversation, verb: DoseVerb, fields: Fields): Promise<Took> {
  const { voice, paint } = talk;
  if (!talk.interactive) {
    voice.say(
      `${typedForm(verb)}: a dose is read back, and given when a person types the code that comes with it; nobody can who ` +
        'is not there. Use the console on a terminal, or a scenario.',
    );
    voice.record({ type: 'mistake', text: 'a dose needs a person at a terminal' });
    return 'wrong';
  }
  const hindrance = inTheWay(talk);
  if (hindrance !== undefined) {
    voice.say(paint.yellow(`Not now: ${hindrance}`));
    return 'wrong';
  }
  const after = await numberOfLastDose(talk);
  talk.asked = ask<Pending>(talk.asked, { kind: 'dose', verb, fields, after }, talk.random(), talk.now());
  const { concentration, pipe } = talk;
  const words = readBack({ verb, fields, dose: after + 1, concentration, pipe });
  voice.say(`${words} Type: ${paint.bold(`confirm ${talk.asked.code}`)}`);
  return 'done';
}

async function numberOfLastDose(talk: Conversation): Promise<number> {
  const reply = await talk.host.request('DOSE', { n: MAX_SEQ });
  talk.lastDose = reply.ok ? reply.reply.n : Number(reply.fields['dose'] ?? talk.lastDose);
  return talk.lastDose;
}

export async function onConfirm(talk: Conversation, words: readonly string[]): Promise<Took> {
  const confirmed = confirm(talk.asked, words, talk.now());
  if (confirmed.ok || confirmed.spent) talk.asked = undefined;
  if (!confirmed.ok) {
    talk.voice.say(talk.paint.yellow(confirmed.text));
    return 'wrong';
  }
  if (confirmed.what.kind === 'dose') return give(talk, confirmed.what);
  settleByHand(talk);
  return 'done';
}

async function give(talk: Conversation, pending: PendingDose): Promise<Took> {
  const hindrance = inTheWay(talk);
  if (hindrance !== undefined) return notGiven(talk, hindrance);
  const last = await numberOfLastDose(talk);
  if (last !== pending.after) {
    return notGiven(talk, `dose ${last} was given since it was read back; type the command again`);
  }
  talk.dose = { is: 'sent' };
  try {
    const result = await send(talk, pending);
    if (result.result === 'Accepted') tellAccepted(talk, pending, result);
    else if (talk.unsettled() !== undefined) inDoubt(talk, result);
    await refresh(talk);
    return result.result === 'Accepted' || result.result === 'Done' ? 'done' : 'wrong';
  } catch (error) {
    // The intent cannot be stored, hence nothing was sent.
    if (error instanceof UserError) return notGiven(talk, error.message);
    if (!(error instanceof LinkError) || talk.unsettled() === undefined) throw error;
    inDoubt(talk, { result: 'Uncertain', why: 'SILENT' });
    return 'wrong';
  } finally {
    if (talk.dose.is === 'sent') talk.dose = { is: 'none' };
    talk.voice.changed();
  }
}

function notGiven({ voice, paint }: Conversation, why: string): Took {
  voice.say(paint.yellow(`Not given: ${why}`));
  return 'wrong';
}

/** Identity, precondition and deadline are the host's to say; what stands for them here is for the check alone. */
function send({ host }: Conversation, { verb, fields }: PendingDose): Promise<DoseAccepted | DoseOutcome> {
  const wish = decodeArguments(verb, { id: '-', after: '0', by: '0', onlost: 'continue', ...fields });
  if (!wish.ok) throw new Error(`${verb}: ${wish.key} was checked before`);
  const { id: _id, after: _after, by: _by, ...rest } = wish.args;
  return host.dose(verb, rest);
}

function tellAccepted(talk: Conversation, { verb, after }: PendingDose, { dose, fields }: DoseAccepted): void {
  const { voice, paint } = talk;
  voice.say(`${paint.green('Accepted')} as dose ${dose}${acceptedInWords(verb, fields)}. Its end will be told here.`);
  if (dose !== after + 1)
    voice.say(paint.yellow(`It was read back as dose ${after + 1}: look at both with \`dose n=${after + 1}\``));
  follow(talk, dose);
}

/** What the pump makes of it: whole motor steps, and for a priming the volume at all. */
function acceptedInWords(verb: DoseVerb, { nl, nlpd }: Fields): string {
  if (nl === undefined || nlpd === undefined) return '';
  const said = readBack({ verb: 'BOLUS', fields: { nl, nlpd }, dose: 0 }).split('\n')[0] ?? '';
  return `: ${said.replace(/^BOLUS /, verb === 'PRIME' ? 'priming ' : '').replace(/, dose 0;$/, '')}`;
}
