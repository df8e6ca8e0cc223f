import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  acknowledge,
  alarmRaisedBy,
  deliveryOf,
  latch,
  nextSignal,
  obstaclesToStart,
  passTime,
  pause,
  presenceOf,
  releaseLocks,
  restriction,
  resume,
  setCondition,
} from '../firmware-sim/firmware/alarms/machine.ts';
import { highestAudible, highestVisual } from '../firmware-sim/firmware/alarms/signals.ts';
import { ALARM_IDS, ALARMS, type AlarmDefinition, type AlarmId } from '../firmware-sim/firmware/alarms/table.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import { micros, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import {
  activeAlarm,
  after,
  alarmed,
  alarmLog,
  alarmRoom,
  linesOf,
  memoryError,
  presences,
  tell,
  through,
  warm,
} from './support/alarm-room.ts';
import { RATE } from './support/occluded.ts';
import { accepted, refusal, runningTherapy, stop } from './support/therapy.ts';

const rows: readonly AlarmDefinition[] = ALARM_IDS.map((id) => ALARMS[id]);
const idsWhere = (fits: (row: AlarmDefinition) => boolean): AlarmId[] => ALARM_IDS.filter((id) => fits(ALARMS[id]));

const tryStart = (sim: Simulation): string =>
  refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }));

/** Three alarms at once: low-reservoir, library-fault and memory-error-critical, none latched. */
function threeAlarms(): Simulation {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_000 });
  sim.inject(memoryError('library'));
  sim.inject(memoryError('program'));
  return sim;
}

test('A2: each of several alarms keeps its own state, and the end of one changes no other', () => {
  const sim = threeAlarms();
  accepted(tell(sim, 'acknowledge', 'memory-error-critical'));
  accepted(tell(sim, 'pause', 'low-reservoir'));
  const others = { 'memory-error-critical': 'ack', 'low-reservoir': 'paused' };
  expect(presences(sim)).toEqual({ ...others, 'library-fault': 'on' });
  accepted(sim.command({ command: 'library', library: LIBRARIES.water }));
  expect(presences(sim)).toEqual(others);
});

test('A7: the states of a signal are reached by the condition, by time and by a person', () => {
  const room = alarmRoom();
  const id = 'catheter-occlusion';
  const seen: string[] = [];
  const see = (): void => void seen.push(presenceOf(room.alarms[id]));
  const at = (minutes: number) => micros(minutes * US_PER_MINUTE);
  see();
  setCondition(room, id, true, at(0), { delay: 5 * US_PER_MINUTE });
  see();
  passTime(room, at(5));
  see();
  pause(room, id, at(6));
  see();
  passTime(room, at(36));
  see();
  acknowledge(room, id, at(37));
  see();
  setCondition(room, id, false, at(38));
  see();
  setCondition(room, id, true, at(39));
  setCondition(room, id, false, at(40));
  see();
  expect(seen).toEqual(['off', 'pending', 'on', 'paused', 'on', 'ack', 'off', 'latched']);
});

test('A7: an acknowledgement counts for the active condition only: the next one of the same alarm sounds', () => {
  for (const id of ALARM_IDS) {
    const room = alarmed(id);
    const first = room.alarms[id].raisedEv;
    acknowledge(room, id, micros(1));
    setCondition(room, id, false, micros(2));
    setCondition(room, id, true, micros(3));
    expect(highestAudible(room.alarms)).toBe(id);
    expect(alarmRaisedBy(room.alarms, first)).toBeUndefined();
  }
});

test('A7: what cannot be silenced for good can be paused, and everything else can be either', () => {
  for (const { id, silence } of rows as readonly (AlarmDefinition & { id: AlarmId })[]) {
    const room = alarmed(id);
    expect(pause(room, id, micros(1))).toBe(1 + 30 * US_PER_MINUTE);
    expect(acknowledge(room, id, micros(2))).toBe(silence !== 'pause');
    expect(highestAudible(room.alarms)).toBeUndefined();
    expect(presenceOf(room.alarms[id])).toBe(silence === 'pause' ? 'paused' : 'ack');
  }
});

test('A8: the reply to a pause tells until when, and then it sounds again, to the microsecond', () => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_000 });
  after(sim, US_PER_MINUTE);
  const until = US_PER_MINUTE + 30 * US_PER_MINUTE;
  expect(accepted(tell(sim, 'pause', 'low-reservoir'))).toMatchObject({ until_us: until });
  through(sim, until - 1);
  expect(sim.status).toMatchObject({ audible: undefined, alarms: [{ presence: 'paused' }] });
  through(sim, until);
  expect(sim.status).toMatchObject({ audible: 'low-reservoir', alarms: [{ presence: 'on' }] });
  expect(linesOf(sim, 'low-reservoir')).toEqual(['on 0', `paused ${US_PER_MINUTE}`, `on ${until}`]);
});

test('A8: a pause that is given again counts from then, and never lasts longer than the profile says', () => {
  const room = alarmed('pump-stopped');
  pause(room, 'pump-stopped', micros(0));
  expect(pause(room, 'pump-stopped', micros(20 * US_PER_MINUTE))).toBe(50 * US_PER_MINUTE);
  expect(nextSignal(room.alarms)).toBe(50 * US_PER_MINUTE);
});

test.each(['pause', 'acknowledge'] as const)('A9: the silence of %s can be ended early', (how) => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_000 });
  accepted(tell(sim, how, 'low-reservoir'));
  after(sim, US_PER_MINUTE);
  accepted(tell(sim, 'resume', 'low-reservoir'));
  expect(sim.status).toMatchObject({ audible: 'low-reservoir', alarms: [{ presence: 'on' }] });
  // And what it would have done by itself does not come any more.
  after(sim, 30 * US_PER_DAY);
  expect(linesOf(sim, 'low-reservoir').at(-1)).toBe(`on ${US_PER_MINUTE}`);
});

test('A9: the reminder of an acknowledgement that was ended early does not come', () => {
  const room = alarmed('motor-stall');
  acknowledge(room, 'motor-stall', micros(0));
  resume(room, 'motor-stall', micros(1));
  expect(nextSignal(room.alarms)).toBe(Infinity);
});

test('A9: where nothing is silenced there is nothing to end', () => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_000 });
  expect(refusal(tell(sim, 'resume', 'low-reservoir'))).toBe('NO_SILENCE');
  expect(refusal(sim.command({ command: 'resume', ev: 999 }))).toBe('NO_ALARM');
  expect(refusal(sim.command({ command: 'pause', ev: 999 }))).toBe('NO_ALARM');
});

test('A9: an acknowledged latch that still holds delivery can be made to sound again', () => {
  const room = alarmRoom();
  latch(room, 'over-delivery', micros(0));
  acknowledge(room, 'over-delivery', micros(1));
  expect(highestAudible(room.alarms)).toBeUndefined();
  expect(resume(room, 'over-delivery', micros(2))).toBe(true);
  expect(highestAudible(room.alarms)).toBe('over-delivery');
});

test('A13: a latched signal outlives its condition until a person resets it', () => {
  for (const id of idsWhere(({ latching }) => latching === 'always')) {
    const room = alarmRoom();
    latch(room, id, micros(0));
    passTime(room, micros(3_650 * US_PER_DAY));
    expect([presenceOf(room.alarms[id]), highestVisual(room.alarms), highestAudible(room.alarms)]).toEqual([
      'latched',
      id,
      id,
    ]);
    acknowledge(room, id, micros(1));
    releaseLocks(room, micros(2));
    expect(presenceOf(room.alarms[id])).toBe('off');
  }
});

test('A13: while its condition holds nothing resets a latched alarm, and a start is refused', () => {
  for (const id of idsWhere(({ latching }) => latching !== 'never')) {
    const room = alarmRoom();
    for (const [present, us] of [
      [true, 0],
      [false, 1],
      [true, 2],
    ] as const) {
      setCondition(room, id, present, micros(us));
    }
    expect(acknowledge(room, id, micros(3))).toBe(true);
    releaseLocks(room, micros(4));
    expect(room.alarms[id]).toMatchObject({ present: true, locked: true });
    expect(obstaclesToStart(room)).toEqual(ALARMS[id].delivery === 'hold' ? [id] : []);
  }
});

test('A13: a latched alarm that takes nothing away ends with the acknowledgement, any other only with the start after it', () => {
  for (const id of idsWhere(({ latching }) => latching === 'always')) {
    const room = alarmRoom();
    latch(room, id, micros(0));
    releaseLocks(room, micros(1));
    expect(presenceOf(room.alarms[id])).toBe('latched');
    acknowledge(room, id, micros(2));
    expect(presenceOf(room.alarms[id])).toBe(ALARMS[id].delivery === 'continue' ? 'off' : 'latched');
  }
});

test('A14: delivery is held from the condition on, the signal comes after its delay', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(warm(46));
  through(sim, US_PER_MINUTE - 1);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
  through(sim, US_PER_MINUTE);
  expect(sim.status).toMatchObject({ rate: 0, alarms: [{ id: 'over-temperature', presence: 'pending' }] });
  through(sim, 12 * US_PER_MINUTE);
  expect(linesOf(sim, 'over-temperature')).toEqual([`pending ${US_PER_MINUTE}`, `on ${11 * US_PER_MINUTE}`]);
  // Since the condition began, not since it was signalled.
  expect(activeAlarm(sim, 'over-temperature').since).toBe(US_PER_MINUTE);
});

test('A14: a condition that ends within the delay was never signalled, and delivery resumes', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(warm(46));
  after(sim, 5 * US_PER_MINUTE);
  sim.inject(warm(37));
  after(sim, US_PER_HOUR);
  expect(linesOf(sim, 'over-temperature')).toEqual([`pending ${US_PER_MINUTE}`, `off ${6 * US_PER_MINUTE}`]);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('A14: a signal that is still delayed can be neither acknowledged nor paused away', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(warm(46));
  after(sim, 2 * US_PER_MINUTE);
  for (const how of ['acknowledge', 'pause', 'resume'] as const) {
    expect(refusal(tell(sim, how, 'over-temperature'))).toBe('NO_SILENCE');
  }
  after(sim, 10 * US_PER_MINUTE);
  expect(sim.status.audible).toBe('over-temperature');
});

test('A15: whatever a person does to the signals, delivery is what the conditions leave', () => {
  const acts = fc.array(
    fc.tuple(fc.constantFrom(acknowledge, pause, resume), fc.constantFrom(...ALARM_IDS), fc.nat(2 * US_PER_DAY)),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.subarray([...ALARM_IDS]), acts, (ids, list) => {
      const room = alarmed(...ids);
      const before = restriction(room);
      let now = 0;
      for (const [act, id, wait] of list) {
        now += wait;
        passTime(room, micros(now));
        if (room.alarms.active.includes(id)) act(room, id, micros(now));
        expect(restriction(room)).toEqual(before);
      }
    }),
  );
});

test('A15: no silence restores flow, and the end of the condition does, silenced or not', () => {
  for (const how of ['acknowledge', 'pause'] as const) {
    const sim = runningTherapy({ rate: RATE });
    sim.inject(warm(46));
    after(sim, 12 * US_PER_MINUTE);
    accepted(tell(sim, how, 'over-temperature'));
    const { commanded } = sim.status;
    after(sim, 5 * US_PER_HOUR);
    expect(sim.status).toMatchObject({ rate: 0, commanded });
    sim.inject(warm(37));
    after(sim, 2 * US_PER_MINUTE);
    expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
  }
});

test('A15: a latched signal blocks nothing by itself where its alarm takes nothing away', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(memoryError('log'));
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [{ presence: 'latched' }] });
  stop(sim);
  expect(tryStart(sim)).toBe('accepted');
  expect(sim.status.rate).toBe(RATE);
});

test('a delivery action of the profile takes the place of that of the table', () => {
  const room = alarmRoom();
  const strict = { ...room, profile: { ...room.profile, delivery: { 'library-fault': 'hold' as const } } };
  setCondition(strict, 'library-fault', true, micros(0));
  expect(deliveryOf(strict.profile, 'library-fault')).toBe('hold');
  expect(restriction(strict)).toEqual({ action: 'hold', by: 'library-fault' });
  expect(obstaclesToStart(strict)).toEqual(['library-fault']);
  expect(alarmLog(strict)).toEqual(['library-fault on 0']);
});
