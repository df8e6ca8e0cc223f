/** What a line means: a word of the console itself, a dose, or a verb for the pump. */
import type { Conversation, Took } from './conversation.ts';
import { askFor, onConfirm } from './dose-by-hand.ts';
import { resolve } from './dose-fate.ts';
import { parseLine, verbIn, type Parsed } from './parse-line.ts';
import { sayVerb } from './say-verb.ts';
import { helpOn, helpOnAll } from './usage.ts';
import type { Known, OwnWordName } from './words.ts';

/** Read with what is known now: what was not typed is filled in from that. */
export const parse = (talk: Conversation, line: string): Parsed => parseLine(line, known(talk));

const known = ({ seen, status, lastDose, now }: Conversation): Known => ({
  revision: seen,
  next: status?.next,
  dose: lastDose,
  us: status?.us,
  hostUs: Math.floor(now() * 1000),
});

export async function obey(talk: Conversation, parsed: Parsed): Promise<Took> {
  switch (parsed.kind) {
    case 'nothing':
      return 'done';
    case 'mistake':
      return tellMistake(talk, parsed);
    case 'own':
      return OWN[parsed.word](talk, parsed.rest);
    case 'verb':
      if (parsed.verb === 'BOLUS' || parsed.verb === 'PRIME') return askFor(talk, parsed.verb, parsed.fields);
      return sayVerb(talk, parsed.verb, parsed.fields);
  }
}

function tellMistake({ voice, paint }: Conversation, { what, usage }: Extract<Parsed, { kind: 'mistake' }>): Took {
  voice.say(`${paint.yellow(what)}${usage === undefined ? '' : `\n  usage: ${usage}`}`);
  voice.record({ type: 'mistake', text: what });
  return 'wrong';
}

const OWN: Readonly<Record<OwnWordName, (talk: Conversation, rest: readonly string[]) => Promise<Took> | Took>> = {
  quit: () => 'quit',
  help,
  confirm: onConfirm,
  resolve,
};

function help({ voice, host }: Conversation, rest: readonly string[]): Took {
  if (rest.length === 0) {
    voice.say(helpOnAll(host.session?.world !== 'REAL'));
    return 'done';
  }
  const found = verbIn(rest);
  voice.say('what' in found ? found.what : helpOn(found.verb));
  return 'what' in found ? 'wrong' : 'done';
}
