import { spawnSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { DoseIntent } from '../protocol/index.ts';
import { UserError } from '../bridge/exit.ts';
import { memoryStore, openIntentStore, type IntentStore } from '../bridge/host/intent-store.ts';

const folders: string[] = [];
const opened: IntentStore[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  for (const store of opened.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-store-'));
  folders.push(folder);
  return join(folder, 'intents');
}
function open(path: string): IntentStore {
  const store = openIntentStore(path);
  opened.push(store);
  return store;
}
/** Opens the file, looks, and closes it again. */
function unsettledIn(path: string): DoseIntent | undefined {
  const store = openIntentStore(path);
  const intent = store.unsettled();
  store.close();
  return intent;
}

const intentOf = (id: string): DoseIntent => ({
  id,
  verb: 'BOLUS',
  wish: { nl: '1500', nlpd: '216000000', onlost: 'continue' },
  after: 41,
  serial: 'SIM1',
  expires: 1_800_000_000_000,
});
const A = intentOf('AAAAAAAA');
const B = intentOf('BBBBBBBB');

/** A file with one dose settled and one not. */
function written(): string {
  const path = freshPath();
  const store = openIntentStore(path);
  store.store(A);
  store.settle(A.id, { result: 'Done', dose: 42, nl: 1500 });
  store.store(B);
  store.close();
  return path;
}

test.each([
  ['on disk', () => open(freshPath())],
  ['in memory', memoryStore],
])('a store %s knows the intent whose result it does not know', (_, make) => {
  const store = make();
  expect(store.unsettled()).toBeUndefined();
  store.store(A);
  expect(store.unsettled()).toEqual(A);
  store.settle('OTHER000', { result: 'Done', dose: 1, nl: 1 });
  expect(store.unsettled()).toEqual(A);
  store.settle(A.id, { result: 'Accepted', dose: 42 });
  expect(store.unsettled()).toBeUndefined();
});

test('a dose that is Uncertain stays unsettled, also when the file is opened again, until a person has looked', () => {
  const path = written();
  const store = openIntentStore(path);
  store.settle(B.id, { result: 'Uncertain', why: 'OTHER_PUMP' });
  expect(store.unsettled()).toEqual(B);
  store.close();
  expect(unsettledIn(path)).toEqual(B);
  const later = openIntentStore(path);
  later.settle(B.id, { result: 'Resolved' });
  expect(later.unsettled()).toBeUndefined();
  later.close();
  expect(unsettledIn(path)).toBeUndefined();
});

test('what was stored is there when the file is opened again, and what was settled is not', () => {
  const path = written();
  expect(unsettledIn(path)).toEqual(B);
  const store = openIntentStore(path);
  store.settle(B.id, { result: 'NotAccepted', why: 'GIVEN_UP' });
  store.close();
  expect(unsettledIn(path)).toBeUndefined();
});

test('the folder is made', () => {
  const path = join(freshPath(), 'deep', 'intents');
  expect(open(path).unsettled()).toBeUndefined();
  expect(existsSync(path)).toBe(true);
});

/** Calls of the file system that write or sync, in their order. */
function spied(): string[] {
  const calls: string[] = [];
  for (const name of ['writeFileSync', 'fsyncSync'] as const) {
    const real = fs[name] as (...args: unknown[]) => void;
    vi.spyOn(fs, name).mockImplementation((...args: unknown[]) => {
      calls.push(name);
      return real(...args);
    });
  }
  syncBuiltinESMExports();
  return calls;
}

test('an intent and a result are synced before the call returns', () => {
  const store = open(freshPath());
  const calls = spied();
  store.store(A);
  expect(calls.splice(0)).toEqual(['writeFileSync', 'fsyncSync']);
  store.settle(A.id, { result: 'Done', dose: 1, nl: 1 });
  expect(calls).toEqual(['writeFileSync', 'fsyncSync']);
});

test('a store that failed once takes no intent any more, and keeps what it had', () => {
  const path = freshPath();
  const store = open(path);
  store.store(A);
  const full = vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
    throw new Error('ENOSPC: no space left on device');
  });
  syncBuiltinESMExports();
  expect(() => store.settle(A.id, { result: 'Done', dose: 1, nl: 1 })).toThrow(UserError);
  full.mockRestore();
  syncBuiltinESMExports();
  expect(() => store.store(B)).toThrow(`${path}: the intent of a dose cannot be stored, hence no dose is given`);
  expect(store.unsettled()).toEqual(A);
  expect(readFileSync(path, 'utf8')).not.toContain(B.id);
});

test('an entry that a crash has cut at any byte is as if it had not been written, and the next one is whole', () => {
  const path = written();
  const whole = readFileSync(path);
  const start = whole.lastIndexOf('\n', whole.length - 2) + 1;
  expect(whole.length - start).toBeGreaterThan(100);
  for (let length = start; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    const store = openIntentStore(path);
    expect(store.unsettled(), `${length} bytes`).toBeUndefined();
    store.store(B);
    store.close();
    expect(unsettledIn(path), `${length} bytes`).toEqual(B);
  }
});

test('room that the disk had made for an entry and not filled is no entry', () => {
  const path = written();
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"settled":"BB${'\0'.repeat(30)}`);
  expect(unsettledIn(path)).toEqual(B);
});

test.each([
  ['no entry at all', 'Dear diary,\n', 1],
  ['no entry, without a line end', 'Dear diary', 1],
  ['an empty line', '\n', 1],
  ['JSON of something else', '{"name":"x"}\n', 1],
  ['an entry that lacks something', `${JSON.stringify({ intent: { ...A, after: undefined } })}\n`, 1],
  [
    'an entry that is damaged, among whole ones',
    `${JSON.stringify({ intent: A })}\n{"int\n{"settled":"x","result":{"result":"Done"}}\n`,
    2,
  ],
])('a file that holds %s is refused, with the line, and is left as it is', (_, text, line) => {
  const path = freshPath();
  writeFileSync(path, text);
  expect(() => open(path)).toThrow(`${path}:${line}: not an entry of a store of intents; move the file away`);
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('a folder in the place of the file is refused', () => {
  const path = freshPath();
  fs.mkdirSync(path);
  expect(() => open(path)).toThrow(/the store of intents cannot be opened/);
});

test('a file in the place of the folder is refused', () => {
  const path = written();
  expect(() => open(join(path, 'intents'))).toThrow(UserError);
});

test('a second host on the same file is refused, in this process', () => {
  const path = freshPath();
  const first = openIntentStore(path);
  expect(() => open(path)).toThrow(`${path}: in use by process ${process.pid}; each host needs a store of its own`);
  first.close();
  first.close();
  expect(open(path).unsettled()).toBeUndefined();
});

test('a second host on the same file is refused, in another process', () => {
  const path = freshPath();
  writeFileSync(`${path}.lock`, String(process.ppid));
  expect(() => open(path)).toThrow(`${path}: in use by process ${process.ppid}`);
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(String(process.ppid));
});

test('the lock of a process that has died is taken over', () => {
  const path = freshPath();
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(`${path}.lock`, String(pid));
  open(path);
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(String(process.pid));
  expect(readdirSync(join(path, '..')).toSorted()).toEqual(['intents', 'intents.lock']);
});

test('the lock of a process that had our number is taken over', () => {
  const path = freshPath();
  writeFileSync(`${path}.lock`, String(process.pid));
  expect(open(path).unsettled()).toBeUndefined();
});

test('closing leaves no lock behind', () => {
  const path = written();
  expect(readdirSync(join(path, '..'))).toEqual(['intents']);
});
