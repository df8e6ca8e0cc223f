/** What is wrong with programs, actions and expectations about a therapy is told at its place, with the next thing to do. */
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../firmware-sim/scenario/diagnose.ts';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';

const scenario = (program: string, timeline = '', expectations = ''): string => `scenario: 1
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

/** The formatted errors of a text: place and message, and what stands over the carets, with a hint behind it. */
function errorsOf(text: string): readonly string[] {
  const read = parseScenario(text, 'f');
  if (read.ok) return ['no error'];
  return read.diagnostics.map((diagnostic) => {
    const [head = '', source = '', carets = ''] = formatDiagnostic(diagnostic, text).split('\n');
    const from = carets.indexOf('^');
    const hint = carets.slice(carets.lastIndexOf('^') + 1);
    return `${head.replace(/^f:\d+:\d+ {2}error {2}/u, '')} | ${source.slice(from, carets.lastIndexOf('^') + 1)}${hint}`;
  });
}

const CONTINUOUS = '{ mode: continuous, dose: 150 ug/day }';
const ofProgram = (program: string): readonly string[] => errorsOf(scenario(program));
/** Errors of a continuous program with more in it. */
const ofMore = (more: string): readonly string[] => ofProgram(`{ mode: continuous, dose: 150 ug/day, ${more} }`);
const ofEntry = (entry: string): readonly string[] => errorsOf(scenario(CONTINUOUS, `  - ${entry}\n`));
const ofExpectation = (entry: string): readonly string[] => errorsOf(scenario(CONTINUOUS, '', `  - ${entry}\n`));

test('the file that the errors are made of is good', () => {
  expect(ofProgram(CONTINUOUS)).toEqual(['no error']);
});

describe('the pump', () => {
  test('a drug that is in no library', () => {
    expect(errorsOf(scenario(CONTINUOUS).replace('baclofen', 'baklofen'))).toEqual([
      'name: unknown drug "baklofen", one of baclofen, water | baklofen  did you mean "baclofen"?',
    ]);
  });

  test('a catheter that is primed in other words', () => {
    expect(errorsOf(scenario(CONTINUOUS).replace('  fill', '  catheter: { primed: no }\n  fill'))).toEqual([
      'primed: true or false is wanted here, not text | no',
    ]);
  });
});

describe('a program', () => {
  test.each<[string, string, string]>([
    [
      'an unknown mode',
      '{ mode: flexible, dose: 1 ug/day }',
      'mode: unknown program mode "flexible", one of continuous, flex, scheduled, minimum | flexible',
    ],
    [
      'a key of another mode',
      '{ mode: minimum, dose: 1 ug/day }',
      'unknown key "dose", known here: mode, concentration, low_reservoir, population, catheter_length, bridge, override | dose',
    ],
    [
      'step dosing in a mode that has none',
      '{ mode: flex, intervals: [{ from: 08:00, dose: 150 ug/day }], steps: {} }',
      'unknown key "steps", known here: mode, concentration, low_reservoir, population, catheter_length, bridge, override, patient, limit, intervals | steps',
    ],
    [
      'a flex day without intervals',
      '{ mode: flex, intervals: [] }',
      'intervals: at least one interval is needed | []',
    ],
    [
      'a time of day that is none',
      '{ mode: flex, intervals: [{ from: noon, dose: 150 ug/day }] }',
      'from: "noon" is not a time of day, write for example "08:00" or "08:00:30" | noon',
    ],
    [
      'a time of day with one digit',
      '{ mode: flex, intervals: [{ from: 8:00, dose: 150 ug/day }] }',
      'from: "8:00" has one digit for the hour, write two | 8:00  did you mean "08:00"?',
    ],
    [
      'the end of the day',
      '{ mode: flex, intervals: [{ from: 24:00, dose: 150 ug/day }] }',
      'from: "24:00" is not in the day, which goes from 00:00 to 23:59:59 | 24:00',
    ],
    [
      'an hour as a number',
      '{ mode: flex, intervals: [{ from: 8, dose: 150 ug/day }] }',
      'from: a time of day is wanted here, for example "08:00" or "08:00:30", not a number | 8',
    ],
    [
      'intervals out of order, the second of which is shown',
      '{ mode: flex, intervals: [{ from: 08:00, dose: 150 ug/day }, { from: 07:00, dose: 150 ug/day }] }',
      'from: the plan of the day is not one that the pump can keep: interval 2 does not begin after the one before it | 07:00',
    ],
    [
      'a dose in an interval whose flow the pump cannot keep',
      '{ mode: flex, intervals: [{ from: 08:00, dose: 1 ug/day }] }',
      'intervals: flow 2 µL/day (1 µg/day at 500 µg/mL) is below the minimum of 48 µL/day; a concentration of at most 20 µg/mL would do (none that is sold) | [{ from: 08:00, dose: 1 ug/day }]',
    ],
    [
      'a scheduled bolus over the hard limit',
      '{ mode: scheduled, dose: 150 ug/day, boluses: [{ at: 08:00, dose: 300 ug, over: 2 h }] }',
      'dose: the dose lies outside the hard limits of the drug library: a bolus of 300 µg of baclofen, 0 to 280 µg are allowed | 300 ug',
    ],
    [
      'a scheduled bolus over the soft limit',
      '{ mode: scheduled, dose: 150 ug/day, boluses: [{ at: 08:00, dose: 10 ug, over: 1 h }, { at: 12:00, dose: 150 ug, over: 1 h }] }',
      'dose: breaks soft limit bolus (a bolus is larger than usual); add "override: [bolus]" | 150 ug',
    ],
  ])('%s', (_, program, error) => {
    expect(ofProgram(program)).toEqual([error]);
  });

  test.each<[string, string, string]>([
    [
      'steps that are no whole days apart',
      'steps: { direction: up, dose: 10 ug/day, every: 36 h, count: 4 }',
      'every: the dose is stepped by whole days, write for example "7 d" | 36 h',
    ],
    [
      'a step in a direction that is none',
      'steps: { direction: upp, dose: 10 ug/day, every: 7 d, count: 4 }',
      'direction: unknown direction "upp", one of up, down | upp  did you mean "up"?',
    ],
    [
      'steps that lead below what the pump can keep',
      'steps: { direction: down, dose: 50 ug/day, every: 7 d, count: 3 }',
      'dose: the step dosing is not one that the pump can keep: the last step down is 0 µL/day, which the pump cannot keep | 50 ug/day',
    ],
    [
      'too many steps',
      'steps: { direction: up, dose: 1 ug/day, every: 7 d, count: 60 }',
      'count: the step dosing is not one that the pump can keep: 60 steps, 1 to 52 can be programmed | 60',
    ],
    [
      'steps too far apart',
      'steps: { direction: up, dose: 1 ug/day, every: 400 d, count: 2 }',
      'every: the step dosing is not one that the pump can keep: a step every 400 days, 1 to 365 can be programmed | 400 d',
    ],
    [
      'no bolus at all for the patient',
      'patient: { dose: 5 ug, over: 10 min, lockout: 4 h, count: 0 }',
      'count: the patient bolus is not one that the pump can give: 0 boluses, 1 to 24 can be allowed | 0',
    ],
    [
      'a patient bolus in no time',
      'patient: { dose: 5 ug, over: 1 s, lockout: 4 h, count: 4 }',
      'over: the patient bolus is not one that the pump can give: a rate of 864000 µL/day, 48 to 24000 can be kept | 1 s',
    ],
    [
      'a lockout that the pump does not remember, beside a window that is not written',
      'patient: { dose: 5 ug, over: 10 min, lockout: 8 d, count: 4 }',
      'lockout: the patient bolus is not one that the pump can give: window or lockout are longer than the pump remembers | 8 d',
    ],
    [
      'a window that the pump does not remember',
      'patient: { dose: 5 ug, over: 10 min, lockout: 1 h, count: 4, window: 8 d }',
      'window: the patient bolus is not one that the pump can give: window or lockout are longer than the pump remembers | 8 d',
    ],
    [
      'a limit that the program reaches by itself',
      'limit: { dose: 150 ug }',
      'dose: the dose limit in the window is below what the program gives by itself: 150 µg in the window, of which the program takes up to 150.01 µg | 150 ug',
    ],
    [
      'a catheter in fractions of a millimetre',
      'catheter_length: 890500 um',
      'catheter_length: a catheter is measured in whole millimetres, write for example "890 mm" | 890500 um',
    ],
    [
      'a catheter that is too short',
      'catheter_length: 50 mm',
      'catheter_length: the plan of the day is not one that the pump can keep: a catheter of 50 mm, 100 to 1500 can be programmed | 50 mm',
    ],
    [
      'a bridge that is computed anyway',
      'bridge: 400 uL',
      'bridge: write "bridge: none", or leave it out: the pump computes the bridge-bolus | 400 uL',
    ],
    [
      'a population that is none',
      'population: children',
      'population: unknown population "children", one of spinal, cerebral, child | children',
    ],
    [
      'an override of no soft limit',
      'override: [titration]',
      'override 1: unknown soft limit "titration", one of dose, bolus, conc, step, interval, bridge | titration',
    ],
  ])('%s', (_, more, error) => {
    expect(ofMore(more)).toEqual([error]);
  });

  test('a dose outside the hard limits is an error that no override helps', () => {
    expect(ofProgram('{ mode: continuous, dose: 2.1 mg/day, override: [dose] }')).toEqual([
      'dose: the dose lies outside the hard limits of the drug library: 2100 µg/day of baclofen, 1 to 2003 µg are allowed | 2.1 mg/day',
    ]);
  });

  test('soft limits that are not overridden are errors, and the override that would do is told', () => {
    const usual = 'the daily dose is outside the usual range of the drug library';
    const product = 'the concentration is none of the products of the drug library';
    expect(ofProgram('{ mode: continuous, dose: 1.5 mg/day }')).toEqual([
      `dose: breaks soft limit dose (${usual}); add "override: [dose]" | 1.5 mg/day`,
    ]);
    expect(ofProgram('{ mode: continuous, dose: 1.5 mg/day, concentration: 510 ug/mL }')).toEqual([
      `dose: breaks soft limit dose (${usual}); add "override: [dose, conc]" | 1.5 mg/day`,
      `concentration: breaks soft limit conc (${product}); add "override: [dose, conc]" | 510 ug/mL`,
    ]);
    expect(ofProgram('{ mode: continuous, dose: 1.5 mg/day, override: [dose] }')).toEqual(['no error']);
  });

  test('a concentration that stands at the pump alone is shown there', () => {
    expect(errorsOf(scenario(CONTINUOUS).replace('500 ug/mL', '510 ug/mL'))).toEqual([
      'concentration: breaks soft limit conc (the concentration is none of the products of the drug library); add "override: [conc]" | 510 ug/mL',
    ]);
  });

  test('the limits are those of the drug in the pump', () => {
    const text = scenario('{ mode: continuous, dose: 5 mg/day, concentration: 1 mg/mL }');
    expect(errorsOf(text.replace('baclofen', 'water'))).toEqual(['no error']);
    expect(errorsOf(text)).toHaveLength(1);
  });

  const LATER = '{ at: 2 d, do: program, program: { mode: continuous, dose: 2.1 mg/day } }';
  const DOSE = 'dose: the dose lies outside the hard limits of the drug library: 2100 µg/day of baclofen';

  test('a later program is checked in the same way, unless its refusal is what is expected', () => {
    expect(ofEntry(LATER)).toEqual([`${DOSE}, 1 to 2003 µg are allowed | 2.1 mg/day`]);
    expect(ofEntry(LATER.replace('program:', 'refused: DOSE_RANGE, program:'))).toEqual(['no error']);
  });

  test('a later program is right when it is so under a library that the file loads', () => {
    const timeline = `  - { at: 1 d, do: load-library, drug: water }\n  - ${LATER}\n`;
    expect(errorsOf(scenario(CONTINUOUS, timeline))).toEqual(['no error']);
  });

  test('a titration step is for the run to judge', () => {
    expect(ofEntry('{ at: 2 d, do: program, program: { mode: continuous, dose: 900 ug/day } }')).toEqual(['no error']);
  });
});

describe('an action', () => {
  test.each<[string, string, string]>([
    [
      'a bolus without its time',
      '{ at: 1 h, do: bolus, dose: 10 ug }',
      'timeline 2: missing key "over" | { at: 1 h, do: bolus, dose: 10 ug }',
    ],
    [
      'a bolus of nothing',
      '{ at: 1 h, do: bolus, dose: 0 ug, over: 1 min }',
      'dose: "0 ug" is too small, the least is 1 ng | 0 ug',
    ],
    [
      'a bolus whose volume no pump can be told',
      '{ at: 1 h, do: bolus, dose: 600 mg, over: 1 min }',
      'dose: at 500 µg/mL that is 1200 mL, more than a pump can be told | 600 mg',
    ],
    [
      'a bolus whose rate no pump can be told',
      '{ at: 1 h, do: bolus, dose: 600 ug, over: 1 s, concentration: 1 ug/mL }',
      'over: at 1 µg/mL that is 51840000 mL/day, more than a pump can be told | 1 s',
    ],
    [
      'a clock that is set to no time of day',
      '{ at: 1 h, do: clock, time: 2 h }',
      'time: "2 h" is not a time of day, write for example "08:00" or "08:00:30" | 2 h',
    ],
    ['a pause of no alarm in the table', '{ at: 1 h, do: pause, alarm: low-resevoir }', 'low-resevoir'],
    [
      'a library of no drug',
      '{ at: 1 h, do: load-library, drug: wator }',
      'drug: unknown drug "wator", one of baclofen, water | wator  did you mean "water"?',
    ],
    [
      'a fault that is refused',
      '{ at: 1 h, fault: memory.error, mode: log, refused: BUSY }',
      'no pump refuses a fault, leave "refused" out | refused',
    ],
  ])('%s', (_, entry, error) => {
    const errors = ofEntry(entry);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
  });

  test('a refusal that no pump makes', () => {
    const [error = '', ...others] = ofEntry('{ at: 1 h, do: start, refused: RUNING }');
    expect(error).toMatch(
      /^refused: unknown refusal "RUNING", one of PRECOND, NO_LIBRARY, .* {2}did you mean "RUNNING"\?$/u,
    );
    expect(others).toEqual([]);
  });
});

describe('an expectation', () => {
  test.each<[string, string, string]>([
    [
      'a log kind that is none',
      '{ log: BOLUSES, count: 1 }',
      'log: unknown log kind "BOLUSES", one of RESET, BOOT, COMMIT, START, STOP, REFILL, FLOW, ALARM, BOLUS, PRIME, BRIDGE, STEP, CLOCK, LIBRARY, LOST, INTERROGATE, TONES | BOLUSES  did you mean "BOLUS"?',
    ],
    [
      'a key that the entries of the kind do not have',
      '{ log: BOLUS, with: { stat: done }, count: 1 }',
      'an entry of kind BOLUS has the keys kind, dose, state, nl, nlpd, why, over, low_us, due_us, not "stat" | stat  did you mean "state"?',
    ],
    [
      'a key of a kind that has none',
      '{ log: TONES, with: { n: 1 }, count: 1 }',
      'an entry of kind TONES has no keys, not "n" | n',
    ],
    [
      'a quantity where the log has an integer',
      '{ log: BOLUS, with: { nl: 1.5 }, count: 1 }',
      'nl: text or an integer is wanted here, not a number | 1.5',
    ],
    [
      'keys that are no mapping',
      '{ log: BOLUS, with: done, count: 1 }',
      'with: a mapping is wanted here, for example { state: done }, not text | done',
    ],
    ['a log without a test', '{ log: BOLUS }', 'expect 2: one of the keys logged, count is needed | { log: BOLUS }'],
    [
      'both tests at once',
      '{ log: BOLUS, count: 1, logged: { within: 1 h } }',
      '"count" and "logged" exclude each other, keep one | logged',
    ],
    ['a count in words', '{ log: BOLUS, count: many }', 'count: an integer is wanted here, not text | many'],
    [
      'a wait for an entry that outlasts the run',
      '{ log: BOLUS, logged: { after: 29 d, within: 2 d } }',
      'within: the wait ends at 31 d, after the end of the run at 30 d | 2 d',
    ],
    [
      'a span of a count outside of the run',
      '{ log: BOLUS, count: 1, during: [1 d, 31 d] }',
      'during 2: 31 d is after the end of the run at 30 d | 31 d',
    ],
    [
      'a wait for the end of an alarm from a label that no entry has',
      '{ alarm: low-reservoir, cleared: { after: refil, within: 1 h } }',
      'after: unknown label "refil", no entry of the timeline has one | refil',
    ],
  ])('%s', (_, entry, error) => {
    expect(ofExpectation(entry)).toEqual([error]);
  });

  test('that an alarm clears which the profile never raises is an error, as that it is raised', () => {
    const text = scenario(CONTINUOUS, '', '  - { alarm: catheter-occlusion, cleared: { within: 1 h } }\n');
    expect(errorsOf(text.replace('pump:\n', 'pump:\n  profile: itb-20\n'))).toEqual([
      'alarm: profile itb-20 has no pressure sensor and never raises catheter-occlusion: use itb-20-sense, or expect "never: true" | catheter-occlusion',
    ]);
  });
});
