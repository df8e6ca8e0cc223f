import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'report-'));
const cli = fileURLToPath(new URL('../dist/bridge/cli.js', import.meta.url));
const scenario = fileURLToPath(new URL('scenarios/catheter-occlusion.yaml', import.meta.url));

beforeAll(async () => {
  try {
    execFileSync('chromium', ['--version'], { stdio: 'pipe' });
  } catch {
    throw new Error('this test opens the report in a real browser: apt-get install chromium');
  }
  await run(process.execPath, [cli, 'run', scenario, '--out', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const svgs = (html: string): number => html.split('<svg').length - 1;
const report = (): string => join(folder, 'catheter-occlusion.sim', 'report.html');

/** Chromium without a network and without whatever it would look up by itself. */
const chromium = (...args: string[]): Promise<{ stdout: string }> =>
  run(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      `--user-data-dir=${join(folder, 'profile')}`,
      ...args,
      `file://${report()}`,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );

test('a browser without a network shows the whole report', async () => {
  const { stdout } = await chromium('--dump-dom');
  for (const text of ['SIMULATED', 'PASS', 'catheter-occlusion', 'Not a medical device'])
    expect(stdout).toContain(text);
  // What the parser had to mend would not come back as it was written.
  expect(svgs(stdout)).toBe(svgs(readFileSync(report(), 'utf8')));
  expect(svgs(stdout)).toBeGreaterThan(0);
});

test('the report has ink where the chart is', async () => {
  const picture = join(folder, 'report.png');
  await chromium(`--screenshot=${picture}`, '--window-size=1000,2000');
  // A blank page of this size compresses to some 10 kB.
  expect(readFileSync(picture).length).toBeGreaterThan(60_000);
});
