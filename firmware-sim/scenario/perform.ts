/** What each action of a scenario is to the pump: the commands that it takes, in their order. */
import { nanolitres, nanolitresPerDay, type NanogramsPerMicrolitre, type Nanolitres } from '../../protocol/units.ts';
import { LIBRARIES, type AlarmId, type LogEntry, type Outcome, type SoftLimit } from '../simulation/vocabulary.ts';
import { bolusOf } from './bolus.ts';
import type { Recorder } from './recorder.ts';
import type { ProgramSetup, PumpSetup, TimelineEntry } from './types.ts';

export interface Performer {
  /** Does it. What is told is the first refusal, after which nothing more of the action is done; undefined: nobody was asked. */
  perform(act: TimelineEntry['act']): Promise<Outcome | undefined>;
  refill(volume: Nanolitres, concentration: NanogramsPerMicrolitre): Promise<Outcome>;
  program(program: ProgramSetup): Promise<Outcome>;
}

const named = (override: readonly SoftLimit[]): readonly SoftLimit[] | undefined =>
  override.length === 0 ? undefined : override;

/** `events`: the therapy log as it was seen so far; it grows. */
export function createPerformer(recorder: Recorder, pump: PumpSetup, events: readonly LogEntry[]): Performer {
  /** That of the program in force. */
  let concentration = pump.drug.concentration;

  /** Number of the entry by which an alarm was signalled last; 0, which no entry has, where there is none. */
  const lastSignal = (id: AlarmId): number =>
    events.findLast(
      ({ kind, keys }) =>
        kind === 'ALARM' && keys['id'] === id && (keys['state'] === 'on' || keys['state'] === 'pending'),
    )?.ev ?? 0;

  async function refill(volume: Nanolitres, filled: NanogramsPerMicrolitre): Promise<Outcome> {
    const drained = nanolitres(await recorder.fill(volume, filled));
    return recorder.command({ command: 'refill', ifRevision: recorder.revision, volume, drained });
  }

  async function program({ override, ...request }: ProgramSetup): Promise<Outcome> {
    const staged = await recorder.command({ command: 'program', ...request });
    if (!staged.ok) return staged;
    const { revision: ifRevision } = recorder;
    const outcome = await recorder.command({ command: 'commit', ifRevision, override: named(override) });
    if (outcome.ok) ({ concentration } = request);
    return outcome;
  }

  async function perform(act: TimelineEntry['act']): Promise<Outcome | undefined> {
    switch (act.do) {
      case 'inject':
        await recorder.inject(act.fault);
        return undefined;
      case 'start':
        return recorder.command({ command: 'start', ifRevision: recorder.revision });
      case 'refill':
        return refill(act.volume, act.concentration ?? pump.drug.concentration);
      case 'program':
        return program(act.program);
      case 'bolus': {
        const { volume, rate } = bolusOf(act.dose, act.over, act.concentration ?? concentration);
        return recorder.command({
          command: 'bolus',
          volume: nanolitres(volume),
          rate: nanolitresPerDay(rate),
          override: named(act.override),
        });
      }
      case 'clock':
        return recorder.command({
          command: 'clock',
          ifRevision: recorder.revision,
          timeOfDay: act.timeOfDay,
        });
      case 'acknowledge':
      case 'pause':
      case 'resume':
        return recorder.command({ command: act.do, ev: lastSignal(act.alarm) });
      case 'load-library':
        return recorder.command({ command: 'library', library: LIBRARIES[act.drug] });
      case 'stop':
      case 'prime':
      case 'press':
      case 'interrogate':
      case 'test-tones':
        return recorder.command({ command: act.do });
    }
  }

  return { perform, refill, program };
}
