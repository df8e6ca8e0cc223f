/** Runs a body alone through a random life: leaping, in random hops, or one step at a time. */
import type { Answer, Train } from '../../protocol/motion.ts';
import { micros, nanolitres, nanolitresPerDay, pascals } from '../../protocol/units.ts';
import {
  advance,
  createBody,
  fill,
  inject,
  obey,
  truthOf,
  type Body,
  type Truth,
} from '../../firmware-sim/body/body.ts';
import type { Fault } from '../../firmware-sim/body/faults.ts';
import { missingAfter, trainFor, workOfStep } from '../../firmware-sim/firmware/dosing/schedule.ts';
import { RESIDUAL, type BodyAct, type BodyCase } from './body-cases.ts';
import { occlusion, partial } from './therapy.ts';

type WatchAct = Extract<BodyAct, { act: 'watch' }>;

export interface BodyRun {
  readonly body: Body;
  /** Steps of the trains that have ended. */
  steps: number;
  /** Watches by the id of their order. */
  readonly watches: Map<number, WatchAct>;
  readonly trips: { readonly us: number; readonly step: number; readonly watch: WatchAct | undefined }[];
  readonly truths: Truth[];
  /** All that was filled in less all that was drained, nL. */
  inside: number;
  missing: number;
  /** The train in hand; undefined at rest. */
  train: Train | undefined;
  nextId: number;
}

export interface BodyHooks {
  /** Steps that one call of `advance` may make. */
  readonly stride?: number;
  /** Further moments at which the body is stopped and looked at, ascending. */
  readonly grid?: readonly number[];
  /** Sees every act, look and trip in the order of time, when the body has come there. */
  readonly follow?: (us: number, what: BodyAct | 'look' | 'trip', run: BodyRun) => void;
}

/** Steps of a train that no case outlasts. */
const LONG = 50_000_000;

export function runBody(one: BodyCase, { stride = Infinity, grid = [], follow }: BodyHooks = {}): BodyRun {
  const setup = { stepVolume: one.step, residual: RESIDUAL, concentration: 500 };
  const run: BodyRun = {
    body: createBody({ ...setup, compliance: one.compliance / 1e6 }),
    steps: 0,
    watches: new Map(),
    trips: [],
    truths: [],
    inside: 0,
    missing: workOfStep(nanolitres(one.step)),
    train: undefined,
    nextId: 1,
  };
  refillBody(run, one.fill);
  const moments = [
    ...grid.map((us) => ({ us, order: 0, act: undefined })),
    ...one.looks.map((us) => ({ us, order: 1, act: 'look' as const })),
    ...one.acts.map(({ us, act }) => ({ us, order: 2, act })),
  ].toSorted((a, b) => a.us - b.us || a.order - b.order);
  for (const { us, act } of moments) {
    while (run.body.now < us) {
      const { answers } = advance(run.body, micros(us), stride < Infinity, stride);
      take(run, answers, follow);
    }
    if (act === 'look') run.truths.push(truthOf(run.body));
    else if (act === undefined) truthOf(run.body);
    else perform(run, act, one.step);
    if (act !== undefined) follow?.(us, act, run);
  }
  return run;
}

function refillBody(run: BodyRun, volume: number): void {
  run.inside += volume - fill(run.body, volume, 500);
}

/** Books the steps of a train that has ended, then tells of the watch that ended it. */
function take(run: BodyRun, answers: readonly Answer[], follow: BodyHooks['follow']): void {
  for (const one of answers) {
    if (one.answer !== 'done' || run.train?.id !== one.train) continue;
    run.steps += one.n;
    run.missing = missingAfter(run.train, one.n, one.t);
    run.train = undefined;
  }
  for (const one of answers) {
    if (one.answer !== 'tripped') continue;
    run.trips.push({ us: one.t, step: run.steps, watch: run.watches.get(one.watch) });
    follow?.(one.t, 'trip', run);
  }
}

function perform(run: BodyRun, act: BodyAct, step: number): void {
  const { body } = run;
  switch (act.act) {
    case 'rate':
      take(run, obey(body, { order: 'halt', id: run.nextId }), undefined);
      run.nextId += 1;
      if (act.rate === 0) return;
      run.train = trainFor(run.nextId, body.now, run.missing, nanolitresPerDay(act.rate), nanolitres(step), LONG);
      run.nextId += 1;
      obey(body, run.train);
      return;
    case 'occlude':
      inject(body, faultOf(act.added));
      return;
    case 'fill':
      refillBody(run, act.volume);
      return;
    case 'watch':
      run.watches.set(run.nextId, act);
      obey(body, {
        order: 'watch',
        id: run.nextId,
        signal: 'catheter-pressure',
        beyond: 'above',
        limit: pascals(act.limit),
        rows: act.rows,
        sample: 'per-step',
        stops: true,
      });
      run.nextId += 1;
  }
}

function faultOf(added: number): Fault {
  if (added === Infinity) return occlusion('complete');
  return added === 0 ? occlusion('released') : partial(added);
}
