/**
 * The conversation with a pump, whoever types: lines in, texts out. It knows what the person has seen, and what it may say for them.
 * Doses go through the host alone, and never twice: while the fate of one is not known, no other is taken.
 */
import {
  decodeArguments,
  MAX_SEQ,
  type DoseIntent,
  type DoseResult,
  type Fields,
  type HelloFacts,
  type ReplyOf,
  type Verb,
} from '../../protocol/index.ts';
import { LinkError, type DoseVerb, type EventMessage, type Host } from '../host/host.ts';
import { ask, confirm, type Asked } from './confirmation.ts';
import { isBehind, onEvent, type EventCursor } from './event-cursor.ts';
import { parseLine, verbIn, type Parsed } from './parse-line.ts';
import { readBack } from './read-back.ts';
import {
  renderEvent,
  renderGreeting,
  renderPrompt,
  renderRefusal,
  renderReply,
  renderResult,
  type Paint,
} from './render.ts';
import { helpOn, helpOnAll, typedForm } from './usage.ts';
import { specOf, type Known, type OwnWordName } from './words.ts';

/** Where a conversation goes. */
export interface Voice {
  /** For people. */
  readonly say: (text: string) => void;
  /** For machines: replies and events as they are. */
  readonly record: (entry: object) => void;
  /** The state that the prompt shows has changed. */
  readonly changed: () => void;
}

export interface TalkOptions {
  readonly voice: Voice;
  readonly paint: Paint;
  readonly width: () => number;
  /** The intent of the store that has no result. */
  readonly unsettled: () => DoseIntent | undefined;
  /** A person is there: only they can confirm what was read back. */
  readonly interactive: boolean;
  /** The host's clock, ms. */
  readonly now: () => number;
  /** From 0 to 9999, not to be guessed. */
  readonly random: () => number;
}

/** What became of a line: `wrong` if it was not understood, or refused. */
export type Took = 'done' | 'wrong' | 'quit';

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
  readonly settled: (result: DoseResult | { readonly result: 'Accepted'; readonly dose: number }) => void;
}

type Pending =
  | { readonly kind: 'dose'; readonly verb: DoseVerb; readonly fields: Fields; readonly after: number }
  /** A person has looked and takes it upon them that a dose in doubt is over. */
  | { readonly kind: 'settle' };

type DoseState =
  | { readonly is: 'none' }
  | { readonly is: 'sent' }
  | { readonly is: 'running'; readonly n: number }
  /** `open`: the pump can still be asked. */
  | { readonly is: 'doubt'; readonly open: boolean };

/** Entries of a gap that are shown at the most; the log has the others. */
const MAX_SHOWN = 100;
const LOG_CHUNK = 64;
/** Requests that the search for the last COMMIT may take. */
const MAX_LOOKS = 4;
const SHOWN_DOSES = 4;

/** For what nobody has asked for; a line that has failed is told by whoever watches it. */
const quietly = (error: unknown): void => {
  if (!(error instanceof LinkError)) throw error;
};

/** What the pump makes of it: whole motor steps, and for a priming the volume at all. */
const acceptedInWords = (verb: DoseVerb, { nl, nlpd }: Fields): string => {
  if (nl === undefined || nlpd === undefined) return '';
  const said = readBack({ verb: 'BOLUS', fields: { nl, nlpd }, dose: 0 }).split('\n')[0] ?? '';
  return `: ${said.replace(/^BOLUS /, verb === 'PRIME' ? 'priming ' : '').replace(/, dose 0;$/, '')}`;
};

export function createTalk(host: Host, options: TalkOptions): Talk {
  const { voice, paint, width, unsettled, interactive, now, random } = options;
  let status: ReplyOf<'STATUS'> | undefined;
  /** The revision as the person last saw it, which is not the newest that came over the line. */
  let seen: number | undefined;
  let cursor: EventCursor = { next: 0 };
  let lastDose = 0;
  let concentration: number | undefined;
  let pipe: number | undefined;
  let asked: Asked<Pending> | undefined;
  let dose: DoseState = { is: 'none' };
  /** A log is being read: lines that come meanwhile are answers, or will be fetched. True until it is known where the log stands. */
  let reading = true;
  /** The largest number of an event that came meanwhile. */
  let missed = 0;

  const say = (text: string): void => voice.say(text);

  // ---- events

  function hear(event: EventMessage): void {
    if (reading) {
      missed = Math.max(missed, event.ev);
      return;
    }
    const [next, what] = onEvent(cursor, event.ev);
    cursor = next;
    if (what === 'show') show(event);
    else if (what === 'fetch') catchUpSoon();
  }

  function show(event: EventMessage): void {
    learn(event);
    voice.record({ type: 'event', ev: event.ev, us: event.us, event: event.event, fields: event.fields });
    // After the reply that came with it.
    setImmediate(() => {
      say(renderEvent(event, paint));
      refreshSoon();
    });
  }

  function learn({ event, fields }: EventMessage): void {
    if (event === 'COMMIT' && fields['conc'] !== undefined) concentration = Number(fields['conc']);
  }

  /** Shows what the pump has logged and the person has not seen. */
  async function catchUp(): Promise<void> {
    if (reading) return;
    reading = true;
    const from = cursor.next;
    try {
      for (let first = true; ; first = false) {
        missed = 0;
        const reply = await host.request('LOG', { from: cursor.next, n: LOG_CHUNK });
        if (!reply.ok) return;
        const { end, next, lost } = reply.reply;
        if (lost > 0) say(paint.yellow(`${lost} log entries were overwritten before they could be read`));
        if (first && end - from > MAX_SHOWN) {
          say(paint.dim(`entries ${from} to ${end - MAX_SHOWN - 1} are not shown; \`log from=${from}\` tells them`));
          cursor = { next: end - MAX_SHOWN };
          continue;
        }
        for (const event of reply.events) {
          if (event.ev < cursor.next || event.ev >= next) continue;
          cursor = { next: event.ev + 1 };
          show(event);
        }
        cursor = { next: Math.max(cursor.next, next) };
        if (next >= end && missed < cursor.next) return;
      }
    } finally {
      reading = false;
    }
  }

  const catchUpSoon = (): void => void catchUp().catch(quietly);

  let refreshing = false;
  function refreshSoon(): void {
    if (refreshing || !interactive) return;
    refreshing = true;
    refresh()
      .catch(quietly)
      .finally(() => (refreshing = false));
  }

  /** Asks for the state, for the prompt alone: what a person decides on is what they have seen. */
  async function refresh(): Promise<ReplyOf<'STATUS'> | undefined> {
    const reply = await host.request('STATUS', {});
    if (!reply.ok) return undefined;
    status = reply.reply;
    voice.changed();
    if (isBehind(cursor, status.next)) await catchUp();
    return status;
  }

  /** After a new session. */
  async function look(facts: HelloFacts): Promise<void> {
    lastDose = facts.dose;
    await refresh();
  }

  // ---- lines

  const known = (): Known => ({
    revision: seen,
    next: status?.next,
    dose: lastDose,
    us: status?.us,
    hostUs: Math.floor(now() * 1000),
  });

  let queue: Promise<unknown> = Promise.resolve();

  function take(line: string): Promise<Took> {
    const parsed = parseLine(line, known());
    if (parsed.kind === 'verb' && parsed.verb === 'STOP') return stop().then(() => 'done');
    // What it means is known when its turn has come: the line before may have changed it.
    const done = queue.then(() => obey(parseLine(line, known())));
    queue = done.catch(() => undefined);
    return done;
  }

  async function obey(parsed: Parsed): Promise<Took> {
    switch (parsed.kind) {
      case 'nothing':
        return 'done';
      case 'mistake':
        say(`${paint.yellow(parsed.what)}${parsed.usage === undefined ? '' : `\n  usage: ${parsed.usage}`}`);
        voice.record({ type: 'mistake', text: parsed.what });
        return 'wrong';
      case 'own':
        return OWN[parsed.word](parsed.rest);
      case 'verb':
        if (parsed.verb === 'BOLUS' || parsed.verb === 'PRIME') return askFor(parsed.verb, parsed.fields);
        return tell(parsed.verb, parsed.fields);
    }
  }

  const OWN: Readonly<Record<OwnWordName, (rest: readonly string[]) => Promise<Took> | Took>> = {
    quit: () => 'quit',
    help: (rest) => {
      if (rest.length === 0) {
        say(helpOnAll(host.session?.world !== 'REAL'));
        return 'done';
      }
      const found = verbIn(rest);
      say('what' in found ? found.what : helpOn(found.verb));
      return 'what' in found ? 'wrong' : 'done';
    },
    confirm: (rest) => onConfirm(rest),
    resolve: () => resolve(),
  };

  /** Says a verb that is no dose, and shows the reply. */
  async function tell(verb: Verb, fields: Fields): Promise<Took> {
    const check = decodeArguments(verb, fields);
    if (!check.ok) {
      say(paint.yellow(`${typedForm(verb)}: ${check.key}= cannot be said so`));
      return 'wrong';
    }
    if (verb === 'SIM RESET') host.leave();
    const listing = verb === 'LOG' || verb === 'ALARMS';
    const reply = await saying(verb, check.args, listing);
    if (!reply.ok) {
      say(renderRefusal(typedForm(verb), reply.code, reply.fields, paint));
      voice.record({ type: 'reply', verb, ok: false, code: reply.code, fields: reply.fields });
      if (reply.code === 'PRECOND' && 'if' in fields) await tellChange(fields['if'] ?? '');
      else await refresh();
      return 'wrong';
    }
    const told: Readonly<Record<string, string | number | undefined>> = reply.reply;
    const events = listing ? reply.events : [];
    voice.record({
      type: 'reply',
      verb,
      ok: true,
      reply: told,
      ...(listing
        ? { events: events.map(({ ev, us, event, fields: keys }) => ({ ev, us, event, fields: keys })) }
        : {}),
    });
    say(
      [...events.map((event) => renderEvent(event, paint)), renderReply(verb, told, { paint, width: width() })].join(
        '\n',
      ),
    );
    if (interactive && verb === 'ALARMS' && events[0] !== undefined) {
      say(paint.dim(`\`ack ev=${events[0].ev}\` acknowledges the first, as far as it can be; it restores no flow`));
    }
    await afterwards(verb, told);
    return 'done';
  }

  async function saying(verb: Verb, args: object, listing: boolean) {
    reading = listing;
    try {
      // Behind a verb known only at run time the link between it and its arguments is lost; doses go another way.
      return await host.request(verb as Exclude<Verb, DoseVerb>, args);
    } finally {
      reading = false;
    }
  }

  /** What a reply that was shown means for what comes next. */
  async function afterwards(verb: Verb, told: Readonly<Record<string, string | number | undefined>>): Promise<void> {
    if (typeof told['rev'] === 'number') seen = told['rev'];
    if (verb === 'COMMIT') {
      if (typeof told['conc'] === 'number') concentration = told['conc'];
      if (typeof told['pipe_nl'] === 'number') pipe = told['pipe_nl'];
    }
    if (verb === 'SIM ADVANCE' && told['more'] === '1') say('not there yet: say it again');
    if (verb === 'SIM RESET' || verb === 'SIM REBOOT') {
      // Its sessions are gone, or it is another pump now: what HELLO has said is void.
      if (verb === 'SIM RESET') {
        cursor = { next: 1 };
        concentration = undefined;
        pipe = undefined;
      }
      await look(await host.connect());
      return;
    }
    if (verb === 'STATUS') {
      status = told as unknown as ReplyOf<'STATUS'>;
      voice.changed();
      if (isBehind(cursor, status.next)) await catchUp();
    } else if (specOf(verb).reads !== true) await refresh();
  }

  async function tellChange(was: string): Promise<void> {
    const fresh = await refresh();
    if (fresh === undefined) return;
    say(`Nothing was done: since you looked the revision has gone from ${was} to ${fresh.rev}. This is the pump now:`);
    say(renderReply('STATUS', fresh, { paint, width: width() }));
    seen = fresh.rev;
  }

  // ---- doses

  function inTheWay(): string | undefined {
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

  async function askFor(verb: DoseVerb, fields: Fields): Promise<Took> {
    if (!interactive) {
      say(
        `${typedForm(verb)}: a dose is read back, and given when a person types the code that comes with it; nobody can who ` +
          'is not there. Use the console on a terminal, or a scenario.',
      );
      voice.record({ type: 'mistake', text: 'a dose needs a person at a terminal' });
      return 'wrong';
    }
    const hindrance = inTheWay();
    if (hindrance !== undefined) {
      say(paint.yellow(`Not now: ${hindrance}`));
      return 'wrong';
    }
    const after = await numberOfLastDose();
    asked = ask<Pending>(asked, { kind: 'dose', verb, fields, after }, random(), now());
    say(
      `${readBack({ verb, fields, dose: after + 1, concentration, pipe })} Type: ${paint.bold(`confirm ${asked.code}`)}`,
    );
    return 'done';
  }

  async function numberOfLastDose(): Promise<number> {
    const reply = await host.request('DOSE', { n: MAX_SEQ });
    lastDose = reply.ok ? reply.reply.n : Number(reply.fields['dose'] ?? lastDose);
    return lastDose;
  }

  async function onConfirm(words: readonly string[]): Promise<Took> {
    const confirmed = confirm(asked, words, now());
    if (confirmed.ok || confirmed.spent) asked = undefined;
    if (!confirmed.ok) {
      say(paint.yellow(confirmed.text));
      return 'wrong';
    }
    const { what } = confirmed;
    if (what.kind === 'settle') {
      dose = { is: 'none' };
      voice.changed();
      say('Taken as settled by you.');
      return 'done';
    }
    return give(what);
  }

  async function give({ verb, fields, after }: Extract<Pending, { kind: 'dose' }>): Promise<Took> {
    const hindrance = inTheWay();
    if (hindrance !== undefined) {
      say(paint.yellow(`Not given: ${hindrance}`));
      return 'wrong';
    }
    const last = await numberOfLastDose();
    if (last !== after) {
      say(paint.yellow(`Not given: dose ${last} was given since it was read back; type the command again`));
      return 'wrong';
    }
    dose = { is: 'sent' };
    try {
      const wish = decodeArguments(verb, { id: '-', after: '0', by: '0', onlost: 'continue', ...fields });
      if (!wish.ok) throw new Error(`${verb}: ${wish.key} was checked before`);
      const { id: _id, after: _after, by: _by, ...rest } = wish.args;
      const result = await host.dose(verb, rest);
      if (result.result === 'Accepted') {
        say(
          `${paint.green('Accepted')} as dose ${result.dose}${acceptedInWords(verb, result.fields)}. Its end will be told here.`,
        );
        if (result.dose !== after + 1)
          say(paint.yellow(`It was read back as dose ${after + 1}: look at both with \`dose n=${after + 1}\``));
        follow(result.dose);
      } else if (unsettled() !== undefined) inDoubt(result);
      await refresh();
      return result.result === 'Accepted' || result.result === 'Done' ? 'done' : 'wrong';
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (unsettled() === undefined) throw error;
      inDoubt({ result: 'Uncertain', why: 'SILENT' });
      return 'wrong';
    } finally {
      if (dose.is === 'sent') dose = { is: 'none' };
      voice.changed();
    }
  }

  function inDoubt(result: DoseResult): void {
    dose = { is: 'doubt', open: unsettled() !== undefined };
    say(renderResult(result, paint));
    say(
      `No other dose is given until \`resolve\` has found out. ${paint.bold('Do not give it in another way before that.')}`,
    );
    voice.record({ type: 'dose', ...result });
    voice.changed();
  }

  function follow(n: number): void {
    dose = { is: 'running', n };
    lastDose = Math.max(lastDose, n);
    voice.changed();
    host.outcome().then(
      () => {
        if (dose.is === 'running' && dose.n === n) dose = { is: 'none' };
        refreshSoon();
        voice.changed();
      },
      (error: unknown) => {
        if (!(error instanceof LinkError)) throw error;
        dose = { is: 'doubt', open: true };
        say(
          `${paint.red('Lost sight')} of dose ${n}: the pump has accepted it, and its end is not known. \`resolve\` asks again.`,
        );
        voice.changed();
      },
    );
  }

  function settled(result: DoseResult | { readonly result: 'Accepted'; readonly dose: number }): void {
    if (result.result === 'Accepted') return;
    if (result.result === 'Uncertain') {
      inDoubt(result);
      dose = { is: 'doubt', open: false };
      return;
    }
    dose = { is: 'none' };
    voice.record({ type: 'dose', ...result });
    say(renderResult(result, paint));
    voice.changed();
  }

  async function resolve(): Promise<Took> {
    if (dose.is !== 'doubt' && unsettled() === undefined) {
      say(dose.is === 'running' ? `Dose ${dose.n} is under way; its end will be told here.` : 'No dose is in doubt.');
      return 'done';
    }
    const facts = await host.connect();
    lastDose = facts.dose;
    seekFate(facts);
    if (dose.is !== 'doubt') return 'done';
    if (dose.open) {
      say('The pump does not say yet what became of it. `resolve` asks again.');
      return 'wrong';
    }
    await showDoses(facts.dose);
    if (!interactive) return 'wrong';
    asked = ask<Pending>(asked, { kind: 'settle' }, random(), now());
    say(
      `The pump itself cannot tell. Look at its last doses above and at the patient; then, to go on, type: ${paint.bold(`confirm ${asked.code}`)}`,
    );
    return 'done';
  }

  /** After a new session: is the intent that is left over under way, or in doubt? */
  function seekFate(facts: HelloFacts): void {
    const intent = unsettled();
    if (intent === undefined) return;
    if (facts.last === intent.id && facts.lstate === 'ACCEPTED') {
      say(`${paint.green('It was accepted')}, and is under way as dose ${facts.dose}. Its end will be told here.`);
      follow(facts.dose);
    } else if (dose.is !== 'doubt') inDoubt({ result: 'Uncertain', why: 'SILENT' });
  }

  async function showDoses(last: number): Promise<void> {
    for (let n = Math.max(1, last - SHOWN_DOSES + 1); n <= last; n += 1) {
      const reply = await host.request('DOSE', { n });
      if (reply.ok) say(renderReply('DOSE', reply.reply, { paint, width: width() }));
    }
  }

  // ---- the begin, and the way out

  async function begin(): Promise<void> {
    const left = unsettled();
    if (left !== undefined) {
      const wish = Object.entries(left.wish)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ');
      say(
        `${paint.yellow('A dose was left without a known end')}: ${left.verb} ${wish} (id ${left.id}), sent before ` +
          `${new Date(left.expires).toISOString().slice(0, 19).replace('T', ' ')} UTC. The pump is asked what became of it; it is not sent again.`,
      );
    }
    const facts = await host.connect();
    lastDose = facts.dose;
    // What happened before is in the log.
    cursor = { next: facts.ev };
    reading = false;
    const fresh = await refresh();
    const device = await host.request('DEVICE', {});
    if (fresh === undefined) throw new LinkError(`${host.url}: the pump refuses STATUS`);
    const profile = device.ok ? device.reply.profile : undefined;
    seen = fresh.rev;
    voice.record({ type: 'hello', ...facts, ...(profile === undefined ? {} : { profile }), status: fresh });
    say(renderGreeting({ url: host.url, facts, status: fresh, profile }, paint));
    if (fresh.alarms > 0) await tell('ALARMS', {});
    seekFate(facts);
    if (interactive) {
      say(
        paint.dim(
          '`help` lists what can be typed, Tab completes, Ctrl-C twice stops the pump, Ctrl-D leaves it as it is.',
        ),
      );
      await findConcentration(facts.ev);
    }
  }

  /** The last COMMIT of the log tells it; one that lies far back is not worth the wait. */
  async function findConcentration(end: number): Promise<void> {
    reading = true;
    try {
      for (let looks = 1, from = end; looks <= MAX_LOOKS && from > 1 && concentration === undefined; looks += 1) {
        const upTo = from;
        from = Math.max(1, from - LOG_CHUNK);
        const reply = await host.request('LOG', { from, n: upTo - from });
        if (!reply.ok) return;
        for (const event of reply.events) if (event.ev < upTo) learn(event);
        if (reply.reply.oldest > from) return;
      }
    } finally {
      reading = false;
    }
  }

  async function stop(): Promise<void> {
    // What was read back was about a pump that ran; what is on its way must not begin after the stop.
    asked = undefined;
    host.giveUp();
    say(paint.bold('STOP sent, in both forms.'));
    await host.stop();
    say(paint.green('The pump says that it has stopped.'));
    const fresh = await refresh();
    if (fresh === undefined) return;
    seen = fresh.rev;
    voice.record({ type: 'reply', verb: 'STOP', ok: true, reply: { rev: fresh.rev } });
    say(`Mode ${fresh.mode}, ${fresh.nlpd} nL/day, revision ${fresh.rev}. A therapy goes on by \`start\` alone.`);
  }

  host.events.subscribe(hear);
  host.heartbeats.subscribe(({ fields }) => {
    lastDose = Math.max(lastDose, Number(fields['dose'] ?? 0));
    if (!reading && isBehind(cursor, Number(fields['ev'] ?? 0))) catchUpSoon();
  });

  return {
    begin,
    take,
    stop,
    prompt: () => renderPrompt(status, dose.is === 'doubt', paint),
    farewell: () =>
      dose.is === 'none'
        ? undefined
        : dose.is === 'running'
          ? `Dose ${dose.n} goes on without you; the next console here will tell its end.`
          : 'What became of the last dose is not known; the next console here will ask.',
    settled,
  };
}
