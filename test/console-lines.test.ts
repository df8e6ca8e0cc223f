import { expect, test } from 'vitest';
import { VERBS } from '../protocol/index.ts';
import { completeLine } from '../bridge/console/complete-line.ts';
import { parseLine } from '../bridge/console/parse-line.ts';
import { helpOn, helpOnAll, usageOf } from '../bridge/console/usage.ts';
import { TYPED_VERBS } from '../bridge/console/words.ts';

const KNOWN = { revision: 7, next: 30, dose: 3, us: 5_000_000, hostUs: 99 };
const fieldsOf = (line: string) => {
  const parsed = parseLine(line, KNOWN);
  return parsed.kind === 'verb' ? parsed.fields : parsed;
};
const mistakeIn = (line: string): string => {
  const parsed = parseLine(line, KNOWN);
  return parsed.kind === 'mistake' ? parsed.what : `no mistake: ${JSON.stringify(parsed)}`;
};

test.each([
  ['status', 'STATUS', {}],
  ['  Sim  Advance   TO=5 ', 'SIM ADVANCE', { to: '5' }],
  ['bolus nlpd=48000 nl=1500', 'BOLUS', { nl: '1500', nlpd: '48000' }],
  ['TITRATE dir=UP ng=1 days=2 count=3', 'TITRATE', { dir: 'up', ng: '1', days: '2', count: '3' }],
])('%j is %s, in any case and order', (line, verb, fields) => {
  expect(parseLine(line, KNOWN)).toEqual({ kind: 'verb', verb, fields });
});

test.each([
  ['quit', 'quit', []],
  ['BYE', 'quit', []],
  ['confirm 0042', 'confirm', ['0042']],
  ['? sim fill', 'help', ['sim', 'fill']],
])('%j is a word of the console itself', (line, word, rest) => {
  expect(parseLine(line)).toEqual({ kind: 'own', word, rest });
});

test.each(['', '   ', '# a remark of a script'])('%j asks for nothing', (line) => {
  expect(parseLine(line)).toEqual({ kind: 'nothing' });
});

test('a command that needs the revision rests on the one that the person has seen, unless they name one', () => {
  expect(fieldsOf('start')).toEqual({ if: '7' });
  expect(fieldsOf('start if=3')).toEqual({ if: '3' });
  expect(parseLine('start')).toMatchObject({ kind: 'mistake', what: expect.stringContaining('needs if=') });
});

test('what only looks is filled in: the latest log entries, the last dose, the time of the host', () => {
  expect(fieldsOf('log')).toEqual({ from: '22', n: '8' });
  expect(fieldsOf('log n=3')).toEqual({ from: '27', n: '3' });
  expect(fieldsOf('dose')).toEqual({ n: '3' });
  expect(fieldsOf('sync')).toEqual({ t0: '99' });
});

test.each([
  ['sim advance to=1h', { to: '3600000000' }],
  ['sim advance to=+2s', { to: '7000000' }],
  ['clock tod_us=07:30', { if: '7', tod_us: '27000000000' }],
])('%s: a time is written as people write it', (line, fields) => {
  expect(fieldsOf(line)).toEqual(fields);
});

test.each([
  ['statis', 'statis is no verb. Did you mean status?'],
  ['sim advnce to=1', 'sim advnce is no verb. Did you mean sim advance?'],
  ['sim', 'sim: which one?'],
  ['xyzzyx', 'xyzzyx is no verb. `help` lists them'],
  ['hello', 'HELLO is said by the console itself'],
  ['bolus nk=1', 'bolus has no key nk. Did you mean nl?'],
  ['status now=1', 'status takes no keys'],
  ['bolus 1500', '1500 is not key=value'],
  ['bolus nl=1 nl=2', 'nl= stands there twice'],
  ['bolus nl=1500', 'bolus needs nlpd=, rate: 0 to 1000000000 nL/day'],
  ['bolus nl=1.5 nlpd=1', 'nl=1.5 is not a whole number of nL; 1.5 µL is written 1500'],
  ['bolus nl=1500nL nlpd=1', 'nl=1500nL is not a whole number of nL'],
  ['bolus nl=1000000001 nlpd=1', 'nl=1000000001 is outside 0 to 1000000000 nL'],
  ['titrate dir=upp ng=1 days=1 count=1', 'dir=upp: write up, down. Did you mean up?'],
  ['sim fault fault=catheter.oclusion mode=complete', 'Did you mean catheter.occlusion?'],
  ['sim reset profile=itb-20-sens seed=1 conc=1', 'Did you mean itb-20-sense?'],
  ['sim advance to=soon', 'to=soon is not a whole number of µs'],
  [`log n=${'9'.repeat(2000)}`, 'none needs more than'],
])('%j is told what is wrong with it', (line, what) => {
  expect(mistakeIn(line)).toContain(what);
});

test.each(['id=M3D8QZ4T', 'after=41', 'by=1', 'onlost=continue'])(
  'the identity of a dose is never typed: %s',
  (word) => {
    expect(mistakeIn(`bolus nl=1 nlpd=1 ${word}`)).toContain('made by the console itself');
  },
);

test('the usage comes from the verb table, with units and ranges, and without what the console says by itself', () => {
  expect(usageOf('BOLUS')).toBe(
    'bolus nl=(0 to 1000000000 nL) nlpd=(0 to 1000000000 nL/day) [over=(name of at most 40)]',
  );
  expect(usageOf('START')).toBe('start [if=(0 to 4294967295)]');
  expect(usageOf('STATUS')).toBe('status');
});

test.each(TYPED_VERBS)('help names every key of %s that can be typed', (verb) => {
  const help = helpOn(verb);
  const hidden = 'doses' in VERBS[verb] ? ['id', 'after', 'by', 'onlost'] : [];
  for (const key of Object.keys(VERBS[verb].keys)) {
    expect(new RegExp(`^  ${key} `, 'm').test(help)).toBe(!hidden.includes(key));
  }
});

test('help lists every verb, those of the simulation only at a simulated pump', () => {
  const listed = (text: string) => TYPED_VERBS.filter((verb) => new RegExp(`\\b${verb.toLowerCase()}\\b`).test(text));
  expect(listed(helpOnAll(true))).toEqual(TYPED_VERBS);
  expect(listed(helpOnAll(false))).toEqual(TYPED_VERBS.filter((verb) => !verb.startsWith('SIM ')));
});

test.each([
  ['sta', ['status ', 'start ']],
  ['SI', ['sim ']],
  ['sim a', ['sim advance ']],
  ['help bo', ['bolus ']],
  ['bolus ', ['nl=', 'nlpd=', 'over=']],
  ['bolus nl=1500 n', ['nlpd=']],
  ['program mode=f', ['flex ']],
  ['sim fault fault=catheter.oc', ['catheter.occlusion ']],
  ['sim fault fault=catheter.occlusion mode=comp', ['complete ']],
  ['commit over=dose+st', ['step ']],
  ['confirm ', []],
  ['nonsense k', []],
])('Tab after %j offers %j', (line, hits) => {
  const [offered, end] = completeLine(line);
  expect([...offered].toSorted()).toEqual(hits.toSorted());
  // Node puts what all hits have in common in the place of the end.
  expect(line.endsWith(end)).toBe(true);
});

test('whatever Tab offers for a verb is a key that the verb has', () => {
  for (const verb of TYPED_VERBS) {
    for (const hit of completeLine(`${verb.toLowerCase()} `)[0]) {
      expect(mistakeIn(`${verb} ${hit}!`)).not.toContain('has no key');
    }
  }
});
