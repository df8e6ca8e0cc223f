/** Tones: that of the most critical alarm that nobody has silenced. A tone follows the signal; delivery never does. */
import { US_PER_SECOND, type Micros } from '../../../protocol/units.ts';
import { order } from '../dosing/orders.ts';
import type { Hal } from '../hal.ts';
import type { Pump } from '../pump-state.ts';
import { toneFor } from './signals.ts';

/** How long each tone plays in a test: longer than its burst, shorter than its interval. */
const TEST_TIME = 10 * US_PER_SECOND;

/** A test of every tone through the real path, the less critical first. An alarm that sounds breaks it off. */
export function testTones(pump: Pump, now: Micros): void {
  pump.toneTest = { tone: 'non-critical', until: (now + TEST_TIME) as Micros };
}

/** Orders the tone that alarms or a test call for, where that is another than the one that sounds. */
export function sound(pump: Pump, hal: Hal, now: Micros): void {
  const alarmed = pump.lockUp.silent ? 'silent' : toneFor(pump.alarms);
  if (alarmed !== 'silent') pump.toneTest = undefined;
  const test = pump.toneTest;
  if (test !== undefined && now >= test.until) {
    pump.toneTest =
      test.tone === 'critical' ? undefined : { tone: 'critical', until: (test.until + TEST_TIME) as Micros };
  }
  const wanted = alarmed === 'silent' ? (pump.toneTest?.tone ?? 'silent') : alarmed;
  const hushed = pump.hushed || pump.lockUp.silent;
  pump.hushed = false;
  if (wanted === pump.sounding) return;
  pump.sounding = wanted;
  const id = pump.nextOrderId;
  // A condition that was short is heard all the same; what a person has silenced is silent at once.
  if (wanted === 'silent') order(pump, hal, { order: 'silence', id, finish: !hushed });
  else order(pump, hal, { order: 'tone', id, ...pump.profile.tones[wanted] });
}
