/**
 * Feeds the inputs of a record to a pump again and compares line by line: the record of the replay must be the same text.
 * Samples are inputs of a kind too, since looking must change nothing.
 */
import { z } from 'zod';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../../protocol/units.ts';
import type { HeaderLine, RecordLine } from '../report/record.ts';
import {
  FAULTS,
  PROFILE_NAMES,
  type Command,
  type Fault,
  type FaultDefinition,
  type ProfileName,
} from '../simulation/vocabulary.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { Target } from './target.ts';

export type Replay =
  | { readonly kind: 'same'; readonly lines: number }
  /** `line` counts from 1. `replayed`: undefined where the pump had nothing to say. */
  | {
      readonly kind: 'differs';
      readonly line: number;
      readonly recorded: string;
      readonly replayed: string | undefined;
    }
  /** No record of this version from this line on, or, one after the last line, a record that was cut off. */
  | { readonly kind: 'unreadable'; readonly line: number; readonly message: string };

const count = z.int().nonnegative();
const positive = z.int().positive();

/** A fault of the vocabulary with exactly the parameters of its mode. */
const faultArgs = z.union(
  Object.entries(FAULTS).flatMap(([fault, { modes }]) =>
    Object.entries<FaultDefinition['modes'][string]>(modes).map(([mode, { parameters }]) =>
      z.strictObject({
        fault: z.literal(fault),
        mode: z.literal(mode),
        ...Object.fromEntries(
          Object.entries(parameters).map(([key, { min, max }]) => [key, z.int().min(min).max(max)]),
        ),
      }),
    ),
  ),
  'no such fault, mode or parameter',
);

const INPUTS = z.discriminatedUnion('input', [
  z.object({
    input: z.literal('reset'),
    args: z.object({
      profile: z.enum(PROFILE_NAMES),
      seed: count,
      concentration: positive,
      compliance: positive.optional(),
      leap: z.boolean(),
    }),
  }),
  z.object({ input: z.literal('fill'), args: z.object({ volume: count, concentration: positive }) }),
  z.object({ input: z.literal('advance'), args: z.object({ to: count }) }),
  z.object({ input: z.literal('fault'), args: faultArgs }),
  z.object({
    input: z.literal('program'),
    args: z.object({ dose: count, concentration: count, lowReservoir: count.optional() }),
  }),
  z.object({ input: z.literal('commit'), args: z.object({ ifRevision: count }) }),
  z.object({ input: z.literal('start'), args: z.object({ ifRevision: count }) }),
  z.object({ input: z.literal('stop'), args: z.object({}) }),
  z.object({
    input: z.literal('refill'),
    args: z.object({ ifRevision: count, volume: count, drained: count }),
  }),
  z.object({ input: z.literal('acknowledge'), args: z.object({ ev: count }) }),
]);
type Input = z.infer<typeof INPUTS>;

const HEADER = z.object({ type: z.literal('header'), format: z.literal(1) });

/** `text` is the whole of a record.ndjson. */
export async function replayRecord(text: string, target: Target): Promise<Replay> {
  const recorded = text.split('\n');
  if (recorded.at(-1) === '') recorded.pop();
  const replayed: string[] = [];
  const recorder = createRecorder(target, (line: RecordLine) => void replayed.push(JSON.stringify(line)));

  for (const [index, line] of recorded.entries()) {
    // Outcomes and events were written by the call before them; only what is not there yet is done.
    if (index >= replayed.length) {
      const trouble = await repeat(line, index, recorder);
      if (trouble !== undefined) return { kind: 'unreadable', line: index + 1, message: trouble };
    }
    if (replayed[index] !== line)
      return { kind: 'differs', line: index + 1, recorded: line, replayed: replayed[index] };
  }
  if (!recorder.ended) {
    return { kind: 'unreadable', line: recorded.length + 1, message: 'the record was cut off before this line' };
  }
  return { kind: 'same', lines: recorded.length };
}

/** Does what line `index` of the record, from 0, says was done. Returns what is wrong with the line, if anything. */
async function repeat(text: string, index: number, recorder: Recorder): Promise<string | undefined> {
  if (recorder.ended) return 'a line after the end of the record';
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const { type, input } = (line ?? {}) as { type?: unknown; input?: unknown };
  if ((type === 'header') !== (index === 0)) return 'the header is the first line, and no other is one';
  if ((type === 'input' && input === 'reset') !== (index === 1))
    return 'the reset is the second line, and no other is one';
  switch (type) {
    case 'header': {
      if (!HEADER.safeParse(line).success) return 'not a header of format 1';
      recorder.header(line as HeaderLine);
      return undefined;
    }
    case 'sample':
      await recorder.sample();
      return undefined;
    case 'end':
      recorder.end();
      return undefined;
    case 'input': {
      const parsed = INPUTS.safeParse(line);
      if (!parsed.success) return `not an input of this version: ${parsed.error.issues[0]?.message ?? ''}`;
      try {
        await feed(parsed.data, recorder);
      } catch (error) {
        return error instanceof RangeError ? error.message : Promise.reject(error);
      }
      return undefined;
    }
    // An outcome or event that the replay did not bring about: the comparison will say so.
    case 'outcome':
    case 'event':
      return undefined;
    default:
      return 'not a line of a record';
  }
}

async function feed(line: Input, recorder: Recorder): Promise<void> {
  switch (line.input) {
    case 'reset': {
      const { profile, compliance } = line.args;
      return recorder.reset({ ...line.args, profile: profile satisfies ProfileName, compliance });
    }
    case 'fill':
      return void (await recorder.fill(nanolitres(line.args.volume), nanogramsPerMicrolitre(line.args.concentration)));
    case 'advance':
      return recorder.advance(micros(line.args.to));
    case 'fault':
      return recorder.inject(line.args as unknown as Fault);
    case 'program':
    case 'commit':
    case 'start':
    case 'stop':
    case 'refill':
    case 'acknowledge':
      return void (await recorder.command(commandOf(line)));
  }
}

function commandOf(line: Extract<Input, { input: Command['command'] }>): Command {
  switch (line.input) {
    case 'program': {
      const { dose, concentration, lowReservoir } = line.args;
      return {
        command: 'program',
        dose: nanograms(dose),
        concentration: nanogramsPerMicrolitre(concentration),
        lowReservoir: lowReservoir === undefined ? undefined : nanolitres(lowReservoir),
      };
    }
    case 'refill': {
      const { ifRevision, volume, drained } = line.args;
      return { command: 'refill', ifRevision, volume: nanolitres(volume), drained: nanolitres(drained) };
    }
    case 'commit':
      return { command: 'commit', ...line.args };
    case 'start':
      return { command: 'start', ...line.args };
    case 'stop':
      return { command: 'stop' };
    case 'acknowledge':
      return { command: 'acknowledge', ...line.args };
  }
}
