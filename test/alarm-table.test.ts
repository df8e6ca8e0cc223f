import { expect, test } from 'vitest';
import { setCondition } from '../firmware-sim/firmware/alarms/machine.ts';
import { ALARM_IDS, ALARMS, priorityOf, type AlarmDefinition } from '../firmware-sim/firmware/alarms/table.ts';
import { readLog } from '../firmware-sim/firmware/log/log.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { micros } from '../protocol/units.ts';
import { alarmRoom } from './support/alarm-room.ts';

const rows: readonly AlarmDefinition[] = ALARM_IDS.map((id) => ALARMS[id]);
const idsOf = (fits: (row: AlarmDefinition) => boolean): string[] => rows.filter(fits).map(({ id }) => id);

// The golden file holds every row of the table (cli-tables.test.ts); here is what binds the rows to their references.

test('A1: the priority of an alarm is the same whenever it is raised, and its log entries carry it', () => {
  for (const { id, priority } of rows) {
    const room = alarmRoom();
    for (const us of [0, 1, 2, 3]) setCondition(room, id as keyof typeof ALARMS, us % 2 === 0, micros(us));
    const logged = new Set(readLog(room.log, 1, Infinity).map(({ keys }) => keys['pri']));
    expect([...logged]).toEqual([priority]);
    expect(priorityOf(id)).toBe(priority);
  }
});

test.each(['bogus', '', 'toString', '__proto__', 'LOW-RESERVOIR'])(
  'A1: the unknown alarm "%s" counts as high',
  (id) => {
    expect(priorityOf(id)).toBe('high');
  },
);

test('classes of the alarms that implants have are those of pump.md 1.4', () => {
  const critical = [
    'empty-reservoir',
    'end-of-service',
    'motor-stall',
    'pump-stopped',
    'memory-error-critical',
    'low-battery-reset',
  ];
  const nonCritical = ['low-reservoir', 'elective-replacement', 'memory-error'];
  expect(idsOf(({ implantClass }) => implantClass === 'critical')).toEqual(expect.arrayContaining(critical));
  expect(idsOf(({ implantClass }) => implantClass === 'non-critical')).toEqual(expect.arrayContaining(nonCritical));
});

test('tones are those of pump.md 1.4: critical 3 s every 10 min, non-critical 1 s every hour', () => {
  for (const { tones } of Object.values(PROFILES)) {
    expect(tones).toEqual({
      critical: { burst: 3_000_000, interval: 600_000_000 },
      'non-critical': { burst: 1_000_000, interval: 3_600_000_000 },
    });
  }
});

test('a high priority sounds as critical, a low one never does', () => {
  expect(idsOf(({ priority, implantClass }) => priority === 'high' && implantClass !== 'critical')).toEqual([]);
  expect(idsOf(({ priority, implantClass }) => priority === 'low' && implantClass !== 'non-critical')).toEqual([]);
});

test('only end-of-service cannot be acknowledged, and only critical alarms remind', () => {
  expect(idsOf(({ silence }) => silence === 'pause')).toEqual(['end-of-service']);
  expect(
    idsOf(({ silence, implantClass }) => (silence === 'acknowledge') !== (implantClass === 'non-critical')),
  ).toEqual([]);
});

test('an alarm that is an event latches always, or nobody would see it', () => {
  expect(idsOf(({ condition, latching }) => condition.endsWith('latched at once') !== (latching === 'always'))).toEqual(
    [],
  );
});

test('the table is in the order of priority, then of how much delivery is taken away', () => {
  const order = rows.map(
    ({ priority, delivery }) =>
      ['high', 'medium', 'low'].indexOf(priority) * 10 + ['hold', 'minimum', 'no-bolus', 'continue'].indexOf(delivery),
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test('every alarm has a text, a condition and a requirement of the list, and no two the same text', () => {
  expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length);
  for (const { text, condition, requirements } of rows) {
    expect(text).toMatch(/^[A-Z]/);
    expect(condition).not.toBe('');
    expect(requirements.length).toBeGreaterThan(0);
    for (const id of requirements) {
      expect(id).toMatch(/^CL-\d\d+$/);
      expect(Number(id.slice(3))).toBeLessThanOrEqual(101);
    }
  }
});

test('what needs a pressure sensor says so', () => {
  expect(idsOf(({ needs }) => needs === 'pressure-sensor')).toEqual(['catheter-occlusion', 'sensor-fault']);
});
