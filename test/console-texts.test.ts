import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { expect, onTestFinished, test } from 'vitest';
import { ask, confirm, CONFIRM_MS } from '../bridge/console/confirmation.ts';
import { isBehind, onEvent } from '../bridge/console/event-cursor.ts';
import { MAX_HISTORY, openHistory } from '../bridge/console/history.ts';
import { onInterrupt, TWICE_MS } from '../bridge/console/interrupt.ts';
import { readBack } from '../bridge/console/read-back.ts';
import {
  renderEvent,
  renderGreeting,
  renderPrompt,
  renderRefusal,
  renderReply,
  renderResult,
} from '../bridge/console/render.ts';
import { stateFolder, storeName } from '../bridge/console/state-files.ts';

const paint = pc.createColors(false);
const STATUS = {
  us: 11_180_160_000,
  tod_us: 27_000_000_000,
  mode: 'basal',
  nlpd: 300_000,
  dose_ng: 150_000,
  rev: 4,
  res_nl: 17_961_180,
  done_nl: 38_820,
  next: 8,
  alarms: 0,
} as const;

test('a bolus is read back with volume, rate, time, mass of drug and number', () => {
  const fields = { nl: '1500', nlpd: '216000000' };
  expect(readBack({ verb: 'BOLUS', fields, dose: 42, concentration: 500 })).toBe(
    'BOLUS 1500 nL = 1.5 µL at 216000000 nL/day = 9 mL/h, takes 600 ms, dose 42;\n  750 ng of drug at 500 ng/µL.',
  );
});

test('a bolus whose drug nobody has stated says so, and one that overrides limits names them', () => {
  const text = readBack({ verb: 'BOLUS', fields: { nl: '20000', nlpd: '2000000', over: 'bolus' }, dose: 1 });
  expect(text).toContain('drug mass not known');
  expect(text).toContain('OVERRIDES the soft limits bolus');
  expect(text).toContain('takes 14 min 24 s');
});

test('a priming tells its volume where the pump has told it', () => {
  expect(readBack({ verb: 'PRIME', fields: {}, dose: 2, pipe: 396_334 })).toContain('396334 nL = 396.334 µL, dose 2');
  expect(readBack({ verb: 'PRIME', fields: {}, dose: 2 })).toContain('the pump computes the volume');
});

test('a code confirms what was read back until thirty seconds are over', () => {
  const asked = ask(undefined, 'a dose', 42, 1000);
  expect(asked.code).toBe('0042');
  expect(confirm(asked, ['0042'], 1000 + CONFIRM_MS)).toEqual({ ok: true, what: 'a dose' });
  expect(confirm(asked, ['0042'], 1001 + CONFIRM_MS)).toMatchObject({ ok: false, spent: true });
  expect(confirm(undefined, ['0042'], 1000)).toMatchObject({ ok: false });
});

test.each([[[]], [['42']], [['0043']], [['0042', '0042']]])(
  '%j does not confirm the code 0042, and does not spend it',
  (words) => {
    expect(confirm(ask(undefined, 'a dose', 42, 0), words, 0)).toMatchObject({ ok: false, spent: false });
  },
);

test('two codes in a row are never the same', () => {
  const first = ask(undefined, 'a', 9999, 0);
  expect(ask(first, 'b', 9999, 0).code).toBe('0000');
});

test('events are shown once and in order; a gap is fetched, and what was shown or is no news is dropped', () => {
  expect(onEvent({ next: 5 }, 5)).toEqual([{ next: 6 }, 'show']);
  expect(onEvent({ next: 5 }, 4)).toEqual([{ next: 5 }, 'drop']);
  expect(onEvent({ next: 5 }, 7)).toEqual([{ next: 5 }, 'fetch']);
  expect([4, 5, 6].map((next) => isBehind({ next: 5 }, next))).toEqual([false, false, true]);
});

test('Ctrl-C twice within a second stops, and otherwise clears the line', () => {
  expect(onInterrupt(undefined, 10)).toEqual({ does: 'clear', last: 10 });
  expect(onInterrupt(10, 10 + TWICE_MS)).toEqual({ does: 'stop', last: undefined });
  expect(onInterrupt(10, 11 + TWICE_MS)).toEqual({ does: 'clear', last: 11 + TWICE_MS });
});

test('a reply is shown with units, in the units of people too, and with what each key means', () => {
  const text = renderReply('STATUS', STATUS, { paint, width: 120 });
  expect(text.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 3))).toEqual(
    expect.arrayContaining([
      ['OK status'],
      ['tod_us', '27000000000 µs', '07:30:00'],
      ['nlpd', '300000 nL/day', '12.5 µL/h'],
      ['res_nl', '17961180 nL', '17.9612 mL'],
      ['dose_ng', '150000 ng', '150 µg'],
      ['us', '11180160000 µs', '3 h 6 min 20 s'],
    ]),
  );
});

test.each([40, 60, 80, 200])('no line of a reply is wider than %d columns, if its values are not', (width) => {
  for (const line of renderReply('SIM BUTTON', { rev: 3, state: 'denied', why: 'lockout' }, { paint, width }).split(
    '\n',
  )) {
    expect(line.length).toBeLessThanOrEqual(width);
  }
});

test('a refusal tells the code, what it means and what the pump said with it', () => {
  expect(renderRefusal('start', 'INHIBITED', { code: 'INHIBITED', alarm: 'catheter-occlusion' }, paint)).toMatch(
    /^Refused start: INHIBITED, alarm= takes delivery away; .*\n {2}alarm catheter-occlusion$/,
  );
});

test('an alarm is shown with its text, and anything else with its fields in words', () => {
  const alarm = { id: 'catheter-occlusion', pri: 'high', state: 'on', lim: '70000' };
  const event = { kind: 'event', ev: 6, us: 11_180_160_000 } as const;
  expect(renderEvent({ ...event, event: 'ALARM', fields: alarm }, paint)).toBe(
    '#6 3:06:20.160  ALARM catheter-occlusion on, priority high: Catheter occluded, delivery held  lim 70000',
  );
  expect(renderEvent({ ...event, event: 'FLOW', fields: { nlpd: '300000' } }, paint)).toBe(
    '#6 3:06:20.160  FLOW  nlpd 300000 nL/day = 12.5 µL/h',
  );
});

test('alarms of high priority stand out', () => {
  const colour = pc.createColors(true);
  const alarm = (pri: string) =>
    renderEvent({ kind: 'event', ev: 1, us: 0, event: 'ALARM', fields: { id: 'x', pri, state: 'on' } }, colour);
  expect(alarm('high')).toContain(colour.red('x').slice(0, 5));
  expect(alarm('low')).not.toContain(colour.red('x').slice(0, 5));
});

test('the prompt shows mode, rate, alarms and a dose in doubt', () => {
  expect(renderPrompt(undefined, false, paint)).toBe('pump> ');
  expect(renderPrompt(STATUS, false, paint)).toBe('basal 300000 nL/day> ');
  expect(renderPrompt({ ...STATUS, mode: 'stopped', nlpd: 0, alarms: 2 }, true, paint)).toBe(
    'stopped, 2 alarms, DOSE IN DOUBT> ',
  );
});

test('the greeting says what world the pump is of, that it is no medical device, and what became of the last dose', () => {
  const facts = {
    v: 2,
    nonce: '0',
    sid: '0',
    schema: '0',
    us: 0,
    dose: 41,
    last: 'K7Q2M9XW',
    lstate: 'INTERRUPTED',
    lnl: 1500,
    ev: 8,
    serial: 'SIM1',
    lockstep: '0',
  } as const;
  const base = { url: 'tcp://here:1', status: STATUS, profile: 'itb-20' };
  const text = renderGreeting({ ...base, facts: { ...facts, world: 'SIM', rx: 512, lease: 3000 } }, paint);
  expect(text).toContain('SIMULATED pump SIM1, profile itb-20, at tcp://here:1');
  expect(text).toContain('Not a medical device');
  expect(text).toContain('Last dose: number 41, interrupted, 1500 nL = 1.5 µL given (id K7Q2M9XW).');
  expect(renderGreeting({ ...base, facts: { ...facts, world: 'REAL', rx: 512, lease: 3000 } }, paint)).toContain(
    'REAL pump',
  );
});

test.each([
  [{ result: 'Done', dose: 4, nl: 1500 } as const, 'Done: dose 4 is over, 1500 nL = 1.5 µL given.'],
  [{ result: 'Interrupted', dose: 4, nl: 10 } as const, 'ended early, 10 nL = 0.01 µL given'],
  [{ result: 'NotAccepted', why: 'GIVEN_UP' } as const, 'nothing was given: GIVEN_UP'],
  [{ result: 'NotAccepted', why: 'SOFT_LIMIT', fields: { soft: 'bolus' } } as const, 'add over=bolus'],
  [{ result: 'Uncertain', why: 'SILENT' } as const, 'it is not known whether the dose was given'],
])('the end of a dose is told in words: %j', (result, text) => {
  expect(renderResult(result, paint)).toContain(text);
});

test('nothing that is said of a dose in doubt offers to give it again', () => {
  for (const why of ['SILENT', 'OTHER_PUMP', 'DOSES_LOST', 'GONE', 'NO_DOSE', 'ID_REUSED']) {
    expect(renderResult({ result: 'Uncertain', why }, paint)).not.toMatch(/\bagain\b|retry|repeat/i);
  }
});

test('the history keeps the last thousand lines, and no codes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'deep', 'history');
  const first = openHistory(file);
  for (const line of ['status', 'status', 'confirm 1234', 'alarms']) first.add(line);
  expect(openHistory(file).lines).toEqual(['status', 'alarms']);
  writeFileSync(file, Array.from({ length: MAX_HISTORY + 5 }, (_, i) => `log from=${i}\n`).join(''));
  openHistory(file).add('status');
  const kept = readFileSync(file, 'utf8').trim().split('\n');
  expect(kept).toHaveLength(MAX_HISTORY);
  expect([kept[0], kept.at(-1)]).toEqual(['log from=6', 'status']);
});

test('a history that cannot be written is no error', () => {
  const history = openHistory('/dev/null/history');
  history.add('status');
  expect(history.lines).toEqual(['status']);
});

test('each address has a store of its own, with a name that a file can have', () => {
  const names = ['tcp://127.0.0.1:7000', 'tcp://127.0.0.1-7000', '/dev/ttyUSB0', 'pty:./Pümpe'].map(storeName);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^intents-[A-Za-z0-9-]+-[0-9A-F]{8}\.ndjson$/);
  expect(stateFolder({ XDG_STATE_HOME: '/there' })).toBe('/there/doseloop');
});
