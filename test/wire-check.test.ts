import { beforeAll, expect, test } from 'vitest';
import { ALL_RULES } from '../protocol/index.ts';
import { EXPECTED_CODES, EXPECTED_OUTCOMES, failureOf, judge, type Judgement } from './wire-check/judge.ts';
import { perform, type RunResult } from './wire-check/perform.ts';
import { CONTROLS, SMALL } from './wire-check/runs.ts';

/** Of runs and controls, by name. Explored once: every state of them takes its time. */
const results = new Map<string, RunResult>();
const resultOf = (name: string): RunResult => results.get(name) as RunResult;
let judged: Judgement;

beforeAll(() => {
  const done = [...SMALL, ...CONTROLS].map((run) => ({ run, result: perform(run) }));
  for (const { run, result } of done) results.set(run.name, result);
  judged = judge(done);
}, 180_000);

test.for(SMALL)('every state of "$name" is seen, and none of them violates anything', (run) => {
  expect(failureOf(run, resultOf(run.name))).toBeUndefined();
  expect(resultOf(run.name).complete).toBe(true);
});

/** What happens without each rule: a check that finds nothing there would find nothing anywhere. */
const FLAWS: Readonly<Record<string, string>> = {
  'without session': 'host A says NotAccepted of a dose that was begun',
  'without nonce': 'host A says NotAccepted of a dose that was begun',
  'without id': 'host A says Done of a dose that is DONE and has the id -',
  'without after': 'host A says NotAccepted of a dose that was begun',
  'without by': 'a dose began after its intent had expired',
  'without stop': 'a dose began after a STOP that came after it was wanted',
  'without journal': 'host A says NotAccepted of a dose that was begun',
  'without renewal': 'host A says NotAccepted of a dose that was begun',
  'without query': 'host A says NotAccepted of a dose that was begun',
  'without expiry': 'a dose began after its intent had expired',
  'without if on START': 'the START of host A took effect after a STOP that came after the revision was read',
  'without if on REFILL': 'the one REFILL of host A took effect 2 times',
};

test.for(CONTROLS)('$name a violation is found, with a way to it', ({ name }) => {
  const { violation } = resultOf(name);
  expect(violation?.what).toBe(FLAWS[name]);
  expect(violation?.trace.length).toBeGreaterThan(0);
});

test('every rule is left out once', () => {
  expect(new Set(CONTROLS.map(({ without }) => without))).toEqual(new Set(ALL_RULES));
});

test.for(EXPECTED_OUTCOMES)('a host can come to %s', (outcome) => {
  expect(judged.outcomes.get(outcome)?.length).toBeGreaterThan(0);
});

test.for(EXPECTED_CODES)('the pump can say %s', (code) => {
  expect(judged.codes.get(code)?.length).toBeGreaterThan(0);
});

test('nothing is left that would make the whole check fail', () => {
  expect(judged.failures).toEqual([]);
});

test('a control that finds no violation is a failure', () => {
  const [control] = CONTROLS;
  const [run] = SMALL;
  if (control === undefined || run === undefined) throw new Error('no runs');
  const quiet: RunResult = { ...resultOf(run.name), violation: undefined };
  expect(failureOf(control, quiet)).toBe('no violation was found: a defect of the check');
  expect(failureOf(run, { ...quiet, complete: false })).toBe('not all states were seen');
});

test('what is left out of states is tried: without a rule that lets it be left out it makes a difference', () => {
  const control = CONTROLS.find(({ without }) => without === 'session');
  if (control === undefined) throw new Error('no control');
  expect(perform({ ...control, audited: true }).leftOut).toMatch(/^the pump takes /);
});
