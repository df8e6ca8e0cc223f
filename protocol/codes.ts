/** Every code that a `NO` reply can carry, with what it means and what to do next. */
export const CODES = {
  // The line was whole, but is not a command of this pump.
  GRAMMAR: 'the line does not follow the grammar; compare it with PROTOCOL.md',
  UNKNOWN_VERB: 'no such verb; HELLO tells the schema, PROTOCOL.md lists the verbs',
  UNKNOWN_KEY: 'the verb has no such key; nothing was done',
  MISSING_KEY: 'a required key is missing; nothing was done',
  BAD_VALUE: 'the value is not one that the key takes; nothing was done',
  STALE: 'the session id is not the one in force; this version has none but 00000000',
  VERSION: 'no version in common; have= names those the pump speaks',
  // The command is understood, and refused.
  PRECOND: 'the revision is another than if=: something changed; read STATUS, decide again',
  FLOW_RANGE: 'dose and concentration give a flow outside min= to max=; conc_min= to conc_max= would do',
  LOW_RANGE: 'the low-reservoir volume lies outside min= to max=',
  VOLUME_RANGE: 'the volume does not fit the reservoir, min= to max=',
  NOTHING_STAGED: 'no program is staged; send PROGRAM first',
  NO_PROGRAM: 'no program is committed; send PROGRAM and COMMIT first',
  NO_REFILL: 'no filling was declared; send REFILL first',
  RUNNING: 'the therapy runs already',
  INHIBITED: 'alarm= holds delivery; end its condition, or acknowledge it if it is latched',
  NO_ALARM: 'no active alarm was raised by event ev=',
  // Simulation only.
  NOT_LOCKSTEP: 'the pump keeps its own time; send SIM RESET lockstep=1 first',
  UNKNOWN_FAULT: 'no such fault, mode or parameter',
} as const;

export type Code = keyof typeof CODES;
