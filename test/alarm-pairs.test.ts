import { expect, test } from 'vitest';
import {
  acknowledge,
  pause,
  presenceOf,
  restriction,
  resume,
  setCondition,
  type AlarmRoom,
} from '../firmware-sim/firmware/alarms/machine.ts';
import { ALARM_IDS, ALARMS, type AlarmId } from '../firmware-sim/firmware/alarms/table.ts';
import { micros } from '../protocol/units.ts';
import { alarmed } from './support/alarm-room.ts';

/** What each alarm leaves of delivery, written down once more by hand: 0 all of it, 1 no bolus, 2 the minimum rate, 3 nothing. */
const TAKES: Readonly<Record<AlarmId, 0 | 1 | 2 | 3>> = {
  'catheter-occlusion': 3,
  'empty-reservoir': 3,
  'end-of-service': 3,
  'over-delivery': 3,
  'over-temperature': 3,
  'alert-stop-start': 3,
  'prime-timeout': 3,
  'low-battery-reset': 2,
  'memory-error-critical': 2,
  'motor-stall': 1,
  'pump-stopped': 0,
  'under-delivery': 0,
  'dose-limit': 3,
  'library-fault': 0,
  'sensor-fault': 0,
  'dose-interrupted': 0,
  'therapy-stopped': 0,
  'elective-replacement': 0,
  'low-reservoir': 1,
  'refill-overdue': 0,
  'memory-error': 0,
};
/** An event leaves its lock when it has gone. */
const LOCKS: readonly AlarmId[] = [
  'over-delivery',
  'alert-stop-start',
  'prime-timeout',
  'dose-interrupted',
  'therapy-stopped',
  'memory-error',
];
const WORDS = ['continue', 'no-bolus', 'minimum', 'hold'] as const;

const strictest = (ids: readonly AlarmId[]): string => WORDS[Math.max(0, ...ids.map((id) => TAKES[id]))] ?? '';

/** All that the machine knows of one alarm. */
const stateOf = ({ alarms }: AlarmRoom, id: AlarmId): object => ({ ...alarms[id], presence: presenceOf(alarms[id]) });

const PAIRS = ALARM_IDS.flatMap((a) => ALARM_IDS.filter((b) => b !== a).map((b) => [a, b] as const));

test('the table has the pairs that are looked at here', () => {
  expect(Object.keys(TAKES).toSorted()).toEqual([...ALARM_IDS].toSorted());
  expect(PAIRS).toHaveLength(21 * 20);
});

test('CL-68: two alarms leave of delivery what the stricter of them leaves, whichever came first', () => {
  for (const [a, b] of PAIRS) {
    const room = alarmed(a);
    expect(restriction(room).action).toBe(strictest([a]));
    setCondition(room, b, true, micros(1));
    expect(restriction(room).action).toBe(strictest([a, b]));
  }
});

test('CL-69: a lower priority takes away as much as a higher one', () => {
  const lower = PAIRS.filter(([a, b]) => ALARMS[a].priority === 'high' && ALARMS[b].priority !== 'high');
  const stricter = lower.filter(([a, b]) => TAKES[b] > TAKES[a]);
  // The dose limit over a stall or a lost program, a low reservoir over a stopped pump.
  expect(stricter.length).toBeGreaterThan(3);
  for (const [a, b] of stricter) expect(restriction(alarmed(a, b)).by).toBe(b);
});

test('CL-70: the end of one of two alarms leaves what the other takes away, and the other as it was', () => {
  for (const [a, b] of PAIRS) {
    const room = alarmed(a, b);
    const other = stateOf(room, b);
    setCondition(room, a, false, micros(1));
    expect(restriction(room).action).toBe(strictest(LOCKS.includes(a) ? [a, b] : [b]));
    expect(stateOf(room, b)).toEqual(other);
    setCondition(room, b, false, micros(2));
    expect(restriction(room).action).toBe(strictest([a, b].filter((id) => LOCKS.includes(id))));
  }
});

test.each([
  ['acknowledging', acknowledge],
  ['pausing', pause],
] as const)('A15, A5: %s one of two alarms gives no delivery back, and leaves the other as it was', (_, act) => {
  for (const [a, b] of PAIRS) {
    const room = alarmed(a, b);
    const other = stateOf(room, b);
    act(room, a, micros(1));
    expect(restriction(room).action).toBe(strictest([a, b]));
    expect(stateOf(room, b)).toEqual(other);
    resume(room, a, micros(2));
    expect(restriction(room).action).toBe(strictest([a, b]));
    expect(stateOf(room, b)).toEqual(other);
  }
});

test('of two alarms of which one was silenced, the end of either leaves what the other takes away', () => {
  for (const [a, b] of PAIRS) {
    for (const [ends, stays] of [
      [a, b],
      [b, a],
    ] as const) {
      const room = alarmed(a, b);
      acknowledge(room, a, micros(1));
      pause(room, b, micros(1));
      setCondition(room, ends, false, micros(2));
      expect(restriction(room).action).toBe(strictest(LOCKS.includes(ends) ? [ends, stays] : [stays]));
    }
  }
});

test('a lock that was acknowledged away takes with it only its own restriction', () => {
  for (const [a, b] of PAIRS.filter(([id]) => LOCKS.includes(id))) {
    const room = alarmed(a, b);
    setCondition(room, a, false, micros(1));
    acknowledge(room, a, micros(2));
    // One that holds waits for a start besides.
    expect(restriction(room).action).toBe(strictest(TAKES[a] === 0 ? [b] : [a, b]));
  }
});

test('all alarms at once hold delivery, and without those that hold it is the minimum rate', () => {
  expect(restriction(alarmed(...ALARM_IDS)).action).toBe('hold');
  const rest = ALARM_IDS.filter((id) => TAKES[id] < 3);
  expect(restriction(alarmed(...rest)).action).toBe('minimum');
  expect(restriction(alarmed()).action).toBe('continue');
});
