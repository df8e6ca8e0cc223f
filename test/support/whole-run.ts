/** Runs a random whole therapy, leaping or walking, and hands back all that can be seen of it. */
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres, US_PER_MINUTE } from '../../protocol/units.ts';
import type { Truth } from '../../firmware-sim/body/body.ts';
import type { Outcome } from '../../firmware-sim/firmware/commands.ts';
import { canonicalEntry } from '../../firmware-sim/scenario/digest.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { PumpSample } from '../../firmware-sim/simulation/signals.ts';
import { accepted, commitRate, CONCENTRATION } from './therapy.ts';
import type { TimedWholeAct, WholeAct, WholeCase } from './whole-cases.ts';

export interface WholeSeen {
  /** The therapy log, one canonical line for each entry. */
  readonly log: string;
  readonly entries: ReturnType<Simulation['log']>;
  readonly samples: readonly PumpSample[];
  readonly truths: readonly Truth[];
  readonly outcomes: readonly (Outcome | undefined)[];
  /** What the pressure sensor read whenever the run was stopped, Pa. */
  readonly readings: readonly number[];
}

export interface WholeRunOptions {
  readonly leap: boolean;
  /** Also stops and looks at the times of `hops`. */
  readonly hopping?: boolean;
  /** Besides takes the firmware away and puts it back from a snapshot, at every stop and at the times of `hops`. */
  readonly restoring?: boolean;
  /** Sees every look and every act, when the body has come there and before it is acted upon. */
  readonly follow?: (us: number, act: WholeAct | 'look', sim: Simulation) => void;
}

export function runWhole(one: WholeCase, timeline: readonly TimedWholeAct[], options: WholeRunOptions): WholeSeen {
  const { leap, hopping = false, restoring = false, follow } = options;
  const { profile, seed, compliance, fill, rate } = one;
  const sim = new Simulation({ profile, drug: 'water', seed, concentration: CONCENTRATION, compliance, leap });
  refillWith(sim, fill, CONCENTRATION);
  commitRate(sim, rate);
  accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));
  const samples: PumpSample[] = [];
  const truths: Truth[] = [];
  const outcomes: (Outcome | undefined)[] = [];
  const readings: number[] = [];
  const look = (): void => {
    samples.push(sim.sample());
    truths.push(sim.truth);
    follow?.(sim.now, 'look', sim);
  };
  const stops = [
    ...(hopping || restoring ? one.hops : []).map((us) => ({ us, order: 0, run: () => void sim.sample() })),
    ...one.samples.map((us) => ({ us, order: 1, run: look })),
    ...timeline.map(({ us, act }) => ({
      us,
      order: 2,
      run: () => {
        follow?.(us, act, sim);
        outcomes.push(perform(sim, act));
      },
    })),
  ].toSorted((a, b) => a.us - b.us || a.order - b.order);
  for (const { us, run } of stops) {
    sim.advanceThrough(micros(us));
    if (restoring) sim.restore(sim.snapshot());
    readings.push(sim.sample().pressure_reading ?? Number.NaN);
    run();
  }
  const entries = sim.log();
  return { log: entries.map(canonicalEntry).join('\n'), entries, samples, truths, outcomes, readings };
}

function refillWith(sim: Simulation, volume: number, concentration: number): Outcome {
  const drained = nanolitres(Math.max(0, sim.fill(volume, concentration)));
  return sim.command({ command: 'refill', ifRevision: sim.status.revision, volume: nanolitres(volume), drained });
}

function perform(sim: Simulation, act: WholeAct): Outcome | undefined {
  const ifRevision = sim.status.revision;
  switch (act.act) {
    case 'fault':
      sim.inject(act.fault);
      return undefined;
    case 'stop':
      return sim.command({ command: 'stop' });
    case 'start':
      return sim.command({ command: 'start', ifRevision });
    case 'acknowledge':
      // One whose signal is still to come, or which may not be silenced for good, refuses it.
      return sim.status.alarms.length > 0
        ? sim.command({ command: 'acknowledge', ev: sim.status.alarms[0]?.ev ?? 0 })
        : undefined;
    case 'program':
      // With its library gone a pump refuses both.
      sim.command({
        command: 'program',
        dose: nanograms(act.rate),
        concentration: nanogramsPerMicrolitre(CONCENTRATION),
      });
      return sim.command({ command: 'commit', ifRevision });
    case 'refill':
      return refillWith(sim, act.volume, act.concentration);
  }
}

/** The times at which alarms came and went. */
export const alarmTimes = ({ entries }: WholeSeen): number[] =>
  entries.filter(({ kind, keys }) => kind === 'ALARM' && keys['state'] !== 'ack').map(({ us }) => us);

/** The timeline with the case's ties in it: each on an alarm that happens, which the act cannot undo, because it comes after it. */
export function withTies(one: WholeCase): TimedWholeAct[] {
  let timeline: readonly TimedWholeAct[] = one.timeline;
  let after = -1;
  for (const { alarm, intervals, act } of one.ties) {
    const times = alarmTimes(runWhole(one, timeline, { leap: true })).filter((us) => us > after);
    const time = times[alarm % Math.max(1, times.length)];
    if (time === undefined) break;
    after = time + intervals * US_PER_MINUTE;
    timeline = [...timeline, { us: after, act }].toSorted((a, b) => a.us - b.us);
  }
  return [...timeline];
}
