/** The day of a program: when its next interval begins, and when its next bolus is due. */
import { US_PER_DAY } from '../../../protocol/units.ts';
import { timeOfDay, type Pump } from '../pump-state.ts';
import type { Program } from './program.ts';

/** The first pump time after `after` at which the clock shows `time`. */
export function nextTimeOfDay(pump: Pump, time: number, after: number): number {
  const ahead = time - timeOfDay(pump, after);
  return after + (ahead > 0 ? ahead : ahead + US_PER_DAY);
}

/** When the basal rate changes next; Infinity: never. */
export function nextInterval(pump: Pump, { rates }: Program, after: number): number {
  const [first] = rates;
  if (first === undefined || rates.length < 2) return Infinity;
  const now = timeOfDay(pump, after);
  for (const { from } of rates) if (from > now) return after + from - now;
  return after + US_PER_DAY + first.from - now;
}

/** The next scheduled bolus after `after`, and when it is due. */
export function nextTimed(
  pump: Pump,
  { boluses }: Program,
  after: number,
): { readonly at: number; readonly bolus: Program['boluses'][number] } | undefined {
  let next: { at: number; bolus: Program['boluses'][number] } | undefined;
  for (const bolus of boluses) {
    const at = nextTimeOfDay(pump, bolus.at, after);
    if (next === undefined || at < next.at) next = { at, bolus };
  }
  return next;
}
