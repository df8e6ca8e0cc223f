import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../firmware-sim/scenario/diagnose.ts';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';

const GOOD = `scenario: 1
id: T-1
title: a test
duration: 6 h
pump:
  profile: itb-20-sense
  drug: { name: baclofen, concentration: 500 ug/mL }
  fill: 18 mL
program: { mode: continuous, dose: 150 ug/day }
timeline:
  - { at: 0 s, do: start }
  - { at: 2 h, fault: catheter.occlusion, mode: complete, label: clamp }
expect:
  - { alarm: low-reservoir, never: true }
`;

/** The formatted errors of a text, as the lines of all of them. */
function errorsOf(text: string): readonly string[] {
  const read = parseScenario(text, 'bad.yaml');
  return read.ok
    ? ['no error']
    : read.diagnostics.flatMap((diagnostic) => formatDiagnostic(diagnostic, text).split('\n'));
}

/** The errors of the good file with one text in it replaced. */
function changed(from: string, to: string): readonly string[] {
  expect(GOOD).toContain(from);
  return errorsOf(GOOD.replace(from, to));
}

const withEntry = (entry: string): readonly string[] => changed('expect:', `  - ${entry}\nexpect:`);
const withExpectation = (entry: string): readonly string[] => errorsOf(`${GOOD}  - ${entry}\n`);

test('the file that the errors are made of is good', () => {
  expect(errorsOf(GOOD)).toEqual(['no error']);
});

describe('keys', () => {
  test('an unknown key is shown with the nearest, and the key that it means is not called missing', () => {
    expect(changed('expect:', 'expects:')).toEqual([
      'bad.yaml:13:1  error  unknown key "expects"',
      '   13 | expects:',
      '      | ^^^^^^^  did you mean "expect"?',
    ]);
  });

  test('an unknown key that is near to none is shown with those that are known', () => {
    expect(changed('fill: 18 mL', 'fill: 18 mL\n  wheels: 4')).toEqual([
      'bad.yaml:9:3  error  unknown key "wheels", known here: profile, drug, fill, catheter',
      '    9 |   wheels: 4',
      '      |   ^^^^^^',
    ]);
  });

  test('a missing key is shown at the key of its parent', () => {
    expect(changed('  fill: 18 mL\n', '')).toEqual([
      'bad.yaml:5:1  error  pump: missing key "fill"',
      '    5 | pump:',
      '      | ^^^^',
    ]);
  });

  test('a missing key of an entry is shown at the entry', () => {
    expect(withEntry('{ at: 1 h, do: refill }')).toEqual([
      'bad.yaml:13:5  error  timeline 3: missing key "volume"',
      '   13 |   - { at: 1 h, do: refill }',
      '      |     ^^^^^^^^^^^^^^^^^^^^^^^',
    ]);
  });

  test('a missing key of the file is shown at its beginning', () => {
    expect(changed('id: T-1\n', '')).toEqual([
      'bad.yaml:1:1  error  missing key "id"',
      '    1 | scenario: 1',
      '      | ^^^^^^^^^^^',
    ]);
  });

  test('a key that stands twice is an error', () => {
    expect(changed('id: T-1', 'id: T-1\nid: T-2')).toEqual([
      'bad.yaml:3:1  error  the key "id" stands here a second time',
      '    3 | id: T-2',
      '      | ^^',
    ]);
  });

  test('a key that JavaScript treats as special is unknown like any other', () => {
    expect(changed('id: T-1', 'id: T-1\n__proto__: 1')).toEqual([
      'bad.yaml:3:1  error  unknown key "__proto__"',
      '    3 | __proto__: 1',
      '      | ^^^^^^^^^',
    ]);
    expect(changed('do: start', 'do: constructor')).toEqual([
      'bad.yaml:11:20  error  do: unknown action "constructor", one of start, stop, refill, program, bolus, prime, press, clock, acknowledge, pause, resume, interrogate, test-tones, load-library',
      '   11 |   - { at: 0 s, do: constructor }',
      '      |                    ^^^^^^^^^^^',
    ]);
  });
});

describe('values', () => {
  test('a quantity without a unit', () => {
    expect(changed('duration: 6 h', 'duration: 20')).toEqual([
      'bad.yaml:4:11  error  duration: missing unit, write for example "20 min"',
      '    4 | duration: 20',
      '      |           ^^',
    ]);
  });

  test('a quantity of another dimension', () => {
    expect(changed('fill: 18 mL', 'fill: 18 min')).toEqual([
      'bad.yaml:8:9  error  fill: "18 min" is a time, but a volume is wanted, for example "18 mL"',
      '    8 |   fill: 18 min',
      '      |         ^^^^^^',
    ]);
  });

  test('a quantity with a misspelt unit', () => {
    expect(changed('dose: 150 ug/day', 'dose: 150 ug/dya')).toEqual([
      'bad.yaml:9:36  error  dose: unknown unit "ug/dya", a dose per time takes ng/day, ug/day, mg/day, g/day, ng/h, ug/h, mg/h, g/h, ng/min, ug/min, mg/min, g/min',
      '    9 | program: { mode: continuous, dose: 150 ug/dya }',
      '      |                                    ^^^^^^^^^^  did you mean "ug/day"?',
    ]);
  });

  test('a quantity that is no text at all', () => {
    expect(changed('fill: 18 mL', 'fill: [18 mL]')).toEqual([
      'bad.yaml:8:9  error  fill: a volume is wanted here, for example "18 mL", not a list',
      '    8 |   fill: [18 mL]',
      '      |         ^^^^^^^',
    ]);
    expect(changed('fill: 18 mL', 'fill:')).toEqual([
      'bad.yaml:8:3  error  fill: a volume is wanted here, for example "18 mL", not nothing',
      '    8 |   fill:',
      '      |   ^^^^',
    ]);
  });

  test('a number where a text is wanted', () => {
    expect(changed('title: a test', 'title: 12')).toEqual([
      'bad.yaml:3:8  error  title: text is wanted here, not a number: put it in quotes',
      '    3 | title: 12',
      '      |        ^^',
    ]);
  });

  test('a title with a control character, which is not printed', () => {
    expect(changed('title: a test', 'title: "a \\e[31mtest"')).toEqual([
      'bad.yaml:3:8  error  title: the text holds a line break or a control character',
      '    3 | title: "a \\e[31mtest"',
      '      |        ^^^^^^^^^^^^^^',
    ]);
    expect(changed('title: a test', 'title: a \u001b[31mtest')).toEqual([
      'bad.yaml:3:8  error  title: the text holds a line break or a control character',
      '    3 | title: a �[31mtest',
      '      |        ^^^^^^^^^^^',
    ]);
  });

  test('an id with a space', () => {
    expect(changed('id: T-1', 'id: T 1')).toEqual([
      'bad.yaml:2:5  error  id: an id has only letters, digits, "_", "." and "-"',
      '    2 | id: T 1',
      '      |     ^^^',
    ]);
  });

  test('a seed that is no integer of its range', () => {
    expect(changed('id: T-1', 'id: T-1\nseed: 2147483648')).toEqual([
      'bad.yaml:3:7  error  seed: an integer from 0 to 2147483647 is wanted here',
      '    3 | seed: 2147483648',
      '      |       ^^^^^^^^^^',
    ]);
  });

  test('another version of the format', () => {
    expect(changed('scenario: 1', 'scenario: 2')).toEqual([
      'bad.yaml:1:11  error  scenario: this format is version 1, write "scenario: 1"',
      '    1 | scenario: 2',
      '      |           ^',
    ]);
  });

  test('an unknown profile', () => {
    expect(changed('itb-20-sense', 'itb-20-sens')).toEqual([
      'bad.yaml:6:12  error  profile: unknown profile "itb-20-sens", one of itb-20, itb-40, itb-20-sense, itb-40-sense',
      '    6 |   profile: itb-20-sens',
      '      |            ^^^^^^^^^^^  did you mean "itb-20-sense"?',
    ]);
  });

  test('a duration of over twenty years', () => {
    expect(changed('duration: 6 h', 'duration: 21 years')).toEqual([
      'bad.yaml:4:11  error  duration: "21 years" is too large, the most is 7300 d',
      '    4 | duration: 21 years',
      '      |           ^^^^^^^^',
    ]);
  });

  test('a parameter of a fault outside of its range', () => {
    expect(withEntry('{ at: 1 h, fault: catheter.occlusion, mode: partial, resistance: 2e6 MPa/(mL/day) }')).toEqual([
      'bad.yaml:13:70  error  resistance: "2e6 MPa/(mL/day)" is too large, the most is 1000000 MPa/(mL/day)',
      '   13 |   - { at: 1 h, fault: catheter.occlusion, mode: partial, resistance: 2e6 MPa/(mL/day) }',
      '      |                                                                      ^^^^^^^^^^^^^^^^',
    ]);
    expect(withEntry('{ at: 1 h, fault: catheter.occlusion, mode: partial, resistance: 0 Pa/(mL/day) }')).toEqual([
      'bad.yaml:13:70  error  resistance: "0 Pa/(mL/day)" is too small, the least is 1 Pa/(mL/day)',
      '   13 |   - { at: 1 h, fault: catheter.occlusion, mode: partial, resistance: 0 Pa/(mL/day) }',
      '      |                                                                      ^^^^^^^^^^^^^',
    ]);
  });
});

describe('choices', () => {
  test('an unknown action', () => {
    expect(changed('do: start', 'do: strat')).toEqual([
      'bad.yaml:11:20  error  do: unknown action "strat", one of start, stop, refill, program, bolus, prime, press, clock, acknowledge, pause, resume, interrogate, test-tones, load-library',
      '   11 |   - { at: 0 s, do: strat }',
      '      |                    ^^^^^  did you mean "start"?',
    ]);
  });

  test('an unknown mode of a fault', () => {
    expect(changed('mode: complete', 'mode: compleet')).toEqual([
      'bad.yaml:12:49  error  mode: unknown mode of catheter.occlusion "compleet", one of complete, partial, gradual, intermittent, wandering, released',
      '   12 |   - { at: 2 h, fault: catheter.occlusion, mode: compleet, label: clamp }',
      '      |                                                 ^^^^^^^^  did you mean "complete"?',
    ]);
  });

  test('an error in one branch is reported for that branch alone', () => {
    expect(withEntry('{ at: 1 h, do: refill, volume: 3 mg }')).toEqual([
      'bad.yaml:13:36  error  volume: "3 mg" is a mass, but a volume is wanted, for example "18 mL"',
      '   13 |   - { at: 1 h, do: refill, volume: 3 mg }',
      '      |                                    ^^^^',
    ]);
  });

  test('a key of another branch is unknown', () => {
    expect(withEntry('{ at: 1 h, do: stop, volume: 3 mL }')).toEqual([
      'bad.yaml:13:26  error  unknown key "volume", known here: at, do, label, refused',
      '   13 |   - { at: 1 h, do: stop, volume: 3 mL }',
      '      |                          ^^^^^^',
    ]);
  });

  test('an entry without a trigger', () => {
    expect(withEntry('{ do: stop }')).toEqual([
      'bad.yaml:13:5  error  timeline 3: one of the keys at, when is needed',
      '   13 |   - { do: stop }',
      '      |     ^^^^^^^^^^^^',
    ]);
  });

  test('an entry with two triggers', () => {
    expect(withEntry('{ at: 1 h, when: { alarm: low-reservoir }, do: stop }')).toEqual([
      'bad.yaml:13:16  error  "at" and "when" exclude each other, keep one',
      '   13 |   - { at: 1 h, when: { alarm: low-reservoir }, do: stop }',
      '      |                ^^^^',
    ]);
  });

  test('a misspelt trigger and a wrong action in one entry', () => {
    expect(withEntry('{ att: 1 h, do: stopp }')).toEqual([
      'bad.yaml:13:7  error  unknown key "att"',
      '   13 |   - { att: 1 h, do: stopp }',
      '      |       ^^^  did you mean "at"?',
      'bad.yaml:13:21  error  do: unknown action "stopp", one of start, stop, refill, program, bolus, prime, press, clock, acknowledge, pause, resume, interrogate, test-tones, load-library',
      '   13 |   - { att: 1 h, do: stopp }',
      '      |                     ^^^^^  did you mean "stop"?',
    ]);
  });

  test('an entry that is no mapping', () => {
    expect(withEntry('stop')).toEqual([
      'bad.yaml:13:5  error  timeline 3: a mapping is wanted here, not text',
      '   13 |   - stop',
      '      |     ^^^^',
    ]);
  });

  test('an expectation without a test', () => {
    expect(withExpectation('{ alarm: low-reservoir }')).toEqual([
      'bad.yaml:15:5  error  expect 2: one of the keys raised, cleared, never is needed',
      '   15 |   - { alarm: low-reservoir }',
      '      |     ^^^^^^^^^^^^^^^^^^^^^^^^',
    ]);
  });

  test('"never" with a value that says nothing', () => {
    expect(changed('never: true', 'never: false')).toEqual([
      'bad.yaml:14:36  error  never: write "never: true", or leave the expectation out',
      '   14 |   - { alarm: low-reservoir, never: false }',
      '      |                                    ^^^^^',
    ]);
  });

  test('an empty list of expectations', () => {
    expect(changed('\n  - { alarm: low-reservoir, never: true }', ' []')).toEqual([
      'bad.yaml:13:9  error  expect: at least one expectation is needed',
      '   13 | expect: []',
      '      |         ^^',
    ]);
  });
});

describe('what belongs together', () => {
  test('a label that is taken', () => {
    expect(withEntry('{ at: 1 h, do: stop, label: clamp }')).toEqual([
      'bad.yaml:13:33  error  label: "clamp" is taken by timeline 2',
      '   13 |   - { at: 1 h, do: stop, label: clamp }',
      '      |                                 ^^^^^',
    ]);
  });

  test('a label that is an end of the run', () => {
    expect(withEntry('{ at: 1 h, do: stop, label: end }')).toEqual([
      'bad.yaml:13:33  error  label: "start" and "end" are the ends of the run and cannot be labels',
      '   13 |   - { at: 1 h, do: stop, label: end }',
      '      |                                 ^^^',
    ]);
  });

  test('an id that is taken', () => {
    expect(
      errorsOf(`${GOOD}  - { id: a, signal: rate, above: 1 uL/day }\n  - { id: a, signal: rate, below: 1 }\n`),
    ).toEqual([
      'bad.yaml:16:11  error  id: "a" is taken by expect 2',
      '   16 |   - { id: a, signal: rate, below: 1 }',
      '      |           ^',
      'bad.yaml:16:35  error  below: missing unit, write for example "300 uL/day"',
      '   16 |   - { id: a, signal: rate, below: 1 }',
      '      |                                   ^',
    ]);
  });

  test('a label that no entry has', () => {
    expect(withExpectation('{ alarm: catheter-occlusion, raised: { after: clmap, within: 1 h } }')).toEqual([
      'bad.yaml:15:51  error  after: unknown label "clmap", the timeline has clamp',
      '   15 |   - { alarm: catheter-occlusion, raised: { after: clmap, within: 1 h } }',
      '      |                                                   ^^^^^  did you mean "clamp"?',
    ]);
  });

  test('a moment that is none', () => {
    expect(withExpectation('{ signal: rate, above: 1 uL/day, during: [clamp+10 min, end] }')).toEqual([
      'bad.yaml:15:47  error  during 1: "clamp+10 min" is not a moment, write for example "2 h", "clamp", "clamp + 10 min" or "end - 1 h"',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [clamp+10 min, end] }',
      '      |                                               ^^^^^^^^^^^^',
    ]);
  });

  test('an action after the end of the run', () => {
    expect(withEntry('{ at: 7 h, do: stop }')).toEqual([
      'bad.yaml:13:11  error  at: 7 h is after the end of the run at 6 h',
      '   13 |   - { at: 7 h, do: stop }',
      '      |           ^^^',
    ]);
  });

  test('moments outside of the run', () => {
    expect(withExpectation('{ signal: rate, above: 1 uL/day, during: [clamp - 3 h, end + 1 min] }')).toEqual([
      'bad.yaml:15:47  error  during 1: clamp - 3 h is before the start of the run',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [clamp - 3 h, end + 1 min] }',
      '      |                                               ^^^^^^^^^^^',
      'bad.yaml:15:60  error  during 2: end + 1 min is after the end of the run at 6 h',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [clamp - 3 h, end + 1 min] }',
      '      |                                                            ^^^^^^^^^^^',
    ]);
    expect(withExpectation('{ signal: rate, above: 1 uL/day, during: [end - 7 h, clamp + 5 h] }')).toEqual([
      'bad.yaml:15:47  error  during 1: end - 7 h is before the start of the run',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [end - 7 h, clamp + 5 h] }',
      '      |                                               ^^^^^^^^^',
      'bad.yaml:15:58  error  during 2: clamp + 5 h is after the end of the run at 6 h',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [end - 7 h, clamp + 5 h] }',
      '      |                                                          ^^^^^^^^^^^',
    ]);
  });

  test('moments from an entry whose time is open are held against the length of the run', () => {
    const entry = '  - { when: { alarm: low-reservoir }, do: stop, label: low }\n';
    const text = GOOD.replace('expect:', `${entry}expect:`);
    expect(errorsOf(`${text}  - { signal: rate, above: 1 uL/day, during: [low - 6 h, low + 6 h] }\n`)).toEqual([
      'no error',
    ]);
    expect(errorsOf(`${text}  - { signal: rate, above: 1 uL/day, during: [low - 7 h, low + 7 h] }\n`)).toEqual([
      'bad.yaml:16:47  error  during 1: low - 7 h is before the start of the run',
      '   16 |   - { signal: rate, above: 1 uL/day, during: [low - 7 h, low + 7 h] }',
      '      |                                               ^^^^^^^^^',
      'bad.yaml:16:58  error  during 2: low + 7 h is after the end of the run at 6 h',
      '   16 |   - { signal: rate, above: 1 uL/day, during: [low - 7 h, low + 7 h] }',
      '      |                                                          ^^^^^^^^^',
    ]);
  });

  test('a stretch that ends before it begins', () => {
    expect(withExpectation('{ signal: rate, above: 1 uL/day, during: [clamp, 1 h] }')).toEqual([
      'bad.yaml:15:46  error  during: the stretch ends at 1 h, before it begins at clamp',
      '   15 |   - { signal: rate, above: 1 uL/day, during: [clamp, 1 h] }',
      '      |                                              ^^^^^^^^^^^^',
    ]);
  });

  test('a wait that outlasts the run', () => {
    expect(withExpectation('{ alarm: catheter-occlusion, raised: { after: clamp, within: 5 h } }')).toEqual([
      'bad.yaml:15:66  error  within: the wait ends at 7 h, after the end of the run at 6 h',
      '   15 |   - { alarm: catheter-occlusion, raised: { after: clamp, within: 5 h } }',
      '      |                                                                  ^^^',
    ]);
  });

  test('a fill over the capacity', () => {
    expect(changed('fill: 18 mL', 'fill: 20.5 mL')).toEqual([
      'bad.yaml:8:9  error  fill: 20.5 mL is over the capacity of itb-20-sense, 20 mL',
      '    8 |   fill: 20.5 mL',
      '      |         ^^^^^^^',
    ]);
    expect(withEntry('{ at: 1 h, do: refill, volume: 21 mL }')).toEqual([
      'bad.yaml:13:36  error  volume: 21 mL is over the capacity of itb-20-sense, 20 mL',
      '   13 |   - { at: 1 h, do: refill, volume: 21 mL }',
      '      |                                    ^^^^^',
    ]);
  });

  test('an alarm that a profile without a sensor cannot raise', () => {
    const text = GOOD.replace('itb-20-sense', 'itb-20');
    expect(errorsOf(`${text}  - { alarm: catheter-occlusion, raised: { within: 1 h } }\n`)).toEqual([
      'bad.yaml:15:14  error  alarm: profile itb-20 has no pressure sensor and never raises catheter-occlusion: use itb-20-sense, or expect "never: true"',
      '   15 |   - { alarm: catheter-occlusion, raised: { within: 1 h } }',
      '      |              ^^^^^^^^^^^^^^^^^^',
    ]);
    const entry = '  - { when: { alarm: catheter-occlusion }, do: stop }\n';
    expect(errorsOf(text.replace('expect:', `${entry}expect:`))).toEqual([
      'bad.yaml:13:22  error  alarm: profile itb-20 has no pressure sensor and never raises catheter-occlusion: use itb-20-sense',
      '   13 |   - { when: { alarm: catheter-occlusion }, do: stop }',
      '      |                      ^^^^^^^^^^^^^^^^^^',
    ]);
  });

  test('a dose whose flow the pump cannot keep', () => {
    expect(changed('dose: 150 ug/day', 'dose: 10 ug/day')).toEqual([
      'bad.yaml:9:36  error  dose: flow 20 µL/day (10 µg/day at 500 µg/mL) is below the minimum of 48 µL/day; a concentration of at most 208 µg/mL would do (none that is sold)',
      '    9 | program: { mode: continuous, dose: 10 ug/day }',
      '      |                                    ^^^^^^^^^',
    ]);
    expect(withEntry('{ at: 1 h, do: program, program: { mode: continuous, dose: 15 mg/day } }')).toEqual([
      'bad.yaml:13:64  error  dose: flow 30000 µL/day (15000 µg/day at 500 µg/mL) is above the maximum of 24000 µL/day; a concentration of at least 625 µg/mL would do (sold: 1000, 2000)',
      '   13 |   - { at: 1 h, do: program, program: { mode: continuous, dose: 15 mg/day } }',
      '      |                                                                ^^^^^^^^^',
    ]);
  });

  test('a low-reservoir volume that the pump cannot use', () => {
    expect(changed('dose: 150 ug/day', 'dose: 150 ug/day, low_reservoir: 1 mL')).toEqual([
      'bad.yaml:9:63  error  low_reservoir: low-reservoir volume 1 mL lies outside 1.4 to 20 mL: it must be over the residual volume, which counts as empty, and under the capacity',
      '    9 | program: { mode: continuous, dose: 150 ug/day, low_reservoir: 1 mL }',
      '      |                                                               ^^^^',
    ]);
  });

  test('mistakes of all kinds are reported together, in the order of the file', () => {
    const text = GOOD.replace('title', 'titel').replace('fill: 18 mL', 'fill: 21 mL').replace('at: 0 s', 'at: 0');
    expect(errorsOf(`${text}  - { alarm: catheter-occlusion, raised: { after: clmp, within: 1 h } }\n`)).toEqual([
      'bad.yaml:3:1  error  unknown key "titel"',
      '    3 | titel: a test',
      '      | ^^^^^  did you mean "title"?',
      'bad.yaml:8:9  error  fill: 21 mL is over the capacity of itb-20-sense, 20 mL',
      '    8 |   fill: 21 mL',
      '      |         ^^^^^',
      'bad.yaml:11:11  error  at: missing unit, write for example "20 min"',
      '   11 |   - { at: 0, do: start }',
      '      |           ^',
      'bad.yaml:15:51  error  after: unknown label "clmp", the timeline has clamp',
      '   15 |   - { alarm: catheter-occlusion, raised: { after: clmp, within: 1 h } }',
      '      |                                                   ^^^^  did you mean "clamp"?',
    ]);
  });
});

describe('text that is no scenario', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'an empty file',
      '',
      ['bad.yaml:1:1  error  the file is empty, a scenario begins with "scenario: 1"', '    1 | ', '      | ^'],
    ],
    [
      'a comment alone',
      '# nothing\n',
      [
        'bad.yaml:1:1  error  the file is empty, a scenario begins with "scenario: 1"',
        '    1 | # nothing',
        '      | ^',
      ],
    ],
    ['a list', '- a\n', ['bad.yaml:1:1  error  a mapping is wanted here, not a list', '    1 | - a', '      | ^^^']],
    [
      'a tab as indentation',
      'pump:\n\tfill: 1 mL\n',
      ['bad.yaml:2:1  error  a tab indents this line, YAML wants spaces', '    2 | \tfill: 1 mL', '      | ^'],
    ],
    [
      'an open bracket',
      'pump: [1',
      [
        'bad.yaml:1:9  error  not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
        '    1 | pump: [1',
        '      |         ^',
      ],
    ],
    [
      'two documents',
      'id: a\n---\nid: b\n',
      [
        'bad.yaml:2:1  error  a second YAML document begins here, one file is one scenario',
        '    2 | ---',
        '      | ^^^',
      ],
    ],
    [
      'an unknown tag',
      'id: !secret a\n',
      ['bad.yaml:1:5  error  not valid YAML: unresolved tag: !secret', '    1 | id: !secret a', '      |     ^^^^^^^'],
    ],
    [
      'a key that is a list',
      '? [a]\n: b\n',
      ['bad.yaml:1:3  error  this key is no text', '    1 | ? [a]', '      |   ^'],
    ],
    [
      'an alias without an anchor',
      'id: *a\n',
      ['bad.yaml:1:5  error  no anchor &a stands before this alias', '    1 | id: *a', '      |     ^^'],
    ],
    [
      'an alias inside of its anchor',
      'id: &a [*a]\n',
      [
        'bad.yaml:1:9  error  the alias *a stands inside of its own anchor',
        '    1 | id: &a [*a]',
        '      |         ^^',
      ],
    ],
    [
      'aliases that multiply',
      'a: &a [1]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: &d [*c, *c, *c, *c]\ne: [*d, *d, *d, *d]\n',
      ['bad.yaml:1:1  error  aliases stand for over 100 values', '    1 | a: &a [1]', '      | ^'],
    ],
    [
      'a NUL byte',
      'id: a\nti\0tle: b\n',
      ['bad.yaml:2:3  error  not a text file: it holds a NUL byte', '    2 | ti�tle: b', '      |   ^'],
    ],
    [
      'bytes of something else',
      '\u0001\u0002\ufffd\ufffdPK',
      [
        'bad.yaml:1:1  error  not a text file: many of its bytes are no printable characters',
        '    1 | ����PK',
        '      | ^',
      ],
    ],
  ])('%s', (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });

  test('brackets without end', () => {
    expect(parseScenario('['.repeat(100_000), 'f')).toMatchObject({
      diagnostics: [{ line: 1, message: 'the YAML is nested too deeply' }],
    });
  });

  test('more aliases than a scenario needs', () => {
    const text = `a: &a 1\nb: [${'*a, '.repeat(101)}]\n`;
    expect(parseScenario(text, 'f')).toMatchObject({ diagnostics: [{ line: 2, message: 'more than 100 aliases' }] });
  });

  test('a file that is too large', () => {
    const limit = GOOD.padEnd(256 * 1024, '#');
    expect(parseScenario(limit, 'f')).toMatchObject({ ok: true });
    expect(parseScenario(`${limit}#`, 'f')).toMatchObject({
      diagnostics: [{ line: 1, column: 1, message: 'the file has more than 256 KiB, which no scenario needs' }],
    });
  });

  test('more mistakes than anyone reads are cut off at a hundred', () => {
    const read = parseScenario(`${GOOD}${Array.from({ length: 150 }, (_, i) => `zz${i}zz: 1\n`).join('')}`, 'f');
    expect(read.ok ? 0 : read.diagnostics.length).toBe(100);
  });
});

describe('a code frame', () => {
  const diagnostic = { file: 'f', line: 1, column: 3, endColumn: 5, message: 'm' };

  test('keeps tabs before the carets, so that they stand right', () => {
    expect(formatDiagnostic(diagnostic, '\tabcd')).toBe('f:1:3  error  m\n    1 | \tabcd\n      | \t ^^');
  });

  test('shows a stretch of a long line', () => {
    const text = `${'x'.repeat(200)}ab${'y'.repeat(200)}`;
    expect(formatDiagnostic({ ...diagnostic, column: 201, endColumn: 203 }, text)).toBe(
      `f:1:201  error  m\n    1 | ${'x'.repeat(60)}ab${'y'.repeat(58)}\n      | ${' '.repeat(60)}^^`,
    );
  });

  test('lets no control character through', () => {
    expect(formatDiagnostic({ ...diagnostic, message: 'a\u001bb' }, 'ab\u001bd\r\n')).toBe(
      'f:1:3  error  a\ufffdb\n    1 | ab\ufffdd\n      |   ^^',
    );
  });
});
