/** Kinds of the therapy log and the keys that their entries can have: what an expectation can name. Times are µs, volumes nL, doses ng. */
export const LOG_KINDS = {
  RESET: ['profile'],
  BOOT: ['boot'],
  COMMIT: ['rev', 'mode', 'nlpd', 'ng', 'conc', 'low', 'over', 'low_us', 'due_us'],
  START: ['rev', 'low_us', 'due_us'],
  STOP: ['rev', 'nl', 'for_us', 'src'],
  REFILL: ['rev', 'nl', 'drained_nl', 'expected_nl', 'disc', 'low_us', 'due_us'],
  FLOW: ['nlpd'],
  ALARM: ['id', 'pri', 'state', 'lim', 'after', 'src'],
  BOLUS: ['kind', 'dose', 'state', 'nl', 'nlpd', 'why', 'over', 'low_us', 'due_us'],
  PRIME: ['dose', 'state', 'nl', 'nlpd', 'why', 'low_us', 'due_us'],
  BRIDGE: ['state', 'nl'],
  STEP: ['n', 'ng', 'nlpd'],
  CLOCK: ['rev', 'tod_us', 'off_us'],
  LIBRARY: ['rev', 'drug', 'ver', 'check'],
  LOST: ['why'],
  INTERROGATE: [],
  TONES: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type LogKind = keyof typeof LOG_KINDS;
export const LOG_KIND_NAMES = Object.keys(LOG_KINDS) as readonly LogKind[];
