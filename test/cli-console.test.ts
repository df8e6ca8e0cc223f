import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn as spawnPty } from '@lydell/node-pty';
import { afterAll, expect, test } from 'vitest';
import { encodeLine } from '../protocol/index.ts';
import { monotonicMicros } from '../bridge/clock.ts';
import { servePump } from '../bridge/server/pump-server.ts';
import { serveWire } from '../bridge/wire/open-wire.ts';

const CLI = fileURLToPath(new URL('../bridge/cli.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** What is to be undone when all tests are over: they run side by side, and none knows which is its own. */
const leftovers: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const undo of leftovers.toReversed()) await undo();
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-console-'));
  leftovers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A pump on TCP. Slow enough that a dose of an hour does not end by itself. */
async function pumpAt(speed: number | 'lockstep' = 1) {
  const server = await serveWire('tcp://127.0.0.1:0');
  const pump = servePump(server, { profile: 'itb-20-sense', speed, clock: monotonicMicros });
  leftovers.push(() => pump.close());
  return { url: server.url, close: () => pump.close() };
}

const environment = (state: string) => ({ ...process.env, XDG_STATE_HOME: state, NO_COLOR: '1' });

/** Runs the console with lines from a pipe, to its end. `hold`: the pipe stays open. */
async function piped(args: readonly string[], lines: readonly string[], hold = false) {
  const child = spawn(process.execPath, ['--import', TSX, CLI, 'console', ...args], { env: environment(scratch()) });
  leftovers.push(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  if (!hold) child.stdin.end();
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code, ...text }));
  return { ended, heard: (what: RegExp) => until(() => what.test(text.stdout)) };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A person at a terminal. */
function atTerminal(url: string, state = scratch()) {
  const terminal = spawnPty(process.execPath, ['--import', TSX, CLI, 'console', url], {
    cols: 120,
    rows: 40,
    env: environment(state),
  });
  leftovers.push(() => {
    try {
      terminal.kill('SIGKILL');
    } catch {
      // It has ended by itself.
    }
  });
  let text = '';
  let at = 0;
  terminal.onData((chunk) => (text += chunk));
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    state,
    ended,
    type: (keys: string) => terminal.write(keys),
    /** Waits until something has appeared since the last that was waited for. */
    sees: async (what: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = what.exec(text.slice(at));
        if (found !== null) {
          at += found.index + found[0].length;
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    /** Waits until all of these have appeared since the last that was waited for, in whatever order. */
    seesAll: async (...what: readonly RegExp[]): Promise<void> => {
      while (what.some((one) => !one.test(text.slice(at)))) await new Promise((resolve) => setTimeout(resolve, 20));
      at = text.length;
    },
    all: () => text,
  };
}

const THERAPY = [
  'sim fill nl=18000000',
  'refill nl=18000000 drained_nl=0',
  'program mode=continuous conc=500 ng=150000',
  'commit',
  'start',
];

test.concurrent('a script on standard input runs a therapy, and each reply is a line of JSON', async () => {
  const { url } = await pumpAt();
  const reset = 'sim reset profile=itb-20-sense seed=1 conc=500 lockstep=1';
  const { ended } = await piped(
    [url, '--json'],
    ['# a therapy', reset, ...THERAPY, 'sim advance to=+1h', 'status', 'bye', 'nonsense'],
  );
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const replies = entries.filter(({ type }) => type === 'reply').map(({ verb, ok }) => [verb, ok]);
  const verbs = ['SIM RESET', 'SIM FILL', 'REFILL', 'PROGRAM', 'COMMIT', 'START', 'SIM ADVANCE', 'STATUS'];
  expect(replies).toEqual(verbs.map((verb) => [verb, true]));
  expect(entries.at(-1)).toMatchObject({ reply: { us: 3_600_000_000, mode: 'basal', nlpd: 300_000 } });
  expect(entries).toContainEqual(expect.objectContaining({ type: 'event', event: 'START' }));
});

test.concurrent.each([
  ['a line that is no command', 'statis', 'Did you mean status?'],
  ['a command that the pump refuses', 'start', 'NO_PROGRAM'],
  ['a dose', 'bolus nl=1500 nlpd=48000', 'a dose is read back'],
])('%s ends a script with exit code 2, and the rest is not done', async (_, line, text) => {
  const { url } = await pumpAt();
  const { code, stdout } = await (await piped([url], ['status', line, 'status'])).ended;
  expect(code).toBe(2);
  expect(stdout).toContain(text);
  expect(stdout).toContain('line 2 of the input was not done');
  expect(stdout.match(/OK status/g)).toHaveLength(1);
});

test.concurrent.each([
  ['no pump', 'tcp://127.0.0.1:1', 3, /nobody listens there/],
  ['no address', 'nonsense', 2, /cannot read the line address/],
])('%s is an error that says what to do', async (_, url, code, text) => {
  const finished = await (await piped([url], [])).ended;
  expect(finished).toMatchObject({ code, stdout: '' });
  expect(finished.stderr).toMatch(/^doseloop: .+\n$/);
  expect(finished.stderr).toMatch(text);
});

test.concurrent('a pump that another host holds is left to it', async () => {
  const server = await serveWire('tcp://127.0.0.1:0');
  leftovers.push(() => server.close());
  server.onConnection((wire) =>
    wire.onBytes((bytes) => {
      const nonce = / nonce=([0-9A-F]{8}) /.exec(Buffer.from(bytes).toString('latin1'))?.[1];
      if (nonce === undefined) return;
      const fields = { code: 'HELD', nonce, left_ms: '60000' };
      wire.write(Buffer.from(`${encodeLine({ kind: 'reply', sid: '00000000', seq: 0, ok: false, fields })}\n`));
    }),
  );
  const { code, stderr } = await (await piped([server.url], ['status'])).ended;
  expect(code).toBe(3);
  expect(stderr).toContain('another host holds the pump');
});

test.concurrent('a line that is lost ends the console with exit code 3', async () => {
  const { url, close } = await pumpAt();
  const { ended, heard } = await piped([url], ['status'], true);
  await heard(/OK status/);
  await close();
  const { code, stderr } = await ended;
  expect(code).toBe(3);
  expect(stderr).toContain('the line ended');
});

test.concurrent('a person whose line is lost is told so, and the console ends with exit code 3', async () => {
  const { url, close } = await pumpAt();
  const { sees, ended } = atTerminal(url);
  await sees(/stopped> /);
  await close();
  await sees(/the line ended/);
  expect(await ended).toBe(3);
});

test.concurrent('a person gives a dose by hand, and Ctrl-C twice stops it', async () => {
  const { url } = await pumpAt();
  const { type, sees, seesAll, ended, state, all } = atTerminal(url);
  await sees(/SIMULATED pump SIM1, profile itb-20-sense/);
  await sees(/stopped> /);
  for (const line of THERAPY) {
    type(`${line}\r`);
    await sees(/OK /);
  }
  await sees(/basal 300000 nL\/day> /);
  // Keys that come in one piece are pasted text to the editor, and it completes nothing in that.
  type('bol');
  await sees(/bol/);
  type('\t');
  await sees(/us /);
  type('nl=20000 nlpd=480000\r');
  const [, code = ''] = await sees(
    /20000 nL = 20 µL at 480000 nL\/day = 0\.02 mL\/h[^]*10000 ng = 10 µg of drug[^]*confirm (\d{4})/,
  );
  type(`confirm ${code}\r`);
  await seesAll(/Accepted as dose 1/, /single-bolus 480000 nL\/day> /);
  // Half a line is no reason to wait with the stop.
  type('stat');
  await sees(/stat/);
  type('\x03');
  await sees(/once more within a second/);
  type('stat\x03\x03');
  await seesAll(
    /STOP sent, in both forms/,
    /The pump says that it has stopped/,
    /Interrupted: dose 1 has ended early/,
    /stopped, \d alarms?> /,
  );
  type('\x04');
  expect(await ended).toBe(0);
  const files = readdirSync(join(state, 'doseloop'));
  const store = files.find((name) => name.endsWith('.ndjson')) ?? '';
  expect(readFileSync(join(state, 'doseloop', store), 'utf8')).toContain('Interrupted');
  expect(readFileSync(join(state, 'doseloop', 'console-history'), 'utf8')).not.toContain('confirm');
  expect(all()).not.toContain('Uncertain');
});

test.concurrent('what happens shows above the prompt, and what is being typed is kept', async () => {
  const { url } = await pumpAt(3600);
  const { type, sees, ended } = atTerminal(url);
  await sees(/stopped> /);
  for (const line of [...THERAPY, 'sim fault fault=catheter.occlusion mode=complete']) {
    type(`${line}\r`);
    await sees(/OK /);
  }
  type('sta');
  await sees(/ALARM catheter-occlusion on, priority high: Catheter occluded, delivery held/);
  await sees(/1 alarm> \S*sta/);
  type('tus\r');
  await sees(/OK status/);
  type('quit\r');
  expect(await ended).toBe(0);
});

test.concurrent('a dose that was left without a known end is asked for at the start, and not sent again', async () => {
  const { url } = await pumpAt();
  const state = scratch();
  const store = join(state, 'store.ndjson');
  const intent = {
    id: 'K7Q2M9XW',
    verb: 'BOLUS',
    wish: { nl: '1500', nlpd: '48000', onlost: 'continue' },
    after: 0,
    serial: 'SIM1',
    expires: 9e12,
  };
  writeFileSync(store, `${JSON.stringify({ intent })}\n`);
  const child = spawn(process.execPath, ['--import', TSX, CLI, 'console', url, '--store', store], {
    env: environment(state),
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stdin.end('status\n');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  expect(stdout).toContain('A dose was left without a known end');
  expect(stdout).toContain('Not accepted, nothing was given: GIVEN_UP');
  expect(stdout).toContain('Last dose: none.');
  expect(readFileSync(store, 'utf8')).toContain('"settled":"K7Q2M9XW"');
  expect(existsSync(`${store}.lock`)).toBe(false);
});
