/**
 * Lines that a person types at the pump's port (PROTOCOL.md, T1 to T7). They need neither session nor check. What reads is done at
 * once; what doses is read back, and done when the person types the code that came with it: their eyes stand in for the check, the code
 * for id and precondition.
 */
import { crc32 } from '../crc32.ts';
import { encodeLine, NO_SESSION, parseInteger, type Fields } from '../line.ts';
import { decodeArguments } from '../schema.ts';
import type { Verb } from '../verbs.ts';
import { NO_ID, oldestKept, recordIn, type PumpFacts } from './facts.ts';
import {
  LEASE_MS,
  type LinkSettings,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type PumpStep,
  type VerbReply,
} from './pump-state.ts';
import type { ReadBack } from './read-back.ts';
import { accept, obeyStop, onBadLine, refuse, replyLines } from './replies.ts';

/** How long a read-back waits for its code, ms. */
const CONFIRM_MS = 30_000;

type LineInput = Extract<PumpInput, { on: 'line' }>;

interface TypedCommand {
  readonly usage: string;
  readonly text: string;
  /** Reads, or doses: what the setting `typed` tells apart. */
  readonly does: 'read' | 'dose';
  readonly run: (
    state: PumpLinkState,
    fields: Fields,
    input: LineInput,
    words: readonly string[],
    settings: LinkSettings,
  ) => PumpStep;
}

const TO_TYPED = { sid: NO_SESSION, seq: 0 } as const;

const human = (text: string): string => encodeLine({ kind: 'human', text });

/** Text for people, then the reply for machines, so that the log of a session by hand can be read by both. */
const tell = (state: PumpLinkState, texts: readonly string[], reply: VerbReply): PumpStep => [
  state,
  [{ do: 'send', lines: [...texts.map(human), ...replyLines(TO_TYPED, reply)] }],
];

/** The pump does what a host could ask for with the same words. */
const ask =
  (verb: Verb, defaults: (facts: PumpFacts, fields: Fields) => Fields = () => ({})): TypedCommand['run'] =>
  (state, fields, { text, facts }) => {
    const check = decodeArguments(verb, { ...defaults(facts, fields), ...fields });
    if (!check.ok)
      return tell(
        state,
        [`${verb}: ${check.key} is not a key, or not such a value`],
        refuse(check.code, { key: check.key }),
      );
    const output: PumpOutput = { do: 'obey', verb, args: check.args };
    return [{ ...state, obeying: { ...TO_TYPED, text, typed: { verb } } }, [output]];
  };

/** As in a line of a machine (L7), but that a person may type a key in capitals. */
const WORD = /^[A-Za-z][A-Za-z0-9_]{0,15}=[A-Za-z0-9_.:+-]{1,40}$/;

/** Entries of the log that LOG shows when it is not told which. */
const RECENT = 8;

export const TYPED: Readonly<Record<string, TypedCommand>> = {
  HELP: {
    usage: 'HELP',
    text: 'this list',
    does: 'read',
    run: (state, _, __, ___, { typed }) =>
      tell(
        state,
        Object.values(TYPED)
          .filter(({ does }) => does === 'read' || typed === 'dose')
          .map(({ usage, text }) => `${usage}: ${text}`),
        accept(),
      ),
  },
  STATUS: { usage: 'STATUS', text: 'what the pump believes', does: 'read', run: ask('STATUS') },
  ALARMS: { usage: 'ALARMS', text: 'the active alarms', does: 'read', run: ask('ALARMS') },
  LOG: {
    usage: 'LOG [from=N] [n=N]',
    text: 'entries of the log, the latest if none are named',
    does: 'read',
    // The log of the line has numbers of its own, and is short.
    run: ask('LOG', ({ ev }, { log, n = String(RECENT) }) =>
      log === 'link' ? { from: '1', n: '64' } : { from: String(Math.max(1, ev - (parseInteger(n) ?? RECENT))), n },
    ),
  },
  STOP: {
    usage: 'STOP',
    text: 'stops therapy and dose at once; Ctrl-C twice does the same',
    does: 'read',
    run: (state, _, { text }) => obeyStop(state, { ...TO_TYPED, text, typed: { verb: 'STOP' } }, 'typed'),
  },
  BOLUS: {
    usage: 'BOLUS nl=N [nlpd=N] [over=bolus]',
    text: 'one bolus: volume in nanolitres, rate in nanolitres a day, the fastest if none is named',
    does: 'dose',
    run: readBackBolus,
  },
  RELEASE: {
    usage: 'RELEASE',
    text: 'ends the session of a host that holds the pump',
    does: 'dose',
    run: readBackRelease,
  },
  CONFIRM: { usage: 'CONFIRM NNNN', text: 'does what was read back', does: 'dose', run: confirm },
};

export function onTyped(settings: LinkSettings, state: PumpLinkState, input: LineInput): PumpStep {
  const [first = '', ...rest] = input.text.trim().split(/ +/);
  const name = first.toUpperCase();
  const command = Object.hasOwn(TYPED, name) ? TYPED[name] : undefined;
  // Noise on the line reads as something typed: remarks about it come no faster than those about damaged lines.
  if (command === undefined) return instead(onBadLine(state, input.at), `not a command; HELP lists what can be typed`);
  if (name !== 'STOP' && settings.typed === 'off')
    return tell(state, ['typed lines are switched off here, all but STOP'], refuse('TYPED_OFF'));
  if (command.does === 'dose' && settings.typed === 'read')
    return tell(state, ['typed lines only read here'], refuse('TYPED_OFF'));
  // Whoever has typed STOP and more wants it stopped all the same.
  const read = name === 'CONFIRM' || name === 'STOP' ? { fields: {} } : fieldsOf(rest);
  if ('wrong' in read) return tell(state, [`${read.wrong}; ${command.usage}`], refuse('GRAMMAR'));
  return command.run(state, read.fields, input, rest, settings);
}

/** Words `key=value` as fields, or what is wrong with one of them. */
function fieldsOf(words: readonly string[]): { readonly fields: Fields } | { readonly wrong: string } {
  const fields = Object.create(null) as Record<string, string>;
  for (const word of words) {
    const cut = word.indexOf('=');
    const key = word.slice(0, cut).toLowerCase();
    if (!WORD.test(word)) return { wrong: `${word.slice(0, 40)} is not key=value` };
    if (key in fields) return { wrong: `${key} stands there twice` };
    fields[key] = word.slice(cut + 1);
  }
  return { fields };
}

const instead = ([state, outputs]: PumpStep, text: string): PumpStep => [
  state,
  outputs.length === 0 ? outputs : [{ do: 'send', lines: [human(text)] }],
];

/** A host that drives the pump must not find that somebody else has dosed it meanwhile. */
function held(
  { session }: PumpLinkState,
  at: number,
): { readonly text: string; readonly reply: VerbReply } | undefined {
  // In lock step no lease ends by itself, but whoever is silent for as long holds nothing.
  if (session === undefined || at - session.heard > LEASE_MS) return undefined;
  const left = Math.max(0, LEASE_MS - (at - session.heard));
  return {
    text: `session ${session.sid} (${session.role}) holds the pump; wait until it has been silent for ${LEASE_MS / 1000} s, or type RELEASE`,
    reply: refuse('HELD', { left_ms: left }),
  };
}

const TYPED_KEYS = ['nl', 'nlpd', 'over'];

function readBackBolus(state: PumpLinkState, fields: Fields, { at, facts }: LineInput): PumpStep {
  const holder = held(state, at);
  if (holder !== undefined) return tell(state, [holder.text], holder.reply);
  const strange = Object.keys(fields).find((key) => !TYPED_KEYS.includes(key));
  const usage = TYPED['BOLUS']?.usage;
  if (strange !== undefined) {
    return tell(state, [`${strange} is no key that can be typed; ${usage}`], refuse('UNKNOWN_KEY', { key: strange }));
  }
  // The identity is what a typed dose has not: here it only fills the form.
  const whole = { id: '00000000', after: '0', by: '0', onlost: 'continue', nlpd: String(facts.flowMax), ...fields };
  const check = decodeArguments('BOLUS', whole);
  if (!check.ok) {
    const what = check.code === 'MISSING_KEY' ? 'is missing' : 'has a value that it cannot have';
    return tell(state, [`${check.key} ${what}; ${usage}`], refuse(check.code, { key: check.key }));
  }
  const { nlpd, over } = check.args;
  const { flowMin, flowMax, step } = facts;
  const nl = Math.round(check.args.nl / step) * step;
  if (nl === 0 || nlpd < flowMin || nlpd > flowMax) {
    const limits = `at least ${step} nL, at ${flowMin} to ${flowMax} nL/day`;
    return tell(state, [`no bolus of this pump; ${limits}`], refuse('BOLUS_RANGE', { nl, nlpd }));
  }
  const dose = facts.dose + 1;
  const args = { nl, nlpd, ...(over === undefined ? {} : { over }) };
  const text = `BOLUS ${nl} nL = ${(nl / 1000).toFixed(3)} uL at ${nlpd} nL/day = ${(nlpd / 24_000_000).toFixed(3)} mL/h, dose ${dose}.`;
  return readBack(state, at, { kind: 'dose', args, after: facts.dose }, text);
}

function readBackRelease(state: PumpLinkState, _: Fields, { at }: LineInput): PumpStep {
  const { session } = state;
  if (session === undefined) return tell(state, ['no session holds the pump'], refuse('NOT_HELD'));
  return readBack(
    state,
    at,
    { kind: 'release', sid: session.sid },
    `RELEASE ends session ${session.sid} (${session.role}).`,
  );
}

function readBack(state: PumpLinkState, at: number, what: ReadBack['what'], text: string): PumpStep {
  const readBacks = state.readBacks + 1;
  const number = crc32(`${state.boot} ${state.sessions} ${readBacks}`) % 10_000;
  // Not a code that is still known: a line that was typed once too often must not confirm what came after it.
  const known = [state.readBack?.code, state.confirmed?.code];
  const codes = [number, number + 1, number + 2].map((one) => String(one % 10_000).padStart(4, '0'));
  const code = codes.find((one) => !known.includes(one)) ?? '';
  return tell(
    { ...state, readBacks, readBack: { code, until: at + CONFIRM_MS, what } },
    [`${text} Type: confirm ${code}`],
    accept({ state: 'READ_BACK', code }),
  );
}

function confirm(state: PumpLinkState, _: Fields, { at, facts, text }: LineInput, words: readonly string[]): PumpStep {
  const [code = ''] = words;
  const { readBack: asked, confirmed } = state;
  if (confirmed?.code === code && asked?.code !== code) {
    const { dose } = confirmed;
    const outcome = recordIn(facts, dose)?.state;
    // What is no longer kept may have been interrupted.
    if (outcome === undefined)
      return tell(state, [`already dose ${dose}, whose record is no longer kept`], refuse('GONE', oldestKept(facts)));
    return tell(state, [`already dose ${dose} ${outcome}`], accept({ state: outcome, dose, dup: 1 }));
  }
  if (asked?.code !== code || words.length !== 1)
    return tell(
      state,
      [code === '' ? 'the code is missing; CONFIRM NNNN' : 'nothing waits for this code'],
      refuse('CONFIRM'),
    );
  const spent: PumpLinkState = { ...state, readBack: undefined };
  if (at > asked.until) return tell(spent, ['the code is older than 30 s; type the command again'], refuse('CONFIRM'));
  if (asked.what.kind === 'release') return release(spent, asked.what.sid);
  const holder = held(state, at);
  if (holder !== undefined) return tell(spent, [holder.text], holder.reply);
  if (asked.what.after !== facts.dose) {
    return tell(
      spent,
      [`dose ${facts.dose} was given since; type the command again`],
      refuse('PRECOND', { dose: facts.dose }),
    );
  }
  return [
    { ...spent, obeying: { ...TO_TYPED, text, typed: { verb: 'BOLUS', code } } },
    [{ do: 'obey', verb: 'BOLUS', args: asked.what.args, dose: { id: NO_ID, terms: NO_ID, source: 'typed' } }],
  ];
}

function release(state: PumpLinkState, sid: string): PumpStep {
  if (state.session?.sid !== sid) return tell(state, [`session ${sid} is over already`], refuse('NOT_HELD'));
  const [next, outputs] = tell({ ...state, session: undefined }, [`session ${sid} is over`], accept());
  return [next, [{ do: 'note', kind: 'RELEASED', sid }, { do: 'abandon' }, ...outputs]];
}
