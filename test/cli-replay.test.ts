import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doseloop, OCCLUSION, scratch, type Finished } from './support/cli.ts';

let made: Promise<string> | undefined;

/** The record of a run, made once. */
const goodRecord = (): Promise<string> => (made ??= recordOfRun());

async function recordOfRun(): Promise<string> {
  const folder = scratch();
  await doseloop(folder, 'run', OCCLUSION);
  return readFileSync(join(folder, 'runs/catheter-occlusion.sim/record.ndjson'), 'utf8');
}

/** Replays a record in a folder of its own. */
function replayOf(record: string | Buffer, ...options: string[]): Promise<Finished> {
  const folder = scratch();
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run/record.ndjson'), record);
  return doseloop(folder, 'replay', 'run', ...options);
}

/** The record with a part of it replaced, which must be there; and the number of the first line that changed. */
async function tampered(from: RegExp, to: string): Promise<{ record: string; line: number }> {
  const good = await goodRecord();
  const at = good.search(from);
  if (at < 0) throw new Error(`the record has no ${String(from)}`);
  return { record: good.replace(from, to), line: good.slice(0, at).split('\n').length };
}

test.concurrent.each(['sim', 'wire'])(
  'the record of a run with target %s replays the same in all its lines',
  async (target) => {
    const folder = scratch();
    await doseloop(folder, 'run', OCCLUSION, '--target', target);
    const file = `runs/catheter-occlusion.${target}/record.ndjson`;
    const lines = readFileSync(join(folder, file), 'utf8').split('\n').length - 1;
    expect(await doseloop(folder, 'replay', `runs/catheter-occlusion.${target}`, '--verify')).toEqual({
      code: 0,
      stdout: `${file}: the replay is the same in all ${lines} lines\n`,
      stderr: '',
    });
    const json = await doseloop(folder, 'replay', file, '--json');
    expect(JSON.parse(json.stdout)).toEqual({ file, kind: 'same', lines });
  },
);

test.concurrent('a changed sample is shown with its line, and is a failure with --verify only', async () => {
  const { record, line } = await tampered(/(?<="us":3456000000,"signals":\{"rate":)300000/, '300001');
  const plain = await replayOf(record);
  expect(plain.code).toBe(0);
  expect(plain.stdout).toMatch(
    new RegExp(
      `^run/record.ndjson:${line}: the replay differs first here\n {2}recorded .*300001.*\n {2}replayed .*300000`,
    ),
  );
  expect(await replayOf(record, '--verify')).toEqual({ ...plain, code: 5 });
  const json = await replayOf(record, '--verify', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'differs', line });
  expect(json.code).toBe(5);
});

test.concurrent.each([
  ['an input', /(?<="input":"fill","args":\{"volume":)18000000/, '17000000'],
  ['an alarm', /(?<="kind":"ALARM","keys":\{.*)"on"/, '"off"'],
  ['the digest', /(?<="log_sha256":")[0-9a-f]{4}/, 'beef'],
])('a record in which %s was changed differs', async (_, from, to) => {
  const { record } = await tampered(from, to);
  expect(await replayOf(record, '--verify')).toMatchObject({ code: 5, stderr: '' });
});

test.concurrent('a record from which a line was taken differs', async () => {
  const lines = (await goodRecord()).split('\n');
  const { code, stdout } = await replayOf(lines.toSpliced(99, 1).join('\n'), '--verify');
  expect(stdout).toMatch(/^run\/record\.ndjson:(99|100): the replay differs first here/);
  expect(code).toBe(5);
});

test.concurrent.each([
  ['that is empty', () => '', /:1: the record was cut off before this line/],
  [
    'that was cut after a line',
    (good: string) => good.split('\n').slice(0, 500).join('\n'),
    /:501: the record was cut off/,
  ],
  [
    'that was cut within a line',
    (good: string) => good.split('\n').slice(0, 500).join('\n').slice(0, -5),
    /:500: not JSON/,
  ],
  ['that is garbage', () => Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 251)), /:1: not JSON/],
  ['of another format', (good: string) => good.replace('"format":1', '"format":2'), /:1: not a header of format 1/],
  [
    'of an unknown pump',
    (good: string) => good.replaceAll('itb-20-sense', 'itb-99'),
    /:2: not an input of this version/,
  ],
  ['with more behind its end', (good: string) => `${good}${good}`, /: a line after the end of the record/],
])('a record %s is invalid input, and the line is named', async (_, change, message) => {
  const { code, stdout, stderr } = await replayOf(change(await goodRecord()), '--verify');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^doseloop: run\/record\.ndjson:\d+: .*\n$/);
  expect(stderr).toMatch(message);
});

test.concurrent('a folder without a record is invalid input', async () => {
  expect(await doseloop(scratch(), 'replay', 'nowhere', '--verify')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'doseloop: nowhere/record.ndjson: no such file or folder\n',
  });
});
