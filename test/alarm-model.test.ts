/** Active alarms are the conditions that hold, and delivery follows the most restrictive of them: against a list of facts, for random lives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { micros, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Fault } from '../firmware-sim/simulation/vocabulary.ts';
import { refusal, readyPump, stageRate } from './support/therapy.ts';

const RATE = 300_000;
const MINIMUM = 6_000;

/** What has been done to the pump, and since when. */
interface Facts {
  hot: boolean;
  dead: boolean;
  library: boolean;
  lost: boolean;
  programmed: boolean;
  mode: 'stopped' | 'basal' | 'minimum';
  stoppedAt: number | undefined;
  weak: boolean;
}

const fault = (sim: Simulation, one: Fault): void => sim.inject(one);

const ACTS = {
  heat: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'ambient.temperature', mode: 'wrong', temperature: 46_000, effect: 0 });
    facts.hot = true;
  },
  cool: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'ambient.temperature', mode: 'off' });
    facts.hot = false;
  },
  blind: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'sensor.pressure', mode: 'dead' });
    facts.dead = true;
  },
  see: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'sensor.pressure', mode: 'off' });
    facts.dead = false;
  },
  corrupt: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'memory.error', mode: 'library' });
    facts.library = false;
  },
  load: (sim: Simulation, facts: Facts) => {
    expect(refusal(sim.command({ command: 'library', library: LIBRARIES.water }))).toBe('accepted');
    facts.library = true;
  },
  forget: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'memory.error', mode: 'program' });
    facts.lost = true;
    facts.programmed = false;
    if (facts.mode === 'basal') facts.mode = 'minimum';
  },
  program: (sim: Simulation, facts: Facts) => {
    if (!facts.library) return;
    stageRate(sim, RATE);
    expect(refusal(sim.command({ command: 'commit', ifRevision: sim.status.revision }))).toBe('accepted');
    facts.lost = false;
    facts.programmed = true;
  },
  start: (sim: Simulation, facts: Facts) => {
    const outcome = refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }));
    const expected = !facts.programmed
      ? 'NO_PROGRAM'
      : facts.hot
        ? 'INHIBITED'
        : facts.mode === 'basal'
          ? 'RUNNING'
          : 'accepted';
    expect(outcome).toBe(expected);
    if (outcome !== 'accepted') return;
    facts.mode = 'basal';
    facts.stoppedAt = undefined;
  },
  stop: (sim: Simulation, facts: Facts) => {
    sim.command({ command: 'stop' });
    if (facts.mode !== 'stopped') facts.stoppedAt = sim.now;
    facts.mode = 'stopped';
  },
  weaken: (sim: Simulation, facts: Facts) => {
    fault(sim, { fault: 'battery.cell', mode: 'wrong', share: 80_000 });
    facts.weak = true;
  },
  silence: (sim: Simulation) => {
    for (const { ev } of sim.status.alarms) sim.command({ command: 'acknowledge', ev });
  },
} as const;

function expectedAlarms(facts: Facts, now: number): string[] {
  const alarms: string[] = [];
  if (facts.hot) alarms.push('over-temperature');
  if (facts.dead) alarms.push('sensor-fault');
  if (!facts.library) alarms.push('library-fault');
  if (facts.lost) alarms.push('memory-error-critical');
  if (facts.weak) alarms.push('elective-replacement');
  if (facts.stoppedAt !== undefined && now - facts.stoppedAt >= 48 * US_PER_HOUR) alarms.push('pump-stopped');
  return alarms.toSorted();
}

const expectedRate = ({ hot, lost, mode }: Facts): number =>
  hot || mode === 'stopped' ? 0 : lost || mode === 'minimum' ? MINIMUM : RATE;

const names = Object.keys(ACTS) as (keyof typeof ACTS)[];
const lives = fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 3 * US_PER_DAY })), {
  minLength: 3,
  maxLength: 25,
  size: 'max',
});

test('active alarms are the conditions that hold, delivery is what the most restrictive leaves, and walking says the same', () => {
  const met = new Set<string>();
  fc.assert(
    fc.property(lives, (life) => {
      const play = (leap: boolean): Simulation => {
        const sim = readyPump({ rate: RATE, leap });
        const facts: Facts = {
          hot: false,
          dead: false,
          library: true,
          lost: false,
          programmed: true,
          mode: 'stopped',
          stoppedAt: undefined,
          weak: false,
        };
        for (const [act, wait] of life) {
          ACTS[act](sim, facts);
          // Long enough for every comparator to have looked: the battery is asked once an hour.
          sim.advanceThrough(micros(sim.now + US_PER_HOUR + wait));
          const { alarms, rate, mode } = sim.status;
          expect(alarms.map(({ id }) => id).toSorted(), `${act} at ${sim.now}`).toEqual(expectedAlarms(facts, sim.now));
          expect({ mode, rate }).toEqual({ mode: facts.mode, rate: expectedRate(facts) });
          for (const { id } of alarms) met.add(id);
        }
        return sim;
      };
      expect(play(false).log()).toEqual(play(true).log());
    }),
    { numRuns: 200 },
  );
  expect(met.size).toBe(6);
}, 120_000);
