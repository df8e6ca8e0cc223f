import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWire } from '../bridge/wire/open-wire.ts';
import type { Wire } from '../bridge/wire/wire.ts';
import { doseloop, OCCLUSION, resultsOf, scratch, serving, start, until } from './support/cli.ts';
import { helloLine } from './support/pump-talk.ts';

const LINES = ['pty:./pump', 'tcp://127.0.0.1:0'];

describe.each(LINES)('serve on %s', (on) => {
  test.concurrent.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('ends on %s with its exit code, frees the address and hangs up on the client', async (signal, code) => {
    const folder = scratch();
    const { url, kill } = await serving(folder, on);
    const client = await openWire(url);
    expect(await kill(signal)).toMatchObject({ code, stderr: '' });
    expect(await client.closed).toMatchObject({ reason: 'lost' });
    expect(existsSync(join(folder, 'pump'))).toBe(false);
    expect((await serving(folder, url)).url).toBe(url);
  });

  test.concurrent('serves no address that another one serves, and does not disturb that one', async () => {
    const folder = scratch();
    const { url } = await serving(folder, on);
    const second = await doseloop(folder, 'serve', '--on', url);
    expect(second).toMatchObject({ code: 3, stdout: '' });
    expect(second.stderr).toMatch(/^doseloop: .* Choose another .*\n$/);
    const client = await openWire(url);
    expect(await pumpTime(client)).toBeGreaterThan(0);
    await client.close();
  });

  test.concurrent('takes garbage and lines without end, and then runs a scenario as ever', async () => {
    const folder = scratch();
    const { url, kill } = await serving(folder, on, '--speed', '100000');
    const vandal = await openWire(url);
    vandal.write(Buffer.from('hello?\n> not a command *00000000\n'));
    vandal.write(Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 251)));
    vandal.write(Buffer.from(`\n${'A'.repeat(300_000)}\n`));
    // What comes after the overlong line has been judged, so all before it has.
    await pumpTime(vandal);
    vandal.write(Buffer.from('> half a l'));
    await vandal.close();
    const finished = await doseloop(folder, 'run', OCCLUSION, '--json', '--target', `wire:${url}`);
    expect(resultsOf(finished).map(({ verdict }) => verdict)).toEqual(['PASS']);
    expect(await kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });
});

test.concurrent('serve says what it serves, where and how fast', async () => {
  const folder = scratch();
  const { line } = start(folder, ['serve', '--on', 'pty:./pump', '--profile', 'itb-40', '--speed', '60']);
  expect(await line()).toBe(`SIMULATED pump itb-40 on pty:${join(folder, 'pump')}, at 60 × real time. Ctrl-C ends it.`);
  expect(lstatSync(join(folder, 'pump')).isSymbolicLink()).toBe(true);
});

test.concurrent('serve lets time pass by itself, and not in lock step', async () => {
  const folder = scratch();
  const [live, locked] = await Promise.all(
    ['1000', 'lockstep'].map((speed) => serving(folder, 'tcp://127.0.0.1:0', '--speed', speed)),
  );
  const [running, still] = await Promise.all([openWire(live?.url ?? ''), openWire(locked?.url ?? '')]);
  const begin = await pumpTime(running);
  let now = begin;
  while (now < begin + 1_000_000) now = await pumpTime(running);
  expect(await pumpTime(still)).toBe(0);
  await Promise.all([running.close(), still.close()]);
});

test.concurrent.each([
  ['off', 'help', 'TYPED_OFF'],
  ['read', 'bolus nl=100', 'TYPED_OFF'],
  ['dose', 'release', 'NOT_HELD'],
])('serve --typed %s answers %s with %s', async (typed, text, code) => {
  const { url } = await serving(scratch(), 'tcp://127.0.0.1:0', '--typed', typed);
  const client = await openWire(url);
  client.write(Buffer.from(`${text}\n`));
  expect((await heard(client, /< 00000000 0 NO code=(\w+)/))[1]).toBe(code);
  await client.close();
});

test.concurrent('each start is another pump, with a serial number and session numbers of its own', async () => {
  const told = await Promise.all(
    [1, 2].map(async () => {
      const { url } = await serving(scratch(), 'tcp://127.0.0.1:0');
      const client = await openWire(url);
      client.write(Buffer.from(`${helloLine()}\n`));
      const [, sid, serial] = await heard(client, / sid=(\S+) .* serial=(\S+)/);
      await client.close();
      return { sid, serial };
    }),
  );
  expect(told[0]?.serial).toMatch(/^S[0-9A-Z]{5}$/);
  expect(told[1]?.serial).not.toBe(told[0]?.serial);
  expect(told[1]?.sid).not.toBe(told[0]?.sid);
});

test.concurrent('serve goes on when nobody reads its output', async () => {
  const folder = scratch();
  const { child, kill } = start(folder, ['serve', '--on', 'pty:./pump']);
  child.stdout?.destroy();
  await until(() => existsSync(join(folder, 'pump')));
  const client = await openWire(join(folder, 'pump'));
  expect(await pumpTime(client)).toBeGreaterThan(0);
  await client.close();
  expect(await kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
});

test.concurrent.each([
  ['an address of another machine', 'tcp://192.0.2.1:7000'],
  ['a device that is not there', '/dev/ttyNOPE'],
  ['a name in a folder that is not there', 'pty:./nowhere/pump'],
  ['a name that a file has', `pty:${OCCLUSION}`],
])('serve on %s exits with 3 and says why', async (_, address) => {
  const { code, stdout, stderr } = await doseloop(scratch(), 'serve', '--on', address);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^doseloop: .+\.\n$/);
});

/** Waits until a wire has said something. */
const heard = (wire: Wire, what: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve) => {
    let text = '';
    const stop = wire.onBytes((bytes) => {
      text += Buffer.from(bytes).toString('latin1');
      const found = what.exec(text);
      if (found === null) return;
      stop();
      resolve(found);
    });
  });

/** Asks a pump for its time, µs, as a person would. */
async function pumpTime(wire: Wire): Promise<number> {
  wire.write(Buffer.from('status\n'));
  return Number((await heard(wire, /< 00000000 0 OK us=(\d+) .*\n/))[1]);
}
