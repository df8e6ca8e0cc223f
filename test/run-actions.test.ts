/** What each action of a scenario tells the pump, and what becomes of its refusal. */
import { expect, test } from 'vitest';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';
import { bolusOf } from '../firmware-sim/scenario/bolus.ts';
import { runScenario } from '../firmware-sim/scenario/run.ts';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import type { Criterion, Scenario, TimelineEntry } from '../firmware-sim/scenario/types.ts';
import { LIBRARIES, type Command, type Outcome, type Refusal } from '../firmware-sim/simulation/vocabulary.ts';
import { expecting, scenarioOf, timelineOf } from './support/scenarios.ts';
import { alarm, scriptedTarget, type Script } from './support/scripted-target.ts';

const options = { leap: true, tool: 'test' };
const NEVER: Criterion = { kind: 'alarm-never', alarm: 'motor-stall' };

async function play(parts: Partial<Scenario>, script: Script = {}) {
  const { target } = scriptedTarget(script);
  const { run, record } = await runScenario(scenarioOf({ expect: [expecting(NEVER)], ...parts }), target, options);
  const inputs = record.flatMap((line) => (line.type === 'input' && line.input !== 'advance' ? [line] : []));
  return { run, inputs: inputs.map(({ us, input, args }) => ({ us, input, args })) };
}

type Act = TimelineEntry['act'];

/** The inputs that an action at 5 µs is. */
async function inputsOf(act: Act, script: Script = {}) {
  const { inputs } = await play({ timeline: timelineOf([5, act]) }, script);
  return inputs.filter(({ us }) => us === 5).map(({ input, args }) => ({ input, args }));
}

test('the pump is reset with its drug and with what is in its catheter', async () => {
  const { pump } = scenarioOf({});
  const { inputs } = await play({ pump: { ...pump, primed: false, drug: { ...pump.drug, name: 'water' } } });
  expect(inputs[0]).toMatchObject({ input: 'reset', args: { drug: 'water', primed: false } });
});

const plain = ['prime', 'press', 'interrogate', 'test-tones', 'stop'] as const;

test.each(plain)('%s is a command of that name, without arguments', async (name) => {
  expect(await inputsOf({ do: name })).toEqual([{ input: name, args: {} }]);
});

test('a clock is set with the revision that was seen last', async () => {
  // Refill and commit have raised it from 1, and so has the staging for the script.
  expect(await inputsOf({ do: 'clock', timeOfDay: micros(7) })).toEqual([
    { input: 'clock', args: { ifRevision: 4, timeOfDay: 7 } },
  ]);
});

test('a library is loaded whole', async () => {
  expect(await inputsOf({ do: 'load-library', drug: 'water' })).toEqual([
    { input: 'library', args: { library: LIBRARIES.water } },
  ]);
});

const TEN_UG = { do: 'bolus', dose: nanograms(10_000), over: micros(600_000_000) } as const;

test('a bolus is told as volume and rate at the concentration of the program in force', async () => {
  const bolus = { ...TEN_UG, concentration: undefined, override: [] };
  expect(await inputsOf(bolus)).toEqual([{ input: 'bolus', args: { volume: 10_000, rate: 1_440_000 } }]);
  const { program } = scenarioOf({});
  const weaker = { ...program, concentration: nanogramsPerMicrolitre(500) };
  const { inputs } = await play({ timeline: timelineOf([1, { do: 'program', program: weaker }], [2, bolus]) });
  expect(inputs.at(-1)).toMatchObject({ input: 'bolus', args: { volume: 20_000, rate: 2_880_000 } });
});

test('a bolus may have a concentration of its own, and an override', async () => {
  const bolus = { ...TEN_UG, concentration: nanogramsPerMicrolitre(2_000), override: ['bolus'] } as const;
  expect(await inputsOf(bolus)).toEqual([
    { input: 'bolus', args: { volume: 5_000, rate: 720_000, override: ['bolus'] } },
  ]);
});

test('a program that was refused leaves the concentration as it was', async () => {
  const { program } = scenarioOf({});
  const weaker = { ...program, concentration: nanogramsPerMicrolitre(500) };
  const bolus = { ...TEN_UG, concentration: undefined, override: [] };
  let commits = 0;
  const { inputs } = await play(
    { timeline: timelineOf([1, { do: 'program', program: weaker }], [2, bolus]) },
    { refuse: ({ command }) => (command === 'commit' && (commits += 1) === 2 ? refusedWith('SOFT_LIMIT') : undefined) },
  );
  expect(inputs.at(-1)).toMatchObject({ input: 'bolus', args: { volume: 10_000 } });
});

test('volume and rate of a bolus are rounded to the nearest', () => {
  expect(bolusOf(1_000, 60_000_000, 3)).toEqual({ volume: 333_333, rate: 479_999_520 });
  expect(bolusOf(2, 60_000_000, 4_000)).toEqual({ volume: 1, rate: 1_440 });
  expect(bolusOf(1, 60_000_000, 4_000)).toEqual({ volume: 0, rate: 0 });
});

test('a program is staged with all that it states, and committed with its override', async () => {
  const { program } = scenarioOf({});
  const limit = { dose: nanograms(400_000), window: micros(86_400_000_000) };
  const inputs = await inputsOf({ do: 'program', program: { ...program, limit, override: ['step', 'dose'] } });
  expect(inputs).toEqual([
    { input: 'program', args: { mode: 'continuous', dose: 300_000, concentration: 1_000, limit } },
    { input: 'commit', args: { ifRevision: 5, override: ['step', 'dose'] } },
  ]);
});

test('a program that is refused is not committed', async () => {
  const { program } = scenarioOf({});
  const refuse = refusing('program', 2, 'FLOW_RANGE');
  const { inputs, run } = await play({ timeline: timelineOf([5, { do: 'program', program }]) }, { refuse });
  expect(inputs.filter(({ us }) => us === 5).map(({ input }) => input)).toEqual(['program']);
  expect(run.reason).toMatch(/^line 1: program was refused: FLOW_RANGE/);
});

test.each(['acknowledge', 'pause', 'resume'] as const)(
  '%s names the entry that signalled the alarm last',
  async (name) => {
    const log = [
      alarm(1, 'low-reservoir'),
      alarm(2, 'low-reservoir', 'paused'),
      alarm(3, 'low-reservoir'),
      alarm(4, 'low-reservoir', 'ack'),
    ];
    expect(await inputsOf({ do: name, alarm: 'low-reservoir' }, { log })).toEqual([{ input: name, args: { ev: 3 } }]);
  },
);

const refusedWith = (code: Refusal): Outcome => ({ ok: false, code, facts: {}, message: '' });

/** Refuses the nth command of a name. */
function refusing(name: Command['command'], nth: number, code: Refusal): Script['refuse'] {
  let seen = 0;
  return ({ command }) => (command === name && (seen += 1) === nth ? refusedWith(code) : undefined);
}

/** A timeline of one action of which a refusal is expected. */
const expectingRefusal = (act: Act, refused: Refusal): TimelineEntry[] =>
  timelineOf([5, act]).map((entry) => ({ ...entry, refused }));

const start = { do: 'start' } as const;

test('a refusal that was expected is no trouble', async () => {
  const refuse = refusing('start', 1, 'INHIBITED');
  expect((await play({ timeline: expectingRefusal(start, 'INHIBITED') }, { refuse })).run).toMatchObject({
    verdict: 'PASS',
    reason: null,
  });
});

test('an acceptance where a refusal was expected leaves the run inconclusive', async () => {
  expect((await play({ timeline: expectingRefusal(start, 'INHIBITED') })).run).toMatchObject({
    verdict: 'INCONCLUSIVE',
    reason: 'line 1: start was accepted, and its refusal with INHIBITED was expected',
  });
});

test('a refusal with another code leaves the run inconclusive, and both codes are told', async () => {
  const refuse = refusing('start', 1, 'RUNNING');
  const { run } = await play({ timeline: expectingRefusal(start, 'INHIBITED') }, { refuse });
  expect(run.verdict).toBe('INCONCLUSIVE');
  expect(run.reason).toMatch(/^line 1: start was refused, but not with INHIBITED as expected: RUNNING/);
});

test.each([
  ['program', 2],
  ['commit', 2],
] as const)('a program may be refused at its %s', async (name, nth) => {
  const { program } = scenarioOf({});
  const timeline = expectingRefusal({ do: 'program', program }, 'SOFT_LIMIT');
  expect((await play({ timeline }, { refuse: refusing(name, nth, 'SOFT_LIMIT') })).run.verdict).toBe('PASS');
});

test('a refill may be refused', async () => {
  const refill = { do: 'refill', volume: nanolitres(1), concentration: undefined } as const;
  const refuse = refusing('refill', 2, 'VOLUME_RANGE');
  expect((await play({ timeline: expectingRefusal(refill, 'VOLUME_RANGE') }, { refuse })).run.verdict).toBe('PASS');
  const { run } = await play({ timeline: timelineOf([5, refill]) }, { refuse: refusing('refill', 2, 'VOLUME_RANGE') });
  expect(run.reason).toMatch(/^line 1: refill was refused: VOLUME_RANGE/);
});

test('a press that gives nothing is no trouble of the run', async () => {
  const timeline = timelineOf([0, start], [1_000, { do: 'press' }]);
  const denied: Criterion = {
    kind: 'log-count',
    log: 'BOLUS',
    with: { kind: 'patient', state: 'denied', why: 'none' },
    count: 1,
    during: [
      { anchor: 'start', offset: 0 },
      { anchor: 'end', offset: 0 },
    ],
  };
  const scenario = scenarioOf({ timeline, expect: [expecting(denied)] });
  expect((await runScenario(scenario, createSimTarget(), options)).run).toMatchObject({
    verdict: 'PASS',
    reason: null,
  });
});

test('exposure is held against the dose of a day, whatever the mode states of it', async () => {
  const { program } = scenarioOf({});
  const peak = async (parts: Partial<Scenario>): Promise<unknown> =>
    (
      await runScenario(
        scenarioOf({ timeline: timelineOf([0, start]), expect: [expecting(NEVER)], ...parts }),
        createSimTarget(),
        options,
      )
    ).run.metrics['csf_peak_of_steady_state'];
  const flex = {
    ...program,
    mode: 'flex',
    dose: undefined,
    intervals: [
      { from: micros(0), dose: nanograms(300_000) },
      { from: micros(43_200_000_000), dose: nanograms(100_000) },
    ],
  } as const;
  const duration = micros(7_200_000_000);
  // The first two hours are the same; the day of the flex program is two thirds of the other.
  const [whole, day] = [await peak({ duration }), await peak({ duration, program: flex })] as [number, number];
  expect(day / whole).toBeCloseTo(1.5, 2);
});
