/**
 * The alarm table: every alarm that the firmware can raise, as data. The machine that works it is machine.ts; what brings each about,
 * conditions.ts and senses.ts. A profile may state another delivery action.
 */

export type AlarmPriority = 'high' | 'medium' | 'low';

/** What an active alarm leaves of the delivery, from nothing taken away to no flow at all. */
export type DeliveryAction = 'continue' | 'no-bolus' | 'minimum' | 'hold';

/** From the least restrictive to the most. */
export const DELIVERY_ACTIONS: readonly DeliveryAction[] = ['continue', 'no-bolus', 'minimum', 'hold'];

export interface AlarmDefinition {
  readonly id: string;
  /** What a person reads. */
  readonly text: string;
  readonly priority: AlarmPriority;
  /** Class of an implant's alarm (pump.md 1.4), which is that of its tone; how often a tone comes back, the profile says. */
  readonly implantClass: 'critical' | 'non-critical';
  readonly delivery: DeliveryAction;
  /**
   * `never`: the signal ends with the condition. `within`: latches when the condition comes back within the profile's time.
   * `always`: latches whenever it is raised. A latched alarm whose action takes delivery away goes on doing so until it was
   * acknowledged, its condition has gone, and therapy was started; one that takes nothing away ends with the acknowledgement.
   */
  readonly latching: 'never' | 'within' | 'always';
  /**
   * What a person can do about the sound while the condition lasts. `acknowledge`: silent until the condition ends; or pause.
   * `remind`: so, but it sounds again after the profile's time. `pause`: only for the profile's time, never for good.
   */
  readonly silence: 'acknowledge' | 'remind' | 'pause';
  /** The condition in words. */
  readonly condition: string;
  /** Sensor that the profile must have. */
  readonly needs?: 'pressure-sensor';
  readonly requirements: readonly string[];
}

const table = <const Table extends Record<string, Omit<AlarmDefinition, 'id'>>>(
  rows: Table,
): { readonly [Id in keyof Table & string]: Table[Id] & AlarmDefinition & { readonly id: Id } } =>
  Object.fromEntries(Object.entries(rows).map(([id, row]) => [id, { id, ...row }])) as never;

export const ALARMS = table({
  'catheter-occlusion': {
    text: 'Catheter occluded, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'within',
    silence: 'remind',
    condition:
      'catheter pressure over baseline + threshold for the persistence; gone below half the threshold, same persistence',
    needs: 'pressure-sensor',
    requirements: ['CL-49', 'CL-51'],
  },
  'empty-reservoir': {
    text: 'Reservoir empty, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'never',
    silence: 'remind',
    condition: 'computed reservoir volume at or below the residual volume; gone after a refill',
    requirements: ['CL-44'],
  },
  'end-of-service': {
    text: 'End of service, delivery ended for good',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'never',
    silence: 'pause',
    condition: 'elective replacement due for 90 days, or 7 years after the first start; never gone',
    requirements: ['CL-92', 'CL-94'],
  },
  'over-delivery': {
    text: 'Rotor turns more than commanded, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'always',
    silence: 'remind',
    condition: 'rotor feedback more than 10 % over the commanded steps for a revolution; latched at once',
    requirements: ['CL-18', 'CL-22'],
  },
  'over-temperature': {
    text: 'Pump too warm, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'never',
    silence: 'remind',
    condition: 'pump over 45 °C; held at once, signalled after 10 min; gone below 43 °C',
    requirements: ['CL-55', 'CL-56'],
  },
  'alert-stop-start': {
    text: 'Started again and again in spite of the same alarm, delivery held',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'always',
    silence: 'remind',
    condition: 'the third start within 10 min after the same alarm and a stop; latched at once',
    requirements: ['CL-57'],
  },
  'prime-timeout': {
    text: 'Priming was not finished in time, no infusion allowed',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'hold',
    latching: 'always',
    silence: 'remind',
    condition: 'priming under way for longer than the profile allows; latched at once',
    requirements: ['CL-48'],
  },
  'low-battery-reset': {
    text: 'Low battery reset: the program is lost, minimum rate',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'minimum',
    latching: 'never',
    silence: 'remind',
    condition: 'energy left under what a reset needs; gone when a program is committed',
    requirements: ['CL-91', 'CL-94'],
  },
  'memory-error-critical': {
    text: 'Memory error: the program is lost, minimum rate',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'minimum',
    latching: 'never',
    silence: 'remind',
    condition: 'the memory of the program fails its check; gone when a program is committed',
    requirements: ['CL-61', 'CL-94'],
  },
  'motor-stall': {
    text: 'Motor stalled',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'no-bolus',
    latching: 'never',
    silence: 'remind',
    condition:
      'rotor feedback missing for 300 steps in a row, at the earliest after 20 min; gone when as many were turned',
    requirements: ['CL-19', 'CL-22'],
  },
  'pump-stopped': {
    text: 'Pump stopped for too long',
    priority: 'high',
    implantClass: 'critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'remind',
    condition: "stopped by command for the profile's limit (48 h); gone after a start",
    requirements: ['CL-14'],
  },
  'dose-limit': {
    text: 'Dose limit reached, delivery held until there is room',
    priority: 'medium',
    implantClass: 'non-critical',
    delivery: 'hold',
    latching: 'never',
    silence: 'acknowledge',
    condition: 'no whole step fits under the dose limit in the window; gone when a fiftieth of the limit does',
    requirements: ['CL-31', 'CL-32'],
  },
  'under-delivery': {
    text: 'Rotor turns less than commanded',
    priority: 'medium',
    implantClass: 'critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'remind',
    condition: 'rotor feedback more than 10 % under the commanded steps for a revolution, and no stall; gone likewise',
    requirements: ['CL-19', 'CL-22'],
  },
  'library-fault': {
    text: 'Drug library absent or corrupt, nothing can be programmed',
    priority: 'medium',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'acknowledge',
    condition: 'no drug library, or one that does not match its check; gone when a whole one was loaded',
    requirements: ['CL-98'],
  },
  'sensor-fault': {
    text: 'Pressure sensor failed, occlusions go unnoticed',
    priority: 'medium',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'acknowledge',
    condition: 'the pressure sensor cannot read; gone when it can',
    needs: 'pressure-sensor',
    requirements: ['CL-63'],
  },
  'dose-interrupted': {
    text: 'A dose was interrupted and is not resumed',
    priority: 'medium',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'always',
    silence: 'acknowledge',
    condition: 'an alarm ended a dose before its volume was given; latched at once',
    requirements: ['CL-38'],
  },
  'therapy-stopped': {
    text: 'Stopped over the line',
    priority: 'medium',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'always',
    silence: 'acknowledge',
    condition: 'a therapy or a dose was stopped over the line, src= says by whom; latched at once',
    requirements: ['CL-03'],
  },
  'low-reservoir': {
    text: 'Reservoir low, refill',
    priority: 'low',
    implantClass: 'non-critical',
    delivery: 'no-bolus',
    latching: 'never',
    silence: 'acknowledge',
    condition: 'computed reservoir volume at or below the alarm volume (2 mL unless programmed); gone after a refill',
    requirements: ['CL-42', 'CL-43'],
  },
  'elective-replacement': {
    text: 'Elective replacement due, the pump stops in 90 days',
    priority: 'low',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'acknowledge',
    condition: 'energy left under the replacement level, or 90 days before 7 years are over; never gone',
    requirements: ['CL-92'],
  },
  'refill-overdue': {
    text: 'Drug too old, refill',
    priority: 'low',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'never',
    silence: 'acknowledge',
    condition: "filling older than the drug library's stability (180 days); gone after a refill",
    requirements: ['CL-42'],
  },
  'memory-error': {
    text: 'Memory error in data that is not essential',
    priority: 'low',
    implantClass: 'non-critical',
    delivery: 'continue',
    latching: 'always',
    silence: 'acknowledge',
    condition: 'the memory of the log fails its check; latched at once',
    requirements: ['CL-63'],
  },
});

export type AlarmId = keyof typeof ALARMS;

/** Table order: by priority, then restriction of delivery. */
export const ALARM_IDS = Object.keys(ALARMS) as readonly AlarmId[];

/** An alarm that is not in the table counts as high (rule A1): it is better to be loud than to miss one. */
export const priorityOf = (id: string): AlarmPriority =>
  Object.hasOwn(ALARMS, id) ? ALARMS[id as AlarmId].priority : 'high';
