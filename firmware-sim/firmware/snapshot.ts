/** The whole firmware as a text, and back: its state is plain data, so that nothing else is needed to go on from it. */
import { createAlarms } from './alarms/machine.ts';
import { ALARM_IDS } from './alarms/table.ts';
import { createPump, type Pump } from './pump-state.ts';

/** Everything that the firmware knows, its profile and its log included. */
export const snapshot = (pump: Pump): string => JSON.stringify(pump);

/** A pump that goes on where the snapshot was taken. What was undefined is no part of the text: it is what a new pump has. */
export function restore(text: string): Pump {
  const kept = JSON.parse(text) as Pump;
  const alarms = createAlarms();
  for (const id of ALARM_IDS) Object.assign(alarms[id], kept.alarms[id]);
  alarms.active = kept.alarms.active;
  return { ...createPump(kept.profile, kept.library), ...kept, alarms };
}
