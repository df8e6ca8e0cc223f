/** Which tone sounds: that of the most critical alarm nobody has acknowledged. A tone follows the signal; delivery never does. */
import { ALARMS } from './alarm-table.ts';
import { activeAlarms, type Alarms } from './alarms.ts';
import type { Hal } from './hal.ts';
import { order } from './drive.ts';
import type { Pump } from './pump-state.ts';

/** A latched alarm sounds on until it is acknowledged: its condition has gone, its hold has not. */
function wanted(alarms: Alarms): Pump['sounding'] {
  const sounding = activeAlarms(alarms).filter((id) => !alarms[id].acknowledged);
  if (sounding.some((id) => ALARMS[id].implantClass === 'critical')) return 'critical';
  return sounding.length > 0 ? 'non-critical' : 'silent';
}

/** Orders the tone that the alarms call for, where that is another than the one that sounds. */
export function sound(pump: Pump, hal: Hal): void {
  const now = wanted(pump.alarms);
  if (now === pump.sounding) return;
  pump.sounding = now;
  const id = pump.nextOrderId;
  order(pump, hal, now === 'silent' ? { order: 'silence', id } : { order: 'tone', id, ...pump.profile.tones[now] });
}
