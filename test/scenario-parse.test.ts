import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { FAULTS } from '../firmware-sim/body/faults.ts';
import { ALARM_IDS } from '../firmware-sim/firmware/alarms/table.ts';
import { SIGNAL_NAMES, SIGNALS } from '../firmware-sim/simulation/signals.ts';
import { parseScenario } from '../firmware-sim/scenario/parse.ts';
import type { Scenario } from '../firmware-sim/scenario/types.ts';

function parsed(text: string): Scenario {
  const read = parseScenario(text, 'test.yaml');
  if (!read.ok) {
    throw new Error(read.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  }
  return read.scenario;
}

const HEAD = `scenario: 1
id: T-1
title: a test
duration: 6 h
pump:
  drug: { name: baclofen, concentration: 500 ug/mL }
  fill: 18 mL
program: { mode: continuous, dose: 150 ug/day }
`;
const START = '  - { at: 0 s, do: start }\n';
const scenarioOf = (timeline: string, expectations: string): Scenario =>
  parsed(`${HEAD}timeline:\n${START}${timeline}expect:\n${expectations}`);
const NEVER = '  - { alarm: low-reservoir, never: true }\n';

describe('a scenario file', () => {
  test('with every kind of entry becomes exactly this scenario', () => {
    const text = `# a comment
scenario: 1
id: ALM-OCC-001
title: Occlusion is alarmed in time
requirements: [CL-49]
seed: 7
duration: 6 d
pump:
  profile: itb-40-sense
  drug: { name: baclofen, concentration: 500 ug/mL }
  fill: 38 mL
  catheter: { compliance: 0.5 uL/kPa, primed: false }
program: { mode: continuous, dose: 150 ug/day, concentration: 1 mg/mL, low_reservoir: 3 mL }
timeline:
  - { at: 0 s, do: start }
  - { at: 2 h, fault: catheter.occlusion, mode: complete, label: clamp }
  - at: 3 h
    fault: catheter.occlusion
    mode: partial
    resistance: 230 kPa/(mL/day)
  - { when: { alarm: catheter-occlusion }, after: 10 min, do: acknowledge, alarm: catheter-occlusion, label: ack }
  - { at: 5 h, fault: catheter.occlusion, mode: released }
  - { when: { alarm: low-reservoir }, do: refill, volume: 18 mL }
  - { at: 3 d, do: stop }
  - { at: 4 d, do: program, program: { mode: continuous, dose: 1 mg/day, concentration: 2 mg/mL } }
  - { at: 5 d, do: bolus, dose: 20 ug, over: 10 min, refused: BUSY }
expect:
  - { id: raised, alarm: catheter-occlusion, raised: { after: clamp, within: 66 min } }
  - { alarm: low-reservoir, never: true }
  - { signal: rate, is: 0 uL/day, tolerance: 1 uL/day, during: [clamp + 70 min, end - 1 d], requirements: [X-1, X-2] }
  - { signal: pressure, below: 80 kPa, during: [0 s, ack + 1 min] }
`;
    expect(parsed(text)).toEqual({
      id: 'ALM-OCC-001',
      title: 'Occlusion is alarmed in time',
      requirements: ['CL-49'],
      seed: 7,
      duration: 518_400_000_000,
      pump: {
        profile: 'itb-40-sense',
        drug: { name: 'baclofen', concentration: 500 },
        fill: 38_000_000,
        compliance: 500_000,
        primed: false,
      },
      program: { mode: 'continuous', dose: 150_000, concentration: 1000, lowReservoir: 3_000_000, override: [] },
      timeline: [
        { trigger: { at: 0 }, act: { do: 'start' }, label: undefined, line: 15 },
        {
          trigger: { at: 7_200_000_000 },
          act: { do: 'inject', fault: { fault: 'catheter.occlusion', mode: 'complete' } },
          label: 'clamp',
          line: 16,
        },
        {
          trigger: { at: 10_800_000_000 },
          act: { do: 'inject', fault: { fault: 'catheter.occlusion', mode: 'partial', resistance: 230_000 } },
          label: undefined,
          line: 17,
        },
        {
          trigger: { when: 'catheter-occlusion', after: 600_000_000 },
          act: { do: 'acknowledge', alarm: 'catheter-occlusion' },
          label: 'ack',
          line: 21,
        },
        {
          trigger: { at: 18_000_000_000 },
          act: { do: 'inject', fault: { fault: 'catheter.occlusion', mode: 'released' } },
          label: undefined,
          line: 22,
        },
        {
          trigger: { when: 'low-reservoir', after: 0 },
          act: { do: 'refill', volume: 18_000_000 },
          label: undefined,
          line: 23,
        },
        { trigger: { at: 259_200_000_000 }, act: { do: 'stop' }, label: undefined, line: 24 },
        {
          trigger: { at: 345_600_000_000 },
          act: {
            do: 'program',
            program: { mode: 'continuous', dose: 1_000_000, concentration: 2000, override: [] },
          },
          label: undefined,
          line: 25,
        },
        {
          trigger: { at: 432_000_000_000 },
          act: { do: 'bolus', dose: 20_000, over: 600_000_000, concentration: undefined, override: [] },
          label: undefined,
          refused: 'BUSY',
          line: 26,
        },
      ],
      expect: [
        {
          kind: 'alarm-raised',
          alarm: 'catheter-occlusion',
          after: { anchor: { label: 'clamp' }, offset: 0 },
          within: 3_960_000_000,
          id: 'raised',
          requirements: ['CL-49'],
          line: 28,
        },
        {
          kind: 'alarm-never',
          alarm: 'low-reservoir',
          id: 'low-reservoir-never',
          requirements: ['CL-49'],
          line: 29,
        },
        {
          kind: 'signal',
          signal: 'rate',
          test: 'is',
          value: 0,
          tolerance: 1000,
          during: [
            { anchor: { label: 'clamp' }, offset: 4_200_000_000 },
            { anchor: 'end', offset: -86_400_000_000 },
          ],
          id: 'rate-is',
          requirements: ['X-1', 'X-2'],
          line: 30,
        },
        {
          kind: 'signal',
          signal: 'pressure',
          test: 'below',
          value: 80_000,
          tolerance: 0,
          during: [
            { anchor: 'start', offset: 0 },
            { anchor: { label: 'ack' }, offset: 60_000_000 },
          ],
          id: 'pressure-below',
          requirements: ['CL-49'],
          line: 31,
        },
      ],
    });
  });

  test('without optional keys has the defaults', () => {
    const scenario = scenarioOf('', NEVER);
    expect(scenario).toMatchObject({ requirements: [], seed: 1 });
    expect(scenario.pump).toMatchObject({ profile: 'itb-20-sense', compliance: undefined, primed: true });
    expect(scenario.program).toEqual({ mode: 'continuous', dose: 150_000, concentration: 500, override: [] });
  });

  test('may have the drug of the pump stand in for the concentration of a later program', () => {
    const { timeline } = scenarioOf(
      '  - { at: 1 h, do: program, program: { mode: continuous, dose: 1 mg/d } }\n',
      NEVER,
    );
    expect(timeline[1]?.act).toMatchObject({ do: 'program', program: { concentration: 500 } });
  });

  test('may name an expectation by its content, and numbers what is taken', () => {
    const rate = '  - { signal: rate, above: 1 uL/day }\n';
    const { expect: expectations } = scenarioOf(
      '',
      `${rate}${rate}  - { id: rate-above-2, alarm: low-reservoir, never: true }\n`,
    );
    expect(expectations.map(({ id }) => id)).toEqual(['rate-above', 'rate-above-3', 'rate-above-2']);
  });

  test('may leave out from when an alarm is waited for, which is then the start of the run', () => {
    const { expect: expectations } = scenarioOf('', '  - { alarm: low-reservoir, raised: { within: 6 h } }\n');
    expect(expectations[0]).toMatchObject({ after: { anchor: 'start', offset: 0 }, within: 21_600_000_000 });
  });

  test.each<[string, object]>([
    ['0 s', { anchor: 'start', offset: 0 }],
    ['2 h', { anchor: 'start', offset: 7_200_000_000 }],
    ['start', { anchor: 'start', offset: 0 }],
    ['start + 1 s', { anchor: 'start', offset: 1_000_000 }],
    ['end', { anchor: 'end', offset: 0 }],
    ['end - 1 h', { anchor: 'end', offset: -3_600_000_000 }],
    ['mark', { anchor: { label: 'mark' }, offset: 0 }],
    ['mark + 10 min', { anchor: { label: 'mark' }, offset: 600_000_000 }],
    ['mark - 1 min', { anchor: { label: 'mark' }, offset: -60_000_000 }],
  ])('reads the moment %j', (text, moment) => {
    const { expect: expectations } = scenarioOf(
      '  - { at: 1 h, do: stop, label: mark }\n',
      `  - { signal: rate, is: 0 uL/day, during: [${text}, end] }\n`,
    );
    expect(expectations[0]).toMatchObject({ during: [moment, { anchor: 'end', offset: 0 }] });
  });

  test.each(SIGNAL_NAMES)('states %s in the unit of the signal', (signal) => {
    const quantity = {
      nL: '-2 uL',
      'nL/day': '-2 uL/day',
      'ng/day': '-2 ug/day',
      Pa: '-2 kPa',
      ng: '-2 ug',
      'ng/uL': '-2 mg/mL',
      'pg/mL': '-2 ng/mL',
      mJ: '-2 J',
    }[SIGNALS[signal].unit];
    const { expect: expectations } = scenarioOf('', `  - { signal: ${signal}, above: ${quantity} }\n`);
    expect(expectations[0]).toMatchObject({ signal, test: 'above', value: -2000 });
  });

  test.each(ALARM_IDS)('may expect that %s is never raised, on a pump without a sensor too', (alarm) => {
    const { expect: expectations } = parsed(
      `${HEAD.replace('  drug', '  profile: itb-20\n  drug')}timeline:\n${START}expect:\n  - { alarm: ${alarm}, never: true }\n`,
    );
    expect(expectations[0]).toMatchObject({ kind: 'alarm-never', alarm });
  });

  test('can inject every fault in every mode of the table, the parameters in their own unit', () => {
    const faults = Object.entries(FAULTS).flatMap(([fault, { modes }]) =>
      Object.entries(modes).map(([mode, { parameters }]) => ({ fault, mode, parameters })),
    );
    const lines = faults.map(
      ({ fault, mode, parameters }) =>
        `  - { at: 1 h, fault: ${fault}, mode: ${mode}${Object.entries(parameters)
          .map(([name, { unit, max }]) => `, ${name}: ${max} ${unit}`)
          .join('')} }\n`,
    );
    const { timeline } = scenarioOf(lines.join(''), NEVER);
    expect(timeline.slice(1).map(({ act }) => act)).toEqual(
      faults.map(({ fault, mode, parameters }) => ({
        do: 'inject',
        fault: { fault, mode, ...Object.fromEntries(Object.entries(parameters).map(([name, { max }]) => [name, max])) },
      })),
    );
  });

  test('may use an anchor and its alias', () => {
    const text = `${HEAD}timeline:\n  - &on { at: 0 s, do: start }\n  - *on\nexpect:\n${NEVER}`;
    expect(parsed(text).timeline).toMatchObject([
      { act: { do: 'start' }, line: 10 },
      { act: { do: 'start' }, line: 11 },
    ]);
  });

  test('is the same with a byte order mark and with the line ends of Windows', () => {
    const text = `${HEAD}timeline:\n${START}expect:\n${NEVER}`;
    expect(parsed(`\ufeff${text.replaceAll('\n', '\r\n')}`)).toEqual(parsed(text));
  });
});

describe('reading a scenario never throws', () => {
  test('for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish()), (text) => {
        expectOutcome(text);
      }),
    );
  });

  test('for any JSON value written as YAML', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expectOutcome(stringify(value));
      }),
    );
  });

  test('for a scenario in which any one value is another', () => {
    const good = {
      scenario: 1,
      id: 'a',
      title: 'b',
      requirements: ['CL-1'],
      seed: 1,
      duration: '2 d',
      pump: {
        profile: 'itb-20',
        drug: { name: 'water', concentration: '1 mg/mL' },
        fill: '1 mL',
        catheter: { compliance: '1 uL/kPa', primed: false },
      },
      program: { mode: 'continuous', dose: '1 mg/day', low_reservoir: '2 mL' },
      timeline: [
        { at: '1 h', do: 'refill', volume: '1 mL', label: 'x' },
        { when: { alarm: 'low-reservoir' }, after: '1 h', fault: 'catheter.occlusion', mode: 'complete' },
        {
          at: '2 h',
          do: 'program',
          refused: 'PRECOND',
          program: {
            mode: 'scheduled',
            dose: '1 mg/day',
            boluses: [{ at: '08:00', dose: '1 mg', over: '30 min' }],
            patient: { dose: '1 mg', over: '10 min', lockout: '4 h', count: 4, window: '1 d' },
            limit: { dose: '10 mg' },
            population: 'child',
            catheter_length: '890 mm',
            bridge: 'none',
            override: ['bridge'],
          },
        },
        { at: '3 h', do: 'clock', time: '08:00:30' },
      ],
      expect: [
        { alarm: 'low-reservoir', raised: { after: 'x + 1 h', within: '1 h' } },
        { signal: 'rate', is: '1 uL/day', tolerance: '1 uL/day', during: ['x', 'end'] },
        { log: 'ALARM', with: { state: 'on' }, count: 3, during: ['x', 'end'] },
        { log: 'FLOW', with: { nlpd: 0 }, logged: { after: 'x', within: '1 h' } },
      ],
    };
    expect(parseScenario(stringify(good), 'test.yaml')).toMatchObject({ ok: true });
    const paths = pathsOf(good);
    const words = fc.constantFrom(
      'start',
      'end',
      'x',
      '1 h',
      '1 mL',
      '__proto__',
      'constructor',
      'at',
      '',
      '-1 s',
      '1',
      '25:00',
      '1000 L',
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.oneof(words, fc.jsonValue({ maxDepth: 2 })), (path, value) => {
        expectOutcome(stringify(replaced(good, path, value)));
      }),
      { numRuns: 500 },
    );
  });
});

/** What YAML gives a meaning to, separated by blanks. */
const MEANINGFUL =
  'a pump timeline : - { } [ ] , &a *a !!set !!binary ? | >- " \' # %YAML --- ... << ~ 1 .nan @ \\n \\t \\r indent blank';
const SPECIAL: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t', '\\r': '\r', indent: '\n  ', blank: ' ' };

const yamlish = (): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...MEANINGFUL.split(' ')), { maxLength: 40 })
    .map((words) => words.map((word) => SPECIAL[word] ?? word).join(''));

function expectOutcome(text: string): void {
  const read = parseScenario(text, 'test.yaml');
  if (read.ok) {
    return;
  }
  const lines = text.split('\n');
  expect(read.diagnostics.length).toBeGreaterThan(0);
  for (const { line, column, endColumn, message } of read.diagnostics) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
    expect(endColumn).toBeGreaterThan(column);
    expect(message).not.toMatch(/undefined|\[object|Invalid input/u);
  }
  const positions = read.diagnostics.map(({ line, column }) => line * 1e6 + column);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
}

type Path = readonly (string | number)[];

const pathsOf = (value: unknown): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((path) => [key, ...path])])
    : [];

function replaced(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) {
    return other;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, other) : item));
  }
  const record = value as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, other) };
}
