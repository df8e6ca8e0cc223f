/** The alarm table: every alarm that the firmware can raise, as data. The machine that works it is alarms.ts. */

export type AlarmPriority = 'high' | 'medium' | 'low';

export interface AlarmDefinition {
  readonly id: string;
  /** What a person reads. */
  readonly text: string;
  readonly priority: AlarmPriority;
  /** Class of an implant's alarm (pump.md 1.4). */
  readonly implantClass: 'critical' | 'non-critical';
  /** What the condition does to delivery for as long as it holds: nothing, or flow 0. */
  readonly delivery: 'continue' | 'hold';
  /** `within`: latches when the condition comes back within the profile's time, then holds until acknowledged, gone and started. */
  readonly latching: 'never' | 'within';
  /** The condition in words. */
  readonly condition: string;
  /** Whether the profile must have a catheter pressure sensor. */
  readonly needsSensor: boolean;
  readonly requirements: readonly string[];
}

export const ALARMS = {
  'catheter-occlusion': {
    id: 'catheter-occlusion',
    text: 'Catheter occluded, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'within',
    condition:
      'catheter pressure over baseline + threshold for the persistence; gone below half the threshold, same persistence',
    needsSensor: true,
    requirements: ['CL-49', 'CL-51'],
  },
  'empty-reservoir': {
    id: 'empty-reservoir',
    text: 'Reservoir empty, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'never',
    condition: 'computed reservoir volume at or below the residual volume; gone after a refill',
    needsSensor: false,
    requirements: ['CL-44'],
  },
  'pump-stopped': {
    id: 'pump-stopped',
    text: 'Pump stopped for too long',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'continue',
    latching: 'never',
    condition: "stopped by command for the profile's limit (48 h); gone after a start",
    needsSensor: false,
    requirements: ['CL-14'],
  },
  'low-reservoir': {
    id: 'low-reservoir',
    text: 'Reservoir low, refill',
    priority: 'low',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'never',
    condition: 'computed reservoir volume at or below the alarm volume (2 mL unless programmed); gone after a refill',
    needsSensor: false,
    requirements: ['CL-42'],
  },
} as const satisfies Record<string, AlarmDefinition>;

export type AlarmId = keyof typeof ALARMS;

/** Table order: by restriction of delivery, then priority. */
export const ALARM_IDS = Object.keys(ALARMS) as readonly AlarmId[];
