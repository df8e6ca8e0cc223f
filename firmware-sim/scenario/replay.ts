/**
 * Feeds the inputs of a record to a pump again and compares line by line: the record of the replay must be the same text.
 * Samples are inputs of a kind too, since looking must change nothing.
 */
import { z } from 'zod';
import { micros } from '../../protocol/units.ts';
import type { HeaderLine, RecordLine } from '../report/record.ts';
import type { Fault } from '../simulation/vocabulary.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { readInput, type Input } from './replay-inputs.ts';
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
      const read = readInput(line as object);
      if (typeof read === 'string') return `not an input of this version: ${read}`;
      try {
        await feed(read, recorder);
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
    case 'reset':
      return recorder.reset(line.args);
    case 'fill':
      return void (await recorder.fill(line.args.volume, line.args.concentration));
    case 'advance':
      return recorder.advance(micros(line.args.to));
    case 'fault':
      return recorder.inject(line.args as Fault);
    case 'command':
      return void (await recorder.command(line.command));
  }
}
