import { beforeEach, expect, test, vi } from 'vitest';
import { acknowledge, latch, passTime, pause, setCondition } from '../firmware-sim/firmware/alarms/machine.ts';
import { highestAudible, highestVisual } from '../firmware-sim/firmware/alarms/signals.ts';
import { ALARM_IDS, ALARMS, type AlarmDefinition, type AlarmId } from '../firmware-sim/firmware/alarms/table.ts';
import type { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Order } from '../protocol/motion.ts';
import { micros, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../protocol/units.ts';
import {
  activeAlarm,
  after,
  alarmed,
  alarmRoom,
  memoryError,
  presences,
  tell,
  through,
  warm,
} from './support/alarm-room.ts';
import { accepted, occlusion, refill, refusal, runningTherapy, stampOfNth } from './support/therapy.ts';

/** What the pump orders of its sounder: the burst in seconds, or silence after the burst or at once, and when in seconds. */
const orders = vi.hoisted(() => [] as string[]);
vi.mock(import('../firmware-sim/body/body.ts'), async (original) => {
  const body = await original();
  const note = (us: number, one: Order): void => {
    if (one.order === 'tone') orders.push(`${one.burst / 1e6} s every ${one.interval / 1e6} s at ${us / 1e6}`);
    if (one.order === 'silence') orders.push(`${one.finish ? 'finish' : 'silence'} at ${us / 1e6}`);
  };
  return { ...body, obey: (to, one) => (note(to.now, one), body.obey(to, one)) };
});
beforeEach(() => void orders.splice(0));

const RATE = 300_000;

/** The reservoir is low (low, non-critical) from the start on. */
const lowTherapy = (): Simulation => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_000 });
  expect(presences(sim)).toEqual({ 'low-reservoir': 'on' });
  return sim;
};

test('A3: the light shows the priority of the highest alarm, and the list shows each with its own', () => {
  const sim = lowTherapy();
  expect(sim.status.visual).toBe('low-reservoir');
  sim.inject(memoryError('library'));
  expect(sim.status.visual).toBe('library-fault');
  sim.inject(memoryError('program'));
  expect(sim.status.visual).toBe('memory-error-critical');
  sim.inject(memoryError('log'));
  // By priority, then the newest first.
  expect(sim.status.alarms.map(({ id, priority }) => `${id} ${priority}`)).toEqual([
    'memory-error-critical high',
    'library-fault medium',
    'memory-error low',
    'low-reservoir low',
  ]);
});

test('A3, A4: of every pair of alarms the light shows the higher, and the sound the higher that nobody has silenced', () => {
  const rank = (id: AlarmId): number => ['low', 'medium', 'high'].indexOf(ALARMS[id].priority);
  for (const a of ALARM_IDS) {
    for (const b of ALARM_IDS.filter((id) => id !== a)) {
      const { alarms, ...room } = alarmed(a, b);
      // b is the newer one.
      const higher = rank(a) > rank(b) ? a : b;
      expect([highestVisual(alarms), highestAudible(alarms)]).toEqual([higher, higher]);
      pause({ alarms, ...room }, higher, micros(1));
      expect([highestVisual(alarms), highestAudible(alarms)]).toEqual([higher, higher === a ? b : a]);
    }
  }
});

test('A4: an acknowledged alarm still lights, and what sounds is the tone of the one below it', () => {
  const sim = lowTherapy();
  after(sim, US_PER_MINUTE);
  sim.inject(memoryError('program'));
  after(sim, US_PER_MINUTE);
  accepted(tell(sim, 'acknowledge', 'memory-error-critical'));
  expect(sim.status).toMatchObject({ visual: 'memory-error-critical', audible: 'low-reservoir' });
  expect(orders).toEqual(['1 s every 3600 s at 0', '3 s every 600 s at 60', '1 s every 3600 s at 120']);
});

test('A5: a new alarm sounds while another is paused', () => {
  const sim = lowTherapy();
  after(sim, US_PER_MINUTE);
  accepted(tell(sim, 'pause', 'low-reservoir'));
  expect(sim.status.audible).toBeUndefined();
  after(sim, US_PER_MINUTE);
  // Of the same class and priority: nothing but its being another one makes it sound.
  sim.inject(memoryError('log'));
  expect(sim.status.audible).toBe('memory-error');
  expect(orders).toEqual(['1 s every 3600 s at 0', 'silence at 60', '1 s every 3600 s at 120']);
});

test('A5: silencing one alarm leaves the sound of another', () => {
  const sim = lowTherapy();
  sim.inject(memoryError('log'));
  accepted(tell(sim, 'acknowledge', 'low-reservoir'));
  after(sim, US_PER_HOUR);
  expect(sim.status.audible).toBe('memory-error');
  expect(orders).toEqual(['1 s every 3600 s at 0']);
});

test.each(['pause', 'acknowledge'] as const)(
  'A6, A10: after %s the alarm is still seen, and seen to be silenced',
  (how) => {
    const sim = lowTherapy();
    sim.inject(memoryError('library'));
    accepted(tell(sim, how, 'library-fault'));
    expect(sim.status.visual).toBe('library-fault');
    expect(presences(sim)).toEqual({
      'library-fault': how === 'pause' ? 'paused' : 'ack',
      'low-reservoir': 'on',
    });
  },
);

test('A6: no alarm of the table can be silenced out of sight while its condition holds', () => {
  for (const id of ALARM_IDS) {
    for (const how of [pause, acknowledge]) {
      const room = alarmed(id);
      how(room, id, micros(1));
      expect(highestVisual(room.alarms)).toBe(id);
      expect(room.alarms.active).toEqual([id]);
    }
  }
});

test('A11: no sound stops by itself while its condition holds, for years', () => {
  for (const id of ALARM_IDS) {
    const room = alarmed(id);
    for (let day = 0; day < 3_650; day += 10) {
      passTime(room, micros(day * US_PER_DAY));
      expect(highestAudible(room.alarms)).toBe(id);
    }
  }
});

test('A11: a latched alarm goes on sounding when its condition has gone', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(memoryError('log'));
  after(sim, 40 * US_PER_DAY);
  expect(sim.status).toMatchObject({ audible: 'memory-error', alarms: [{ presence: 'latched' }] });
  expect(orders).toEqual(['1 s every 3600 s at 0']);
});

test('A12: when the condition ends by itself, the burst that sounds is finished', () => {
  const sim = lowTherapy();
  after(sim, US_PER_SECOND / 2);
  refill(sim, 18_000_000);
  expect(orders).toEqual(['1 s every 3600 s at 0', 'finish at 0.5']);
});

test('A12: a condition that lasts no time at all still has its burst', () => {
  const sim = lowTherapy();
  refill(sim, 18_000_000);
  expect(orders).toEqual(['1 s every 3600 s at 0', 'finish at 0']);
});

test.each(['pause', 'acknowledge'] as const)('A12: %s is at once, in the middle of a burst', (how) => {
  const sim = lowTherapy();
  after(sim, US_PER_SECOND / 2);
  accepted(tell(sim, how, 'low-reservoir'));
  expect(orders).toEqual(['1 s every 3600 s at 0', 'silence at 0.5']);
});

test('A12: a person who silences one alarm cuts short no burst that a later end of another alarm finishes', () => {
  const sim = lowTherapy();
  sim.inject(memoryError('log'));
  accepted(tell(sim, 'acknowledge', 'memory-error'));
  after(sim, US_PER_SECOND / 2);
  refill(sim, 18_000_000);
  expect(orders).toEqual(['1 s every 3600 s at 0', 'finish at 0.5']);
});

test('A16: an acknowledged critical alarm reminds after a day, to the microsecond, and again after the next', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(memoryError('program'));
  accepted(tell(sim, 'acknowledge', 'memory-error-critical'));
  through(sim, US_PER_DAY - 1);
  expect(sim.status.audible).toBeUndefined();
  through(sim, US_PER_DAY);
  expect(presences(sim)).toEqual({ 'memory-error-critical': 'on' });
  accepted(tell(sim, 'acknowledge', 'memory-error-critical'));
  through(sim, 2 * US_PER_DAY);
  expect(orders).toEqual([
    '3 s every 600 s at 0',
    'silence at 0',
    '3 s every 600 s at 86400',
    'silence at 86400',
    '3 s every 600 s at 172800',
  ]);
});

test('A16: of the table just the critical alarms that can be acknowledged remind, and none that has ended', () => {
  for (const id of ALARM_IDS) {
    const { silence }: AlarmDefinition = ALARMS[id];
    const room = alarmed(id);
    acknowledge(room, id, micros(1));
    passTime(room, micros(1 + 365 * US_PER_DAY));
    expect(highestAudible(room.alarms)).toBe(silence === 'acknowledge' ? undefined : id);
    acknowledge(room, id, micros(1 + 366 * US_PER_DAY));
    setCondition(room, id, false, micros(1 + 366 * US_PER_DAY));
    if (room.alarms.active.length > 0) continue;
    const entries = room.log.next;
    passTime(room, micros(1 + 730 * US_PER_DAY));
    expect(room.log.next).toBe(entries);
  }
});

test('A16: a latch that goes on holding delivery reminds as well, or a person who acknowledged it may forget it', () => {
  const reminding = ALARM_IDS.filter((id) => {
    const room = alarmRoom();
    latch(room, id, micros(0));
    acknowledge(room, id, micros(1));
    passTime(room, micros(1 + US_PER_DAY));
    return highestAudible(room.alarms) === id;
  });
  expect(reminding).toEqual(['over-delivery', 'alert-stop-start', 'prime-timeout']);
});

const testTones = (sim: Simulation): string => refusal(sim.command({ command: 'test-tones' }));

test('A17: a test plays both classes in turn through the same orders as an alarm, then falls silent', () => {
  const sim = runningTherapy({ rate: RATE });
  expect(testTones(sim)).toBe('accepted');
  after(sim, US_PER_HOUR);
  expect(orders).toEqual(['1 s every 3600 s at 0', '3 s every 600 s at 10', 'finish at 20']);
  expect(sim.log().filter(({ kind }) => kind === 'TONES')).toHaveLength(1);
  expect(sim.log().filter(({ kind }) => kind === 'ALARM')).toEqual([]);
});

test('A17: the test is refused while an alarm sounds, and given when every active alarm was silenced', () => {
  const sim = lowTherapy();
  expect(testTones(sim)).toBe('ALARMING');
  expect(sim.log().filter(({ kind }) => kind === 'TONES')).toEqual([]);
  accepted(tell(sim, 'acknowledge', 'low-reservoir'));
  expect(testTones(sim)).toBe('accepted');
  expect(orders.at(-1)).toBe('1 s every 3600 s at 0');
});

test.each([
  ['in its first tone', 5, 'log', ['1 s every 3600 s at 0']],
  ['in its first tone, critical', 5, 'program', ['1 s every 3600 s at 0', '3 s every 600 s at 5']],
  ['in its second tone', 15, 'log', ['1 s every 3600 s at 0', '3 s every 600 s at 10', '1 s every 3600 s at 15']],
] as const)('A17: an alarm breaks the test off %s, and the test does not come back', (_, second, mode, expected) => {
  const sim = runningTherapy({ rate: RATE });
  testTones(sim);
  after(sim, second * US_PER_SECOND);
  sim.inject(memoryError(mode));
  after(sim, US_PER_HOUR);
  expect(orders).toEqual(expected);
  const [alarm] = sim.status.alarms;
  if (alarm !== undefined) accepted(tell(sim, 'acknowledge', alarm.id));
  after(sim, US_PER_HOUR);
  expect(orders.slice(expected.length)).toEqual([`silence at ${second + 3600}`]);
});

test('A14: a signal that is delayed neither lights nor sounds before its time', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(warm(46));
  after(sim, US_PER_MINUTE);
  expect(sim.status).toMatchObject({ visual: undefined, audible: undefined });
  expect(activeAlarm(sim, 'over-temperature').presence).toBe('pending');
  after(sim, 10 * US_PER_MINUTE - 1);
  expect(orders).toEqual([]);
  after(sim, 1);
  expect(sim.status).toMatchObject({ visual: 'over-temperature', audible: 'over-temperature' });
  expect(orders).toEqual(['3 s every 600 s at 660']);
});

test('the same alarm with and without leaping gives the same orders at the same times', () => {
  const run = (leap: boolean): string[] => {
    orders.splice(0);
    const sim = runningTherapy({ rate: RATE, leap, fill: 2_000_500 });
    sim.inject(occlusion('complete'));
    through(sim, 2 * US_PER_HOUR);
    return [...orders];
  };
  const low = stampOfNth(50, RATE) / 1e6;
  expect(run(false)).toEqual(run(true));
  expect(orders[0]).toBe(`1 s every 3600 s at ${low}`);
  expect(orders).toHaveLength(2);
});
