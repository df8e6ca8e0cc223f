/** Runs a random therapy in a simulation, leaping or walking, and hands back all that can be seen of it. */
import { micros, nanolitres } from '../../protocol/units.ts';
import type { Outcome } from '../../firmware-sim/firmware/commands.ts';
import type { LogEntry } from '../../firmware-sim/firmware/log/log.ts';
import type { PumpSample } from '../../firmware-sim/simulation/signals.ts';
import type { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { Act, TherapyCase } from './cases.ts';
import { occlusion, partial, runningTherapy, stageRate } from './therapy.ts';

export interface Seen {
  readonly log: readonly LogEntry[];
  readonly samples: readonly PumpSample[];
  readonly outcomes: readonly (Outcome | undefined)[];
}

export interface RunOptions {
  readonly leap: boolean;
  /** Also stops and looks at the times of the grid. */
  readonly interrupted?: boolean;
}

export function runCase(one: TherapyCase, { leap, interrupted = false }: RunOptions): Seen {
  const { profile, rate, compliance, fill } = one;
  const sim = runningTherapy({ profile, rate, compliance, fill, leap });
  const samples: PumpSample[] = [];
  const outcomes: (Outcome | undefined)[] = [];
  const looks = interrupted ? one.grid : [];
  const stops = [
    ...looks.map((us) => ({ us, order: 0, run: () => void sim.sample() })),
    ...one.samples.map((us) => ({ us, order: 1, run: () => void samples.push(sim.sample()) })),
    ...one.timeline.map(({ us, act }) => ({ us, order: 2, run: () => void outcomes.push(perform(sim, act)) })),
  ].toSorted((a, b) => a.us - b.us || a.order - b.order);
  for (const { us, run } of stops) {
    sim.advanceThrough(micros(us));
    run();
  }
  return { log: sim.log(), samples, outcomes };
}

function perform(sim: Simulation, act: Act): Outcome | undefined {
  const ifRevision = sim.status.revision;
  switch (act.act) {
    case 'complete':
    case 'released':
      sim.inject(occlusion(act.act));
      return undefined;
    case 'partial':
      sim.inject(partial(act.resistance));
      return undefined;
    case 'stop':
      return sim.command({ command: 'stop' });
    case 'start':
      return sim.command({ command: 'start', ifRevision });
    case 'stale-start':
      return sim.command({ command: 'start', ifRevision: ifRevision - 1 });
    case 'acknowledge':
      // One whose signal is still to come, or which may not be silenced for good, refuses it.
      return sim.status.alarms.length > 0
        ? sim.command({ command: 'acknowledge', ev: sim.status.alarms[0]?.ev ?? 0 })
        : undefined;
    case 'program':
      stageRate(sim, act.rate);
      return sim.command({ command: 'commit', ifRevision });
    case 'refill': {
      const drained = nanolitres(sim.fill(act.volume));
      return sim.command({ command: 'refill', ifRevision, volume: nanolitres(act.volume), drained });
    }
  }
}
