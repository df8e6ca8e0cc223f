/** Criteria, and what was seen, for tests of the judge. */
import { micros } from '../../protocol/units.ts';
import { judge } from '../../firmware-sim/scenario/judge.ts';
import type { Observed, SampleAt } from '../../firmware-sim/scenario/stage.ts';
import type { Criterion, Moment } from '../../firmware-sim/scenario/types.ts';
import type { SignalSample } from '../../firmware-sim/simulation/signals.ts';
import type { LogEntry } from '../../firmware-sim/simulation/vocabulary.ts';
import { expecting } from './scenarios.ts';

export const SECOND = 1_000_000;
export const END = 100 * SECOND;

export const signals = (values: Partial<SignalSample>): SignalSample => ({
  rate: 0,
  dose_rate: 0,
  reservoir_computed: 0,
  commanded: 0,
  reservoir_true: 0,
  delivered: 0,
  drug_delivered: 0,
  pressure: 0,
  leaked: 0,
  pocket: 0,
  tip_concentration: 0,
  csf_tip: 0,
  csf_bulk: 0,
  pressure_reading: 0,
  rotor_feedback: 0,
  battery: 0,
  refill_discrepancy: undefined,
  ...values,
});
/** Pressures in Pa, at seconds. */
export const pressures = (...values: readonly (readonly [number, number])[]): SampleAt[] =>
  values.map(([at, pressure]) => ({ us: at * SECOND, signals: signals({ pressure }) }));
/** Occlusion alarms at seconds; a negative time is the end of one. */
export const alarms = (...times: readonly number[]): LogEntry[] =>
  times.map((at, index) => ({
    ev: index + 1,
    us: micros(Math.abs(at) * SECOND),
    kind: 'ALARM',
    keys: { id: 'catheter-occlusion', pri: 'high', state: at < 0 ? 'off' : 'on' },
  }));

export const seen = (parts: Partial<Observed> = {}): Observed => ({
  duration: micros(END),
  events: [],
  samples: pressures([0, 1_000], [50, 1_000], [100, 1_000]),
  labels: new Map(),
  lost: 0,
  ...parts,
});

export const at = (anchor: string, seconds = 0): Moment => ({
  anchor: anchor === 'start' || anchor === 'end' ? anchor : { label: anchor },
  offset: seconds * SECOND,
});
export const verdict = (criterion: Criterion, observed: Observed) => {
  const { verdict: word, measured, margin } = judge(expecting(criterion), observed);
  return { word, measured, margin };
};

export const raised = (after: Moment, within: number): Criterion => ({
  kind: 'alarm-raised',
  alarm: 'catheter-occlusion',
  after,
  within: micros(within),
});
export const never: Criterion = { kind: 'alarm-never', alarm: 'catheter-occlusion' };
export const pressure = (
  how: 'is' | 'below' | 'above',
  value: number,
  during: [Moment, Moment],
  tolerance = 0,
): Criterion => ({
  kind: 'signal',
  signal: 'pressure',
  test: how,
  value,
  tolerance,
  during,
});
export const whole: [Moment, Moment] = [at('start'), at('end')];
