/** Every code that a `NO` reply can carry, with what it means and what to do next. */
export const CODES = {
  // The line was whole, but is not a command of this pump.
  GRAMMAR: 'the line does not follow the grammar; compare it with PROTOCOL.md',
  UNKNOWN_VERB: 'no such verb; HELLO tells the schema, PROTOCOL.md lists the verbs',
  UNKNOWN_KEY: 'the verb has no such key; nothing was done',
  MISSING_KEY: 'a required key is missing; nothing was done',
  BAD_VALUE: 'the value is not one that the key takes; nothing was done',
  // The session, or the number of the command in it.
  STALE: 'the session is not the one in force, and never will be again; send HELLO',
  VERSION: 'no version in common; have= names those the pump speaks',
  HELD: 'another session holds the pump; it is free after left_ms= without a line, or by RELEASE typed at the pump',
  NOT_HELD: 'no session holds the pump; nothing is to be released',
  SESSIONS: 'the session numbers of this boot are used up; restart the pump',
  SEQ: 'the command is not the next one; want= is its number. A line was lost or came late: send HELLO',
  SEQ_REUSED: 'the number was that of another command; nothing was done',
  READ_ONLY: 'the session only reads: the host is a monitor, or has another verb table than the pump (schema=)',
  TYPED_OFF: 'typed lines may not do that on this pump',
  CONFIRM: 'nothing was read back under this code, or too long ago; type the command again',
  // A dose, and who it is.
  ID_REUSED: 'the id is that of dose=, which was another; nothing was done. Make a new id',
  LATE: 'the deadline by= has passed, it is us= now; nothing was done',
  NO_DOSE: 'no dose has this number; the last one is dose=',
  GONE: 'the record is no longer kept; the oldest is oldest=',
  // The command is understood, and refused.
  PART_ORDER:
    'the line is not the part that comes next (why=, want=); the program was dropped: begin again with PROGRAM',
  PRECOND:
    'the revision is another than if=, or the dose number another than after=: something changed; read STATUS or DOSE, decide again',
  NO_LIBRARY: 'the drug library is absent or corrupt; send LIBRARY first',
  LIBRARY_CHECK: 'check= does not match the library, or its limits contradict each other; nothing was loaded',
  FLOW_RANGE: 'dose and concentration give a flow outside min= to max=; conc_min= to conc_max= would do',
  DOSE_RANGE: 'the dose ng= lies outside the hard limits of the drug library, min= to max=; no override helps',
  LOW_RANGE: 'the low-reservoir volume lies outside min= to max=',
  PLAN_RANGE: 'why= in mode or day plan is not what the pump can keep; state the program otherwise',
  PATIENT_RANGE: 'why= of the patient bolus is not what the pump can give; state PATIENT otherwise',
  STEP_RANGE: 'why= of the step dosing is not what the pump can keep; state TITRATE otherwise',
  LIMIT_RANGE:
    'the limit ng= is below min=, which the program gives by itself, or why=window is longer than can be counted',
  VOLUME_RANGE: 'the volume does not fit the reservoir, min= to max=',
  BOLUS_RANGE: 'volume nl= or rate nlpd= of the bolus lie outside what pump and drug library allow',
  SOFT_LIMIT: 'it breaks soft limits; let a person decide, then send it again with all of soft= in over=',
  NOTHING_STAGED: 'no program is staged; send PROGRAM first, with all its parts',
  NO_PROGRAM: 'no program is committed; send PROGRAM and COMMIT first',
  NO_REFILL: 'no filling was declared; send REFILL first',
  RUNNING: 'the therapy runs already',
  NOT_STOPPED: 'only a stopped pump does that; send STOP first',
  BUSY: 'a dose is under way, or the mode is not one in which a dose begins; wait for its end in the log, or send STOP',
  DENIED: 'the pump does not give this dose, for the reason why=',
  WINDOW_LIMIT: 'the dose would exceed the limit in the window, which has room for room_ng=; wait, or give less',
  INHIBITED: 'alarm= takes delivery away; end its condition, or acknowledge it if it is latched',
  NO_ALARM: 'no active alarm was raised by event ev=; ALARMS tells which are',
  NO_SILENCE: 'alarm= cannot be silenced in this way now, or is not silenced; ALARMS tells its state',
  ALARMING: 'an alarm sounds, and a test would hide it; acknowledge or pause it first',
  // Simulation only.
  NOT_LOCKSTEP: 'the pump keeps its own time; send SIM RESET lockstep=1 first',
  UNKNOWN_FAULT: 'no such fault, mode or parameter',
} as const;

export type Code = keyof typeof CODES;
