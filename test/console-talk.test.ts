import pc from 'picocolors';
import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import type { DoseIntent, DoseResult, HelloFacts, Verb } from '../protocol/index.ts';
import { createTalk } from '../bridge/console/talk.ts';
import { toldStore } from '../bridge/console/told-store.ts';
import { UserError } from '../bridge/exit.ts';
import {
  LinkError,
  type DoseAccepted,
  type DoseOutcome,
  type EventMessage,
  type HeartbeatMessage,
  type Host,
} from '../bridge/host/host.ts';
import { memoryStore } from '../bridge/host/intent-store.ts';

const FACTS: HelloFacts = {
  v: 2,
  nonce: '00000000',
  sid: '00010001',
  schema: '00000000',
  us: 0,
  rx: 512,
  lease: 3000,
  dose: 4,
  last: '-',
  lstate: 'DONE',
  lnl: 0,
  ev: 10,
  serial: 'SIM1',
  world: 'SIM',
  lockstep: '0',
};
const INTENT: DoseIntent = {
  id: 'K7Q2M9XW',
  verb: 'BOLUS',
  wish: { nl: '1500' },
  after: 4,
  serial: 'SIM1',
  expires: 0,
};
const event = (ev: number): EventMessage => ({
  kind: 'event',
  ev,
  us: ev,
  event: 'FLOW',
  fields: { nlpd: String(ev) },
});

/** A host that is not there: it answers from a table and notes what it was asked. */
function conversation(dose: () => DoseAccepted | DoseOutcome = () => ({ result: 'Done', dose: 5, nl: 1500 })) {
  const asked: string[] = [];
  const said: string[] = [];
  const events = new Subject<EventMessage>();
  const heartbeats = new Subject<HeartbeatMessage>();
  const pump = { rev: 3, dose: 4, next: 10, refuses: '' };
  let intent: DoseIntent | undefined;
  let tellOutcome: (outcome: DoseOutcome) => void = () => {};
  const answer = (verb: Verb, args: Readonly<Record<string, unknown>>) => {
    asked.push([verb, ...Object.entries(args).map(([key, value]) => `${key}=${String(value)}`)].join(' '));
    const ok = (reply: object, log: readonly EventMessage[] = []) => ({ ok: true, reply, events: log });
    if (pump.refuses === verb) return { ok: false, code: 'PRECOND', fields: { rev: String(pump.rev) } };
    if (verb === 'DOSE') return { ok: false, code: 'NO_DOSE', fields: { dose: String(pump.dose) } };
    if (verb === 'STATUS') {
      const { rev, next } = pump;
      return ok({ us: 0, tod_us: 0, mode: 'basal', nlpd: 300, dose_ng: 0, rev, done_nl: 0, next, alarms: 0 });
    }
    if (verb === 'LOG') {
      const from = Number(args['from']);
      const log = Array.from({ length: Math.max(0, pump.next - from) }, (_, i) => event(from + i));
      return ok({ from, next: pump.next, end: pump.next, oldest: 1, lost: 0 }, log);
    }
    return ok({ rev: pump.rev, profile: 'itb-20' });
  };
  const host = {
    url: 'loop:test',
    session: FACTS,
    connect: () => Promise.resolve(FACTS),
    request: (verb: Verb, args: Readonly<Record<string, unknown>>) => Promise.resolve(answer(verb, args)),
    dose: () => {
      asked.push('dose');
      return new Promise((resolve) => {
        const result = dose();
        intent = result.result === 'Done' ? undefined : INTENT;
        resolve(result);
      });
    },
    outcome: () => new Promise((resolve) => (tellOutcome = resolve)),
    leave: () => {},
    giveUp: () => void asked.push('give up'),
    resolve: () => void asked.push('settled by hand'),
    stop: () => Promise.resolve(void asked.push('stop')),
    events,
    heartbeats,
  } as unknown as Host;
  const talk = createTalk(host, {
    voice: { say: (text) => void said.push(text), record: () => {}, changed: () => {} },
    paint: pc.createColors(false),
    width: () => 100,
    unsettled: () => intent,
    interactive: true,
    now: () => 0,
    random: () => 4821,
  });
  return {
    talk,
    asked,
    said,
    events,
    heartbeats,
    pump,
    settle: () => (intent = undefined),
    outcome: (outcome: DoseOutcome) => tellOutcome(outcome),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a dose is given once its code has been typed, and the code is good for once', async () => {
  const { talk, asked, said } = conversation();
  await talk.begin();
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('done');
  expect(asked).not.toContain('dose');
  expect(said.at(-1)).toMatch(/dose 5;[^]*Type: confirm 4821$/);
  expect(await talk.take('confirm 1111')).toBe('wrong');
  expect(await talk.take('confirm 4821')).toBe('done');
  expect(await talk.take('confirm 4821')).toBe('wrong');
  expect(asked.filter((one) => one === 'dose')).toHaveLength(1);
});

test('a dose is not given when another one was given since it was read back', async () => {
  const { talk, asked, said, pump } = conversation();
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  pump.dose = 5;
  expect(await talk.take('confirm 4821')).toBe('wrong');
  expect(said.at(-1)).toContain('dose 5 was given since');
  expect(asked).not.toContain('dose');
});

test('a stop takes back what was read back, and what is on its way', async () => {
  const { talk, asked } = conversation();
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  await talk.take('STOP');
  expect(asked.indexOf('give up')).toBeLessThan(asked.indexOf('stop'));
  expect(await talk.take('confirm 4821')).toBe('wrong');
  expect(asked).not.toContain('dose');
});

test('while a dose is in doubt no other is taken, until the doubt is cleared', async () => {
  const { talk, asked, said, settle } = conversation(() => ({ result: 'Uncertain', why: 'SILENT' }));
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  expect(await talk.take('confirm 4821')).toBe('wrong');
  expect(said.join('\n')).toContain('Uncertain');
  expect(talk.prompt()).toContain('DOSE IN DOUBT');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('wrong');
  expect(await talk.take('resolve')).toBe('wrong');
  expect(await talk.take('prime')).toBe('wrong');
  settle();
  talk.settled({ result: 'Done', dose: 5, nl: 1500 });
  expect(said.at(-1)).toContain('Done: dose 5');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('done');
  expect(asked.filter((one) => one === 'dose')).toHaveLength(1);
});

test('a doubt that the pump cannot clear is cleared by a person who confirms it', async () => {
  const { talk, said, asked } = conversation();
  await talk.begin();
  talk.settled({ result: 'Uncertain', why: 'DOSES_LOST' });
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('wrong');
  await talk.take('resolve');
  expect(said.at(-1)).toContain('The pump itself cannot tell');
  await talk.take('confirm 4821');
  expect(asked).toContain('settled by hand');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('done');
});

test('while a dose is under way no other is taken', async () => {
  const { talk, said } = conversation(() => ({ result: 'Accepted', dose: 5, fields: {} }));
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  expect(await talk.take('confirm 4821')).toBe('done');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('wrong');
  expect(said.at(-1)).toContain('dose 5 is under way');
  expect(talk.farewell()).toContain('Dose 5 goes on');
});

const LOST: DoseOutcome = { result: 'Uncertain', why: 'SILENT', error: new LinkError('loop:test: no answer') };

test('a dose that runs and cannot be asked about is in doubt, not over', async () => {
  const { talk, said, outcome } = conversation(() => ({ result: 'Accepted', dose: 5, fields: {} }));
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  await talk.take('confirm 4821');
  outcome(LOST);
  await turn();
  expect(said.at(-1)).toContain('Lost sight of dose 5');
  expect(talk.prompt()).toContain('DOSE IN DOUBT');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('wrong');
});

test('a person who leaves while a dose runs is told so, and nothing more', async () => {
  const { talk, said, events, outcome } = conversation(() => ({ result: 'Accepted', dose: 5, fields: {} }));
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  await talk.take('confirm 4821');
  const count = said.length;
  events.complete();
  outcome(LOST);
  await turn();
  expect(said).toHaveLength(count);
  expect(talk.farewell()).toContain('Dose 5 goes on');
});

test('a dose whose intent cannot be stored is not given, and the conversation goes on', async () => {
  const { talk, said } = conversation(() => {
    throw new UserError('store: the intent of a dose cannot be stored, hence no dose is given (ENOSPC)');
  });
  await talk.begin();
  await talk.take('bolus nl=1500 nlpd=48000');
  expect(await talk.take('confirm 4821')).toBe('wrong');
  expect(said.at(-1)).toMatch(/^Not given: store: .* \(ENOSPC\)$/);
  expect(talk.prompt()).not.toContain('DOUBT');
  expect(await talk.take('status')).toBe('done');
  expect(await talk.take('bolus nl=1500 nlpd=48000')).toBe('done');
});

test.each<[DoseResult, DoseResult]>([
  [
    { result: 'Done', dose: 5, nl: 1500 },
    { result: 'Done', dose: 5, nl: 1500 },
  ],
  [
    { result: 'NotAccepted', why: 'LOCKED' },
    { result: 'Uncertain', why: 'NOT_STORED' },
  ],
])('what became of a dose is told once, also where it cannot be stored: %j', (result, expected) => {
  const told: object[] = [];
  const full = (): never => {
    throw new UserError('the disk is full');
  };
  const store = toldStore({ ...memoryStore(), settle: full }, (one) => void told.push(one));
  store.store(INTENT);
  expect(store.unsettled()).toEqual(INTENT);
  expect(() => store.settle(INTENT.id, result)).toThrow('the disk is full');
  expect(told).toEqual([expected]);
  // Nothing more is to come, and whoever waited for it may go on.
  expect(store.unsettled()).toBeUndefined();
});

test('a command rests on the revision that was seen, not on the one that the prompt has heard of', async () => {
  const { talk, asked, said, pump, events } = conversation();
  await talk.begin();
  pump.rev = 9;
  pump.next = 11;
  events.next(event(10));
  await turn();
  expect(asked.filter((one) => one === 'STATUS').length).toBeGreaterThan(1);
  pump.refuses = 'START';
  expect(await talk.take('start')).toBe('wrong');
  expect(asked).toContain('START if=3');
  expect(said.join('\n')).toContain('the revision has gone from 3 to 9');
  pump.refuses = '';
  await talk.take('start');
  expect(asked).toContain('START if=9');
});

test('events that did not come are fetched from the log, by the next event or by a heartbeat, and shown once', async () => {
  const { talk, said, pump, events, heartbeats } = conversation();
  const shown = (): (string | undefined)[] => said.flatMap((text) => /^#(\d+)/.exec(text)?.[1] ?? []);
  await talk.begin();
  pump.next = 11;
  events.next(event(10));
  pump.next = 14;
  events.next(event(13));
  await turn();
  expect(shown()).toEqual(['10', '11', '12', '13']);
  pump.next = 15;
  heartbeats.next({ kind: 'heartbeat', sid: FACTS.sid, fields: { ev: '15', dose: '4', al: '0' } });
  await turn();
  events.next(event(14));
  await turn();
  expect(shown()).toEqual(['10', '11', '12', '13', '14']);
});

test('a log that is asked for is no news', async () => {
  const { talk, said } = conversation();
  await talk.begin();
  await talk.take('log from=2 n=8');
  expect(said.at(-1)).toMatch(/^#2 [^]*OK log/);
  await turn();
  expect(said.at(-1)).toMatch(/^#2 [^]*OK log/);
});
