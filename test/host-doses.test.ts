/** Doses of a host over a line, with a far end that a test writes: what is sent, stored, and told to whoever asked. */
import { expect, test } from 'vitest';
import type { DoseIntent, Fields } from '../protocol/index.ts';
import { UserError } from '../bridge/exit.ts';
import { LinkError, type HostOptions } from '../bridge/host/host.ts';
import { memoryStore, type IntentStore } from '../bridge/host/intent-store.ts';
import { failure, helloFields, hostAt, replyTo, type Command, type Far } from './support/far-end.ts';
import { silence } from './support/loop-wire.ts';

const WISH = { nl: 3000, nlpd: 1000, onlost: 'continue' } as const;
const HASTY = { patience: [5, 5], connectMs: 20 };

/** A pump that gives doses as a test says, and tells of the last one in HELLO and DOSE. */
function pumpAt(options: HostOptions = {}): Far & { readonly pump: Pump } {
  const pump: Pump = {
    records: [],
    accepts: true,
    mute: false,
    serial: 'P1',
    sessions: 0,
    deaf: false,
    onDose: () => {},
  };
  return { ...hostAt((command) => (pump.mute ? [] : answer(pump, command)), options), pump };
}

interface Pump {
  records: { id: string; state: string }[];
  accepts: boolean;
  /** Doses as told, and no word of it. */
  mute: boolean;
  serial: string;
  sessions: number;
  /** Doses come and are lost. */
  deaf: boolean;
  /** When a dose comes. */
  onDose: () => void;
}

function answer(pump: Pump, command: Command): readonly string[] {
  const { records } = pump;
  const last = records.at(-1);
  switch (command.verb) {
    case 'HELLO': {
      pump.sessions += 1;
      const fields = {
        sid: `0001000${pump.sessions}`,
        serial: pump.serial,
        dose: String(records.length),
        last: last?.id ?? '-',
        lstate: last?.state ?? 'NONE',
        lnl: '3000',
      };
      return [replyTo(command, helloFields(command.fields['nonce'], fields))];
    }
    case 'DOSE': {
      const n = Number(command.fields['n']);
      const record = records[n - 1];
      if (record === undefined) return [replyTo(command, { code: 'NO_DOSE', dose: String(records.length) }, false)];
      return [replyTo(command, recordFields(n, record))];
    }
    case 'BOLUS': {
      if (!pump.accepts) return [replyTo(command, { code: 'BUSY' }, false)];
      pump.onDose();
      if (pump.deaf) return [];
      records.push({ id: command.fields['id'] ?? '', state: 'ACCEPTED' });
      return [replyTo(command, { state: 'ACCEPTED', dose: String(records.length), rev: '9' })];
    }
    case 'STOP':
      return [replyTo(command, { rev: '2' })];
    default:
      return [replyTo(command, {})];
  }
}

const recordFields = (n: number, { id, state }: { id: string; state: string }): Fields => ({
  n: String(n),
  id,
  src: 'host',
  kind: 'single',
  state,
  nl: '3000',
  nlpd: '1000',
  given_nl: '3000',
  us: '7',
});

const said = (heard: readonly Command[], verb: string): Command[] => heard.filter((one) => one.verb === verb);

test('a dose is accepted with the facts of the reply, and its end is told when it has come', async () => {
  const { host, pump } = pumpAt();
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 1, fields: { rev: '9' } });
  for (const record of pump.records) record.state = 'DONE';
  expect(await host.outcome()).toEqual({ result: 'Done', dose: 1, nl: 3000 });
});

test('a dose that is refused is not accepted, with the code of the pump', async () => {
  const { host, pump } = pumpAt();
  pump.accepts = false;
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'NotAccepted', why: 'BUSY' });
  expect(await host.outcome()).toMatchObject({ result: 'NotAccepted' });
});

test('the precondition is the number of the last dose at that moment, whoever gave it', async () => {
  const { host, pump, heard } = pumpAt();
  await host.connect();
  pump.records.push({ id: '-', state: 'DONE' }, { id: '-', state: 'DONE' });
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 3 });
  expect(said(heard, 'BOLUS')[0]?.fields['after']).toBe('2');
});

test('a dose while the last one runs parts from that one', async () => {
  const store = memoryStore();
  const { host, heard } = pumpAt({ store });
  await host.dose('BOLUS', WISH);
  const follow = host.outcome();
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 2 });
  expect(await follow).toBeUndefined();
  expect(said(heard, 'BOLUS').map(({ fields }) => fields['after'])).toEqual(['0', '1']);
});

test('leaving a dose while it is asked about does not hold up what comes next', async () => {
  const { host, loop } = pumpAt({ patience: [5, 5] });
  await host.dose('BOLUS', WISH);
  const clear = loop.toHost;
  loop.toHost = silence;
  const outcome = host.outcome();
  await loop.quiet();
  host.leave();
  loop.toHost = clear;
  expect(await outcome).toBeUndefined();
  expect(await host.request('PING', {})).toMatchObject({ ok: true });
});

test('an intent that cannot be stored is not sent, and the next dose goes its way', async () => {
  const memory = memoryStore();
  let full = true;
  const store: IntentStore = {
    ...memory,
    store: (intent) => {
      if (full) throw new UserError('the disk is full');
      memory.store(intent);
    },
  };
  const { host, heard } = pumpAt({ store });
  expect(await failure(host.dose('BOLUS', WISH))).toEqual(new UserError('the disk is full'));
  expect(said(heard, 'BOLUS')).toEqual([]);
  expect(await host.request('PING', {})).toMatchObject({ ok: true });
  full = false;
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 1 });
});

const forgetful = (): IntentStore => ({
  ...memoryStore(),
  settle: () => {
    throw new UserError('the disk is full');
  },
});

test('what was given is told also if that cannot be stored', async () => {
  const { host, pump } = pumpAt({ store: forgetful() });
  await host.dose('BOLUS', WISH);
  for (const record of pump.records) record.state = 'DONE';
  expect(await host.outcome()).toEqual({ result: 'Done', dose: 1, nl: 3000 });
});

test('that a dose will never be given is not told if it cannot be stored: a restart might send it again', async () => {
  const { host, pump } = pumpAt({ store: forgetful() });
  pump.accepts = false;
  expect(await host.dose('BOLUS', WISH)).toEqual({ result: 'Uncertain', why: 'NOT_STORED' });
});

/** A dose that the pump has taken, and of which no word came back. */
async function inDoubt(options: HostOptions = {}): Promise<ReturnType<typeof pumpAt> & { store: IntentStore }> {
  const store = memoryStore();
  const far = pumpAt({ ...HASTY, store, ...options });
  await far.host.connect();
  const { loop } = far;
  const clear = loop.toHost;
  loop.toHost = (bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    return text.includes('ACCEPTED') || far.pump.mute ? ((far.pump.mute = true), []) : clear(bytes);
  };
  const outcome = await far.host.dose('BOLUS', WISH);
  expect(outcome).toMatchObject({ result: 'Uncertain', why: 'SILENT', error: expect.any(LinkError) });
  far.pump.mute = false;
  loop.toHost = clear;
  return { ...far, store };
}

test('a dose of which nothing is heard is uncertain, and stays in the store until it is known', async () => {
  const { host, pump, store } = await inDoubt();
  expect(store.unsettled()).toMatchObject({ verb: 'BOLUS', serial: 'P1' });
  for (const record of pump.records) record.state = 'DONE';
  await host.connect();
  expect(store.unsettled()).toBeUndefined();
  expect(await host.outcome()).toEqual({ result: 'Done', dose: 1, nl: 3000 });
  expect(pump.records).toHaveLength(1);
});

test('while a dose is in doubt another one is refused, and nothing of it is sent', async () => {
  const { host, heard, pump } = await inDoubt();
  const before = said(heard, 'BOLUS').length;
  pump.mute = true;
  expect(String(await failure(host.dose('BOLUS', WISH)))).toMatch(/what became of dose \w{8} is not known yet/);
  expect(said(heard, 'BOLUS')).toHaveLength(before);
});

test('a dose in doubt that the pump never had is sent no more once the caller was told that it is in doubt', async () => {
  const { host, pump, heard } = await inDoubt();
  pump.records = [];
  const before = said(heard, 'BOLUS').length;
  expect(await host.request('PING', {})).toMatchObject({ ok: true });
  expect(said(heard, 'BOLUS')).toHaveLength(before);
  expect(await host.outcome()).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
});

test('a line that ends while a dose is under way leaves it uncertain, with the reason', async () => {
  const store = memoryStore();
  const { host, loop, pump } = pumpAt({ store });
  pump.onDose = () => loop.cut('the plug was pulled');
  const outcome = await host.dose('BOLUS', WISH);
  expect(outcome).toMatchObject({ result: 'Uncertain', why: 'SILENT' });
  expect('error' in outcome && outcome.error.message).toMatch(/loop:test: the line ended: the plug was pulled/);
  expect(store.unsettled()).toMatchObject({ verb: 'BOLUS' });
  expect(await host.outcome()).toMatchObject({ result: 'Uncertain', why: 'SILENT' });
});

const FOUND: DoseIntent = {
  id: 'F0000001',
  verb: 'BOLUS',
  wish: { nl: '3000', nlpd: '1000', onlost: 'continue' },
  after: 0,
  serial: 'P1',
  expires: Number.MAX_SAFE_INTEGER,
};
function storeWith(intent: DoseIntent): IntentStore {
  const store = memoryStore();
  store.store(intent);
  return store;
}

test('an intent found in the store that the pump has not taken is given up, whatever is asked first', async () => {
  const store = storeWith(FOUND);
  const { host, heard } = pumpAt({ store });
  expect(await host.request('PING', {})).toMatchObject({ ok: true });
  expect(said(heard, 'BOLUS')).toEqual([]);
  expect(await host.outcome()).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
  expect(store.unsettled()).toBeUndefined();
});

test('an intent found in the store is sent again with its own id, if that is wanted', async () => {
  const { host, pump } = pumpAt({ store: storeWith(FOUND), found: 'resend' });
  await host.connect();
  expect(pump.records.map(({ id }) => id)).toEqual([FOUND.id]);
  for (const record of pump.records) record.state = 'DONE';
  expect(await host.outcome()).toEqual({ result: 'Done', dose: 1, nl: 3000 });
});

test('an intent found in the store whose time is over is sent no more', async () => {
  const { host, pump } = pumpAt({ store: storeWith({ ...FOUND, expires: 1 }), found: 'resend' });
  await host.connect();
  expect(pump.records).toEqual([]);
  expect(await host.outcome()).toEqual({ result: 'NotAccepted', why: 'EXPIRED' });
});

test('an intent found in the store of another pump is for a person to look at', async () => {
  const { host, pump } = pumpAt({ store: storeWith({ ...FOUND, serial: 'P9' }), found: 'resend' });
  await host.connect();
  expect(pump.records).toEqual([]);
  expect(await host.outcome()).toEqual({ result: 'Uncertain', why: 'OTHER_PUMP' });
});

test('while a dose is Uncertain no other is given, until a person has looked', async () => {
  const { host, pump } = pumpAt({ store: storeWith({ ...FOUND, serial: 'P9' }) });
  await host.connect();
  await expect(host.dose('BOLUS', WISH)).rejects.toThrow(`what became of dose ${FOUND.id} is uncertain`);
  expect(pump.records).toEqual([]);
  host.resolve();
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 1 });
});

test('a dose that is given up before its turn is never sent', async () => {
  const { host, heard } = pumpAt();
  const dose = host.dose('BOLUS', WISH);
  host.giveUp();
  expect(await dose).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
  expect(said(heard, 'BOLUS')).toEqual([]);
});

test('a dose that is given up while it is said again and again is not given, as a new session tells', async () => {
  const { host, pump, heard } = pumpAt();
  pump.deaf = true;
  pump.onDose = () => host.giveUp();
  expect(await host.dose('BOLUS', WISH)).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
  expect(pump.sessions).toBe(2);
  expect(said(heard, 'BOLUS')).toHaveLength(1);
});

test('a dose that is given up just when it was taken is followed', async () => {
  const { host, pump } = pumpAt();
  pump.onDose = () => host.giveUp();
  expect(await host.dose('BOLUS', WISH)).toMatchObject({ result: 'Accepted', dose: 1 });
});

test('STOP gives up the dose that waits for its turn', async () => {
  const { host, heard } = pumpAt();
  const dose = host.dose('BOLUS', WISH);
  await host.stop();
  expect(await dose).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
  expect(said(heard, 'BOLUS')).toEqual([]);
});

test('a pump that has restarted while a dose runs tells in a new session that it was interrupted', async () => {
  const { host, pump } = pumpAt();
  await host.dose('BOLUS', WISH);
  const [record] = pump.records;
  if (record === undefined) throw new Error('no dose was taken');
  record.state = 'INTERRUPTED';
  await host.connect();
  expect(await host.outcome()).toEqual({ result: 'Interrupted', dose: 1, nl: 3000 });
});

test('a host that never gave a dose has no outcome', async () => {
  expect(await pumpAt().host.outcome()).toBeUndefined();
});
