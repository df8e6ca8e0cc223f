/** A dose from the host's point of view, as a pure machine: every way from the wish to one of the four results. */
import { expect, test } from 'vitest';
import {
  ALL_RULES,
  createHostState,
  encodeLine,
  host,
  type DoseIntent,
  type DoseResult,
  type Fields,
  type HostInput,
  type HostOutput,
  type HostState,
} from '../protocol/index.ts';
import { helloFields } from './support/far-end.ts';

const step = host(ALL_RULES);
const ID = 'D0000001';
const INTENT: DoseIntent = {
  id: ID,
  verb: 'BOLUS',
  wish: { nl: '3000', nlpd: '1000', onlost: 'continue' },
  after: 4,
  serial: 'P1',
  expires: 50_000,
};
const NOW = { wall: 10_000, us: 1_000_000 };
const TOO_LATE = { wall: 50_000, us: 41_000_000 };

interface Story {
  readonly state: HostState;
  readonly outputs: readonly HostOutput[];
}

let nonces = 0;
type Tale = (story: Story) => Story;

const feed =
  (input: HostInput): Tale =>
  ({ state }) => {
    const [next, outputs] = step(state, input);
    return { state: next, outputs };
  };
const tell = (from: Story, ...tales: readonly Tale[]): Story => tales.reduce((story, tale) => tale(story), from);

/** A new session, in which the pump says this of its last dose. */
const ready =
  (facts: Fields, clock = NOW): Tale =>
  (story) => {
    nonces += 1;
    const nonce = nonces.toString(16).toUpperCase().padStart(8, '0');
    const sid = nonces.toString(16).toUpperCase().padStart(8, '1');
    const text = encodeLine({
      kind: 'reply',
      sid: '00000000',
      seq: 0,
      ok: true,
      fields: helloFields(nonce, { sid, ...facts }),
    });
    return tell(story, feed({ on: 'connect', nonce, clock }), feed({ on: 'line', text, clock }));
  };
const reply =
  (fields: Fields, ok = true): Tale =>
  (story) => {
    const { session, outstanding } = story.state.link;
    if (session === undefined || outstanding === undefined) throw new Error('nothing waits for a reply');
    const text = encodeLine({ kind: 'reply', sid: session.sid, seq: outstanding.seq, ok, fields });
    return feed({ on: 'line', text, clock: NOW })(story);
  };
const silence: Tale = (story) => {
  const timeout = feed({ on: 'timeout', clock: NOW });
  return tell(story, timeout, timeout, timeout);
};
const giveUp = feed({ on: 'give-up', clock: NOW });
const poll = feed({ on: 'poll', clock: NOW });
const wanted = feed({ on: 'dose', intent: INTENT, clock: NOW });

const NEW: Story = { state: createHostState('bench'), outputs: [] };
const AT_FOUR = { dose: '4', last: 'OTHER000', lstate: 'DONE', lnl: '1' };
const offered = tell(NEW, ready(AT_FOUR), wanted);
const unknown = tell(offered, silence);
const running = tell(offered, reply({ state: 'ACCEPTED', dose: '5' }));
/** As after a restart. */
const found: Story = { state: createHostState('bench', INTENT), outputs: [] };

const sent = ({ outputs }: Story): string => outputs.map((one) => (one.do === 'send' ? one.text : '')).join('');
const resultOf = ({ outputs }: Story): DoseResult | undefined =>
  outputs.flatMap((one) => (one.do === 'settle' ? [one.outcome] : []))[0];
const does = ({ outputs }: Story): readonly string[] => outputs.map((one) => one.do);
const record = (id: string, state = 'DONE', n = 5): Fields => ({
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

test('the intent is to be stored before the first byte is sent', () => {
  expect(does(offered).slice(0, 2)).toEqual(['store', 'send']);
  expect(offered.outputs[0]).toEqual({ do: 'store', intent: INTENT });
  expect(sent(offered)).toMatch(/ BOLUS id=D0000001 after=4 by=6000000 nl=3000 nlpd=1000 onlost=continue \*/);
});

test('an attempt ends with the intent, if that is sooner', () => {
  const story = tell(NEW, ready(AT_FOUR), feed({ on: 'dose', intent: { ...INTENT, expires: 12_000 }, clock: NOW }));
  expect(sent(story)).toContain(' by=3000000 ');
});

test('an attempt at a pump that is faster than the world ends as soon by the world', () => {
  const fast = { ...NOW, rate: 3600 };
  const story = tell(NEW, ready(AT_FOUR), feed({ on: 'dose', intent: INTENT, clock: fast }));
  expect(sent(story)).toContain(` by=${1_000_000 + 5_000_000 * 3600} `);
});

test('one dose at a time', () => {
  expect(() => wanted(offered)).toThrow(/D0000001/);
});

test('a dose that is accepted runs, and is asked about by its number until it has ended', () => {
  expect(running.outputs.at(-1)).toEqual({ do: 'poll', n: 5 });
  const asked = tell(running, poll);
  expect(sent(asked)).toContain(' DOSE n=5 ');
  const still = tell(asked, reply(record(ID, 'ACCEPTED')));
  expect(still.outputs.at(-1)).toEqual({ do: 'poll', n: 5 });
  expect(resultOf(tell(still, poll, reply(record(ID))))).toEqual({ result: 'Done', dose: 5, nl: 3000 });
});

test('a refusal by the firmware is final, with its facts', () => {
  const fields = { code: 'BUSY', more: '1' };
  expect(resultOf(tell(offered, reply(fields, false)))).toEqual({ result: 'NotAccepted', why: 'BUSY', fields });
});

test('without an answer it says the same three times, then wants a new session', () => {
  const once = tell(offered, feed({ on: 'timeout', clock: NOW }));
  expect(sent(once)).toBe(sent(offered));
  expect(does(unknown)).toEqual(['lost', 'renew']);
});

test.each([
  ['is done', { lstate: 'DONE', lnl: '3000' }, { result: 'Done', dose: 5, nl: 3000 }],
  ['was interrupted', { lstate: 'INTERRUPTED', lnl: '1200' }, { result: 'Interrupted', dose: 5, nl: 1200 }],
])('in a new session, if the last dose is this one and %s, that is its result', (_, facts, result) => {
  expect(resultOf(tell(unknown, ready({ dose: '5', last: ID, ...facts })))).toEqual(result);
});

test('in a new session, if the last dose is this one and runs, it runs', () => {
  const story = tell(unknown, ready({ dose: '5', last: ID, lstate: 'ACCEPTED', lnl: '0' }));
  expect(story.outputs.at(-1)).toEqual({ do: 'poll', n: 5 });
});

test('in a new session, if no dose was begun since, the same id is offered again', () => {
  const story = tell(unknown, ready(AT_FOUR));
  expect(sent(story)).toContain(` BOLUS id=${ID} after=4 `);
  expect(does(story)).not.toContain('store');
});

test('in a new session, if no dose was begun since and it was given up, it was never given', () => {
  expect(resultOf(tell(unknown, giveUp, ready(AT_FOUR)))).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
});

test('in a new session, if no dose was begun since and its time is over, it was never given', () => {
  expect(resultOf(tell(unknown, ready(AT_FOUR, TOO_LATE)))).toEqual({ result: 'NotAccepted', why: 'EXPIRED' });
});

test('one that is over its time is still found to have been given', () => {
  const story = tell(unknown, ready({ dose: '5', last: ID, lstate: 'DONE', lnl: '3000' }, TOO_LATE));
  expect(resultOf(story)).toMatchObject({ result: 'Done' });
});

const others = tell(unknown, ready({ dose: '6', last: 'OTHER000', lstate: 'DONE', lnl: '1' }));

test('in a new session, if others were given since, the record with the next number is asked for', () => {
  expect(sent(others)).toContain(' DOSE n=5 ');
});

test.each([
  ['this id', record(ID), true, { result: 'Done', dose: 5, nl: 3000 }],
  ['this id, interrupted', record(ID, 'INTERRUPTED'), true, { result: 'Interrupted', dose: 5, nl: 3000 }],
  ['another id', record('OTHER000'), true, { result: 'NotAccepted', why: 'OTHER_DOSE' }],
  ['a stop', { ...record('-'), kind: 'stop' }, true, { result: 'NotAccepted', why: 'STOPPED' }],
  ['no id at all, as of the patient', record('-'), true, { result: 'NotAccepted', why: 'OTHER_DOSE' }],
  ['nothing: it is gone', { code: 'GONE', oldest: '40' }, false, { result: 'Uncertain', why: 'GONE' }],
])('that record, if it holds %s, decides', (_, fields, ok, result) => {
  expect(resultOf(tell(others, reply(fields, ok)))).toEqual(result);
});

test('that record, if it tells of this dose and it runs, is asked for again', () => {
  const story = tell(others, reply(record(ID, 'ACCEPTED')));
  expect(story.outputs.at(-1)).toEqual({ do: 'poll', n: 5 });
});

test('in a new session, if the pump has counted fewer doses than there were, nobody can know', () => {
  expect(resultOf(tell(unknown, ready({ ...AT_FOUR, dose: '3' })))).toEqual({ result: 'Uncertain', why: 'DOSES_LOST' });
});

test('another pump cannot tell, whatever its last dose is', () => {
  const story = tell(unknown, ready({ dose: '5', last: ID, lstate: 'DONE', lnl: '3000', serial: 'P2' }));
  expect(resultOf(story)).toEqual({ result: 'Uncertain', why: 'OTHER_PUMP' });
});

test('an attempt that is refused as late is made again in a new session, with a new deadline', () => {
  const late = tell(offered, reply({ code: 'LATE', us: '9' }, false));
  expect(does(late)).toContain('renew');
  const again = tell(late, ready({ ...AT_FOUR, us: '2000000' }, { wall: 11_000, us: 9 }));
  expect(sent(again)).toContain(` BOLUS id=${ID} after=4 by=7000000 `);
});

test('when others were given in between, the refusal leads to the record with the next number', () => {
  const story = tell(offered, reply({ code: 'PRECOND', dose: '5', last: 'OTHER000', lstate: 'DONE', lnl: '1' }, false));
  expect(sent(story)).toContain(' DOSE n=5 ');
  expect(resultOf(tell(story, reply(record('OTHER000'))))).toEqual({ result: 'NotAccepted', why: 'OTHER_DOSE' });
});

test('a pump that has forgotten doses while the session lasted cannot tell', () => {
  expect(resultOf(tell(offered, reply({ code: 'PRECOND', dose: '3' }, false)))).toEqual({
    result: 'Uncertain',
    why: 'DOSES_LOST',
  });
});

test('an id that is that of another wish is for a person to look at', () => {
  expect(resultOf(tell(offered, reply({ code: 'ID_REUSED', dose: '5' }, false)))).toEqual({
    result: 'Uncertain',
    why: 'ID_REUSED',
  });
});

test.each([
  ['no number', { state: 'ACCEPTED' }],
  ['no state', { dose: '5' }],
])('an acceptance with %s is believed in nothing', (_, fields) => {
  expect(resultOf(tell(offered, reply(fields)))).toEqual({ result: 'Uncertain', why: 'BAD_REPLY' });
});

test('a dose that is given up when it is offered waits for a new session before anything is said of it', () => {
  const story = tell(offered, giveUp);
  expect(does(story)).toEqual(['renew']);
  // The acceptance may come all the same: it is that of a session that says nothing any more.
  const answered = tell(story, reply({ state: 'ACCEPTED', dose: '5' }));
  expect(resultOf(answered)).toBeUndefined();
  expect(resultOf(tell(answered, ready({ dose: '5', last: ID, lstate: 'DONE', lnl: '3000' })))).toMatchObject({
    result: 'Done',
  });
  expect(resultOf(tell(story, ready(AT_FOUR)))).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
});

test('a dose that is given up while its record is asked for is judged by the record', () => {
  expect(resultOf(tell(others, giveUp))).toBeUndefined();
  expect(resultOf(tell(others, giveUp, reply(record(ID))))).toMatchObject({ result: 'Done' });
});

test('a dose that is given up when it runs goes on and is followed', () => {
  const story = tell(running, giveUp);
  expect(story.outputs).toEqual([]);
  expect(resultOf(tell(story, poll, reply(record(ID))))).toMatchObject({ result: 'Done' });
});

test('a dose that runs when the session is lost is found out about in the next', () => {
  const lost = tell(running, poll, silence);
  expect(does(lost)).toContain('renew');
  const again = tell(lost, ready({ dose: '6', last: '-', lstate: 'DONE', lnl: '1' }));
  expect(sent(again)).toContain(' DOSE n=5 ');
  expect(resultOf(tell(again, reply(record(ID, 'INTERRUPTED'))))).toMatchObject({ result: 'Interrupted' });
});

test('an intent that is found after a restart says nothing before a session has begun', () => {
  expect(tell(found, poll).outputs).toEqual([]);
  expect(sent(tell(found, ready(AT_FOUR)))).toContain(` BOLUS id=${ID} after=4 `);
  expect(resultOf(tell(found, giveUp, ready(AT_FOUR)))).toEqual({ result: 'NotAccepted', why: 'GIVEN_UP' });
});

test('a session that cannot be had leaves the dose where it is', () => {
  const story = tell(found, feed({ on: 'connect', nonce: 'FFFF0001', clock: NOW }), silence);
  expect(does(story)).toEqual(['lost']);
  expect(story.state.dose?.at).toEqual({ phase: 'renewing' });
});

test('an accepted dose that is followed no further is forgotten, and one in doubt is not', () => {
  const leave = feed({ on: 'leave', clock: NOW });
  expect(leave(running).state.dose).toBeUndefined();
  expect(leave(unknown).state.dose).toBeDefined();
});

test('replies to what others ask for are none of the dose', () => {
  const ask = feed({ on: 'request', verb: 'DOSE', fields: { n: '5' }, clock: NOW });
  expect(resultOf(tell(running, ask, reply(record('OTHER000'))))).toBeUndefined();
});
