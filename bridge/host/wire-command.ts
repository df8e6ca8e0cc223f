/** A command of a scenario as what is said on the line: one verb for most, for a program as many lines as it has parts. */
import type { ArgumentsOf, Verb } from '../../protocol/index.ts';
import { US_PER_SECOND } from '../../protocol/units.ts';
import {
  POPULATIONS,
  REFUSALS,
  type Command,
  type DrugLibrary,
  type Facts,
  type Outcome,
  type ProgramRequest,
  type Refusal,
} from '../../firmware-sim/simulation/vocabulary.ts';
import { LinkError, type DoseAccepted, type DoseVerb, type DoseWish, type Host, type Reply } from './host.ts';

export async function sendCommand(host: Host, command: Command): Promise<Outcome> {
  /** The verbs of which each is a command by itself. */
  const say = async <V extends Exclude<Verb, DoseVerb>>(verb: V, args: ArgumentsOf<V>): Promise<Outcome> =>
    outcomeOf(host, await host.request(verb, args));
  switch (command.command) {
    case 'program':
      return sendProgram(host, command);
    case 'commit':
      return sendCommit(host, command);
    case 'start':
      return say('START', { if: command.ifRevision });
    case 'stop':
      return say('STOP', {});
    case 'refill':
      return say('REFILL', { if: command.ifRevision, nl: command.volume, drained_nl: command.drained });
    case 'bolus':
      return sendDose(host, 'BOLUS', {
        nl: command.volume,
        nlpd: command.rate,
        onlost: 'continue',
        ...overWord(command.override),
      });
    case 'prime':
      return sendDose(host, 'PRIME', { onlost: 'continue' });
    case 'press':
      return say('SIM BUTTON', {});
    case 'clock':
      return say('CLOCK', { if: command.ifRevision, tod_us: command.timeOfDay });
    case 'library':
      return say('LIBRARY', libraryWords(command.library));
    case 'interrogate':
      return say('INTERROGATE', {});
    case 'acknowledge':
      return say('ACK', { ev: command.ev });
    case 'pause':
      return say('PAUSE', { ev: command.ev });
    case 'resume':
      return say('RESUME', { ev: command.ev });
    case 'test-tones':
      return say('TONES', {});
    case 'unstage':
      throw new RangeError('unstage is what the pump does by itself when a lease ends: no host can say it');
  }
}

/** How long a scenario's dose is wanted, ms: its pump stands still meanwhile. */
const DOSE_MS = 60_000;

/** What a run needs to know of an accepted dose, where the reply that told it was lost. */
async function unsaid(host: Host, { dose, fields }: DoseAccepted): Promise<Facts> {
  if ('rev' in fields) return {};
  const status = await host.request('STATUS', {});
  return status.ok ? { dose, rev: status.reply.rev } : { dose };
}

/** What matters to a scenario is that the dose was accepted or refused; its end is in the log. */
async function sendDose<V extends DoseVerb>(host: Host, verb: V, wish: DoseWish<V>): Promise<Outcome> {
  const answer = await host.dose(verb, wish, DOSE_MS);
  switch (answer.result) {
    case 'Accepted': {
      const { dup: _, given_nl: __, ...told } = answer.fields;
      // What the reply said, in its order; what it did not, behind it.
      return { ok: true, facts: { ...numbered(told), ...(await unsaid(host, answer)) } };
    }
    case 'NotAccepted':
      return outcomeOf(host, { ok: false, code: answer.why, fields: answer.fields ?? {} });
    case 'Done':
    case 'Interrupted':
      // It was over before its acceptance was known: what it was is in the record.
      return { ok: true, facts: { dose: answer.dose, nl: answer.nl } };
    case 'Uncertain':
      if ('error' in answer) throw answer.error;
      throw new LinkError(`${host.url}: what became of ${verb} cannot be known (${answer.why})`);
  }
}

type PartVerb = 'INTERVAL' | 'TIMED' | 'PATIENT' | 'LIMIT' | 'TITRATE';
type PartLine = { readonly [V in PartVerb]: { readonly verb: V; readonly args: ArgumentsOf<V> } }[PartVerb];

function partsOf({ intervals = [], boluses = [], patient, limit, steps }: ProgramRequest): readonly PartLine[] {
  const parts: PartLine[] = [
    ...intervals.map(({ from, dose }, n) => ({
      verb: 'INTERVAL' as const,
      args: { i: n + 1, from_us: from, ng: dose },
    })),
    ...boluses.map(({ at, dose, duration }, n) => ({
      verb: 'TIMED' as const,
      args: { i: n + 1, at_us: at, ng: dose, dur_us: duration },
    })),
  ];
  if (patient !== undefined) {
    const { dose, duration, lockout, count, window } = patient;
    parts.push({ verb: 'PATIENT', args: { ng: dose, dur_us: duration, lock_us: lockout, count, win_us: window } });
  }
  if (limit !== undefined) parts.push({ verb: 'LIMIT', args: { ng: limit.dose, win_us: limit.window } });
  if (steps !== undefined) {
    const { direction, dose, everyDays, count } = steps;
    parts.push({ verb: 'TITRATE', args: { dir: direction, ng: dose, days: everyDays, count } });
  }
  return parts;
}

async function sendProgram(host: Host, request: ProgramRequest): Promise<Outcome> {
  const parts = partsOf(request);
  const head = {
    mode: request.mode ?? 'continuous',
    conc: request.concentration,
    ...given({
      ng: request.dose,
      low: request.lowReservoir,
      pop: request.population,
      cath_mm: request.catheterLength,
      bridge: request.bridge,
      parts: parts.length === 0 ? undefined : parts.length,
    }),
  };
  let reply: Reply<'PROGRAM' | PartVerb> = await host.request('PROGRAM', head);
  for (const [index, { verb, args }] of parts.entries()) {
    if (!reply.ok) break;
    if (reply.reply.need !== parts.length - index) {
      throw new LinkError(`${host.url}: the pump wants ${reply.reply.need} parts, ${parts.length - index} are left`);
    }
    reply = await host.request(verb, args);
  }
  if (!reply.ok) return outcomeOf(host, reply);
  const { need, ...facts } = reply.reply;
  if (need > 0) throw new LinkError(`${host.url}: the pump wants ${need} parts more than the program has`);
  return { ok: true, facts: given(facts) };
}

/** The reply has no room for the dates of the forecast, which the pump tells at the same instant. */
async function sendCommit(host: Host, command: Extract<Command, { command: 'commit' }>): Promise<Outcome> {
  const { ifRevision, override } = command;
  const outcome = outcomeOf(host, await host.request('COMMIT', { if: ifRevision, ...overWord(override) }));
  if (!outcome.ok) return outcome;
  const forecast = await host.request('FORECAST', {});
  if (!forecast.ok) throw new LinkError(`${host.url}: the pump refused FORECAST: ${forecast.code}`);
  const { low_us, due_us } = forecast.reply;
  return { ok: true, facts: { ...outcome.facts, ...given({ low_us, due_us }) } };
}

const overWord = (override: readonly string[] = []): { readonly over?: string } =>
  override.length === 0 ? {} : { over: override.join('+') };

/** Throws RangeError for a library that has no place on a line. */
export function libraryWords(library: DrugLibrary): ArgumentsOf<'LIBRARY'> {
  const { concentrations, hardDose, softDose, titrationInterval } = library;
  const seconds = titrationInterval / US_PER_SECOND;
  if (!Number.isInteger(seconds)) {
    throw new RangeError(`a titration interval of ${titrationInterval} µs is no whole number of seconds`);
  }
  return {
    drug: library.drug,
    ver: library.version,
    ...given({ conc: concentrations.length === 0 ? undefined : concentrations.join('+') }),
    dose_ng: [hardDose[0], softDose[0], softDose[1], hardDose[1]].join('+'),
    bolus_ng: [library.softBolus, library.hardBolus].join('+'),
    step: POPULATIONS.map((population) => library.titrationPercent[population]).join('+'),
    every_s: seconds,
    days: library.stabilityDays,
    check: library.check,
  };
}

function outcomeOf(host: Host, reply: Reply<Verb>): Outcome {
  if (reply.ok) return { ok: true, facts: given(reply.reply) };
  const { code, fields } = reply;
  // Codes that are no decision of the firmware mean that host and pump do not understand each other.
  if (!Object.hasOwn(REFUSALS, code)) throw new LinkError(`${host.url}: the pump refused: ${code}`);
  const { code: _, ...facts } = fields;
  const refusal = code as Refusal;
  return { ok: false, code: refusal, facts: numbered(facts), message: REFUSALS[refusal] };
}

/** For verbs that a scenario's run may take for granted: a refusal is an error of the link, not of the therapy. */
export const refused = (host: Host, verb: Verb, { code }: Extract<Reply<Verb>, { ok: false }>): LinkError =>
  new LinkError(`${host.url}: the pump refused ${verb}: ${code}`);

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** The values that are there. */
export const given = <Values extends object>(values: Values): Given<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;

/** Fields of a line as the values they were written from: integers where they read as such. */
export const numbered = (fields: Readonly<Record<string, string>>): Facts =>
  Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, /^[0-9]+$/.test(text) ? Number(text) : text]));
