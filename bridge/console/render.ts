/** Replies, refusals, events and the prompt as a person reads them. Colours come in, so that a pipe gets none. */
import type pc from 'picocolors';
import {
  CODES,
  parseInteger,
  type DoseResult,
  type Fields,
  type HelloFacts,
  type KeySpec,
  type ReplyOf,
  type Verb,
} from '../../protocol/index.ts';
import { US_PER_DAY } from '../../protocol/units.ts';
import { ALARMS, type AlarmId } from '../../firmware-sim/simulation/vocabulary.ts';
import type { EventMessage } from '../host/host.ts';
import { amount, duration, otherwise, stamp, timeOfDayInWords } from './amounts.ts';
import { typedForm } from './usage.ts';
import { specOf } from './words.ts';

export type Paint = Pick<ReturnType<typeof pc.createColors>, 'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow'>;
type Status = ReplyOf<'STATUS'>;

const isTimeOfDay = (spec: KeySpec): boolean =>
  spec.type === 'integer' && spec.unit === 'µs' && spec.max === US_PER_DAY - 1;

/** A value of a reply, and the other way to say it. */
function valueInWords(spec: KeySpec, value: string | number): readonly [plain: string, more: string] {
  if (spec.type !== 'integer' || typeof value !== 'number') return [String(value), ''];
  const more = isTimeOfDay(spec) ? timeOfDayInWords(value) : (otherwise(value, spec.unit) ?? '');
  return [`${value} ${spec.unit}`.trimEnd(), more];
}

/** An OK reply: a line for each key, with what it means as far as the width allows. */
export function renderReply(
  verb: Verb,
  reply: Readonly<Record<string, string | number | undefined>>,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string {
  const specs = specOf(verb).reply;
  // A newer pump may say more than the table knows.
  const rows = Object.entries(specs).flatMap(([key, spec]) => {
    const value = reply[key];
    return value === undefined ? [] : [{ key, text: spec.text, value: valueInWords(spec, value) }];
  });
  const widest = (of: (row: (typeof rows)[number]) => string): number =>
    Math.max(0, ...rows.map((row) => of(row).length));
  const [keys, plains, mores] = [
    widest(({ key }) => key),
    widest(({ value }) => value[0]),
    widest(({ value }) => value[1]),
  ];
  const lines = rows.map(({ key, text, value: [plain, more] }) => {
    const head = `  ${key.padEnd(keys)}  ${plain.padEnd(plains)}  ${more.padEnd(mores)}`;
    const room = width - head.length - 3;
    const meaning = room < 12 ? '' : text.length > room ? `${text.slice(0, room - 1)}…` : text;
    return `${head}  ${paint.dim(meaning)}`.trimEnd();
  });
  return [`${paint.green('OK')} ${typedForm(verb)}`, ...lines].join('\n');
}

/** Keys that tell when; the others that end in `us` tell how long. */
const AT = ['us', 'low_us', 'due_us', 'until_us'];

/** `key=value` with the other way to say it, by what the name of the key tells: events are in no table. */
function fieldInWords(key: string, text: string): string {
  const value = parseInteger(text);
  if (value === undefined) return `${key} ${text}`;
  const last = key.slice(key.lastIndexOf('_') + 1);
  if (last === 'us') {
    if (key === 'tod_us' || key === 'off_us') return `${key} ${timeOfDayInWords(value)}`;
    return `${key} ${AT.includes(key) ? stamp(value) : duration(value)}`;
  }
  const unit = { nl: 'nL', low: 'nL', nlpd: 'nL/day', ng: 'ng', conc: 'ng/µL', pa: 'Pa' }[last];
  return unit === undefined ? `${key} ${text}` : `${key} ${amount(value, unit)}`;
}

const fieldsInWords = (fields: Fields, without: readonly string[] = []): string =>
  Object.entries(fields)
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => fieldInWords(key, value))
    .join(', ');

/** Texts of the codes of a `NO`, and of the ends of a dose that no pump says. */
const WHY: Readonly<Record<string, string>> = {
  ...CODES,
  GIVEN_UP: 'it was given up before the pump had accepted it, and never will be given',
  EXPIRED: 'it could not be sent in time, and is not sent any more',
  OTHER_DOSE: 'the pump has given another dose in its place; this one was not given, and never will be',
  OTHER_PUMP: 'another pump answers than the one that it was sent to',
  DOSES_LOST: 'the pump knows of fewer doses than it had told of before',
  SILENT: 'the pump does not answer',
  NOT_STORED:
    'the pump did not take it, but the store cannot be written, and whoever opens it next will take it for open',
};

export const whyInWords = (code: string): string => WHY[code] ?? 'a code that this version does not know';

export function renderRefusal(what: string, code: string, fields: Fields, paint: Paint): string {
  const told = fieldsInWords(fields, ['code']);
  return `${paint.red('Refused')} ${what}: ${code}, ${whyInWords(code)}${told === '' ? '' : `\n  ${told}`}`;
}

const isAlarm = (id: string): id is AlarmId => Object.hasOwn(ALARMS, id);

/** An event in one line: number, pump time, what. Alarms stand out by their priority. */
export function renderEvent({ ev, us, event, fields }: EventMessage, paint: Paint): string {
  const when = paint.dim(`#${ev} ${stamp(us)}`);
  if (event !== 'ALARM') {
    const told = fieldsInWords(fields);
    return `${when}  ${event}${told === '' ? '' : `  ${told}`}`;
  }
  const { id = '', pri = '', state = '' } = fields;
  const over = state === 'off';
  const colour = over ? paint.green : pri === 'high' ? paint.red : pri === 'medium' ? paint.yellow : paint.cyan;
  const text = isAlarm(id) ? `: ${ALARMS[id].text}` : '';
  const told = fieldsInWords(fields, ['id', 'pri', 'state']);
  const said = over ? `ALARM ${id} is over` : `ALARM ${id} ${state}, priority ${pri}${text}`;
  return `${when}  ${paint.bold(colour(said))}${told === '' ? '' : `  ${told}`}`;
}

const alarmCount = (alarms: number): string => (alarms === 1 ? '1 alarm' : `${alarms} alarms`);

/** `basal 300000 nL/day, 1 alarm> ` */
export function renderPrompt(status: Status | undefined, doubt: boolean, paint: Paint): string {
  if (status === undefined) return 'pump> ';
  const { mode, nlpd, alarms } = status;
  const parts = [
    mode === 'stopped' && nlpd === 0 ? mode : `${mode} ${nlpd} nL/day`,
    ...(alarms === 0 ? [] : [paint.red(alarmCount(alarms))]),
    ...(doubt ? [paint.red('DOSE IN DOUBT')] : []),
  ];
  return `${parts.join(', ')}> `;
}

export function renderLastDose({ dose, last, lstate, lnl }: HelloFacts): string {
  if (lstate === 'NONE' || dose === 0) return 'Last dose: none.';
  const given = amount(lnl, 'nL');
  const fate = {
    ACCEPTED: `under way, ${given} given so far`,
    DONE: `${given} given`,
    INTERRUPTED: `interrupted, ${given} given`,
  }[lstate];
  return `Last dose: number ${dose}, ${fate} (${last === '-' ? 'no host asked for it' : `id ${last}`}).`;
}

/** What was found at the far end. */
export interface Found {
  readonly url: string;
  readonly facts: HelloFacts;
  readonly status: Status;
  /** Not every pump tells. */
  readonly profile: string | undefined;
}

export function renderGreeting({ url, facts, status, profile }: Found, paint: Paint): string {
  const { mode, nlpd, alarms, rev, res_nl, us } = status;
  const world = facts.world === 'REAL' ? 'REAL' : 'SIMULATED';
  return [
    `${paint.bold(world)} pump ${facts.serial}, ${profile === undefined ? '' : `profile ${profile}, `}at ${url}; pump time ${stamp(us)}${facts.lockstep === '1' ? ', in lock step: time moves by sim advance alone' : ''}`,
    paint.dim('Not a medical device, not for clinical use, no claim of conformity with any standard.'),
    `Mode ${mode}, ${amount(nlpd, 'nL/day')}; ${alarms === 0 ? 'no alarm' : paint.red(alarmCount(alarms))}; ` +
      `reservoir ${res_nl === undefined ? 'not declared yet' : amount(res_nl, 'nL')}; revision ${rev}.`,
    renderLastDose(facts),
  ].join('\n');
}

/** The end of a dose. */
export function renderResult(result: DoseResult, paint: Paint): string {
  switch (result.result) {
    case 'Done':
      return `${paint.green('Done')}: dose ${result.dose} is over, ${amount(result.nl, 'nL')} given.`;
    case 'Interrupted':
      return `${paint.yellow('Interrupted')}: dose ${result.dose} has ended early, ${amount(result.nl, 'nL')} given. It is not resumed by itself.`;
    case 'NotAccepted':
      return renderNotAccepted(result, paint);
    case 'Uncertain':
      return `${paint.bold(paint.red('Uncertain'))}: it is not known whether the dose was given: ${whyInWords(result.why)} (${result.why}).`;
  }
}

function renderNotAccepted({ why, fields = {} }: Extract<DoseResult, { result: 'NotAccepted' }>, paint: Paint): string {
  const told = fieldsInWords(fields, ['code']);
  const soft = fields['soft'];
  const over = why === 'SOFT_LIMIT' && soft !== undefined ? `\n  To give it all the same, add over=${soft}` : '';
  return `${paint.yellow('Not accepted')}, nothing was given: ${why}, ${whyInWords(why)}${told === '' ? '' : `\n  ${told}`}${over}`;
}
