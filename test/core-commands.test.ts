import { expect, test } from 'vitest';
import type { Command } from '../firmware-sim/firmware/commands.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { micros, nanolitres, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import {
  accepted,
  commitRate,
  occlusion,
  readyPump,
  refill,
  refusal,
  runningTherapy,
  stageRate,
  stampOfNth,
  start,
  STEP,
  stop,
} from './support/therapy.ts';

const RATE = 299_993;
const through = (sim: Simulation, us: number): void => sim.advanceThrough(micros(us));
/** All that can be seen but the charge of the battery, which even a refused command costs a second of telemetry. */
const everything = (sim: Simulation) => ({
  log: sim.log(),
  status: sim.status,
  sample: { ...sim.sample(), battery: 0 },
});

const withRevision = (ifRevision: number): Command[] => [
  { command: 'start', ifRevision },
  { command: 'commit', ifRevision },
  { command: 'refill', ifRevision, volume: nanolitres(10_000_000), drained: nanolitres(5) },
];

/** Pumps in every mode, each with a program staged that a commit would take. */
const PUMPS: Record<string, () => Simulation> = {
  'running pump': () => {
    const sim = runningTherapy({ rate: RATE });
    through(sim, US_PER_HOUR);
    return sim;
  },
  'stopped pump': () => {
    const sim = runningTherapy({ rate: RATE });
    through(sim, US_PER_HOUR);
    stop(sim);
    return sim;
  },
  'held pump': () => {
    const sim = runningTherapy({ rate: RATE });
    sim.inject(occlusion('complete'));
    through(sim, 2 * US_PER_HOUR);
    return sim;
  },
};

for (const [name, make] of Object.entries(PUMPS)) {
  test(`START, COMMIT and REFILL with another revision change nothing of a ${name}, then or later`, () => {
    const [sim, untouched] = [make(), make()];
    for (const one of [sim, untouched]) stageRate(one, 500_000);
    const before = everything(sim);
    for (const off of [-1, 1, -before.status.revision, 1_000]) {
      for (const command of withRevision(before.status.revision + off)) {
        const outcome = sim.command(command);
        expect(outcome).toMatchObject({ ok: false, code: 'PRECOND', facts: { rev: before.status.revision } });
        expect(everything(sim)).toEqual(before);
      }
    }
    for (const one of [sim, untouched]) through(one, 5 * US_PER_HOUR + 1);
    expect(everything(sim)).toEqual(everything(untouched));
  });

  test(`STOP asks for no revision and raises that of a ${name}, so that what was read before it is stale`, () => {
    const sim = make();
    stageRate(sim, 500_000);
    const { revision } = sim.status;
    expect(stop(sim)).toMatchObject({ rev: revision + 1 });
    expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, revision: revision + 1 });
    for (const command of withRevision(revision)) expect(refusal(sim.command(command))).toBe('PRECOND');
  });
}

test('a repeated REFILL is refused and the volume counted once', () => {
  const sim = runningTherapy({ rate: RATE });
  through(sim, US_PER_DAY);
  const ifRevision = sim.status.revision;
  const drained = nanolitres(sim.fill(15_000_000));
  const command: Command = { command: 'refill', ifRevision, volume: nanolitres(15_000_000), drained };
  accepted(sim.command(command));
  through(sim, US_PER_DAY + US_PER_HOUR);
  const before = everything(sim);
  expect(refusal(sim.command(command))).toBe('PRECOND');
  expect(everything(sim)).toEqual(before);
});

test('a repeated START and a repeated COMMIT are refused', () => {
  const sim = readyPump();
  const ifRevision = sim.status.revision;
  accepted(sim.command({ command: 'start', ifRevision }));
  expect(refusal(sim.command({ command: 'start', ifRevision }))).toBe('PRECOND');
  stageRate(sim, 100_000);
  const next = sim.status.revision;
  accepted(sim.command({ command: 'commit', ifRevision: next }));
  expect(refusal(sim.command({ command: 'commit', ifRevision: next }))).toBe('PRECOND');
  expect(refusal(sim.command({ command: 'commit', ifRevision: next + 1 }))).toBe('NOTHING_STAGED');
});

test('each accepted change raises the revision by one; staging and acknowledging do not', () => {
  const sim = new Simulation({ profile: 'itb-20-sense', drug: 'water', concentration: 1_000 });
  const revisions = [sim.status.revision];
  const steps: (() => unknown)[] = [
    () => refill(sim, 1_400_100),
    () => stageRate(sim, RATE),
    () => sim.command({ command: 'commit', ifRevision: sim.status.revision }),
    () => start(sim),
    () => through(sim, US_PER_HOUR),
    () => sim.command({ command: 'acknowledge', ev: sim.status.alarms[0]?.ev ?? 0 }),
    () => stop(sim),
  ];
  for (const step of steps) {
    step();
    revisions.push(sim.status.revision);
  }
  expect(revisions).toEqual([1, 2, 2, 3, 4, 4, 4, 5]);
});

test('a pump without a program, without a filling, or running already refuses START and says why', () => {
  const sim = new Simulation({ profile: 'itb-20-sense', drug: 'water', concentration: 1_000 });
  const tryStart = () => refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }));
  expect(tryStart()).toBe('NO_PROGRAM');
  commitRate(sim, RATE);
  expect(tryStart()).toBe('NO_REFILL');
  refill(sim, 18_000_000);
  expect(tryStart()).toBe('accepted');
  const before = everything(sim);
  expect(tryStart()).toBe('RUNNING');
  expect(everything(sim)).toEqual(before);
});

test('a refill must exceed the residual volume and fit the reservoir', () => {
  const sim = readyPump({ profile: 'itb-20' });
  const fillWith = (volume: number) =>
    refusal(
      sim.command({
        command: 'refill',
        ifRevision: sim.status.revision,
        volume: nanolitres(volume),
        drained: nanolitres(0),
      }),
    );
  expect(fillWith(1_400_000)).toBe('VOLUME_RANGE');
  expect(fillWith(20_000_001)).toBe('VOLUME_RANGE');
  expect(sim.status.reservoir).toBe(18_000_000);
  expect(fillWith(1_400_001)).toBe('accepted');
  expect(fillWith(20_000_000)).toBe('accepted');
  expect(sim.status.reservoir).toBe(20_000_000);
});

test('a refill states what the pump expected to find, to the step of that moment', () => {
  const sim = runningTherapy({ rate: RATE, fill: 18_000_000 });
  through(sim, stampOfNth(1_234, RATE));
  expect(refill(sim, 18_000_000)).toMatchObject({ expected_nl: 18_000_000 - 1_234 * STEP });
});

test('a staged program leaves the running therapy untouched until it is committed', () => {
  const [staged, plain] = [runningTherapy({ rate: RATE }), runningTherapy({ rate: RATE })];
  for (const sim of [staged, plain]) through(sim, US_PER_HOUR + 7);
  stageRate(staged, 1_000_003, 17_990_000);
  expect(everything(staged)).toEqual(everything(plain));
  for (const sim of [staged, plain]) through(sim, 9 * US_PER_HOUR);
  expect(everything(staged)).toEqual(everything(plain));
  accepted(staged.command({ command: 'commit', ifRevision: staged.status.revision }));
  expect(staged.status.rate).toBe(1_000_003);
});

test('a refused program leaves the one that was staged before', () => {
  const sim = runningTherapy({ rate: RATE });
  stageRate(sim, 500_000);
  expect(() => stageRate(sim, 47_999)).toThrow('FLOW_RANGE');
  accepted(sim.command({ command: 'commit', ifRevision: sim.status.revision }));
  expect(sim.status.rate).toBe(500_000);
});

test('what a host leaves behind can be dropped: the staged program is gone and nothing else of the therapy', () => {
  const sim = runningTherapy({ rate: RATE });
  stageRate(sim, 500_000);
  const { revision, rate, nextEvent } = sim.status;
  expect(accepted(sim.command({ command: 'unstage' }))).toEqual({ rev: revision });
  expect(refusal(sim.command({ command: 'commit', ifRevision: revision }))).toBe('NOTHING_STAGED');
  expect(sim.status).toMatchObject({ revision, rate, nextEvent });
});

test('alarms that were paused sound again when what a host left behind is dropped, those that were acknowledged do not', () => {
  const sim = runningTherapy({ fill: 2_000_000 });
  sim.inject({ fault: 'memory.error', mode: 'library' });
  for (const command of ['pause', 'acknowledge'] as const) {
    const ev = sim.status.alarms.find(({ presence }) => presence === 'on')?.ev ?? 0;
    accepted(sim.command({ command, ev }));
  }
  const presences = (): string[] => sim.status.alarms.map(({ presence }) => presence);
  expect(presences()).toEqual(['paused', 'ack']);
  accepted(sim.command({ command: 'unstage' }));
  expect(presences()).toEqual(['on', 'ack']);
});
