import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doseloop, OCCLUSION, scratch, variant } from './support/cli.ts';

/** Whatever a person got wrong: code 2, nothing on standard output, a message without a stack, which this returns. */
async function complaint(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await doseloop(folder, ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/^ +at |^[A-Za-z]*Error|throw /m);
  expect(existsSync(join(folder, 'runs'))).toBe(false);
  return stderr;
}

test.concurrent(
  'what is wrong in scenarios is told with its place, for all files at once, and none is run',
  async () => {
    const folder = scratch();
    const said = await complaint(folder, [
      'run',
      OCCLUSION,
      variant(folder, 'key.yaml', ['expect:', 'expects:']),
      variant(folder, 'unit.yaml', ['duration: 8 h', 'duration: 8']),
      variant(folder, 'bare.yaml', ['fill: 18 mL', 'fill: 18']),
      variant(folder, 'fault.yaml', ['mode: complete', 'mode: complet']),
      variant(folder, 'id.yaml', ['id: catheter-occlusion', 'id: ../../elsewhere']),
      variant(folder, 'dose.yaml', ['dose: 150 ug/day', 'dose: 50 ug/day'], ['500 ug/mL', '2000 ug/mL']),
    ]);
    expect(said.split('\n').filter((line) => line.includes('  error  '))).toEqual([
      'key.yaml:22:1  error  unknown key "expects"',
      'unit.yaml:7:11  error  duration: missing unit, write for example "20 min"',
      'bare.yaml:12:9  error  fill: missing unit, write for example "18 mL"',
      expect.stringMatching(/^fault\.yaml:18:49 {2}error {2}mode: unknown mode .*"complet"/),
      'id.yaml:4:5  error  id: an id has only letters, digits, "_", "." and "-"',
      expect.stringMatching(
        /^dose\.yaml:14:36 {2}error {2}dose: flow 25 µL\/day .* below the minimum of 48 µL\/day; .* at most 1041 µg\/mL/,
      ),
    ]);
    expect(said).toContain('did you mean "expect"?');
  },
);

test.concurrent('lint --json writes its complaints as objects to standard output', async () => {
  const folder = scratch();
  const file = variant(folder, 'unit.yaml', ['duration: 8 h', 'duration: 8']);
  const { code, stdout, stderr } = await doseloop(folder, 'lint', file, '--json');
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ file: 'unit.yaml', line: 7, column: 11 });
});

test.concurrent('two scenarios of one id are refused, for one would write over the other', async () => {
  const folder = scratch();
  expect(await complaint(folder, ['run', OCCLUSION, variant(folder, 'twin.yaml')])).toMatch(
    /^doseloop: twin\.yaml: id "catheter-occlusion" is that of .*catheter-occlusion\.yaml too; give one another id\n$/,
  );
});

const BAD_FILES: readonly (readonly [what: string, make: (path: string) => void, message: string])[] = [
  ['that is not there', () => {}, 'doseloop: bad: no such file or folder'],
  ['that is a folder without scenarios', mkdirSync, 'doseloop: bad: no .yaml file in this folder'],
  ['that is empty', (path) => writeFileSync(path, ''), 'bad:1:1  error  the file is empty'],
  ['that is a program', (path) => writeFileSync(path, '\u007fELF\u0002\u0001\0\0'), 'bad:1:7  error  not a text file'],
  [
    'that is larger than any scenario',
    (path) => writeFileSync(path, '# padding\n'.repeat(100_000)),
    'bad:1:1  error  the file has more than 256 KiB',
  ],
  [
    'that is larger than any memory',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    },
    'doseloop: bad: is too big',
  ],
  [
    'that is a pipe to which nobody writes',
    (path) => void execFileSync('mkfifo', [path]),
    'doseloop: bad: is no file but a pipe, socket or device',
  ],
];

test.concurrent.each(BAD_FILES)('a file %s is told, without a stack and without waiting', async (_, make, message) => {
  const folder = scratch();
  make(join(folder, 'bad'));
  expect(await complaint(folder, ['run', 'bad'])).toContain(message);
});

test.concurrent('a file that is a socket is told', async () => {
  const folder = scratch();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'bad'), resolve));
  expect(await complaint(folder, ['run', 'bad'])).toBe('doseloop: bad: is no file but a pipe, socket or device\n');
  server.close();
});

test.concurrent('a path that leads through a file is told', async () => {
  expect(await complaint(scratch(), ['run', `${OCCLUSION}/x.yaml`])).toMatch(
    /x\.yaml: a part of the path is no folder\n$/,
  );
});

const BAD_WORDS = [
  ['', 'Usage: doseloop'],
  ['bogus', "error: unknown command 'bogus'"],
  ['run', "error: missing required argument 'file'"],
  ['run FILE --bogus', "error: unknown option '--bogus'"],
  ['run FILE --seed x', 'doseloop: --seed x: write an integer from 0 to 2147483647'],
  ['run FILE --seed 2147483648', 'doseloop: --seed 2147483648: write an integer from 0 to 2147483647'],
  ['run FILE --target foo', 'doseloop: --target foo: not a target; write sim, wire, or wire:URL'],
  ['run FILE --target wire:foo', 'doseloop: --target wire:foo: cannot read the line address "foo"'],
  ['serve', "error: required option '--on <url>' not specified"],
  ['serve --on foo', 'doseloop: cannot read the line address "foo"'],
  ['serve --on pty:./p --speed 0', 'doseloop: --speed 0: write a factor over 0 and up to 1000000, or "lockstep"'],
  ['serve --on pty:./p --speed fast', 'doseloop: --speed fast: write a factor over 0'],
  ['serve --on pty:./p --profile itb-20-sens', 'Did you mean "itb-20-sense"?'],
  ['study bogus', 'doseloop: study bogus: no such study; there is itb-cohort'],
  ['study itb-cohort --concentration 500', 'doseloop: --concentration: missing unit, write for example "500 ug/mL"'],
] as const;

test.concurrent.each(BAD_WORDS)('"doseloop %s" exits with 2 and says what is wrong', async (words, message) => {
  const args = words.split(' ').filter(Boolean);
  expect(
    await complaint(
      scratch(),
      args.map((word) => (word === 'FILE' ? OCCLUSION : word)),
    ),
  ).toContain(message);
});

test.concurrent('an --out that cannot be written is told before a run is made for nothing', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'file'), '');
  expect(await complaint(folder, ['run', OCCLUSION, '--out', 'file/runs'])).toBe(
    'doseloop: file/runs: the run cannot be written there (ENOTDIR); name another folder with --out\n',
  );
});

test.skipIf(!existsSync('/proc/self'))(
  'an --out where not even the superuser makes folders is told, without a hang',
  async () => {
    expect(await complaint(scratch(), ['run', OCCLUSION, '--out', '/proc/nowhere/runs'])).toContain(
      'name another folder with --out',
    );
  },
);
