import { statSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecord, type Replay } from '../../firmware-sim/scenario/replay.ts';
import { createSimTarget } from '../../firmware-sim/scenario/sim-target.ts';
import { EXIT, UserError } from '../exit.ts';
import { readText } from '../load.ts';

/** Feeds a record to the simulation again. Returns the exit code: a difference counts only with `verify`. */
export async function replay(dir: string, { verify, json }: { verify: boolean; json: boolean }): Promise<number> {
  const file = isFile(dir) ? dir : join(dir, 'record.ndjson');
  const result = await replayRecord(readText(file), createSimTarget());
  if (result.kind === 'unreadable') throw new UserError(`${file}:${result.line}: ${result.message}`);
  process.stdout.write(json ? `${JSON.stringify({ file, ...result })}\n` : `${describe(file, result)}\n`);
  return result.kind === 'differs' && verify ? EXIT.differs : EXIT.ok;
}

/** Whoever names the record itself, not its folder, is understood. */
const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

function describe(file: string, result: Exclude<Replay, { kind: 'unreadable' }>): string {
  if (result.kind === 'same') return `${file}: the replay is the same in all ${result.lines} lines`;
  return [
    `${file}:${result.line}: the replay differs first here`,
    `  recorded  ${result.recorded}`,
    `  replayed  ${result.replayed ?? '(the replay has nothing more)'}`,
  ].join('\n');
}
