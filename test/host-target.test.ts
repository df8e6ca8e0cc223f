import { afterEach, expect, test } from 'vitest';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';
import { createHost, LinkError } from '../bridge/host/host.ts';
import { createWireTarget } from '../bridge/host/wire-target.ts';
import type { Target } from '../firmware-sim/scenario/target.ts';
import { garbled, loopServer, type Loop } from './support/loop-wire.ts';
import { framed } from './support/pump-talk.ts';
import { servePump, type PumpServer } from '../bridge/server/pump-server.ts';

const served: PumpServer[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) await one.close();
});

/** A host on our own pump; `change` is what happens to lines on their way to the host. */
async function connected(change?: (text: string) => string): Promise<{ target: Target; loop: Loop }> {
  const { server, connect } = loopServer();
  served.push(servePump(server, { profile: 'itb-20', speed: 'lockstep', clock: () => 0 }));
  const loop = connect();
  if (change !== undefined) loop.toHost = garbled(change);
  return { target: await createWireTarget(createHost(loop.host)), loop };
}

const setup = {
  profile: 'itb-20',
  seed: 1,
  concentration: 1_000,
  drug: 'baclofen',
  primed: true,
  compliance: undefined,
  leap: true,
} as const;

/** Changes fields of lines and gives them a right check again. */
const rewritten =
  (pattern: RegExp, to: string) =>
  (text: string): string =>
    text
      .split('\n')
      .map((line) => (pattern.test(line) ? framed(line.slice(0, -' *00000000'.length).replace(pattern, to)) : line))
      .join('\n');

test.each([
  ['another verb table', /schema=[0-9A-F]+/, 'schema=00000000', /verb table 00000000/],
  ['a real pump', /world=SIM/, 'world=REAL', /real/],
])('a run refuses %s', async (_, pattern, to, message) => {
  const refusal = connected(rewritten(pattern, to));
  await expect(refusal).rejects.toThrow(LinkError);
  await expect(refusal).rejects.toThrow(message);
});

test('a refusal by the firmware is an outcome, with its facts as numbers', async () => {
  const { target } = await connected();
  await target.reset(setup);
  expect(await target.command({ command: 'start', ifRevision: 9 })).toMatchObject({
    ok: false,
    code: 'PRECOND',
    facts: { rev: 1 },
  });
  const program = { dose: nanograms(50_000), concentration: nanogramsPerMicrolitre(2_000) };
  expect(await target.command({ command: 'program', ...program })).toMatchObject({
    ok: false,
    code: 'FLOW_RANGE',
    facts: { nlpd: 25_000, conc_min: 3, conc_max: 1_041 },
  });
});

test('a refusal that is none of the firmware is a failure of the link', async () => {
  const { target } = await connected(rewritten(/code=PRECOND/, 'code=READ_ONLY'));
  await target.reset(setup);
  await expect(target.command({ command: 'start', ifRevision: 9 })).rejects.toThrow(LinkError);
});

test('a fault or a filling that the pump refuses is a failure of the link', async () => {
  const { target } = await connected();
  await target.reset(setup);
  await expect(target.fill(20_000_001, 500)).rejects.toThrow(/SIM FILL.*VOLUME_RANGE/);
  await expect(target.inject({ fault: 'catheter.leak', mode: 'complete' } as never)).rejects.toThrow(/UNKNOWN_FAULT/);
});

async function stopped(times: number, change?: (text: string) => string): Promise<Target> {
  const { target } = await connected(change);
  await target.reset(setup);
  for (let i = 0; i < times; i += 1) await target.command({ command: 'stop' });
  return target;
}

test('a log of many pages is read whole and in order', async () => {
  const { entries, lost } = await (await stopped(199)).log(1);
  expect(lost).toBe(0);
  expect(entries.map(({ ev }) => ev)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect(entries[1]).toEqual({ ev: 2, us: 0, kind: 'STOP', keys: { rev: 2 } });
});

test('a log is read from where it was left', async () => {
  const target = await stopped(3);
  expect((await target.log(3)).entries.map(({ ev }) => ev)).toEqual([3, 4]);
  expect(await target.log(5)).toEqual({ entries: [], lost: 0 });
});

test('a log entry that is lost on the way is asked for again', async () => {
  const seen = new Map<string, number>();
  const target = await stopped(99, (text) =>
    text.replaceAll(/^! (7|70|71) .*\n/gm, (line) => {
      const times = (seen.get(line) ?? 0) + 1;
      seen.set(line, times);
      return times > 3 ? line : '';
    }),
  );
  const { entries, lost } = await target.log(1);
  expect(lost).toBe(0);
  expect(entries.map(({ ev }) => ev)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect([...seen.values()]).toEqual([4, 4, 4]);
});

test('log entries that are damaged on the way each time are counted as lost', async () => {
  const target = await stopped(99, (text) => text.replaceAll(/^! (7|70|71) .*$/gm, '! damaged'));
  const { entries, lost } = await target.log(1);
  expect(lost).toBe(3);
  expect(entries).toHaveLength(97);
});

test('a log entry that comes twice is one entry', async () => {
  const target = await stopped(9, (text) => text.replaceAll(/^! 5 .*$/gm, '$&\n$&'));
  const { entries, lost } = await target.log(1);
  expect({ evs: entries.map(({ ev }) => ev), lost }).toEqual({ evs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], lost: 0 });
});

test('a log that never comes to its end is a failure of the link, not a loop', async () => {
  const target = await stopped(99, rewritten(/ next=[0-9]+ end=/, ' next=1 end='));
  await expect(target.log(1)).rejects.toThrow(LinkError);
});

test('advancing goes on over the pauses of a pump that walks', async () => {
  const { target } = await connected();
  await target.reset({ ...setup, profile: 'itb-40', drug: 'water', leap: false });
  await target.fill(40_000_000, 1_000);
  await target.command({ command: 'refill', ifRevision: 1, volume: nanolitres(40_000_000), drained: nanolitres(0) });
  await target.command({
    command: 'program',
    dose: nanograms(24_000_000),
    concentration: nanogramsPerMicrolitre(1_000),
  });
  await target.command({ command: 'commit', ifRevision: 2 });
  await target.command({ command: 'start', ifRevision: 3 });
  const day = micros(86_400_000_000);
  expect(await target.advance(day)).toEqual({ now: day, next: 6 });
  expect(await target.sample()).toMatchObject({ commanded: 24_000_000, rate: 24_000_000 });
});
