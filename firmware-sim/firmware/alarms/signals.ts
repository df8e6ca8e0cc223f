/**
 * What the alarms show and sound: two different questions. What is seen counts every alarm that is signalled, silenced or not; what
 * is heard, only those that nobody has silenced.
 */
import { presenceOf, type Alarms } from './machine.ts';
import { ALARMS, type AlarmId, type AlarmPriority } from './table.ts';

const PRIORITIES: readonly AlarmPriority[] = ['high', 'medium', 'low'];

/** Alarms that are active, by priority, then the newest first: what a list shows. Those still pending stand in it too. */
export const listed = (alarms: Alarms): AlarmId[] =>
  alarms.active.toSorted(
    (a, b) =>
      PRIORITIES.indexOf(ALARMS[a].priority) - PRIORITIES.indexOf(ALARMS[b].priority) ||
      alarms[b].raisedEv - alarms[a].raisedEv,
  );

const isSeen = (alarms: Alarms, id: AlarmId): boolean => presenceOf(alarms[id]) !== 'pending';

const isHeard = (alarms: Alarms, id: AlarmId): boolean => {
  const presence = presenceOf(alarms[id]);
  return presence === 'on' || (presence === 'latched' && !alarms[id].acknowledged);
};

/** The alarm whose priority a light shows. */
export const highestVisual = (alarms: Alarms): AlarmId | undefined => listed(alarms).find((id) => isSeen(alarms, id));

/** The alarm whose priority sounds. */
export const highestAudible = (alarms: Alarms): AlarmId | undefined => listed(alarms).find((id) => isHeard(alarms, id));

/** The tone that the alarms call for: that of the most critical of those that are heard. */
export function toneFor(alarms: Alarms): 'critical' | 'non-critical' | 'silent' {
  let tone: 'non-critical' | 'silent' = 'silent';
  for (const id of alarms.active) {
    if (!isHeard(alarms, id)) continue;
    if (ALARMS[id].implantClass === 'critical') return 'critical';
    tone = 'non-critical';
  }
  return tone;
}
