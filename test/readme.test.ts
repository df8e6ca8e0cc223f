import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createHost, monotonicMicros, openWire, servePump, serveWire } from '../bridge/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The fenced blocks of a language, in order. */
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, body = '']) => body);

/** What differs from run to run, and is said to. */
const timeless = (text: string): string => text.replaceAll(/ in [0-9.]+ s$/gm, ' in # s');

/** Runs an example of the README: inside the package, its own name leads to its exports. */
function outputOf(example: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'dist', 'readme-'));
  const file = join(folder, 'example.ts');
  writeFileSync(file, example);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', file], { cwd: root, encoding: 'utf8' }, (error, stdout) => {
      rmSync(folder, { recursive: true });
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

test('the library example of the README does what it says', async () => {
  const [, example = ''] = blocks('ts');
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(25);
  // (18 − 2) mL at 300 µL/day.
  expect(await outputOf(example)).toBe('day 53.33: low-reservoir on\nday 55.33: empty-reservoir on\n');
});

test('the dose of the README is given, once, to a pump that has a program', async () => {
  const [example = ''] = blocks('ts');
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const server = await serveWire('tcp://127.0.0.1:0');
  const { url } = server;
  const pump = servePump(server, {
    profile: 'itb-20-sense',
    speed: 60,
    clock: monotonicMicros,
  });
  const host = createHost(await openWire(url));
  await host.request('SIM FILL', { nl: 18_000_000 });
  await host.request('REFILL', { if: 1, nl: 18_000_000, drained_nl: 0 });
  await host.request('PROGRAM', { mode: 'continuous', conc: 500, ng: 150_000 });
  await host.request('COMMIT', { if: 2 });
  await host.request('START', { if: 3 });
  await host.close();
  const said = await outputOf(
    example.replace("'./pump'", JSON.stringify(url)).replace('./intents.ndjson', join(folder, 'intents.ndjson')),
  );
  expect(said).toBe("{ result: 'Done', dose: 1, nl: 1500 }\n");
  await pump.close();
  rmSync(folder, { recursive: true });
});

test('the scenario of the README is the one in test/scenarios', () => {
  const [scenario] = blocks('yaml');
  expect(scenario).toBe(readFileSync(join(root, 'test/scenarios/catheter-occlusion.yaml'), 'utf8'));
});

test('the complaint in the README is what lint says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const [scenario = ''] = blocks('yaml');
  const wrong = scenario.replace('catheter.occlusion, mode: complete', 'catheter.oclusion, mode: complete');
  writeFileSync(
    join(folder, 'my.yaml'),
    wrong.replace('duration: 8 h', 'duration: 8').replace('\nexpect:', '\nexpects:'),
  );
  const { stderr, status } = spawnSync(process.execPath, [join(root, 'dist/bridge/cli.js'), 'lint', 'my.yaml'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  expect(blocks('text')).toContain(stderr);
  expect(status).toBe(2);
});

test('npm start prints what the README shows and ends with the path of a report', () => {
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'bridge/start.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  expect(readFileSync(join(root, last), 'utf8')).toContain('<!doctype html>');
  const [shown = ''] = blocks('text');
  expect(timeless(stdout).endsWith(timeless(shown))).toBe(true);
});
