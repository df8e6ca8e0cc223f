import { expect, test } from 'vitest';
import { answerLine } from '../bridge/server/answer.ts';
import { servedPump } from '../bridge/server/served-pump.ts';
import { createHost, LinkError } from '../bridge/host/host.ts';
import {
  acknowledge,
  createAlarms,
  pause,
  setCondition,
  type AlarmRoom,
} from '../firmware-sim/firmware/alarms/machine.ts';
import { ALARM_IDS, ALARMS, priorityOf } from '../firmware-sim/firmware/alarms/table.ts';
import { createLog, readLog } from '../firmware-sim/firmware/log/log.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { micros, US_PER_DAY, US_PER_HOUR } from '../protocol/units.ts';
import { loopWires } from './support/loop-wire.ts';
import { commandLine, helloLine } from './support/pump-talk.ts';
import { occlusion, runningTherapy } from './support/therapy.ts';

const roomOf = (): AlarmRoom => ({ alarms: createAlarms(), log: createLog(1000), profile: PROFILES['itb-20-sense'] });

test('A10: which alarm is silenced, and how, is told for each of them, also over the wire', () => {
  const sim = runningTherapy({ rate: 300_000 });
  const pump = servedPump(sim, { lockstep: true });
  sim.inject({ fault: 'sensor.pressure', mode: 'dead' });
  sim.inject({ fault: 'memory.error', mode: 'library' });
  sim.advanceThrough(micros(US_PER_HOUR));
  const evOf = (id: string): number => sim.status.alarms.find((alarm) => alarm.id === id)?.ev ?? 0;
  sim.command({ command: 'pause', ev: evOf('sensor-fault') });
  sim.command({ command: 'acknowledge', ev: evOf('library-fault') });
  const presences = sim.status.alarms.map(({ id, presence }) => `${id} ${presence}`);
  expect(presences.toSorted()).toEqual(['library-fault ack', 'sensor-fault paused']);
  const [hello = ''] = answerLine(pump, helloLine());
  const sid = / sid=(\w+) /.exec(hello)?.[1];
  const lines = answerLine(pump, commandLine(1, 'ALARMS', sid)).join('\n');
  expect(lines).toMatch(/id=library-fault pri=medium state=ack/);
  expect(lines).toMatch(/id=sensor-fault pri=medium state=paused/);
});

test('A18: the log holds begin and end of every alarm of high and medium priority with its identity and time', () => {
  for (const id of ALARM_IDS.filter((each) => priorityOf(each) !== 'low')) {
    const room = roomOf();
    setCondition(room, id, true, micros(5));
    setCondition(room, id, false, micros(9));
    const entries = readLog(room.log, 1, Infinity).map(({ us, keys }) => [us, keys['id'], keys['pri'], keys['state']]);
    const after = ALARMS[id].latching === 'always' ? 'latched' : 'off';
    expect(entries).toEqual([
      [5, id, ALARMS[id].priority, 'on'],
      [9, id, ALARMS[id].priority, after],
    ]);
  }
});

test('A18: an alarm that a comparator raised is logged with the limit in force', () => {
  const sim = runningTherapy({ rate: 300_000 });
  sim.inject(occlusion('complete'));
  sim.advanceThrough(micros(US_PER_DAY));
  const raised = sim.log().find(({ kind, keys }) => kind === 'ALARM' && keys['state'] === 'on');
  expect(raised?.keys).toMatchObject({ id: 'catheter-occlusion', lim: 70_000 });
});

test('A18: what a person does about an alarm is in the log as well', () => {
  const room = roomOf();
  setCondition(room, 'motor-stall', true, micros(1));
  pause(room, 'motor-stall', micros(2));
  acknowledge(room, 'motor-stall', micros(3));
  expect(readLog(room.log, 1, Infinity).map(({ keys }) => keys['state'])).toEqual(['on', 'paused', 'ack']);
});

test('A18: of a log that is full the oldest entries are gone, and it says from which number on it holds', () => {
  const sim = runningTherapy();
  for (let i = 0; i < PROFILES['itb-20-sense'].logEntries + 10; i += 1) sim.command({ command: 'interrogate' });
  const [first] = sim.log(1, 1);
  expect(first?.ev).toBe(sim.status.nextEvent - PROFILES['itb-20-sense'].logEntries);
});

test('A19: an implant raises no alarm when nobody talks to it, for a programmer leaves after every visit', () => {
  const sim = runningTherapy({ rate: 100_000 });
  sim.advanceThrough(micros(100 * US_PER_DAY));
  expect(sim.log().filter(({ kind }) => kind === 'ALARM')).toEqual([]);
});

test('A19: the other end does not show stale values as live: its next request fails when the line is gone', async () => {
  const loop = loopWires();
  const host = createHost(loop.host);
  await loop.pump.close();
  await expect(host.request('STATUS', {})).rejects.toThrow(LinkError);
});
