import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIBRARIES, sealed, type DrugLibrary } from '../firmware-sim/firmware/therapy/library.ts';
import { nanograms, nanogramsPerMicrolitre, nanolitres, nanolitresPerDay } from '../protocol/units.ts';
import {
  commit,
  DAY,
  HOUR,
  MINUTE,
  ng,
  programmed,
  running,
  stage,
  story,
  tell,
  tryCommit,
  until,
  us,
  type ProgramParts,
} from './support/programs.ts';
import { accepted, refusal, refill, start, stop } from './support/therapy.ts';
import type { Outcome } from '../firmware-sim/firmware/commands.ts';

const patient = { dose: ng(10_000), duration: us(10 * MINUTE), lockout: us(HOUR), count: 3, window: us(DAY) };
const steps = { direction: 'up' as const, dose: ng(10_000), everyDays: 7, count: 3 };
const timed = (at: number, duration = 30 * MINUTE) => ({ at: us(at), dose: ng(10_000), duration: us(duration) });

const REFUSED: readonly (readonly [what: string, parts: ProgramParts, code: string, why?: string])[] = [
  ['flex without an interval', { mode: 'flex' }, 'PLAN_RANGE', 'empty'],
  ['flex with a daily dose', { mode: 'flex', dose: ng(1), intervals: [] }, 'PLAN_RANGE', 'dose'],
  [
    'intervals out of order',
    {
      mode: 'flex',
      intervals: [
        { from: us(HOUR), dose: ng(1e5) },
        { from: us(HOUR), dose: ng(1e5) },
      ],
    },
    'PLAN_RANGE',
    'order',
  ],
  [
    'an interval after the end of the day',
    { mode: 'flex', intervals: [{ from: us(DAY), dose: ng(1e5) }] },
    'PLAN_RANGE',
    'time',
  ],
  ['an interval below the pump’s flow', { mode: 'flex', intervals: [{ from: us(0), dose: ng(47_999) }] }, 'FLOW_RANGE'],
  [
    'scheduled boluses that overlap',
    { mode: 'scheduled', boluses: [timed(0, HOUR), timed(HOUR - 1)] },
    'PLAN_RANGE',
    'overlap',
  ],
  [
    'a scheduled bolus over midnight into itself',
    { mode: 'scheduled', boluses: [timed(0, DAY + 1)] },
    'PLAN_RANGE',
    'overlap',
  ],
  [
    'thirteen scheduled boluses',
    { mode: 'scheduled', boluses: Array.from({ length: 13 }, (_, i) => timed(i * HOUR)) },
    'PLAN_RANGE',
    'many',
  ],
  ['a patient bolus of less than a step', { patient: { ...patient, dose: ng(4) } }, 'PATIENT_RANGE', 'volume'],
  ['a patient bolus faster than the pump', { patient: { ...patient, duration: us(30e6) } }, 'PATIENT_RANGE', 'rate'],
  ['a patient bolus without an end of its count', { patient: { ...patient, count: 0 } }, 'PATIENT_RANGE', 'count'],
  [
    'a window that the pump cannot remember',
    { patient: { ...patient, window: us(8 * DAY) } },
    'PATIENT_RANGE',
    'window',
  ],
  ['a step of nothing', { steps: { ...steps, dose: ng(0) } }, 'STEP_RANGE', 'dose'],
  [
    'steps down to below the pump’s flow',
    { dose: ng(60_000), steps: { ...steps, direction: 'down' } },
    'STEP_RANGE',
    'flow',
  ],
  ['steps of a flex day', { mode: 'flex', intervals: [{ from: us(0), dose: ng(1e5) }], steps }, 'PLAN_RANGE', 'steps'],
  ['a dose limit that the basal flow alone reaches', { limit: { dose: ng(300_010), window: us(DAY) } }, 'LIMIT_RANGE'],
  ['a catheter of no length', { catheterLength: 10 }, 'PLAN_RANGE', 'catheter'],
  ['a minimum rate with a patient bolus', { mode: 'minimum', patient }, 'PLAN_RANGE', 'patient'],
];

for (const [what, parts, code, why] of REFUSED) {
  test(`${what} is refused`, () => {
    const sim = programmed();
    const outcome = stage(sim, parts);
    expect(outcome).toMatchObject({ ok: false, code, ...(why === undefined ? {} : { facts: { why } }) });
    expect(refusal(tryCommit(sim))).toBe('NOTHING_STAGED');
  });
}

test('a program that is staged changes nothing before it is committed (CL-12)', () => {
  const sim = running();
  accepted(stage(sim, { dose: ng(100_000) }));
  until(sim, HOUR);
  expect(sim.status).toMatchObject({ rate: 300_000, dose: 300_000 });
});

test('the read-back states what whole steps make of a bolus', () => {
  fc.assert(
    fc.property(fc.integer({ min: 5_000, max: 200_000 }), (dose) => {
      const sim = programmed({ mode: 'scheduled', boluses: [{ at: us(HOUR), dose: ng(dose), duration: us(HOUR) }] });
      accepted(sim.command({ command: 'start', ifRevision: sim.status.revision }));
      until(sim, 3 * HOUR);
      const given = Number(sim.log().findLast(({ keys }) => keys['state'] === 'done')?.keys['nl']);
      expect(given % 10).toBe(0);
      expect(Math.abs(given - dose)).toBeLessThanOrEqual(5);
    }),
    { numRuns: 50 },
  );
});

/** Baclofen at 1000 µg/mL. */
const baclofen = (parts: ProgramParts = {}) => running({ dose: ng(100_000), ...parts }, { drug: 'baclofen' });
const soft = (outcome: Outcome): unknown => outcome.facts['soft'];

test('a dose outside the hard limits is refused, and one outside the usual range needs an override that is logged (CL-96, CL-97)', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  expect(stage(sim, { dose: ng(2_003_001) })).toMatchObject({
    ok: false,
    code: 'DOSE_RANGE',
    facts: { max: 2_003_000 },
  });
  expect(soft(stage(sim, { dose: ng(1_000_001) }))).toBe('dose');
  expect(tryCommit(sim)).toMatchObject({ ok: false, code: 'SOFT_LIMIT', facts: { soft: 'dose' } });
  expect(refusal(tryCommit(sim, ['bolus']))).toBe('SOFT_LIMIT');
  expect(accepted(tryCommit(sim, ['dose']))).toMatchObject({ over: 'dose' });
  expect(sim.log().at(-1)).toMatchObject({ kind: 'COMMIT', keys: { over: 'dose' } });
});

test('the last dose of step dosing is held against the limits as well', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  const far = { ...steps, dose: ng(90_000), count: 22 };
  expect(stage(sim, { dose: ng(100_000), steps: far })).toMatchObject({ ok: false, code: 'DOSE_RANGE' });
});

test('a bolus over the usual needs an override, one over the hard limit is refused', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  const button = { ...patient, duration: us(HOUR) };
  expect(soft(stage(sim, { dose: ng(100_000), patient: { ...button, dose: ng(100_010) } }))).toBe('bolus');
  expect(refusal(stage(sim, { dose: ng(100_000), patient: { ...button, dose: ng(280_010) } }))).toBe('DOSE_RANGE');
});

test('a single bolus over the usual needs an override, which is logged with it', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  const give = (volume: number, override: readonly 'bolus'[] = []): Outcome =>
    sim.command({ command: 'bolus', volume: nanolitres(volume), rate: nanolitresPerDay(2_880_000), override });
  expect(give(100_010)).toMatchObject({ ok: false, code: 'SOFT_LIMIT', facts: { soft: 'bolus' } });
  expect(refusal(give(280_010, ['bolus']))).toBe('BOLUS_RANGE');
  accepted(give(100_010, ['bolus']));
  expect(sim.log().find(({ kind }) => kind === 'BOLUS')?.keys['over']).toBe('bolus');
});

test('a concentration that is no product needs an override', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  expect(soft(stage(sim, { dose: ng(100_000), concentration: nanogramsPerMicrolitre(999) }))).toBe('conc');
});

test('the first dose of a therapy is no titration step', () => {
  const sim = programmed({ dose: ng(100_000) }, { drug: 'baclofen' });
  expect(soft(stage(sim, { dose: ng(800_000) }))).toBeUndefined();
});

test.each([
  ['spinal', 130_000],
  ['cerebral', 115_000],
  ['child', 115_000],
  [undefined, 115_000],
] as const)(
  'a titration step of a %s population goes to %d ng/day and no further without an override',
  (population, most) => {
    const sim = baclofen();
    until(sim, 2 * DAY);
    const at = (dose: number): unknown => soft(stage(sim, { dose: ng(dose), population }));
    expect(at(most)).toBeUndefined();
    expect(at(most + 1)).toBe('step');
    expect(at(200_000 - most)).toBeUndefined();
    expect(at(200_000 - most - 1)).toBe('step');
  },
);

test('a second change of the dose within a day needs an override; a day later it does not', () => {
  const sim = baclofen();
  until(sim, 2 * DAY);
  commit(sim, { dose: ng(110_000) });
  expect(soft(stage(sim, { dose: ng(120_000) }))).toBe('interval');
  until(sim, 3 * DAY - 1);
  expect(soft(stage(sim, { dose: ng(120_000) }))).toBe('interval');
  until(sim, 3 * DAY);
  expect(soft(stage(sim, { dose: ng(120_000) }))).toBeUndefined();
});

test('a program that changes anything but the dose is no titration', () => {
  const sim = baclofen();
  until(sim, DAY);
  commit(sim, { dose: ng(110_000) });
  expect(soft(stage(sim, { dose: ng(110_000), lowReservoir: nanolitres(4_000_000) }))).toBeUndefined();
});

test('soft limits are judged when a program is committed, not only when it is staged', () => {
  const sim = baclofen();
  until(sim, 2 * DAY);
  accepted(stage(sim, { dose: ng(110_000) }));
  accepted(tryCommit(sim));
  accepted(stage(sim, { dose: ng(120_000) }));
  until(sim, 4 * DAY);
  expect(refusal(tryCommit(sim))).toBe('accepted');
});

test('steps of step dosing beyond a titration step need an override', () => {
  const sim = baclofen();
  const large = { ...steps, dose: ng(16_000) };
  expect(soft(stage(sim, { dose: ng(100_000), steps: large }))).toBe('step');
  expect(soft(stage(sim, { dose: ng(100_000), steps }))).toBeUndefined();
});

test('without a drug library nothing can be programmed, and what runs goes on (CL-98)', () => {
  const sim = baclofen();
  sim.inject({ fault: 'memory.error', mode: 'library-lost' });
  expect(refusal(stage(sim, { dose: ng(100_000) }))).toBe('NO_LIBRARY');
  expect(sim.status).toMatchObject({ rate: 100_000, alarms: [{ id: 'library-fault' }] });
  tell(sim, { command: 'library', library: LIBRARIES.baclofen });
  expect(sim.status.alarms).toEqual([]);
  expect(refusal(stage(sim, { dose: ng(100_000) }))).toBe('accepted');
});

test('a filling does not grow younger when the library is lost', () => {
  const sim = baclofen({ dose: ng(50_000) });
  until(sim, 181 * DAY);
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['refill-overdue']);
  sim.inject({ fault: 'memory.error', mode: 'library-lost' });
  until(sim, 182 * DAY);
  expect(sim.status.alarms.map(({ id }) => id)).toEqual(['library-fault', 'refill-overdue']);
});

test('without a whole library no bolus is given by command either', () => {
  const sim = baclofen();
  sim.inject({ fault: 'memory.error', mode: 'library' });
  const give = sim.command({ command: 'bolus', volume: nanolitres(10_000), rate: nanolitresPerDay(1_440_000) });
  expect(refusal(give)).toBe('NO_LIBRARY');
});

test('a library of which one bit has changed fails its check, also for a program that was staged before', () => {
  const sim = baclofen();
  accepted(stage(sim, { dose: ng(100_000) }));
  sim.inject({ fault: 'memory.error', mode: 'library' });
  expect(refusal(tryCommit(sim))).toBe('NOTHING_STAGED');
  expect(refusal(stage(sim, { dose: ng(100_000) }))).toBe('NO_LIBRARY');
});

test('every single change to a library is found by its check', () => {
  const { check, ...content } = LIBRARIES.baclofen;
  const others: DrugLibrary[] = [
    { ...content, version: 2, check },
    { ...content, stabilityDays: 181, check },
    { ...content, hardDose: [content.hardDose[0], nanograms(content.hardDose[1] + 1)], check },
    { ...content, softBolus: nanograms(content.softBolus - 1), check },
    { ...content, titrationPercent: { ...content.titrationPercent, child: 16 }, check },
    { ...content, concentrations: content.concentrations.slice(1), check },
    { ...content, drug: 'baclofem', check },
  ];
  for (const library of others) {
    expect(refusal(programmed().command({ command: 'library', library }))).toBe('LIBRARY_CHECK');
  }
});

test('a library whose limits contradict each other is refused although its check is right', () => {
  const { check: _, ...content } = LIBRARIES.baclofen;
  const library = sealed({ ...content, softDose: [nanograms(2_000), nanograms(3_000_000)] });
  expect(refusal(programmed().command({ command: 'library', library }))).toBe('LIBRARY_CHECK');
});

test('the library of another drug needs a stopped pump, and the program of the drug before is gone (CL-47)', () => {
  const sim = baclofen();
  expect(refusal(sim.command({ command: 'library', library: LIBRARIES.water }))).toBe('NOT_STOPPED');
  stop(sim);
  tell(sim, { command: 'library', library: LIBRARIES.water });
  expect(refusal(sim.command({ command: 'start', ifRevision: sim.status.revision }))).toBe('NO_PROGRAM');
  expect(story(sim, ['LIBRARY'], ['drug', 'ver'])).toEqual(['0 h LIBRARY water 1']);
});

test('the refill date is that of low reservoir or of the drug’s stability, whichever is first (CL-46)', () => {
  const slow = running({ dose: ng(100_000) }, { drug: 'baclofen' });
  expect(slow.status).toMatchObject({ lowAt: 380 * DAY, refillAt: 180 * DAY });
  const fast = running({ dose: ng(400_000) }, { drug: 'baclofen' });
  expect(fast.status).toMatchObject({ lowAt: 95 * DAY, refillAt: 95 * DAY });
});

test('the forecast counts scheduled boluses, and every patient bolus that may be given', () => {
  const boluses = [timed(6 * HOUR), timed(18 * HOUR)];
  const sim = running({ mode: 'scheduled', dose: ng(300_000), boluses, patient: { ...patient, count: 2 } });
  expect(sim.status.lowAt).toBe(Math.floor((38_000_000 * DAY) / 340_000));
});

test('the forecast follows the steps of step dosing', () => {
  const sim = running({ dose: ng(100_000), steps: { ...steps, dose: ng(100_000), everyDays: 100, count: 1 } });
  // 100 days of 100 µL, then 28 mL at 200 µL/day.
  expect(sim.status.lowAt).toBe(240 * DAY);
  const later = sim.status.lowAt ?? Number.NaN;
  until(sim, 120 * DAY);
  expect(sim.status.lowAt).toBe(later);
});

test('a forecast that nothing disturbs comes true to the step', () => {
  const sim = running({ dose: ng(300_001) }, { fill: 10_000_000 });
  const forecast = sim.status.lowAt ?? Number.NaN;
  until(sim, 60 * DAY);
  const raised = sim.log().find(({ keys }) => keys['id'] === 'low-reservoir')?.us ?? Number.NaN;
  expect(Math.abs(raised - forecast)).toBeLessThan((10 * DAY) / 300_001);
});

test('the forecast is computed anew at every start, refill, commit and bolus, and logged with it', () => {
  const sim = running();
  refill(sim, 20_000_000);
  stop(sim);
  start(sim);
  commit(sim, { dose: ng(200_000) });
  accepted(sim.command({ command: 'bolus', volume: nanolitres(10_000), rate: 1_440_000 as never }));
  const dates = sim
    .log()
    .filter(({ kind }) => ['REFILL', 'START', 'COMMIT', 'BOLUS'].includes(kind))
    .map(({ keys }) => keys['low_us'] ?? keys['due_us']);
  expect(dates).toHaveLength(7);
  expect(dates.every((date) => typeof date === 'number')).toBe(true);
});
