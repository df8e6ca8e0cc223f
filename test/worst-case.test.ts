/**
 * The worst that can happen to a dose, with real processes, a real socket and a real file: the reply is lost, the host is killed, the patient
 * presses the button, the pump restarts, and the host comes back to find out what became of it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { nanograms, nanogramsPerMicrolitre, nanolitres, micros } from '../protocol/units.ts';
import type { ReplyOf } from '../protocol/index.ts';
import { createHost, type Host } from '../bridge/host/host.ts';
import { sendCommand } from '../bridge/host/wire-command.ts';
import { servePump, type PumpServer } from '../bridge/server/pump-server.ts';
import { openWire, serveWire } from '../bridge/wire/open-wire.ts';
import { killHard } from './support/wire-ends.ts';

const HOST = fileURLToPath(new URL('support/dosing-host.ts', import.meta.url));
const SECOND = 1_000_000;

const served: PumpServer[] = [];
const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const one of served.splice(0)) await one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface World {
  readonly url: string;
  readonly store: string;
  /** Microseconds of the pump's clock and of its link; nothing moves them but the test. */
  clock: number;
  /** What was in the reservoir when the program had begun, nL, and pump time then, µs. */
  begin: { readonly res: number; readonly us: number };
  /** What becomes of a line on its way, either way. */
  loses: (line: string) => boolean;
  /** Resolves when a line comes at the pump that matches, lost or not. */
  readonly comes: (pattern: RegExp) => Promise<void>;
}

const bolusReply = (line: string): boolean => line.startsWith('<') && line.includes('state=ACCEPTED');
const bolusCommand = (line: string): boolean => line.startsWith('>') && line.includes(' BOLUS ');

/** A pump in real time on a socket, of which the test moves the clock. */
async function world(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-worst-'));
  folders.push(folder);
  const server = await serveWire('tcp://127.0.0.1:0');
  const waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
  const passing = (bytes: Uint8Array): Uint8Array => {
    const lines = Buffer.from(bytes)
      .toString('latin1')
      .split(/(?<=\n)/);
    return Buffer.from(lines.filter((line) => !one.loses(line)).join(''), 'latin1');
  };
  const one: World = {
    url: server.url,
    store: join(folder, 'intents'),
    clock: 0,
    begin: { res: 0, us: 0 },
    loses: () => false,
    comes: (pattern) => new Promise((resolve) => waiting.push({ pattern, resolve })),
  };
  served.push(
    servePump(
      {
        ...server,
        onConnection: (listener) =>
          server.onConnection((wire) =>
            listener({
              ...wire,
              write: (bytes) => wire.write(passing(bytes)),
              onBytes: (take) =>
                wire.onBytes((bytes) => {
                  take(passing(bytes));
                  const come = Buffer.from(bytes).toString('latin1');
                  for (const { pattern, resolve } of waiting) if (pattern.test(come)) resolve();
                }),
            }),
          ),
      },
      { profile: 'itb-20-sense', speed: 1, clock: () => one.clock },
    ),
  );
  return one;
}

/** Does something as a host that comes, and goes again; whoever was there before has been silent for long enough. */
async function asHost<Value>(one: World, work: (host: Host) => Promise<Value>): Promise<Value> {
  one.clock += 4 * SECOND;
  const host = createHost(await openWire(one.url));
  try {
    await host.connect();
    return await work(host);
  } finally {
    await host.close();
  }
}

async function must(host: Host, ...commands: readonly Parameters<typeof sendCommand>[1][]): Promise<void> {
  for (const command of commands) expect(await sendCommand(host, command)).toMatchObject({ ok: true });
}

/** Filled, and running a program with a patient bolus of 200 nL. */
const prepare = (one: World): Promise<void> =>
  asHost(one, async (host) => {
    const volume = nanolitres(18_000_000);
    const filled = await host.request('SIM FILL', { nl: volume });
    if (!filled.ok) throw new Error(filled.code);
    const drained = nanolitres(filled.reply.drained_nl);
    const concentration = nanogramsPerMicrolitre(500);
    const patient = {
      dose: nanograms(100),
      duration: micros(2 * SECOND),
      lockout: micros(60 * SECOND),
      count: 10,
      window: micros(3600 * SECOND),
    };
    const revision = async (): Promise<number> => (await statusOf(host)).rev;
    await must(host, { command: 'refill', ifRevision: await revision(), volume, drained });
    await must(host, { command: 'program', dose: nanograms(24_000), concentration, patient });
    await must(host, { command: 'commit', ifRevision: await revision() });
    await must(host, { command: 'start', ifRevision: await revision() });
    one.begin = await truthOf(host);
  });

/** What is true in the body, whatever the pump believes. */
async function truthOf(host: Host): Promise<World['begin']> {
  const reply = await host.request('SIM TRUTH', {});
  if (!reply.ok) throw new Error(reply.code);
  return { res: reply.reply.res_nl, us: reply.reply.us };
}

async function statusOf(host: Host): Promise<ReplyOf<'STATUS'>> {
  const reply = await host.request('STATUS', {});
  if (!reply.ok) throw new Error(reply.code);
  return reply.reply;
}

function startHost(one: World, what: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), HOST, one.url, one.store, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

/** A host gives a bolus, hears nothing of it, and is killed. */
async function killedWhileDosing(one: World, nl: number, loses: World['loses']): Promise<void> {
  one.loses = loses;
  const come = one.comes(/ BOLUS /);
  const child = startHost(one, String(nl));
  await come;
  await killHard(child);
  one.loses = () => false;
  expect(readFileSync(one.store, 'utf8')).toMatch(/^\{"intent":\{"id":"\w{8}","verb":"BOLUS".*\}\}\n$/);
  expect(existsSync(`${one.store}.lock`)).toBe(true);
}

async function recovered(one: World): Promise<unknown> {
  one.clock += 4 * SECOND;
  const { stdout } = startHost(one, 'recover');
  if (stdout === null) throw new Error('the host has no output');
  return JSON.parse(await text(stdout)) as unknown;
}

/** The pump's records of doses, and the volume that has left the reservoir beside them. */
const account = (one: World) =>
  asHost(one, async (host) => {
    const records: { readonly id: string; readonly src: string; readonly state: string; readonly given: number }[] = [];
    for (let n = 1; ; n += 1) {
      const reply = await host.request('DOSE', { n });
      if (!reply.ok) break;
      const { id, src, state, given_nl } = reply.reply;
      records.push({ id, src, state, given: given_nl });
    }
    const { res, us } = await truthOf(host);
    const given = records.reduce((sum, record) => sum + record.given, 0);
    // The basal rate is 48 uL/day, and a step is 10 nL.
    const basal = ((us - one.begin.us) * 48_000) / 86_400_000_000;
    return { records, beside: one.begin.res - res - given, mostBeside: basal + 10 };
  });

const press = (host: Host) => host.request('SIM BUTTON', {});
const reboot = (host: Host) => host.request('SIM REBOOT', {});
const idIn = (one: World): string => /"id":"(\w{8})"/.exec(readFileSync(one.store, 'utf8'))?.[1] ?? '';

test('a dose that was given while its host was dead, with others after it, is found to be done, once', async () => {
  const one = await world();
  await prepare(one);
  await killedWhileDosing(one, 300, bolusReply);
  one.clock += 60 * SECOND;
  expect(await asHost(one, press)).toMatchObject({ ok: true, reply: { state: 'granted' } });
  one.clock += 60 * SECOND;
  expect(await asHost(one, reboot)).toMatchObject({ ok: true });

  expect(await recovered(one)).toEqual({ result: 'Done', dose: 1, nl: 300 });
  const { records, beside, mostBeside } = await account(one);
  expect(records).toEqual([
    { id: idIn(one), src: 'host', state: 'DONE', given: 300 },
    { id: '-', src: 'patient', state: 'DONE', given: 200 },
  ]);
  expect(beside).toBeGreaterThanOrEqual(0);
  expect(beside).toBeLessThanOrEqual(mostBeside);
  expect(await recovered(one), 'settled for good').toBeNull();
});

test('a dose in the midst of which the pump restarted is found to be interrupted, with what was given, and is not given again', async () => {
  const one = await world();
  await prepare(one);
  await killedWhileDosing(one, 30_000, bolusReply);
  one.clock += 20 * SECOND;
  expect(await asHost(one, press)).toMatchObject({ ok: true, reply: { state: 'granted' } });
  expect(await asHost(one, reboot)).toMatchObject({ ok: true });
  one.clock += 200 * SECOND;

  const outcome = await recovered(one);
  const { records, beside, mostBeside } = await account(one);
  const [record, ...others] = records;
  expect(others).toEqual([{ id: '-', src: 'patient', state: 'DONE', given: 200 }]);
  expect(record).toMatchObject({ id: idIn(one), src: 'host', state: 'INTERRUPTED' });
  expect(outcome).toEqual({ result: 'Interrupted', dose: 1, nl: record?.given });
  expect(record?.given).toBeGreaterThan(5000);
  expect(record?.given).toBeLessThan(12_000);
  // Of the block that was begun and not ended the whole counts as given.
  expect(beside).toBeGreaterThanOrEqual(-1000);
  expect(beside).toBeLessThanOrEqual(mostBeside);
});

test('a dose that never came to the pump is found not to have been given, though another one has its number', async () => {
  const one = await world();
  await prepare(one);
  await killedWhileDosing(one, 300, bolusCommand);
  expect(await asHost(one, press)).toMatchObject({ ok: true, reply: { state: 'granted' } });
  one.clock += 60 * SECOND;
  expect(await asHost(one, reboot)).toMatchObject({ ok: true });

  expect(await recovered(one)).toEqual({ result: 'NotAccepted', why: 'OTHER_DOSE' });
  const { records, beside, mostBeside } = await account(one);
  expect(records).toEqual([{ id: '-', src: 'patient', state: 'DONE', given: 200 }]);
  expect(beside).toBeGreaterThanOrEqual(0);
  expect(beside).toBeLessThanOrEqual(mostBeside);
});
