/** How a verb is said, from the verb table: one line for who has said it wrongly, a page for who asks. */
import type { KeySpec, Verb } from '../../protocol/index.ts';
import { US_PER_DAY } from '../../protocol/units.ts';
import { formatTable } from '../table.ts';
import { isFilled, isHidden, namesFor, OWN_WORDS, specOf, TYPED_VERBS } from './words.ts';

/** What a key takes: `0 to 1000000 nL`, `in|out`, `name`. */
export function valuesInWords(spec: KeySpec): string {
  switch (spec.type) {
    case 'integer':
      return `${spec.min} to ${spec.max} ${spec.unit}`.trimEnd();
    case 'word':
      return spec.words.join('|');
    case 'name':
      return `name of at most ${spec.most}`;
  }
}

/** Lower case, as people type. */
export const typedForm = (verb: Verb): string => verb.toLowerCase();

export const typedKeys = (verb: Verb): readonly (readonly [key: string, spec: KeySpec])[] =>
  Object.entries(specOf(verb).keys).filter(([key]) => !isHidden(verb, key));

/** `bolus nl=(0 to 1000000000 nL) nlpd=(…) [over=(…)]` */
export function usageOf(verb: Verb): string {
  const keys = typedKeys(verb).map(([key, spec]) => {
    const form = `${key}=(${valuesInWords(spec)})`;
    return spec.optional === true || isFilled(verb, key) ? `[${form}]` : form;
  });
  return [typedForm(verb), ...keys].join(' ');
}

/** Lines that can be typed as they are, at a pump that is ready for them. */
const EXAMPLES: { readonly [V in Verb]?: string } = {
  LOG: 'log from=1 n=8',
  ACK: 'ack ev=9',
  BOLUS: 'bolus nl=20000 nlpd=2000000',
  PROGRAM: 'program mode=continuous conc=500 ng=150000',
  REFILL: 'refill nl=18000000 drained_nl=0',
  CLOCK: 'clock tod_us=07:30',
  'SIM RESET': 'sim reset profile=itb-20-sense seed=1 conc=500',
  'SIM FILL': 'sim fill nl=18000000',
  'SIM FAULT': 'sim fault fault=catheter.occlusion mode=complete',
  'SIM ADVANCE': 'sim advance to=+1h',
};

function noteOn(verb: Verb, key: string, spec: KeySpec): string {
  const names = namesFor(verb, key, {});
  const listed = names.length > 0 ? `; ${names.join(', ')}` : '';
  const filled = isFilled(verb, key) ? '; filled in if absent' : spec.optional === true ? '; optional' : '';
  return `${spec.text}${listed}${filled}`;
}

/** Rows under each other, without a head. */
const table = (rows: readonly (readonly string[])[]): string[] =>
  formatTable(['', '', ''], rows)
    .split('\n')
    .slice(1, -1)
    .map((line) => `  ${line}`);

export function helpOn(verb: Verb): string {
  const { text, reply, codes, doses } = specOf(verb);
  const keys = typedKeys(verb);
  const example = EXAMPLES[verb];
  const times = keys.some(([, spec]) => spec.type === 'integer' && spec.unit === 'µs');
  const ofDay = keys.some(([, spec]) => spec.type === 'integer' && spec.unit === 'µs' && spec.max < US_PER_DAY);
  return [
    `${typedForm(verb)}: ${text}`,
    ...(keys.length === 0 ? [] : table(keys.map(([key, spec]) => [key, valuesInWords(spec), noteOn(verb, key, spec)]))),
    ...(times
      ? [
          `  times also as 30s, 15min, 4h, 2d${verb === 'SIM ADVANCE' ? ', and from now on as +4h' : ''}${ofDay ? ', of day as 07:30' : ''}`,
        ]
      : []),
    ...(doses === true
      ? ['  read back before it is given; number, identity and deadline are made by the console']
      : []),
    ...(Object.keys(reply).length === 0 ? [] : [`tells ${Object.keys(reply).join(', ')}`]),
    ...(codes.length === 0 ? [] : [`can be refused with ${codes.join(', ')}`]),
    ...(example === undefined ? [] : [`example: ${example}`]),
  ].join('\n');
}

/** First what a person wants first. */
const GROUPS: readonly (readonly [title: string, verbs: readonly Verb[]])[] = [
  ['Look', ['STATUS', 'ALARMS', 'LOG', 'DOSE', 'FORECAST', 'DEVICE', 'INTERROGATE']],
  ['Stop', ['STOP']],
  ['Dose', ['BOLUS', 'PRIME']],
  ['Alarms', ['ACK', 'PAUSE', 'RESUME', 'TONES']],
  ['Therapy', ['REFILL', 'PROGRAM', 'INTERVAL', 'TIMED', 'PATIENT', 'LIMIT', 'TITRATE', 'COMMIT', 'START', 'CLOCK']],
];

export function helpOnAll(simulated: boolean): string {
  const named = new Set(GROUPS.flatMap(([, verbs]) => verbs));
  const rest = TYPED_VERBS.filter((verb) => !named.has(verb));
  const groups: typeof GROUPS = [
    ...GROUPS,
    ['Other', rest.filter((verb) => specOf(verb).simulated !== true)],
    ...(simulated ? [['Simulation', rest.filter((verb) => specOf(verb).simulated === true)] as const] : []),
  ];
  const rows = groups.map(([title, verbs]) => [title, verbs.map(typedForm).join(', ')]);
  const own = Object.values(OWN_WORDS).map(({ usage, text }) => [usage, text]);
  return [
    'A line is a verb and its keys: log from=1 n=8. Tab completes; `help bolus` tells all about one verb.',
    ...table(rows),
    'and of the console itself',
    ...table(own),
    '  Ctrl-C        clears the line; twice within a second stops therapy and dose at once',
  ].join('\n');
}
