/** Records of everything that a pump can be told: replayed, and over a line. */
import { afterEach, expect, test } from 'vitest';
import { createHost } from '../bridge/host/host.ts';
import { createWireTarget } from '../bridge/host/wire-target.ts';
import { servePump, type PumpServer } from '../bridge/server/pump-server.ts';
import { COMMANDS } from '../firmware-sim/scenario/replay-inputs.ts';
import { replayRecord, type Replay } from '../firmware-sim/scenario/replay.ts';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import { everyCommand } from './support/every-command.ts';
import { loopServer } from './support/loop-wire.ts';

const served: PumpServer[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) await one.close();
});

const replay = (lines: readonly string[]): Promise<Replay> =>
  replayRecord(lines.map((line) => `${line}\n`).join(''), createSimTarget());

test('every command that there is replays the same, with all that its arguments hold', async () => {
  const lines = await everyCommand(createSimTarget());
  expect(await replay(lines)).toEqual({ kind: 'same', lines: lines.length });
  const inputs = new Set(lines.map((line) => (JSON.parse(line) as { input?: string }).input));
  expect(Object.keys(COMMANDS).filter((name) => !inputs.has(name))).toEqual([]);
});

test('every command has the same outcome over a line as in process, fact by fact, and leaves the same log', async () => {
  const { server, connect } = loopServer();
  served.push(servePump(server, { profile: 'itb-40', speed: 1, clock: () => 0 }));
  const overTheLine = await everyCommand(await createWireTarget(createHost(connect().host)));
  const inProcess = await everyCommand(createSimTarget());
  expect(overTheLine).toEqual(inProcess);
  const outcomes = inProcess.filter((line) => line.includes('"type":"outcome"'));
  expect(outcomes.some((line) => line.includes('"ok":false'))).toBe(true);
  expect(outcomes.filter((line) => line.includes('"ok":true')).length).toBeGreaterThan(15);
});

test.each([
  ['the dose of an interval', '"dose":160000', '"dose":161000'],
  ['a soft limit that was overridden', '"override":["step","interval"]', '"override":["interval"]'],
  ['the patient bolus', '"patient":{"dose":5000', '"patient":{"dose":8000'],
])('a change of %s is noticed', async (_, from, to) => {
  const lines = await everyCommand(createSimTarget());
  const index = lines.findIndex((line) => line.includes(from));
  const result = await replay(lines.with(index, (lines[index] ?? '').replace(from, to)));
  expect(result.kind).not.toBe('unreadable');
  expect(result.kind === 'same' ? 0 : result.line).toBeGreaterThan(index);
});
