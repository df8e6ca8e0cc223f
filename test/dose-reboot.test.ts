import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../firmware-sim/firmware/commands.ts';
import { replayed } from '../firmware-sim/firmware/ledger/journal.ts';
import { readLog } from '../firmware-sim/firmware/log/log.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { answer, boot, bringToRest, createPump, handle, nextWake } from '../firmware-sim/firmware/pump.ts';
import { LIBRARIES } from '../firmware-sim/firmware/therapy/library.ts';
import { createLogDigest } from '../firmware-sim/scenario/digest.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Order } from '../protocol/motion.ts';
import { micros, nanogramsPerMicrolitre, nanolitres, nanolitresPerDay } from '../protocol/units.ts';
import { presences, tell as tellAlarm, warm } from './support/alarm-room.ts';
import {
  bolus,
  boluses,
  commit,
  DAY,
  flows,
  HOUR,
  MINUTE,
  ng,
  press,
  programmed,
  running,
  stage,
  story,
  until,
  us,
  type ProgramParts,
} from './support/programs.ts';
import { accepted, occlusion, refill, refusal, start, STEP, stop } from './support/therapy.ts';

const BUTTON = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(2 * HOUR), count: 3, window: us(DAY) };
/** A step of the basal flow takes 2.88 s, one of 20 µL in an hour 1.8 s. */
const SECOND = MINUTE / 60;
const BLOCK = PROFILES['itb-40'].journalBlock * STEP;

const records = (sim: Simulation): string[] =>
  sim.status.doses.records.map(({ n, kind, state, given }) => `${n} ${kind} ${state} ${given}`);

/** All that the rotor has turned, nL: what was made, whatever the pump counts. */
const made = (sim: Simulation): number => sim.sample().rotor_feedback ?? Number.NaN;

const withBolus = (at: number, parts: ProgramParts = {}): Simulation => {
  const sim = running(parts);
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, at);
  return sim;
};

test('a restart counts the boot counter on and says so in the log', () => {
  const sim = running();
  until(sim, HOUR);
  sim.reboot();
  sim.reboot();
  expect(sim.status.boot).toBe(3);
  expect(story(sim, ['BOOT'], ['boot'])).toEqual(['1 h BOOT 2', '1 h BOOT 3']);
});

test('the boot counter begins where the setup says and goes on from 1 after 65535', () => {
  const sim = new Simulation({ profile: 'itb-40', concentration: 500, boot: 65_534 });
  expect(sim.status.boot).toBe(65_534);
  sim.reboot();
  expect(sim.status.boot).toBe(65_535);
  sim.reboot();
  expect(sim.status.boot).toBe(1);
});

test('a therapy goes on after a restart as it was, at the same rate and with nothing to start', () => {
  const sim = running();
  until(sim, 12 * HOUR);
  const { revision, doses, dose } = sim.status;
  sim.reboot();
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000, revision, doses, dose, alarms: [] });
  until(sim, DAY);
  expect(flows(sim)).toEqual(['0 h FLOW 300000']);
  // What was done of a step is lost, and a block of ten is counted ahead.
  expect(made(sim)).toBeGreaterThanOrEqual(300_000 - STEP);
  expect(sim.status.commanded - made(sim)).toBeLessThan(BLOCK);
});

test('what was done of a step is forgotten: the next is a whole step away', () => {
  const sim = running();
  until(sim, SECOND);
  stop(sim);
  start(sim);
  until(sim, 10 * 2.88 * SECOND + 2 * SECOND);
  sim.reboot();
  until(sim, 11 * 2.88 * SECOND + 2 * SECOND - 1);
  expect(sim.status.commanded).toBe(100);
  until(sim, 11 * 2.88 * SECOND + 2 * SECOND);
  expect(sim.status.commanded).toBe(110);
});

test('a stopped pump stays stopped', () => {
  const sim = running();
  until(sim, HOUR);
  stop(sim);
  sim.reboot();
  until(sim, 2 * HOUR);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, alarms: [] });
  expect(made(sim)).toBe(sim.status.commanded);
});

test('of a block of steps that was begun every step counts as given, of none the first', () => {
  /** Volume counted for so many steps made of a bolus. */
  const counted = (steps: number): number => {
    const sim = programmed();
    accepted(bolus(sim, 20_000, HOUR));
    until(sim, steps * 1.8 * SECOND);
    expect(made(sim)).toBe(steps * STEP);
    sim.reboot();
    expect(sim.status.doses.records[0]?.given).toBe(sim.status.commanded);
    return sim.status.commanded / STEP;
  };
  expect([0, 1, 9, 10, 11, 20, 21].map(counted)).toEqual([0, 10, 10, 10, 20, 20, 30]);
});

test('no more counts as given than the train had', () => {
  const sim = programmed();
  accepted(bolus(sim, 150, 15 * 1.8 * SECOND));
  until(sim, 12 * 1.8 * SECOND);
  sim.reboot();
  expect(records(sim)).toEqual(['1 single INTERRUPTED 150']);
  expect(sim.status.commanded).toBe(150);
});

test('what counts as given is gone from the computed reservoir as well', () => {
  const sim = withBolus(15 * 1.8 * SECOND);
  sim.reboot();
  expect(sim.status.reservoir).toBe(40_000_000 - 200);
});

test('what counts as given counts under the dose limit', () => {
  const limit = { dose: ng(60_050), window: us(DAY) };
  const room = (restarts: boolean): number => {
    const sim = running({ dose: ng(60_000), limit });
    until(sim, 12 * HOUR + 31 * SECOND);
    if (restarts) sim.reboot();
    const outcome = bolus(sim, 60_000, HOUR);
    return Number(outcome.facts['room_ng']);
  };
  // 3002 steps were made, 3010 count; a step is 10 ng.
  expect(room(false) - room(true)).toBe(80);
});

test('what counts as given has left the window a window later', () => {
  const limit = { dose: ng(200_000), window: us(HOUR) };
  const room = (restarts: boolean): number => {
    const sim = running({ dose: ng(60_000), limit });
    until(sim, 12 * HOUR + 31 * SECOND);
    if (restarts) sim.reboot();
    stop(sim);
    until(sim, 13 * HOUR + 31 * SECOND);
    return Number(bolus(sim, 250_000, HOUR).facts['room_ng']);
  };
  expect(room(true)).toBe(room(false));
  expect(room(true)).toBe(200_000);
});

test('a bolus in hand is interrupted with what counts as given, alarmed, and never resumed', () => {
  const sim = withBolus(15 * MINUTE + 1.8 * SECOND);
  sim.reboot();
  expect(boluses(sim).at(-1)).toBe('0.2505 h BOLUS single interrupted 5100 reset');
  expect(presences(sim)).toEqual({ 'dose-interrupted': 'latched' });
  expect(sim.status).toMatchObject({ mode: 'basal', rate: 300_000 });
  until(sim, 3 * HOUR);
  expect(records(sim)).toEqual(['1 single INTERRUPTED 5100']);
  expect(boluses(sim)).toHaveLength(2);
});

test('the log of a restart begins with the boot, then what became of the dose', () => {
  const sim = withBolus(15 * MINUTE);
  const before = sim.status.nextEvent;
  sim.reboot();
  expect(sim.log(before).map(({ kind, keys }) => `${kind} ${Object.values(keys).join(' ')}`)).toEqual([
    'BOOT 2',
    'BOLUS single 1 interrupted 5000 reset',
    'ALARM dose-interrupted medium on',
    'ALARM dose-interrupted medium latched',
    'FLOW 300000',
  ]);
});

test('a bolus from a stopped pump leaves a stopped pump', () => {
  const sim = programmed();
  accepted(bolus(sim, 20_000, HOUR));
  until(sim, 15 * MINUTE);
  sim.reboot();
  until(sim, HOUR);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, commanded: 5_000 });
});

test('the dose that waits and the one in hand are both interrupted, each with its own', () => {
  const sim = withBolus(30 * MINUTE, { patient: BUTTON });
  press(sim);
  until(sim, 35 * MINUTE);
  sim.reboot();
  expect(records(sim)).toEqual(['1 single INTERRUPTED 10000', '2 patient INTERRUPTED 5000']);
  until(sim, DAY);
  expect(boluses(sim).slice(-2)).toEqual([
    '0.5833 h BOLUS single interrupted 10000 reset',
    '0.5833 h BOLUS patient interrupted 5000 reset',
  ]);
  // Nor does one that ends later let the one that waited go on.
  press(sim);
  until(sim, 2 * DAY);
  expect(boluses(sim).at(-1)).toContain('patient done');
});

test('the lockout of a patient bolus that was interrupted begins at the restart', () => {
  const sim = running({ patient: BUTTON });
  press(sim);
  until(sim, 5 * MINUTE);
  sim.reboot();
  until(sim, 5 * MINUTE + 2 * HOUR - 1);
  expect(press(sim)).toBe('lockout');
  until(sim, 5 * MINUTE + 2 * HOUR);
  expect(press(sim)).toBe('granted');
});

test('a bolus of the program that was only put off is lost, said so, and has no number', () => {
  const boluses1 = [{ at: us(6 * HOUR), dose: ng(10_000), duration: us(30 * MINUTE) }];
  const sim = running({ mode: 'scheduled', patient: BUTTON, boluses: boluses1 });
  until(sim, 6 * HOUR - 5 * MINUTE);
  press(sim);
  until(sim, 6 * HOUR + MINUTE);
  sim.reboot();
  until(sim, 8 * HOUR);
  expect(boluses(sim).slice(-2)).toEqual([
    '6.0167 h BOLUS scheduled interrupted 0 reset',
    '6.0167 h BOLUS patient interrupted 6000 reset',
  ]);
  expect(sim.status.doses.number).toBe(1);
});

test('a prime is interrupted, leaves a stopped pump, and is not alarmed as one that took too long', () => {
  const sim = programmed({}, { primed: false });
  accepted(sim.command({ command: 'prime' }));
  until(sim, 10 * MINUTE);
  sim.reboot();
  expect(story(sim, ['PRIME'], ['state', 'nl', 'why']).at(-1)).toBe('0.1667 h PRIME interrupted 166700 reset');
  until(sim, 2 * HOUR);
  expect(sim.status).toMatchObject({ mode: 'stopped', rate: 0, commanded: 166_700 });
  expect(presences(sim)).toEqual({ 'dose-interrupted': 'latched' });
});

test('the next dose has the next number', () => {
  const sim = withBolus(15 * MINUTE);
  sim.reboot();
  expect(accepted(bolus(sim, 20_000, HOUR))).toMatchObject({ dose: 2 });
});

test('without an open dose the ledger after a restart is the one before it, read back from the journal', () => {
  const sim = withBolus(2 * HOUR, { patient: BUTTON });
  press(sim);
  until(sim, 4 * HOUR);
  const before = sim.status.doses;
  expect(before.number).toBe(2);
  sim.reboot();
  expect(sim.status.doses).toEqual(before);
  expect(replayed(sim.journal)).toEqual(before);
});

test('the ledger after a restart comes from the journal and not from working memory', () => {
  const [sim, other] = [withBolus(15 * MINUTE), withBolus(15 * MINUTE)];
  const without = JSON.parse(sim.snapshot()) as Record<string, unknown>;
  sim.restore(JSON.stringify({ ...without, doses: { number: 77, records: [] }, dose: undefined }));
  for (const one of [sim, other]) one.reboot();
  expect(sim.status.doses).toEqual(other.status.doses);
});

test('an open dose ends in the journal as well: a second restart finds it ended', () => {
  const sim = withBolus(15 * MINUTE);
  sim.reboot();
  const { doses } = sim.status;
  expect(replayed(sim.journal)).toEqual(doses);
  until(sim, HOUR);
  const before = boluses(sim);
  sim.reboot();
  expect(sim.status.doses).toEqual(doses);
  expect(boluses(sim)).toEqual(before);
});

test('the staged program is lost, the committed one is not', () => {
  const sim = running();
  until(sim, HOUR);
  accepted(stage(sim, { dose: ng(100_000) }));
  sim.reboot();
  expect(refusal(sim.command({ command: 'commit', ifRevision: sim.status.revision }))).toBe('NOTHING_STAGED');
  expect(sim.status.dose).toBe(300_000);
});

test('comparators look again: what went wrong before a restart is still seen to end, and what comes after to begin', () => {
  const sim = new Simulation({ profile: 'itb-40-sense', drug: 'water', concentration: 1_000 });
  refill(sim, 40_000_000);
  commit(sim, {});
  start(sim);
  sim.inject(warm(46));
  until(sim, HOUR);
  sim.reboot();
  expect(presences(sim)).toEqual({ 'over-temperature': 'on' });
  expect(sim.status.rate).toBe(0);
  sim.inject(warm(37));
  until(sim, HOUR + 2 * MINUTE);
  expect(sim.status).toMatchObject({ rate: 300_000, alarms: [] });
  sim.reboot();
  sim.inject(occlusion('complete'));
  until(sim, 6 * HOUR);
  expect(presences(sim)).toEqual({ 'catheter-occlusion': 'on' });
});

/** A firmware by itself whose orders are recorded, which has alarmed and runs. */
function recorded() {
  const orders: Order[] = [];
  const hal = { order: (one: Order): void => void orders.push(one) };
  const pump = createPump(PROFILES['itb-40-sense'], LIBRARIES.water);
  const at = micros(0);
  const tell = (command: Command): void => void accepted(handle(pump, hal, command, at));
  tell({ command: 'refill', ifRevision: 1, volume: nanolitres(40_000_000), drained: nanolitres(0) });
  tell({ command: 'program', dose: ng(300_000), concentration: nanogramsPerMicrolitre(1_000) });
  tell({ command: 'commit', ifRevision: 2 });
  tell({ command: 'start', ifRevision: 3 });
  answer(pump, hal, [{ answer: 'reported', event: 'log-memory', t: at }], at);
  return { pump, hal, orders };
}

test('the reset line stops the motor and the tone and takes every comparator away, and nothing else', () => {
  const { pump, hal, orders } = recorded();
  const set = orders.flatMap((one) => (one.order === 'watch' ? [one.id] : []));
  expect(set).toHaveLength(8);
  orders.length = 0;
  bringToRest(pump, hal);
  expect(orders.map(({ order }) => order)).toEqual(['halt', ...set.map(() => 'unwatch'), 'silence']);
  expect(orders.flatMap((one) => (one.order === 'unwatch' ? [one.watch] : []))).toEqual(set);
  expect(orders.find(({ order }) => order === 'silence')).toMatchObject({ finish: false });
});

test('a firmware that has restarted sets its comparators, drives the motor and sounds its alarms anew', () => {
  const { pump, hal, orders } = recorded();
  const order = (one: Order): object => ({ ...one, id: 0 });
  const before = orders.filter((one) => one.order === 'watch' || one.order === 'tone').map(order);
  bringToRest(pump, hal);
  orders.length = 0;
  boot(pump, hal, [], micros(0));
  expect(orders.map(({ order: name }) => name)).toEqual([...Array<string>(8).fill('watch'), 'train', 'tone']);
  expect(orders.filter((one) => one.order !== 'train').map(order)).toEqual(expect.arrayContaining(before));
});

test('an answer to an order from before the restart changes nothing', () => {
  const { pump, hal, orders } = recorded();
  const train = orders.findLast((one) => one.order === 'train')?.id ?? 0;
  const watch = orders.find((one) => one.order === 'watch')?.id ?? 0;
  bringToRest(pump, hal);
  boot(pump, hal, [], micros(0));
  orders.length = 0;
  const before = structuredClone(pump);
  const t = micros(0);
  answer(
    pump,
    hal,
    [
      { answer: 'done', train, n: 5, t },
      { answer: 'tripped', watch, train, n: 5, t },
    ],
    t,
  );
  expect(pump).toEqual(before);
  expect(orders).toEqual([]);
});

test('a dose that was being stopped when the controller restarted ends as interrupted, with what can have been given', () => {
  const { pump, hal, orders } = recorded();
  handle(pump, hal, { command: 'acknowledge', ev: pump.alarms['memory-error'].raisedEv }, micros(0));
  const train = orders.findLast((one) => one.order === 'train')?.id ?? 0;
  const rate = nanolitresPerDay(864_000);
  accepted(handle(pump, hal, { command: 'bolus', volume: nanolitres(20_000), rate }, micros(0)));
  answer(pump, hal, [{ answer: 'done', train, n: 0, t: micros(0) }], micros(0));
  // A step a second; the motor has not answered yet.
  const t = micros(12 * SECOND);
  handle(pump, hal, { command: 'stop' }, t);
  expect(pump.doses.records).toMatchObject([{ n: 1, state: 'ACCEPTED', given: 0 }, { kind: 'stop' }]);
  bringToRest(pump, hal);
  boot(
    pump,
    hal,
    orders.flatMap((one) => (one.order === 'journal' ? [one.text] : [])),
    t,
  );
  expect(pump.doses.records).toMatchObject([{ n: 1, state: 'INTERRUPTED', given: 200 }, { kind: 'stop' }]);
  expect(pump.mode).toBe('stopped');
  expect(pump.alarms['dose-interrupted'].locked).toBe(true);
  expect(readLog(pump.log, 1, Infinity).flatMap(({ keys }) => (keys['dose'] === 1 ? [keys['why']] : []))).toEqual([
    undefined,
    'reset',
  ]);
});

test('alarms are after a restart what they were: present, acknowledged, latched', () => {
  const sim = running();
  sim.inject({ fault: 'memory.error', mode: 'log' });
  sim.inject({ fault: 'memory.error', mode: 'library' });
  accepted(tellAlarm(sim, 'acknowledge', 'library-fault'));
  const { alarms } = sim.status;
  expect(alarms.map(({ presence }) => presence)).toEqual(['ack', 'latched']);
  sim.reboot();
  expect(sim.status.alarms).toEqual(alarms);
});

test('a test of the tones ends with a restart', () => {
  const { pump, hal, orders } = recorded();
  handle(pump, hal, { command: 'acknowledge', ev: pump.alarms['memory-error'].raisedEv }, micros(0));
  accepted(handle(pump, hal, { command: 'test-tones' }, micros(0)));
  bringToRest(pump, hal);
  orders.length = 0;
  boot(pump, hal, [], micros(0));
  expect(orders.filter(({ order }) => order === 'tone')).toEqual([]);
  expect(nextWake(pump)).toBeGreaterThan(DAY);
});

test('the digest of the log leaves out how often the pump was started, but not that it was', () => {
  const digest = (from: number, restarts: number): string | null => {
    const sim = new Simulation({ profile: 'itb-40', drug: 'water', concentration: 1_000, boot: from });
    for (let i = 0; i < restarts; i += 1) sim.reboot();
    const log = createLogDigest();
    for (const entry of sim.log()) log.add(entry);
    return log.value();
  };
  expect(digest(1, 1)).toBe(digest(700, 1));
  expect(digest(1, 1)).not.toBe(digest(1, 0));
});

type Act = 'bolus' | 'press' | 'stop' | 'start' | 'reboot';

const lives = fc.array(
  fc.record({
    act: fc.constantFrom<Act[]>('bolus', 'bolus', 'press', 'press', 'stop', 'start', 'start', 'reboot', 'reboot'),
    wait: fc.oneof(fc.nat(2 * HOUR), fc.nat(30 * SECOND)),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

const ACTS: Readonly<Record<Act, (sim: Simulation) => unknown>> = {
  bolus: (sim) => bolus(sim, 20_000, HOUR),
  press: (sim) => press(sim),
  stop: (sim) => stop(sim),
  start: (sim) => sim.command({ command: 'start', ifRevision: sim.status.revision }),
  reboot: (sim) => sim.reboot(),
};

test('whatever happens between restarts: leaping says what walking says, and nothing is given that is not counted', () => {
  let cut = 0;
  fc.assert(
    fc.property(lives, (life) => {
      const play = (leap: boolean, restoring: boolean): Simulation => {
        const boluses1 = [{ at: us(2 * HOUR), dose: ng(10_000), duration: us(30 * MINUTE) }];
        const patient = { ...BUTTON, lockout: us(10 * MINUTE), count: 20 };
        const sim = running({ mode: 'scheduled', patient, boluses: boluses1 }, { leap });
        let restarts = 0;
        for (const { act, wait } of life) {
          ACTS[act](sim);
          if (restoring) sim.restore(sim.snapshot());
          if (act === 'reboot') restarts += 1;
          const { doses, commanded, mode } = sim.status;
          expect(replayed(sim.journal)).toEqual(doses);
          expect(commanded - made(sim)).toBeGreaterThanOrEqual(0);
          expect(commanded - made(sim)).toBeLessThan(BLOCK * restarts + STEP);
          const open = doses.records.filter(({ state }) => state === 'ACCEPTED');
          if (act === 'reboot' || act === 'stop') expect(open).toEqual([]);
          if (mode === 'basal' || mode === 'stopped') expect(open).toEqual([]);
          until(sim, sim.now + wait);
        }
        cut += sim.log().filter(({ keys }) => keys['why'] === 'reset').length;
        return sim;
      };
      const leapt = play(true, false);
      for (const other of [play(false, false), play(true, true)]) {
        expect(other.log()).toEqual(leapt.log());
        expect(other.sample()).toEqual(leapt.sample());
        expect(other.journal).toEqual(leapt.journal);
      }
    }),
    { numRuns: 60 },
  );
  expect(cut).toBeGreaterThan(60);
});
