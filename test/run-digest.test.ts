import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { micros } from '../protocol/units.ts';
import { createLogDigest } from '../firmware-sim/scenario/digest.ts';
import type { LogEntry, LogKeys } from '../firmware-sim/simulation/vocabulary.ts';

const entry = (us: number, kind: string, keys: LogKeys, ev = 1): LogEntry => ({ ev, us: micros(us), kind, keys });

function digestOf(...entries: readonly LogEntry[]): string | null {
  const digest = createLogDigest();
  for (const one of entries) digest.add(one);
  return digest.value();
}

const alarm = entry(5, 'ALARM', { id: 'low-reservoir', pri: 'low', state: 'on' });

test('the digest is SHA-256 over a line an entry: microseconds, kind, keys in order of name', () => {
  const text = '5 ALARM id=low-reservoir pri=low state=on\n7 STOP rev=3\n';
  expect(digestOf(alarm, entry(7, 'STOP', { rev: 3 }))).toBe(createHash('sha256').update(text).digest('hex'));
});

test('the digest of an empty log is that of nothing', () => {
  expect(digestOf()).toBe(createHash('sha256').digest('hex'));
});

test('the order of keys and the event number make no difference', () => {
  expect(digestOf(entry(5, 'ALARM', { state: 'on', pri: 'low', id: 'low-reservoir' }, 77))).toBe(digestOf(alarm));
});

test('a number and its text make no difference, for a line knows only text', () => {
  expect(digestOf(entry(5, 'STOP', { rev: 3 }))).toBe(digestOf(entry(5, 'STOP', { rev: '3' })));
});

test.each(['dose', 'boot', 'src'])('the key %s makes no difference', (key) => {
  expect(digestOf(entry(5, 'ALARM', { ...alarm.keys, [key]: 7 }))).toBe(digestOf(alarm));
});

test.each([
  ['the time', entry(6, 'ALARM', alarm.keys)],
  ['the kind', entry(5, 'ALERT', alarm.keys)],
  ['the key id', entry(5, 'ALARM', { pri: 'low', state: 'on' })],
  ['a value', entry(5, 'ALARM', { ...alarm.keys, state: 'off' })],
  ['a key', entry(5, 'ALARM', { id: 'low-reservoir', prio: 'low', state: 'on' })],
  ['a key more', entry(5, 'ALARM', { ...alarm.keys, x: 1 })],
])('%s makes a difference', (_, other) => {
  expect(digestOf(other)).not.toBe(digestOf(alarm));
});

test('the order of entries and their number make a difference', () => {
  const stop = entry(5, 'STOP', { rev: 3 });
  expect(new Set([digestOf(alarm, stop), digestOf(stop, alarm), digestOf(alarm), digestOf(alarm, alarm)]).size).toBe(4);
});

test('a gap takes the digest away for good', () => {
  const digest = createLogDigest();
  digest.add(alarm);
  digest.void();
  expect(digest.value()).toBeNull();
  digest.add(alarm);
  expect(digest.value()).toBeNull();
});

test('the value can be looked at on the way', () => {
  const digest = createLogDigest();
  digest.add(alarm);
  expect(digest.value()).toBe(digestOf(alarm));
  digest.add(alarm);
  expect(digest.value()).toBe(digestOf(alarm, alarm));
});
