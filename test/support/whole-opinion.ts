/** Takes the oracle through a therapy that was simulated: faults and fillings of the case, flow and alarms of the log. */
import { PROFILES } from '../../firmware-sim/firmware/profiles.ts';
import { LIMIT } from './cases.ts';
import { CSF } from './whole-anatomy.ts';
import { comparator, createOracle, inflict, refillOracle, runTo, setRate, type Oracle } from './oracle.ts';
import { CONCENTRATION, STEP } from './therapy.ts';
import type { TimedWholeAct, WholeCase } from './whole-cases.ts';
import type { WholeSeen } from './whole-run.ts';

/** Of a motor at rest, µs. */
export const SAMPLE_EVERY = 60_000_000;

export type Moment = { readonly us: number } & (
  | { readonly is: 'act'; readonly act: TimedWholeAct['act'] }
  | { readonly is: 'flow'; readonly rate: number }
  | { readonly is: 'look'; readonly index: number }
  | { readonly is: 'raised' | 'cleared' }
);

/** Calls `at` at every moment, when the oracle has come there and before it is acted upon. */
export function askOracle(
  one: WholeCase,
  timeline: readonly TimedWholeAct[],
  seen: WholeSeen,
  at: (oracle: Oracle, moment: Moment) => void,
): void {
  const { residual, occlusion } = PROFILES[one.profile];
  const { seed, compliance } = one;
  const oracle = createOracle({ step: STEP, residual, compliance, seed, concentration: CONCENTRATION });
  refillOracle(oracle, 0, one.fill, CONCENTRATION);
  for (const moment of momentsOf(one, timeline, seen)) {
    const { us } = moment;
    runTo(oracle, us);
    at(oracle, moment);
    switch (moment.is) {
      case 'act':
        if (moment.act.act === 'fault') inflict(oracle, us, moment.act.fault);
        else if (moment.act.act === 'refill') refillOracle(oracle, us, moment.act.volume, moment.act.concentration);
        break;
      case 'flow':
        setRate(oracle, us, moment.rate);
        if (moment.rate > 0 && occlusion !== undefined && oracle.rises.length === 0)
          oracle.rises = [comparator(CSF + LIMIT, 3)];
        break;
      case 'raised':
        oracle.rises = [];
        oracle.fall = { ...comparator(CSF + LIMIT / 2, 3), every: SAMPLE_EVERY, next: us + SAMPLE_EVERY };
        break;
      case 'cleared':
        oracle.fall = undefined;
        break;
      case 'look':
    }
  }
}

function momentsOf(one: WholeCase, timeline: readonly TimedWholeAct[], seen: WholeSeen): Moment[] {
  let latched = false;
  const logged = seen.entries.flatMap(({ us, kind, keys }): Moment[] => {
    if (kind === 'FLOW') return [{ us, is: 'flow', rate: Number(keys['nlpd']) }];
    if (kind !== 'ALARM' || keys['id'] !== 'catheter-occlusion' || keys['state'] === 'ack') return [];
    // A reminder writes "on" as well, but states no limit: nothing was sensed.
    if (keys['state'] === 'on') return keys['lim'] === undefined ? [] : [{ us, is: 'raised' }];
    // The sample that clears a locked alarm writes "latched"; the "off" after it is written by a start.
    const ending = keys['state'] === 'off' && latched;
    latched = keys['state'] === 'latched';
    return ending ? [] : [{ us, is: 'cleared' }];
  });
  const looks = one.samples.map((us, index): Moment => ({ us, is: 'look', index }));
  const acts = timeline.map(({ us, act }): Moment => ({ us, is: 'act', act }));
  return [...looks, ...logged, ...acts].toSorted((a, b) => a.us - b.us);
}
