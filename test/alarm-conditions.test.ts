import { expect, test } from 'vitest';
import { createPump, statusOf, wake } from '../firmware-sim/firmware/pump.ts';
import type { AlarmId } from '../firmware-sim/firmware/alarms/table.ts';
import { PROFILES } from '../firmware-sim/firmware/profiles.ts';
import { LIBRARIES, type DrugLibrary } from '../firmware-sim/firmware/therapy/library.ts';
import { Simulation } from '../firmware-sim/simulation/simulation.ts';
import type { Fault } from '../firmware-sim/body/faults.ts';
import { micros, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../protocol/units.ts';
import { after, linesOf, memoryError, presences, tell, through, warm } from './support/alarm-room.ts';
import { bolus, commit, ng, running, stage } from './support/programs.ts';
import {
  accepted,
  commitRate,
  readyPump,
  refill,
  refusal,
  runningTherapy,
  stampOfNth,
  start,
  stop,
} from './support/therapy.ts';

const RATE = 300_000;
const DEAD = { fault: 'sensor.pressure', mode: 'dead' } as const;
const READS = { fault: 'sensor.pressure', mode: 'off' } as const;

test('the reservoir is low at 2 mL, which takes boluses away, and empty a step before its residual, which holds all', () => {
  const sim = runningTherapy({ rate: RATE, fill: 2_000_010 });
  through(sim, stampOfNth(1, RATE) - 1);
  expect(sim.status.alarms).toEqual([]);
  through(sim, stampOfNth(1, RATE));
  expect(presences(sim)).toEqual({ 'low-reservoir': 'on' });
  expect(refusal(bolus(sim, 10_000, US_PER_HOUR))).toBe('INHIBITED');
  expect(sim.status.rate).toBe(RATE);
  through(sim, stampOfNth(60_001, RATE) - 1);
  expect(sim.status.rate).toBe(RATE);
  through(sim, stampOfNth(60_001, RATE));
  expect(presences(sim)).toEqual({ 'empty-reservoir': 'on', 'low-reservoir': 'on' });
  expect(sim.status).toMatchObject({ rate: 0, reservoir: 1_400_000 });
  refill(sim, 18_000_000);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('refill-overdue comes a microsecond after 180 days of baclofen, holds nothing, and goes with the refill', () => {
  const sim = running({ dose: ng(50_000) }, { drug: 'baclofen' });
  through(sim, 180 * US_PER_DAY);
  expect(sim.status.alarms).toEqual([]);
  through(sim, 180 * US_PER_DAY + 1);
  expect(presences(sim)).toEqual({ 'refill-overdue': 'on' });
  expect(sim.status.rate).toBe(50_000);
  refill(sim, 40_000_000);
  expect(sim.status.alarms).toEqual([]);
  after(sim, 180 * US_PER_DAY);
  expect(sim.status.alarms).toEqual([]);
});

test('a pump that was stopped for 48 hours says so, and a start ends it', () => {
  const sim = runningTherapy({ rate: RATE });
  after(sim, US_PER_HOUR);
  stop(sim);
  through(sim, 49 * US_PER_HOUR - 1);
  expect(sim.status.alarms).toEqual([]);
  through(sim, 49 * US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'pump-stopped': 'on' });
  start(sim);
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('the 48 hours count from the last stop, a bolus between begins them anew, and before the first start there are none', () => {
  const never = readyPump({ rate: RATE });
  through(never, 30 * US_PER_DAY);
  expect(never.status.alarms).toEqual([]);
  const sim = runningTherapy({ rate: RATE });
  stop(sim);
  through(sim, 40 * US_PER_HOUR);
  stop(sim);
  through(sim, 47 * US_PER_HOUR);
  accepted(bolus(sim, 10_000, US_PER_HOUR));
  through(sim, 96 * US_PER_HOUR - 1);
  expect(sim.status).toMatchObject({ mode: 'stopped', alarms: [] });
  through(sim, 96 * US_PER_HOUR + 1);
  expect(presences(sim)).toEqual({ 'pump-stopped': 'on' });
});

test('over-temperature begins over 45 °C and ends under 43 °C, at the next look of the minute; no fever raises it', () => {
  const at = (celsius: number): { rate: number; alarms: object } => {
    sim.inject(warm(celsius));
    after(sim, 20 * US_PER_MINUTE);
    return { rate: sim.status.rate, alarms: presences(sim) };
  };
  const sim = runningTherapy({ profile: 'itb-40', rate: RATE });
  for (const fever of [41, 43, 45]) expect(at(fever)).toEqual({ rate: RATE, alarms: {} });
  for (const hot of [45.001, 46, 44, 43]) expect(at(hot)).toEqual({ rate: 0, alarms: { 'over-temperature': 'on' } });
  expect(at(42.999)).toEqual({ rate: RATE, alarms: {} });
});

test('a pump that nobody has spoken to yet notices over-temperature as well', () => {
  const sim = new Simulation({ profile: 'itb-40', concentration: 1_000 });
  sim.inject(warm(46));
  through(sim, US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'over-temperature': 'on' });
});

test('a pressure sensor that cannot read is noticed within 10 min, and when it can again', () => {
  const sim = runningTherapy({ profile: 'itb-20-sense', rate: RATE });
  after(sim, US_PER_MINUTE);
  sim.inject(DEAD);
  through(sim, 10 * US_PER_MINUTE - 1);
  expect(sim.status.alarms).toEqual([]);
  through(sim, 10 * US_PER_MINUTE);
  expect(presences(sim)).toEqual({ 'sensor-fault': 'on' });
  expect(sim.status.rate).toBe(RATE);
  sim.inject(READS);
  after(sim, 10 * US_PER_MINUTE);
  expect(sim.status.alarms).toEqual([]);
});

test('a profile without the sensor has no sensor-fault', () => {
  const sim = runningTherapy({ profile: 'itb-20', rate: RATE });
  sim.inject(DEAD);
  after(sim, 5 * US_PER_DAY);
  expect(sim.status.alarms).toEqual([]);
});

test('a critical memory error loses the program: the minimum rate, until a program is committed and started', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(memoryError('program'));
  expect(presences(sim)).toEqual({ 'memory-error-critical': 'on' });
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000 });
  after(sim, US_PER_DAY);
  expect(presences(sim)).toEqual({ 'memory-error-critical': 'on' });
  commitRate(sim, RATE);
  expect(sim.status).toMatchObject({ mode: 'minimum', rate: 6_000, alarms: [] });
  start(sim);
  expect(sim.status).toMatchObject({ mode: 'basal', rate: RATE });
});

test('a memory error of the log changes nothing else, and ends when somebody has seen it', () => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(memoryError('log'));
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [{ id: 'memory-error', presence: 'latched' }] });
  accepted(tell(sim, 'acknowledge', 'memory-error'));
  expect(sim.status.alarms).toEqual([]);
});

test.each(['library', 'library-lost'] as const)(
  'memory.error %s: nothing can be programmed before a library is loaded',
  (mode) => {
    const sim = running();
    sim.inject(memoryError(mode));
    expect(presences(sim)).toEqual({ 'library-fault': 'on' });
    expect(sim.status.rate).toBe(RATE);
    expect(refusal(stage(sim, {}))).toBe('NO_LIBRARY');
    accepted(sim.command({ command: 'library', library: LIBRARIES.water }));
    expect(sim.status.alarms).toEqual([]);
    expect(refusal(stage(sim, {}))).toBe('accepted');
  },
);

test('a library whose memory fails twice is not whole again', () => {
  const sim = running();
  sim.inject(memoryError('library'));
  sim.inject(memoryError('library'));
  expect(presences(sim)).toEqual({ 'library-fault': 'on' });
  expect(refusal(stage(sim, {}))).toBe('NO_LIBRARY');
});

test.each<[string, DrugLibrary | undefined]>([
  ['no drug library', undefined],
  ['one that fails its check', { ...LIBRARIES.water, version: 9 }],
])('a pump that is made with %s says so', (_, library) => {
  const pump = createPump(PROFILES['itb-40'], library);
  wake(pump, { order: () => {} }, micros(0));
  expect(statusOf(pump, 0).alarms.map(({ id }) => id)).toEqual(['library-fault']);
});

test('an alarm that takes boluses away ends the one in hand: dose-interrupted, until somebody has seen it', () => {
  const sim = running();
  accepted(bolus(sim, 100_000, US_PER_HOUR));
  after(sim, 10 * US_PER_MINUTE);
  sim.inject(warm(46));
  after(sim, US_PER_MINUTE);
  expect(presences(sim)).toEqual({ 'over-temperature': 'pending', 'dose-interrupted': 'latched' });
  accepted(tell(sim, 'acknowledge', 'dose-interrupted'));
  expect(presences(sim)).toEqual({ 'over-temperature': 'pending' });
  const without = running();
  without.inject(warm(46));
  after(without, US_PER_MINUTE);
  expect(presences(without)).toEqual({ 'over-temperature': 'pending' });
});

test('a dose limit that is reached holds delivery until a fiftieth of it is free again', () => {
  // 310 µg in a day, of which the basal rate takes 300 and a bolus more than the rest.
  const sim = running({ limit: { dose: ng(310_000), window: micros(US_PER_DAY) } });
  after(sim, 12 * US_PER_HOUR);
  accepted(bolus(sim, 150_000, US_PER_HOUR));
  through(sim, US_PER_DAY);
  expect(presences(sim)).toEqual({ 'dose-limit': 'on' });
  expect(sim.status.rate).toBe(0);
  const [on] = linesOf(sim, 'dose-limit').map((line) => Number(line.split(' ')[1]));
  through(sim, 2 * US_PER_DAY);
  const [, off] = linesOf(sim, 'dose-limit').map((line) => Number(line.split(' ')[1]));
  // What leaves the window is the first basal flow, 12.5 µg an hour: 6.2 µg are half an hour of it.
  expect(on).toBeLessThan(US_PER_DAY);
  expect(off).toBeGreaterThan(US_PER_DAY + 29 * US_PER_MINUTE);
  expect(off).toBeLessThan(US_PER_DAY + 31 * US_PER_MINUTE);
});

test('three starts within ten minutes, each after the same alarm, are held; two are not, nor are slower ones', () => {
  const restarted = (pause: number, times: number): Simulation => {
    const sim = runningTherapy({ profile: 'itb-40', rate: 24_000_000, fill: 40_000_000 });
    sim.inject({ fault: 'rotor.turn', mode: 'wrong', turn: 1_200_000 });
    for (let i = 0; i < times; i += 1) {
      // The rotor is noticed after a revolution of 36 s.
      after(sim, pause);
      accepted(tell(sim, 'acknowledge', 'over-delivery'));
      start(sim);
    }
    return sim;
  };
  expect(presences(restarted(US_PER_MINUTE, 2))).toEqual({});
  const sim = restarted(US_PER_MINUTE, 3);
  expect(presences(sim)).toEqual({ 'alert-stop-start': 'latched' });
  expect(sim.status.rate).toBe(0);
  expect(presences(restarted(5 * US_PER_MINUTE, 3))).toEqual({ 'alert-stop-start': 'latched' });
  expect(presences(restarted(5 * US_PER_MINUTE + 1, 3))).toEqual({});
  accepted(tell(sim, 'acknowledge', 'alert-stop-start'));
  start(sim);
  expect(sim.status).toMatchObject({ rate: 24_000_000, alarms: [] });
});

test('starts that no alarm went before count for nothing', () => {
  const sim = runningTherapy({ rate: RATE });
  for (let i = 0; i < 5; i += 1) {
    stop(sim);
    start(sim);
  }
  expect(sim.status).toMatchObject({ rate: RATE, alarms: [] });
});

test('priming that takes too long is given up, and no infusion starts before somebody has seen it', () => {
  const sim = new Simulation({ profile: 'itb-40', drug: 'water', concentration: 1_000, primed: false });
  refill(sim, 40_000_000);
  commit(sim, {});
  accepted(sim.command({ command: 'prime' }));
  sim.inject(warm(46));
  through(sim, US_PER_HOUR - 1);
  expect(presences(sim)).toEqual({ 'over-temperature': 'on' });
  through(sim, US_PER_HOUR);
  expect(presences(sim)).toEqual({ 'prime-timeout': 'latched', 'over-temperature': 'on' });
  sim.inject(warm(37));
  after(sim, US_PER_MINUTE);
  expect(refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }))).toBe('INHIBITED');
});

test.each(['host', 'typed', 'break'] as const)(
  'a therapy that was stopped over the line by %s says so until somebody has seen it',
  (source) => {
    const sim = runningTherapy({ rate: RATE });
    after(sim, US_PER_HOUR);
    accepted(sim.command({ command: 'stop', source }));
    expect(presences(sim)).toEqual({ 'therapy-stopped': 'latched' });
    const entries = sim.log().filter(({ keys }) => keys['src'] !== undefined);
    expect(entries.map(({ kind, keys }) => `${kind} ${keys['src']}`)).toEqual([`STOP ${source}`, `ALARM ${source}`]);
    start(sim);
    expect(sim.status).toMatchObject({ rate: RATE, alarms: [{ id: 'therapy-stopped' }] });
    accepted(tell(sim, 'acknowledge', 'therapy-stopped'));
    expect(sim.status.alarms).toEqual([]);
  },
);

test('a dose that was stopped over the line is alarmed like a therapy', () => {
  const sim = readyPump({ rate: RATE });
  accepted(bolus(sim, 20_000, US_PER_HOUR));
  accepted(sim.command({ command: 'stop', source: 'host' }));
  expect(presences(sim)).toEqual({ 'therapy-stopped': 'latched' });
});

test('a stop of what does not run, and one that came over no line, raise no alarm', () => {
  const sim = readyPump({ rate: RATE });
  accepted(sim.command({ command: 'stop', source: 'break' }));
  start(sim);
  stop(sim);
  expect(sim.status.alarms).toEqual([]);
  expect(sim.log().flatMap(({ kind, keys }) => (kind === 'STOP' ? [keys['src']] : []))).toEqual(['break', undefined]);
});

const LIMITS: readonly (readonly [AlarmId, Fault, number])[] = [
  ['catheter-occlusion', { fault: 'catheter.occlusion', mode: 'complete' }, 70_000],
  ['sensor-fault', DEAD, 1],
  ['motor-stall', { fault: 'rotor.stall', mode: 'stuck' }, 500],
  ['over-delivery', { fault: 'rotor.turn', mode: 'wrong', turn: 1_200_000 }, 1_100],
  ['under-delivery', { fault: 'rotor.turn', mode: 'wrong', turn: 800_000 }, 900],
  ['over-temperature', warm(46), 45_000],
  ['elective-replacement', { fault: 'battery.cell', mode: 'wrong', share: 50_000 }, 1_000_000],
  ['low-battery-reset', { fault: 'battery.cell', mode: 'wrong', share: 10_000 }, 200_000],
];

test.each(LIMITS)('A18: the log holds the limit that was in force when %s began', (id, fault, limit) => {
  const sim = runningTherapy({ rate: RATE });
  sim.inject(fault);
  through(sim, 2 * US_PER_HOUR);
  const first = sim.log().find(({ kind, keys }) => kind === 'ALARM' && keys['id'] === id);
  expect(first?.keys['lim']).toBe(limit);
});
