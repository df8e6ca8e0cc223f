import { readdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../protocol/units.ts';
import { createHost } from '../bridge/host/host.ts';
import { createWireTarget } from '../bridge/host/wire-target.ts';
import { servePump, type PumpServer } from '../bridge/server/pump-server.ts';
import { LOG_KINDS } from '../firmware-sim/scenario/log-kinds.ts';
import { replayRecord } from '../firmware-sim/scenario/replay.ts';
import { runScenario } from '../firmware-sim/scenario/run.ts';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import type { Target } from '../firmware-sim/scenario/target.ts';
import { chunked, garbled, loopServer, lossy, type Loop, type Passage } from './support/loop-wire.ts';
import { libraryScenario } from './support/scenarios.ts';

const served: PumpServer[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) await one.close();
});

/** Our own pump behind a line that cuts the bytes at random places. */
async function wireTarget(seed: number): Promise<{ target: Target; loop: Loop }> {
  const { server, connect } = loopServer();
  served.push(servePump(server, { profile: 'itb-40', speed: 1, clock: () => 0 }));
  const loop = connect();
  loop.toPump = chunked(seed, 17);
  loop.toHost = chunked(seed + 1, 60);
  return { target: await createWireTarget(createHost(loop.host)), loop };
}

const lines = (record: readonly object[]): string[] => record.map((line) => JSON.stringify(line));
const options = { leap: true, tool: 'test' };
const LIBRARY = readdirSync(new URL('scenarios/', import.meta.url)).map((name) => name.replace('.yaml', ''));

test.each(LIBRARY)('%s over a line leaves the same record and result as in process', async (name) => {
  const scenario = libraryScenario(name);
  const sim = await runScenario(scenario, createSimTarget(), options);
  const wire = await runScenario(scenario, (await wireTarget(7)).target, options);
  expect(sim.run.verdict).toBe('PASS');
  expect(wire.run).toEqual({ ...sim.run, target: 'wire' });
  const [head = '', ...rest] = lines(sim.record);
  expect(lines(wire.record)).toEqual([head.replace('"target":"sim"', '"target":"wire"'), ...rest]);
  expect(wire.record.filter(({ type }) => type === 'event').length).toBeGreaterThanOrEqual(5);
});

test.each(LIBRARY)('%s has the same log digest whether the pump leaps or walks', async (name) => {
  const scenario = libraryScenario(name);
  const leapt = await runScenario(scenario, createSimTarget(), options);
  const walked = await runScenario(scenario, createSimTarget(), { ...options, leap: false });
  expect(leapt.run.log_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(walked.run).toEqual(leapt.run);
});

test.each(LIBRARY)('%s logs nothing that an expectation could not name', async (name) => {
  const { record } = await runScenario(libraryScenario(name), createSimTarget(), options);
  for (const line of record) {
    if (line.type !== 'event') continue;
    const known: Readonly<Record<string, readonly string[]>> = LOG_KINDS;
    expect(known[line.kind], line.kind).toEqual(expect.arrayContaining(Object.keys(line.keys)));
  }
});

test('the digests of different therapies differ', async () => {
  const names = ['catheter-occlusion', 'low-reservoir', 'occlusion-without-sensor'];
  const runs = await Promise.all(names.map((name) => runScenario(libraryScenario(name), createSimTarget(), options)));
  expect(new Set(runs.map(({ run }) => run.log_sha256)).size).toBe(names.length);
});

test('a second run on the same line is the same as the first', async () => {
  const scenario = libraryScenario('catheter-occlusion');
  const { target } = await wireTarget(3);
  const first = await runScenario(scenario, target, options);
  expect(await runScenario(scenario, target, options)).toEqual(first);
});

test.each(['catheter-occlusion', 'alert-stop-start', 'dose-interrupted'])(
  '%s over a line that loses a tenth of what is said on either side leaves the same log as in process',
  async (name) => {
    const { server, connect } = loopServer();
    served.push(servePump(server, { profile: 'itb-40', speed: 1, clock: () => 0 }));
    const loop = connect();
    let said = 0;
    let lost = 0;
    const counting =
      (passage: Passage): Passage =>
      (bytes) => {
        const passed = passage(bytes);
        const count = (chunks: readonly Uint8Array[]): number =>
          Buffer.concat(chunks).reduce((sum, byte) => sum + Number(byte === 10), 0);
        said += count([bytes]);
        lost += count([bytes]) - count(passed);
        return passed;
      };
    loop.toPump = counting(lossy(3, 0.1));
    loop.toHost = counting(lossy(4, 0.1));
    const patience = Array<number>(20).fill(5);
    const target = await createWireTarget(createHost(loop.host, { patience }));
    const wire = await runScenario(libraryScenario(name), target, options);
    const sim = await runScenario(libraryScenario(name), createSimTarget(), options);
    expect(sim.run.log_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(wire.run).toMatchObject({ verdict: sim.run.verdict, log_sha256: sim.run.log_sha256 });
    expect(lost / said).toBeGreaterThan(0.05);
  },
);

test('the record of a run over a line replays in process', async () => {
  const { record } = await runScenario(libraryScenario('catheter-occlusion'), (await wireTarget(5)).target, options);
  const text = record.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(await replayRecord(text, createSimTarget())).toEqual({ kind: 'same', lines: record.length });
});

test.each([
  ['in process', async () => createSimTarget()],
  ['over a line', async () => (await wireTarget(1)).target],
])('log entries that were overwritten before they were read are counted as lost, %s', async (_, open) => {
  const target = await open();
  await target.reset({
    profile: 'itb-20',
    seed: 1,
    concentration: 500,
    drug: 'water',
    primed: true,
    compliance: undefined,
    leap: true,
  });
  // 10,000 entries are kept, and the reset wrote the first.
  for (let i = 0; i < 10_004; i += 1) await target.command({ command: 'stop' });
  const { entries, lost } = await target.log(3);
  expect({ first: entries[0]?.ev, count: entries.length, lost }).toEqual({ first: 6, count: 10_000, lost: 3 });
});

test('advancing in process goes on over the pauses of a pump that walks', async () => {
  const target = createSimTarget();
  await target.reset({
    profile: 'itb-40',
    seed: 1,
    concentration: 1_000,
    drug: 'water',
    primed: true,
    compliance: undefined,
    leap: false,
  });
  const volume = nanolitres(40_000_000);
  await target.fill(volume, 1_000);
  await target.command({ command: 'refill', ifRevision: 1, volume, drained: nanolitres(0) });
  const dose = nanograms(24_000_000);
  await target.command({ command: 'program', dose, concentration: nanogramsPerMicrolitre(1_000) });
  await target.command({ command: 'commit', ifRevision: 2 });
  await target.command({ command: 'start', ifRevision: 3 });
  const day = micros(86_400_000_000);
  expect(await target.advance(day)).toEqual({ now: day, next: 6 });
  expect(await target.sample()).toMatchObject({ commanded: 24_000_000 });
});

test('a log line that is damaged on the way leaves no digest and no verdict', async () => {
  const { target, loop } = await wireTarget(9);
  loop.toHost = garbled((text) => text.replace(/^(! 8 .*) state=/m, '$1 stats='));
  const { run } = await runScenario(libraryScenario('catheter-occlusion'), target, options);
  expect(run).toMatchObject({ verdict: 'INCONCLUSIVE', log_sha256: null });
  expect(run.expectations.find(({ id }) => id === 'empty-reservoir-never')).toMatchObject({ verdict: 'INCONCLUSIVE' });
});

test('a line that is lost in the middle of a run breaks it off, and the record so far is kept', async () => {
  const { target, loop } = await wireTarget(11);
  const kept: object[] = [];
  const broken = runScenario(libraryScenario('catheter-occlusion'), target, {
    ...options,
    onRecord: (line) => {
      kept.push(line);
      if (kept.length === 50) loop.cut('the plug was pulled');
    },
  });
  await expect(broken).rejects.toThrow(/the plug was pulled/);
  expect(kept.length).toBeGreaterThanOrEqual(50);
  expect(kept.length).toBeLessThan(100);
});
