/** The world `sim`: firmware and body in this process. */
import { Simulation } from '../simulation/simulation.ts';
import type { Target } from './target.ts';

export function createSimTarget(): Target {
  let simulation: Simulation | undefined;
  const pump = (): Simulation => {
    if (simulation === undefined) throw new Error('reset comes first');
    return simulation;
  };
  return {
    kind: 'sim',
    reset: async (setup) => {
      simulation = new Simulation(setup);
      return simulation.status.revision;
    },
    fill: async (volume, concentration) => pump().fill(volume, concentration),
    command: async (command) => pump().command(command),
    inject: async (fault) => pump().inject(fault),
    advance: async (to) => {
      let { now, complete } = pump().advance(to);
      while (!complete) ({ now, complete } = pump().advance(to));
      return { now, next: pump().status.nextEvent };
    },
    log: async (from) => {
      const entries = pump().log(from);
      const end = pump().status.nextEvent;
      return { entries, lost: Math.max(0, end - from) - entries.length };
    },
    sample: async () => pump().sample(),
  };
}
