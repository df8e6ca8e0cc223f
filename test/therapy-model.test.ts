/** The therapy against a reference that was written from FIRMWARE.md alone, and the same commands in three ways of running them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  US_PER_DAY,
  US_PER_HOUR,
} from '../protocol/units.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { ReferenceFlow } from './support/reference-flow.ts';
import { ReferencePump, type ReferenceProgram } from './support/reference-pump.ts';
import { bolus, programmed, press, stage, tryCommit, type ProgramParts } from './support/programs.ts';
import { accepted, CONCENTRATION, refill, refusal, STEP } from './support/therapy.ts';

/** Twins of one pump: leaping, walking, and one whose firmware is taken away and restored after every command. */
interface Real {
  readonly leaping: Simulation;
  readonly walking: Simulation;
  readonly restored: Simulation;
}

const twins = ({ leaping, walking, restored }: Real): Simulation[] => [leaping, walking, restored];

/** The same in all three; they must answer alike. */
function all<T>(real: Real, what: (sim: Simulation) => T): T {
  const [first, ...others] = twins(real).map(what);
  for (const other of others) expect(other).toEqual(first);
  real.restored.restore(real.restored.snapshot());
  return first as T;
}

const seen = new Map<string, number>();
const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

function agree(model: ReferencePump, real: Real): void {
  for (const sim of twins(real)) {
    const { mode, rate, commanded } = sim.status;
    expect({ now: sim.now, mode, rate, commanded }).toEqual({
      now: model.now,
      mode: model.mode,
      rate: model.rate,
      commanded: model.volume,
    });
    // No flow in a mode that forbids it.
    if (mode === 'stopped') expect(rate).toBe(0);
    expect(commanded % STEP).toBe(0);
  }
  count(model.mode);
}

type Step = fc.Command<ReferencePump, Real>;

const step = (name: string, run: (model: ReferencePump, real: Real) => void): Step => ({
  check: () => true,
  run: (model, real) => {
    run(model, real);
    agree(model, real);
  },
  toString: () => name,
});

const rates = fc.integer({ min: 48_000, max: 2_000_000 });

const buttons = fc.record({
  steps: fc.integer({ min: 20, max: 2_000 }),
  minutes: fc.integer({ min: 1, max: 60 }),
  lockout: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8 * US_PER_HOUR })),
  count: fc.integer({ min: 1, max: 3 }),
  window: fc.integer({ min: US_PER_HOUR, max: 2 * US_PER_DAY }),
});

const programs = fc
  .record({ rate: rates, button: fc.option(buttons, { nil: undefined, freq: 6 }) })
  .map(({ rate, button }) => {
    const duration = button === undefined ? 1 : button.minutes * 60_000_000;
    const flow = button === undefined ? 0 : Math.round((button.steps * STEP * US_PER_DAY) / duration);
    const usable = button !== undefined && flow >= 48_000 && flow <= 24_000_000;
    const model: ReferenceProgram = { rate, button: usable ? { ...button, rate: flow } : undefined };
    const parts: ProgramParts = {
      dose: nanograms(rate),
      ...(usable
        ? {
            patient: {
              dose: nanograms(button.steps * STEP),
              duration: micros(duration),
              lockout: micros(button.lockout),
              count: button.count,
              window: micros(button.window),
            },
          }
        : {}),
    };
    return { model, parts };
  });

const begin = step('start', (model, real) => {
  const expected = model.start();
  const outcome = all(real, (sim) => refusal(sim.command({ command: 'start', ifRevision: sim.status.revision })));
  expect(outcome).toBe(expected);
  count(`start ${outcome}`);
});

const end = step('stop', (model, real) => {
  if (model.bolus !== undefined) count('stop in a bolus');
  model.stop();
  all(real, (sim) => refusal(sim.command({ command: 'stop' })));
});

const push = step('press', (model, real) => {
  const waits = model.bolus?.kind === 'single';
  const expected = model.press();
  const answer = all(real, press);
  expect(answer).toBe(expected);
  count(`press ${answer}${waits && answer === 'granted' ? ' over a single bolus' : ''}`);
});

const stale = step('stale start', (_, real) => {
  expect(all(real, (sim) => refusal(sim.command({ command: 'start', ifRevision: sim.status.revision - 1 })))).toBe(
    'PRECOND',
  );
});

const single = fc
  .record({ steps: fc.integer({ min: 1, max: 3_000 }), rate: fc.integer({ min: 48_000, max: 24_000_000 }) })
  .map(({ steps, rate }) =>
    step(`bolus ${steps} steps at ${rate}`, (model, real) => {
      const expected = model.single(steps, rate);
      const volume = nanolitres(steps * STEP);
      const give = (sim: Simulation) => sim.command({ command: 'bolus', volume, rate: nanolitresPerDay(rate) });
      expect(all(real, (sim) => refusal(give(sim)))).toBe(expected);
      count(`bolus ${expected}`);
    }),
  );

const change = programs.map(({ model: program, parts }) =>
  step(`commit ${JSON.stringify(parts)}`, (model, real) => {
    model.commit(program);
    all(real, (sim) => {
      accepted(stage(sim, parts));
      return refusal(tryCommit(sim));
    });
  }),
);

const pass = fc
  .oneof(
    fc.integer({ min: 1, max: 120_000_000 }),
    fc.integer({ min: 1, max: 3 * US_PER_HOUR }),
    fc.integer({ min: 1, max: 2 * US_PER_DAY }),
  )
  .map((us) =>
    step(`advance ${us}`, (model, real) => {
      const to = model.now + us;
      model.advance(to);
      for (const sim of twins(real)) sim.advanceThrough(micros(to));
    }),
  );

test('mode, rate, volume and every answer are those of the reference, leaping, walking and restored', () => {
  const commands = fc.commands(
    [
      fc.constant(begin),
      fc.constant(end),
      fc.constant(push),
      fc.constant(push),
      fc.constant(stale),
      single,
      change,
      pass,
      pass,
      pass,
    ],
    { maxCommands: 40, size: 'max' },
  );
  fc.assert(
    fc.property(programs, commands, (program, list) => {
      const setup = () => {
        const make = (leap: boolean) => programmed(program.parts, { leap });
        const real: Real = { leaping: make(true), walking: make(false), restored: make(true) };
        return { model: new ReferencePump(program.model), real };
      };
      let real: Real | undefined;
      fc.modelRun(() => {
        const made = setup();
        real = made.real;
        return made;
      }, list);
      if (real === undefined) return;
      const [leapt, walked, restored] = twins(real);
      expect(walked?.log()).toEqual(leapt?.log());
      expect(restored?.log()).toEqual(leapt?.log());
      expect(walked?.sample()).toEqual(leapt?.sample());
      expect(restored?.sample()).toEqual(leapt?.sample());
    }),
    { numRuns: 500 },
  );
  // A run that never came to what is hard proves little.
  const wanted = [
    'basal',
    'single-bolus',
    'patient-bolus',
    'stop in a bolus',
    'start RUNNING',
    'start BUSY',
    'bolus BUSY',
    'press none',
    'press busy',
    'press stopped',
    'press lockout',
    'press count',
    'press granted',
    'press granted over a single bolus',
  ];
  expect(wanted.filter((what) => (seen.get(what) ?? 0) < 5)).toEqual([]);
}, 180_000);

test('no window ever holds more than the dose limit, whatever is pressed and programmed, and leaping changes nothing of it', () => {
  const deeds = fc.array(
    fc.record({
      wait: fc.integer({ min: 1, max: 6 * US_PER_HOUR }),
      deed: fc.constantFrom('press', 'press', 'bolus', 'commit', 'nothing'),
      steps: fc.integer({ min: 1, max: 3_000 }),
      rate: fc.integer({ min: 48_000, max: 400_000 }),
    }),
    { minLength: 5, maxLength: 40, size: 'max' },
  );
  let [held, denied] = [0, 0];
  fc.assert(
    fc.property(deeds, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 36 }), (list, slack, hours) => {
      const window = hours * US_PER_HOUR;
      const rate = 200_000;
      const least = Math.ceil((400_000 * window) / US_PER_DAY) + 20;
      const limit = { dose: nanograms(least + slack * 200), window: micros(window) };
      const patient = {
        dose: nanograms(5_000),
        duration: micros(600_000_000),
        lockout: micros(0),
        count: 24,
        window: micros(US_PER_DAY),
      };
      const play = (leap: boolean): Simulation => {
        const sim = programmed({ dose: nanograms(rate), patient, limit }, { leap });
        accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));
        for (const { wait, deed, steps, rate: next } of list) {
          sim.advanceThrough(micros(sim.now + wait));
          if (deed === 'press') press(sim);
          else if (deed === 'bolus') bolus(sim, steps * STEP, 600_000_000);
          else if (deed === 'commit') {
            accepted(
              stage(sim, {
                dose: nanograms(next),
                concentration: nanogramsPerMicrolitre(CONCENTRATION),
                patient,
                limit,
              }),
            );
            accepted(tryCommit(sim));
          }
        }
        sim.advanceThrough(micros(sim.now + 2 * window));
        return sim;
      };
      const sim = play(true);
      expect(play(false).log()).toEqual(sim.log());
      const flow = new ReferenceFlow();
      for (const { kind, us, keys } of sim.log()) {
        if (kind === 'FLOW') flow.set(us, Number(keys['nlpd']), STEP * CONCENTRATION);
        if (keys['id'] === 'dose-limit' && keys['state'] === 'on') held += 1;
        if (keys['why'] === 'window') denied += 1;
      }
      expect(flow.stepsBy(sim.now) * STEP).toBe(sim.status.commanded);
      expect(flow.mostBetween(0, sim.now, window)).toBeLessThanOrEqual(limit.dose * 1000);
    }),
    { numRuns: 150 },
  );
  expect(held).toBeGreaterThan(10);
  expect(denied).toBeGreaterThan(10);
}, 120_000);

test('a refill in the midst of everything loses nothing of what was given', () => {
  const sim = programmed();
  accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));
  sim.advanceThrough(micros(US_PER_DAY + 12_345_678));
  const { commanded } = sim.status;
  refill(sim, 30_000_000);
  expect(sim.status).toMatchObject({ commanded, reservoir: 30_000_000 });
});
