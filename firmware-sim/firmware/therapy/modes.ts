/**
 * The modes of the therapy and what leads from one to the next: a table, which the machine reads and `doseloop profiles NAME --graph`
 * draws. Exactly one mode is in force at any instant. Alarms are not in it: they take flow away, whatever the mode.
 */

/** What was commanded. */
export const MODES = [
  'stopped',
  'basal',
  'minimum',
  'bridging',
  'priming',
  'single-bolus',
  'scheduled-bolus',
  'patient-bolus',
] as const;
export type Mode = (typeof MODES)[number];

export const MODE_TEXTS: Readonly<Record<Mode, string>> = {
  stopped: 'no flow',
  basal: 'the program by the time of day',
  minimum: 'the minimum rate, which treats nothing',
  bridging: 'old drug runs out of tubing and catheter at the old rate',
  priming: 'tubing and catheter are filled',
  'single-bolus': 'one bolus by command',
  'scheduled-bolus': 'a bolus of the program',
  'patient-bolus': "a bolus at the patient's press",
};

export type ModeEvent =
  /** Commands. */
  | 'start'
  | 'stop'
  | 'commit'
  | 'bolus'
  | 'prime'
  | 'press'
  /** A bolus of the program is due. */
  | 'timed'
  /** The volume of the dose in hand was given. */
  | 'done'
  /** An alarm took the dose in hand away. */
  | 'halted'
  /** The old drug has left the catheter. */
  | 'bridged'
  /** Priming took too long. */
  | 'time-out'
  /** The program was lost. */
  | 'lost';

/** Conditions of a transition. */
export const GUARDS = {
  'to-bridge': 'old drug must run out first',
  'to-minimum': 'the program is the minimum rate',
  'program-lost': 'a lost program waits for a start',
  'from-stopped': 'the pump was stopped before',
  'single-waits': 'a single bolus was suspended',
  'scheduled-waits': 'a scheduled bolus was suspended or put off',
} as const;
export type Guard = keyof typeof GUARDS;

export interface Transition {
  readonly from: Mode;
  readonly on: ModeEvent;
  readonly when?: Guard;
  readonly to: Mode;
}

/** Where a therapy that runs comes to rest. */
const resting = (from: Mode, on: ModeEvent): readonly Transition[] => [
  { from, on, when: 'to-bridge', to: 'bridging' },
  { from, on, when: 'to-minimum', to: 'minimum' },
  { from, on, to: 'basal' },
];

/** The first row that fits decides; an event for which there is none changes nothing. */
export const TRANSITIONS: readonly Transition[] = [
  ...resting('stopped', 'start'),
  { from: 'stopped', on: 'bolus', to: 'single-bolus' },
  { from: 'stopped', on: 'prime', to: 'priming' },

  { from: 'basal', on: 'stop', to: 'stopped' },
  ...resting('basal', 'commit'),
  { from: 'basal', on: 'bolus', to: 'single-bolus' },
  { from: 'basal', on: 'press', to: 'patient-bolus' },
  { from: 'basal', on: 'timed', to: 'scheduled-bolus' },
  { from: 'basal', on: 'lost', to: 'minimum' },

  { from: 'minimum', on: 'stop', to: 'stopped' },
  { from: 'minimum', on: 'commit', when: 'program-lost', to: 'minimum' },
  ...resting('minimum', 'commit'),
  ...resting('minimum', 'start'),

  { from: 'bridging', on: 'stop', to: 'stopped' },
  { from: 'bridging', on: 'bridged', when: 'to-minimum', to: 'minimum' },
  { from: 'bridging', on: 'bridged', to: 'basal' },
  { from: 'bridging', on: 'lost', to: 'minimum' },

  { from: 'priming', on: 'stop', to: 'stopped' },
  { from: 'priming', on: 'done', to: 'stopped' },
  { from: 'priming', on: 'time-out', to: 'stopped' },
  { from: 'priming', on: 'lost', to: 'stopped' },

  { from: 'single-bolus', on: 'stop', to: 'stopped' },
  { from: 'single-bolus', on: 'done', when: 'from-stopped', to: 'stopped' },
  { from: 'single-bolus', on: 'done', when: 'scheduled-waits', to: 'scheduled-bolus' },
  ...resting('single-bolus', 'done'),
  { from: 'single-bolus', on: 'halted', when: 'from-stopped', to: 'stopped' },
  ...resting('single-bolus', 'halted'),
  { from: 'single-bolus', on: 'press', to: 'patient-bolus' },
  { from: 'single-bolus', on: 'lost', when: 'from-stopped', to: 'stopped' },
  { from: 'single-bolus', on: 'lost', to: 'minimum' },

  { from: 'scheduled-bolus', on: 'stop', to: 'stopped' },
  ...resting('scheduled-bolus', 'done'),
  ...resting('scheduled-bolus', 'halted'),
  { from: 'scheduled-bolus', on: 'press', to: 'patient-bolus' },
  { from: 'scheduled-bolus', on: 'lost', to: 'minimum' },

  { from: 'patient-bolus', on: 'stop', to: 'stopped' },
  { from: 'patient-bolus', on: 'done', when: 'single-waits', to: 'single-bolus' },
  { from: 'patient-bolus', on: 'done', when: 'scheduled-waits', to: 'scheduled-bolus' },
  ...resting('patient-bolus', 'done'),
  ...resting('patient-bolus', 'halted'),
  { from: 'patient-bolus', on: 'lost', to: 'minimum' },
];

/** The mode that an event leads to; undefined: it changes nothing. */
export function nextMode(from: Mode, on: ModeEvent, holds: (guard: Guard) => boolean): Mode | undefined {
  for (const row of TRANSITIONS) {
    if (row.from === from && row.on === on && (row.when === undefined || holds(row.when))) return row.to;
  }
  return undefined;
}

/** Mermaid takes no hyphen in the name of a state. */
const name = (mode: Mode): string => mode.replace('-', '_');

/** The table as a Mermaid state diagram: what a picture of the therapy is drawn from. */
export function modesAsMermaid(title: string): string {
  return [
    '---',
    `title: ${title}`,
    '---',
    'stateDiagram-v2',
    ...MODES.map((mode) => `  ${name(mode)}: ${mode} (${MODE_TEXTS[mode]})`),
    '  [*] --> stopped',
    ...TRANSITIONS.map(
      ({ from, on, when, to }) =>
        `  ${name(from)} --> ${name(to)}: ${on}${when === undefined ? '' : ` [${GUARDS[when]}]`}`,
    ),
    '',
  ].join('\n');
}
