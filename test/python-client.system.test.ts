/** A client in another language, written from PROTOCOL.md alone: its vectors, and visits over a cable that loses a fifth of all lines. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../bridge/cli.ts', import.meta.url));
const script = (name: string): string => fileURLToPath(new URL(`python/${name}`, import.meta.url));

/** Debian puts pyserial beside its own Python, which need not be the first on the path. */
let python: string | undefined;

beforeAll(() => {
  python = ['python3', '/usr/bin/python3'].find((candidate) => {
    try {
      execFileSync(candidate, ['-c', 'import serial'], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  });
  if (python === undefined)
    throw new Error('these tests need Python and pyserial: apt-get install python3 python3-serial');
});

const pumps: ChildProcess[] = [];
afterAll(() => {
  for (const pump of pumps) pump.kill();
});

/** A pump on TCP whose time goes sixty times as fast as the line's. */
async function serve(): Promise<URL> {
  const options = ['serve', '--on', 'tcp://127.0.0.1:0', '--speed', '60', '--json'];
  const pump = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), cli, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  pumps.push(pump);
  const [line] = (await once(createInterface(pump.stdout), 'line')) as [string];
  return new URL((JSON.parse(line) as { url: string }).url);
}

/** What a script prints as JSON. When its exit code is not 0, the test fails with what it has said on standard error. */
async function summary(name: string, ...args: string[]): Promise<unknown> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await run(python as string, [script(name), ...args], { env });
  return JSON.parse(stdout);
}

interface Visit {
  readonly interrupted: { readonly given_nl: number };
  readonly cable: Readonly<Record<'to_pump' | 'to_client', { readonly lines: number; readonly dropped: number }>>;
}

test('its decoder and its encoder agree with the vectors', async () => {
  expect(await summary('check_vectors.py')).toMatchObject({ wrong: 0, checked: { schema: 1, crc: 1 } });
});

// 45 s of waiting for a line that loses much, and hardly any work: the visits go side by side, each with a pump of its own.
test.concurrent.each([1, 2, 3])(
  'over a bad cable every dose is given once, and its result is known (seed %i)',
  { timeout: 240_000 },
  async (seed) => {
    const { hostname, port } = await serve();
    const said = (await summary('session.py', hostname, port, String(seed))) as Visit;
    expect(said).toMatchObject({
      boluses: ['Done', 'Done', 'Done', 'Done', 'Done'],
      log: { gaps: 0, contiguous: true, done: 5 },
      interrupted: { kind: 'Interrupted' },
      alarms: { raised: 1, active: 0 },
      crashes: [1, 2].map(() => ({ signal: 9, open: 1, kinds: ['Done'] })),
      doses: 8,
      open: 0,
      even: true,
      stopped: true,
      mode: 'stopped',
    });
    expect(said.interrupted.given_nl).toBeGreaterThan(0);
    expect(said.interrupted.given_nl).toBeLessThan(40_000);
    for (const { lines, dropped } of Object.values(said.cable)) expect(dropped / lines).toBeGreaterThan(0.1);
  },
);
