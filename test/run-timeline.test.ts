import { expect, test } from 'vitest';
import { micros, nanolitres } from '../protocol/units.ts';
import { runScenario } from '../firmware-sim/scenario/run.ts';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import type { Criterion, Scenario, TimelineEntry } from '../firmware-sim/scenario/types.ts';
import { expecting, scenarioOf, timelineOf } from './support/scenarios.ts';
import { alarm, scriptedTarget, type Script } from './support/scripted-target.ts';

const options = { leap: true, tool: 'test' };
const LOW: Criterion = { kind: 'alarm-never', alarm: 'low-reservoir' };
const always: Criterion = {
  kind: 'signal',
  signal: 'rate',
  test: 'is',
  value: 0,
  tolerance: 0,
  during: [
    { anchor: 'start', offset: 0 },
    { anchor: 'end', offset: 0 },
  ],
};

/** Runs against a script; `calls` are those after the preparation. */
async function play(parts: Partial<Scenario>, script: Script = {}) {
  const { target, calls } = scriptedTarget(script);
  const result = await runScenario(scenarioOf({ expect: [expecting(LOW)], ...parts }), target, options);
  const prepared = calls.indexOf('0 commit') + 1;
  return { ...result, preparation: calls.slice(0, prepared), calls: calls.slice(prepared) };
}

const when = (id: 'low-reservoir' | 'catheter-occlusion', after: number): TimelineEntry['trigger'] => ({
  when: id,
  after: micros(after),
});
const stop = { do: 'stop' } as const;
const start = { do: 'start' } as const;
const clamp = { do: 'inject', fault: { fault: 'catheter.occlusion', mode: 'complete' } } as const;

test('a pump is reset, filled, told so, and programmed before time begins, and not started', async () => {
  const { preparation, calls } = await play({});
  expect(preparation).toEqual(['0 reset', '0 fill 18000000', '0 refill', '0 program', '0 commit']);
  expect(calls).toEqual([]);
});

test('entries are carried out at their times, whatever their order in the file', async () => {
  const { calls } = await play({ timeline: timelineOf([70, stop], [0, start], [50, clamp], [1_000_000_000, stop]) });
  expect(calls).toEqual(['0 start', '50 catheter.occlusion complete', '70 stop', '1000000000 stop']);
});

test('entries at one time are carried out in the order of the file', async () => {
  const { calls } = await play({ timeline: timelineOf([50, clamp], [50, stop], [50, start], [50, stop]) });
  expect(calls).toEqual(['50 catheter.occlusion complete', '50 stop', '50 start', '50 stop']);
});

test('an entry that waits for an alarm comes at the instant of the alarm, once', async () => {
  const log = [alarm(333, 'low-reservoir'), alarm(400, 'low-reservoir', 'off'), alarm(500, 'low-reservoir')];
  const { calls } = await play({ timeline: timelineOf([when('low-reservoir', 0), stop]) }, { log });
  expect(calls).toEqual(['333 stop']);
});

test('an entry waits so long after its alarm as it says, from the raise on', async () => {
  const log = [alarm(333, 'low-reservoir'), alarm(335, 'low-reservoir', 'ack'), alarm(400, 'low-reservoir', 'off')];
  const { calls } = await play({ timeline: timelineOf([when('low-reservoir', 7), stop]) }, { log });
  expect(calls).toEqual(['340 stop']);
});

test('only the raise of its own alarm releases an entry', async () => {
  const log = [
    alarm(100, 'catheter-occlusion'),
    alarm(200, 'low-reservoir', 'ack'),
    alarm(300, 'low-reservoir', 'off'),
  ];
  const { calls } = await play({ timeline: timelineOf([when('low-reservoir', 0), stop]) }, { log });
  expect(calls).toEqual([]);
});

test('an entry that an alarm made due stands in the file order among the others of that instant', async () => {
  const timeline = timelineOf([300, clamp], [when('low-reservoir', 0), stop], [300, start]);
  const { calls } = await play({ timeline }, { log: [alarm(300, 'low-reservoir')] });
  expect(calls).toEqual(['300 catheter.occlusion complete', '300 stop', '300 start']);
});

test('an entry that would come after the end of the run does not come, and its label neither', async () => {
  const after: Criterion = {
    kind: 'alarm-raised',
    alarm: 'low-reservoir',
    after: { anchor: { label: 'late' }, offset: 0 },
    within: micros(0),
  };
  const { calls, run } = await play(
    { timeline: timelineOf([when('low-reservoir', 1_000_000_000), stop, 'late']), expect: [expecting(after)] },
    { log: [alarm(1, 'low-reservoir')] },
  );
  expect(calls).toEqual([]);
  expect(run).toMatchObject({ verdict: 'INCONCLUSIVE', reason: 'it: late never came' });
});

test('an acknowledgement names the latest raise of its alarm', async () => {
  const log = [alarm(1, 'low-reservoir'), alarm(2, 'low-reservoir', 'off'), alarm(3, 'low-reservoir')];
  const { record } = await play({ timeline: timelineOf([9, { do: 'acknowledge', alarm: 'low-reservoir' }]) }, { log });
  expect(record).toContainEqual({ type: 'input', us: 9, input: 'acknowledge', args: { ev: 3 } });
});

const REFUSED = { ok: false, code: 'RUNNING', facts: { rev: 9 }, message: '' } as const;

test('a refused action makes the run inconclusive and says which line of the file it was', async () => {
  const { run } = await play(
    { timeline: timelineOf([5, stop], [9, start]) },
    { refuse: ({ command }) => (command === 'start' ? REFUSED : undefined) },
  );
  expect(run).toMatchObject({ verdict: 'INCONCLUSIVE', expectations: [{ verdict: 'PASS' }] });
  expect(run.reason).toMatch(/line 2: start was refused: RUNNING rev=9/);
});

test.each(['refill', 'program', 'commit'] as const)(
  'a refused %s in the preparation makes the run inconclusive',
  async (name) => {
    const { run } = await play({}, { refuse: ({ command }) => (command === name ? REFUSED : undefined) });
    expect(run.verdict).toBe('INCONCLUSIVE');
    expect(run.reason).toMatch(/was refused: RUNNING/);
  },
);

test('a failed expectation weighs more than a refused action', async () => {
  const { run } = await play(
    { timeline: timelineOf([9, start]) },
    { refuse: ({ command }) => (command === 'start' ? REFUSED : undefined), log: [alarm(5, 'low-reservoir')] },
  );
  expect(run.verdict).toBe('FAIL');
});

test('a failed expectation weighs more than an open one, and an open one more than one that passes', async () => {
  const open: Criterion = { ...always, kind: 'signal', signal: 'refill_discrepancy' };
  const log = [alarm(5, 'low-reservoir')];
  const [pass, unknown, fail] = [expecting(always, 'a'), expecting(open, 'b'), expecting(LOW, 'c')];
  expect((await play({ expect: [pass, unknown, fail] }, { log })).run).toMatchObject({ verdict: 'FAIL', reason: null });
  expect((await play({ expect: [pass, unknown] }, { log })).run).toMatchObject({ verdict: 'INCONCLUSIVE' });
  expect((await play({ expect: [pass] }, { log })).run).toMatchObject({ verdict: 'PASS', reason: null });
});

test('a run of which nothing is expected does not pass', async () => {
  expect((await play({ expect: [] })).run).toMatchObject({ verdict: 'INCONCLUSIVE', reason: 'nothing was expected' });
});

test('a gap in the log voids the digest and leaves the run inconclusive', async () => {
  const log = [alarm(5, 'low-reservoir'), alarm(9, 'catheter-occlusion'), alarm(20, 'catheter-occlusion', 'off')];
  const whole = await play({ expect: [expecting(always)] }, { log });
  expect(whole.run).toMatchObject({ verdict: 'PASS', events: 3, log_sha256: expect.any(String) as string });
  const torn = await play({ expect: [expecting(always)] }, { log, loses: 2 });
  expect(torn.run).toMatchObject({ verdict: 'INCONCLUSIVE', events: 2, log_sha256: null });
  expect(torn.run.reason).toMatch(/gap/);
  expect(torn.record.at(-1)).toMatchObject({ type: 'end', log_sha256: null });
  // The entries after the gap are read once each.
  expect(torn.record.filter(({ type }) => type === 'event')).toMatchObject([{ us: 5 }, { us: 20 }]);
});

test('a raise is listed with the time at which it was off again, or as not over yet', async () => {
  const log = [
    alarm(1_000_000, 'low-reservoir'),
    alarm(2_000_000, 'catheter-occlusion'),
    alarm(3_000_000, 'low-reservoir', 'off'),
  ];
  expect((await play({}, { log })).run.alarms).toEqual([
    { id: 'low-reservoir', priority: 'high', raised_s: 1, cleared_s: 3 },
    { id: 'catheter-occlusion', priority: 'high', raised_s: 2, cleared_s: null },
  ]);
});

test('an alarm that comes again is listed again', async () => {
  const log = [
    alarm(1_000_000, 'low-reservoir'),
    alarm(2_000_000, 'low-reservoir', 'off'),
    alarm(3_000_000, 'low-reservoir'),
  ];
  expect((await play({}, { log })).run.alarms).toMatchObject([
    { raised_s: 1, cleared_s: 2 },
    { raised_s: 3, cleared_s: null },
  ]);
});

test('an alarm that this program does not know is listed all the same', async () => {
  expect((await play({}, { log: [alarm(1, 'motor-stall')] })).run.alarms).toMatchObject([{ id: 'motor-stall' }]);
});

test('signals are known from the first moment, also when nothing is done at it', async () => {
  const { record } = await play({ timeline: timelineOf([500, stop]) });
  const samples = record.filter(({ type }) => type === 'sample');
  expect(samples[0]).toMatchObject({ us: 0 });
  expect(samples.at(-1)).toMatchObject({ us: 1_000_000_000 });
});

test('signals are sampled at every event, on both sides of every action, and at the moments of expectations', async () => {
  const near: Criterion = {
    ...always,
    during: [
      { anchor: { label: 'here' }, offset: 11 },
      { anchor: 'end', offset: -7 },
    ],
  };
  const { record } = await play(
    { timeline: timelineOf([500, stop, 'here']), expect: [expecting(near)] },
    { log: [alarm(77, 'low-reservoir')] },
  );
  const times = record.flatMap((line) => (line.type === 'sample' ? [line.us] : []));
  expect(times).toEqual(expect.arrayContaining([77, 500, 511, 999_999_993]));
  expect(times.filter((us) => us === 500)).toHaveLength(2);
  const at = record.findIndex((line) => line.type === 'input' && line.input === 'stop');
  expect([record[at - 1]?.type, record[at + 1]?.type, record[at + 2]?.type]).toEqual(['sample', 'outcome', 'sample']);
});

test('the lines of a record never go back in time, and it is headed and ended', async () => {
  const { record } = await play({ timeline: timelineOf([500, stop]) }, { log: [alarm(77, 'low-reservoir')] });
  const times = record.flatMap((line) => (line.type === 'header' ? [] : [line.us]));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(record.map(({ type }) => type === 'header' || type === 'end').lastIndexOf(true)).toBe(record.length - 1);
  expect(record[0]?.type).toBe('header');
});

/** For the simulated pump: long enough for an occlusion to be noticed. */
const occluded = (timeline: TimelineEntry[]): Scenario =>
  scenarioOf({ duration: micros(20_000_000_000), timeline, expect: [expecting(LOW)] });

/** The alarms of a catheter occluded at the start, stopped or not. */
async function alarmsWith(stopAt?: number) {
  const last = stopAt === undefined ? [] : [[stopAt, stop] as const];
  const timeline = timelineOf([0, start], [0, clamp], ...last);
  return (await runScenario(occluded(timeline), createSimTarget(), options)).run.alarms;
}

test('at one instant body and firmware come before the scenario: an alarm is raised before it is forestalled', async () => {
  const [alone] = await alarmsWith();
  const at = Math.round((alone?.raised_s ?? 0) * 1_000_000);
  expect(at).toBeGreaterThan(0);
  expect(await alarmsWith(at)).toMatchObject([{ id: 'catheter-occlusion', raised_s: at / 1_000_000 }]);
  expect(await alarmsWith(at - 1)).toEqual([]);
});

async function commandedWhenStoppedAt(us: number): Promise<number | undefined> {
  const { run } = await runScenario(occluded(timelineOf([0, start], [us, stop])), createSimTarget(), options);
  return run.metrics['commanded_nl'];
}

test('a step that is due at the instant of a stop is made before it', async () => {
  // 300 µL/day: a step of 10 nL every 2.88 s, the first after one interval.
  expect(await commandedWhenStoppedAt(2_880_000 * 5)).toBe(50);
  expect(await commandedWhenStoppedAt(2_880_000 * 5 - 1)).toBe(40);
});

test('the difference between what was drained and what was computed is known after a refill', async () => {
  const refill = { do: 'refill', volume: nanolitres(18_000_000), concentration: undefined } as const;
  const { run } = await runScenario(
    occluded(timelineOf([0, start], [0, clamp], [10_000_000_000, refill])),
    createSimTarget(),
    options,
  );
  expect(run.metrics).toMatchObject({ refill_discrepancy_nl: 0, delivered_nl: 0 });
  expect(run.metrics['undelivered_nl']).toBe(run.metrics['commanded_nl']);
});
