/** Programs, actions and expectations about a therapy, from their YAML to what the runner takes. */
import { expect, test } from 'vitest';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';
import type { Scenario } from '../firmware-sim/scenario/types.ts';

function parsed(program: string, timeline = '', expectations = ''): Scenario {
  const text = `scenario: 1
id: T-1
title: a test
duration: 30 d
pump:
  drug: { name: baclofen, concentration: 500 ug/mL }
  fill: 18 mL
program: ${program}
timeline:
  - { at: 0 s, do: start }
${timeline}expect:
  - { alarm: low-reservoir, never: true }
${expectations}`;
  const read = parseScenario(text, 'test.yaml');
  if (!read.ok) throw new Error(read.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return read.scenario;
}

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const BARE = { concentration: 500, override: [] };

test.each<[string, string, object]>([
  [
    'continuous, with all that it can have',
    `
  mode: continuous
  dose: 150 ug/day
  concentration: 1 mg/mL
  low_reservoir: 3 mL
  population: spinal
  catheter_length: 700 mm
  bridge: none
  override: [step, bridge]
  patient: { dose: 5 ug, over: 10 min, lockout: 4 h, count: 4, window: 12 h }
  limit: { dose: 200 ug, window: 12 h }
  steps: { direction: down, dose: 10 ug/day, every: 7 d, count: 4 }`,
    {
      mode: 'continuous',
      dose: 150_000,
      concentration: 1_000,
      lowReservoir: 3_000_000,
      population: 'spinal',
      catheterLength: 700,
      bridge: 'none',
      override: ['step', 'bridge'],
      patient: { dose: 5_000, duration: HOUR / 6, lockout: 4 * HOUR, count: 4, window: DAY / 2 },
      limit: { dose: 200_000, window: DAY / 2 },
      steps: { direction: 'down', dose: 10_000, everyDays: 7, count: 4 },
    },
  ],
  [
    'continuous, whose windows are a day where nothing else is written',
    '{ mode: continuous, dose: 150 ug/day, patient: { dose: 5 ug, over: 10 min, lockout: 4 h, count: 4 }, limit: { dose: 200 ug } }',
    {
      ...BARE,
      mode: 'continuous',
      dose: 150_000,
      patient: { dose: 5_000, duration: HOUR / 6, lockout: 4 * HOUR, count: 4, window: DAY },
      limit: { dose: 200_000, window: DAY },
    },
  ],
  [
    'flex, with times of the day to the second',
    '{ mode: flex, intervals: [{ from: 00:00, dose: 100 ug/day }, { from: "08:30:15", dose: 200 ug/day }] }',
    {
      ...BARE,
      mode: 'flex',
      intervals: [
        { from: 0, dose: 100_000 },
        { from: 8.5 * HOUR + 15_000_000, dose: 200_000 },
      ],
    },
  ],
  [
    'scheduled',
    '{ mode: scheduled, dose: 100 ug/day, boluses: [{ at: 08:00, dose: 10 ug, over: 30 min }, { at: 23:59:59, dose: 5 ug, over: 10 min }] }',
    {
      ...BARE,
      mode: 'scheduled',
      dose: 100_000,
      boluses: [
        { at: 8 * HOUR, dose: 10_000, duration: HOUR / 2 },
        { at: DAY - 1_000_000, dose: 5_000, duration: HOUR / 6 },
      ],
    },
  ],
  ['minimum', '{ mode: minimum }', { ...BARE, mode: 'minimum' }],
])('a program of mode %s', (_, yaml, program) => {
  expect(parsed(yaml).program).toEqual(program);
});

const PROGRAM = '{ mode: continuous, dose: 150 ug/day }';

test.each<[string, object]>([
  ['do: prime', { do: 'prime' }],
  ['do: press', { do: 'press' }],
  ['do: interrogate', { do: 'interrogate' }],
  ['do: test-tones', { do: 'test-tones' }],
  ['do: clock, time: 14:00', { do: 'clock', timeOfDay: 14 * HOUR }],
  ['do: pause, alarm: low-reservoir', { do: 'pause', alarm: 'low-reservoir' }],
  ['do: resume, alarm: low-reservoir', { do: 'resume', alarm: 'low-reservoir' }],
  ['do: load-library, drug: water', { do: 'load-library', drug: 'water' }],
  ['do: bolus, dose: 10 ug, over: 10 min', { do: 'bolus', dose: 10_000, over: HOUR / 6, override: [] }],
  [
    'do: bolus, dose: 150 ug, over: 1 h, concentration: 1 mg/mL, override: [bolus]',
    { do: 'bolus', dose: 150_000, over: HOUR, concentration: 1_000, override: ['bolus'] },
  ],
  [
    'do: program, program: { mode: minimum, override: [conc] }',
    { do: 'program', program: { mode: 'minimum', concentration: 500, override: ['conc'] } },
  ],
])('the action %s', (yaml, act) => {
  const { timeline } = parsed(PROGRAM, `  - { at: 1 h, ${yaml} }\n`);
  expect(timeline[1]?.act).toEqual(act);
  expect(timeline[1]?.refused).toBeUndefined();
});

test('an action may have the refusal that is expected of it', () => {
  const { timeline } = parsed(PROGRAM, '  - { at: 1 h, do: start, refused: RUNNING }\n');
  expect(timeline[1]).toMatchObject({ act: { do: 'start' }, refused: 'RUNNING' });
});

const START = { anchor: 'start', offset: 0 };

test.each<[string, string, object]>([
  [
    '{ alarm: low-reservoir, cleared: { after: 1 h, within: 2 h } }',
    'low-reservoir-cleared',
    { kind: 'alarm-cleared', alarm: 'low-reservoir', after: { ...START, offset: HOUR }, within: 2 * HOUR },
  ],
  [
    '{ log: BOLUS, with: { kind: patient, nl: 10000 }, logged: { within: 2 h } }',
    'bolus-logged',
    { kind: 'log-entry', log: 'BOLUS', with: { kind: 'patient', nl: 10_000 }, after: START, within: 2 * HOUR },
  ],
  [
    '{ log: CLOCK, count: 3 }',
    'clock-count',
    { kind: 'log-count', log: 'CLOCK', with: {}, count: 3, during: [START, { anchor: 'end', offset: 0 }] },
  ],
  [
    '{ id: none, log: LOST, with: { why: low-battery-reset }, count: 0, during: [1 h, 2 h] }',
    'none',
    {
      kind: 'log-count',
      log: 'LOST',
      with: { why: 'low-battery-reset' },
      count: 0,
      during: [
        { ...START, offset: HOUR },
        { ...START, offset: 2 * HOUR },
      ],
    },
  ],
])('the expectation %s', (yaml, id, criterion) => {
  const { expect: expectations } = parsed(PROGRAM, '', `  - ${yaml}\n`);
  expect(expectations[1]).toEqual({ ...criterion, id, requirements: [], line: 13 });
});
