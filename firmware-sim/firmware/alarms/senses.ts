/**
 * What the pump senses of itself: comparators, and the alarm that each of them raises. A comparator waits for the condition; once that
 * holds, another one waits for its end. A new sense is one row.
 */
import type { Watch } from '../../../protocol/motion.ts';
import type { Profile } from '../profiles.ts';
import type { Pump } from '../pump-state.ts';
import type { AlarmId } from './table.ts';

type Comparator = Pick<Watch, 'beyond' | 'limit' | 'rows' | 'sample' | 'stops'>;

export interface Sense {
  readonly alarm: AlarmId;
  readonly signal: Watch['signal'];
  readonly raise: Comparator;
  /** Undefined: the condition does not end by what is sensed. */
  readonly clear?: Comparator;
  /** Set from the beginning, or only when the motor is first driven. */
  readonly from: 'beginning' | 'first-train';
  /** An alarm whose condition explains this one: while it holds, nobody looks. */
  readonly unless?: AlarmId;
}

/** ‰ of a step: what a rotor makes of a step that it does not stall on, at the least. */
const TURNED = 500;

export function sensesOf({ occlusion, rotor, temperature, battery }: Profile): readonly Sense[] {
  const senses: Sense[] = [];
  if (occlusion !== undefined) {
    const { baseline, threshold, persistence, clearSampleEvery } = occlusion;
    senses.push(
      {
        alarm: 'catheter-occlusion',
        signal: 'catheter-pressure',
        raise: { beyond: 'above', limit: baseline + threshold, rows: persistence, sample: 'per-step', stops: true },
        clear: {
          beyond: 'below',
          limit: baseline + Math.round(threshold / 2),
          rows: persistence,
          sample: clearSampleEvery,
          stops: false,
        },
        from: 'first-train',
      },
      {
        alarm: 'sensor-fault',
        signal: 'pressure-valid',
        raise: { beyond: 'below', limit: 1, rows: 1, sample: occlusion.checkEvery, stops: false },
        clear: { beyond: 'above', limit: 0, rows: 1, sample: occlusion.checkEvery, stops: false },
        from: 'beginning',
      },
    );
  }
  const { stallSteps, balanceSteps, tolerance } = rotor;
  senses.push(
    {
      alarm: 'motor-stall',
      signal: 'rotor-turn',
      raise: { beyond: 'below', limit: TURNED, rows: stallSteps, sample: 'per-step', stops: false },
      clear: { beyond: 'above', limit: TURNED - 1, rows: stallSteps, sample: 'per-step', stops: false },
      from: 'first-train',
    },
    {
      alarm: 'over-delivery',
      signal: 'rotor-turn',
      raise: { beyond: 'above', limit: 1000 + tolerance, rows: balanceSteps, sample: 'per-step', stops: true },
      from: 'first-train',
    },
    {
      alarm: 'under-delivery',
      signal: 'rotor-turn',
      raise: { beyond: 'below', limit: 1000 - tolerance, rows: balanceSteps, sample: 'per-step', stops: false },
      clear: { beyond: 'above', limit: 1000 - tolerance - 1, rows: balanceSteps, sample: 'per-step', stops: false },
      from: 'first-train',
      unless: 'motor-stall',
    },
    {
      alarm: 'over-temperature',
      signal: 'temperature',
      raise: { beyond: 'above', limit: temperature.limit, rows: 1, sample: temperature.every, stops: false },
      clear: { beyond: 'below', limit: temperature.clear, rows: 1, sample: temperature.every, stops: false },
      from: 'beginning',
    },
  );
  for (const [alarm, limit] of [
    ['elective-replacement', battery.replacement],
    ['low-battery-reset', battery.reset],
  ] as const) {
    if (limit === 0) continue;
    const raise = { beyond: 'below', limit, rows: 1, sample: battery.every, stops: false } as const;
    senses.push({ alarm, signal: 'battery', raise, from: 'beginning' });
  }
  return senses;
}

/** Senses of a profile never change: made once for each, for they are looked at whenever something happens. */
const MADE = new WeakMap<Profile, readonly Sense[]>();

export function sensesFor(profile: Profile): readonly Sense[] {
  const made = MADE.get(profile);
  if (made !== undefined) return made;
  const senses = sensesOf(profile);
  MADE.set(profile, senses);
  return senses;
}

/** A condition that holds waits for its end; a stall whose recovery is only not logged yet, for the next stall. */
export const waitsFor = ({ alarms, lockUp }: Pump, alarm: AlarmId): 'raise' | 'clear' =>
  alarms[alarm].present && !(alarm === 'motor-stall' && lockUp.recovered) ? 'clear' : 'raise';

/** The sense whose comparator this is. */
export function senseOf(pump: Pump, watch: number): Sense | undefined {
  return sensesFor(pump.profile).find(({ alarm }) => pump.watches[alarm]?.id === watch);
}
