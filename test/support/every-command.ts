/** Everything that a pump can be told, in one record. */
import {
  micros,
  nanograms,
  nanogramsPerMicrolitre,
  nanolitres,
  nanolitresPerDay,
  US_PER_DAY,
} from '../../protocol/units.ts';
import type { RecordLine } from '../../firmware-sim/report/record.ts';
import { createRecorder } from '../../firmware-sim/scenario/recorder.ts';
import type { Target } from '../../firmware-sim/scenario/target.ts';
import { LIBRARIES, type Command } from '../../firmware-sim/simulation/vocabulary.ts';

/** The record of a target in which every command of the pump stands, with all that its arguments can hold, and some are refused. */
export async function everyCommand(target: Target): Promise<string[]> {
  const lines: string[] = [];
  const recorder = createRecorder(target, (line: RecordLine) => void lines.push(JSON.stringify(line)));
  recorder.header({
    type: 'header',
    format: 1,
    world: 'SIMULATED',
    tool: 'test',
    scenario: 'every-command',
    title: 'Every command',
    target: 'sim',
    profile: 'itb-20-sense',
    seed: 1,
  });
  await recorder.reset({
    profile: 'itb-20-sense',
    seed: 1,
    concentration: 500,
    drug: 'baclofen',
    primed: false,
    compliance: 200_000,
    leap: true,
  });
  const day = micros(US_PER_DAY);
  const patient = { dose: nanograms(5_000), duration: micros(6e8), lockout: micros(36e8), count: 4, window: day };
  const limit = { dose: nanograms(400_000), window: day };
  const concentration = nanogramsPerMicrolitre(500);
  const steps = { direction: 'up', dose: nanograms(30_000), everyDays: 7, count: 3 } as const;
  const volume = nanolitres(18_000_000);
  const drained = nanolitres(await recorder.fill(volume, 500));
  const revise = (command: Command): Command =>
    'ifRevision' in command ? { ...command, ifRevision: recorder.revision } : command;
  const ifRevision = 0;
  const ev = 0;
  const commands: readonly (Command | number)[] = [
    { command: 'library', library: LIBRARIES.baclofen },
    { command: 'refill', ifRevision, volume, drained },
    { command: 'program', mode: 'continuous', dose: nanograms(150_000), concentration, patient, limit, steps },
    { command: 'commit', ifRevision, override: ['step', 'interval'] },
    { command: 'prime' },
    1_800_000_000,
    { command: 'clock', ifRevision, timeOfDay: micros(25_200_000_000) },
    { command: 'start', ifRevision },
    { command: 'press' },
    4_000_000_000,
    { command: 'bolus', volume: nanolitres(20_000), rate: nanolitresPerDay(2_000_000), override: ['bolus'] },
    9_000_000_000,
    { command: 'interrogate' },
    { command: 'acknowledge', ev },
    { command: 'pause', ev },
    { command: 'resume', ev },
    {
      command: 'program',
      mode: 'flex',
      intervals: [
        { from: micros(0), dose: nanograms(140_000) },
        { from: micros(28_800_000_000), dose: nanograms(160_000) },
      ],
      concentration,
      lowReservoir: nanolitres(3_000_000),
      population: 'spinal',
      catheterLength: 700,
      bridge: 'none',
    },
    {
      command: 'program',
      mode: 'scheduled',
      dose: nanograms(150_000),
      boluses: [{ at: micros(43_200_000_000), dose: nanograms(10_000), duration: micros(1_800_000_000) }],
      concentration,
    },
    { command: 'stop' },
    { command: 'test-tones' },
  ];
  for (const one of commands) {
    if (typeof one !== 'number') await recorder.command(revise(one));
    else while (recorder.now < one) await recorder.advance(micros(one));
  }
  recorder.end();
  return lines;
}
