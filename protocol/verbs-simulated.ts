/** The verbs that only a simulated pump knows: what a hand, a patient or time would do to a real one. */
import {
  concentration,
  eventNumber,
  integer,
  name,
  optional,
  rev,
  time,
  total,
  volume,
  word,
  type VerbSpec,
} from './keys.ts';

const faultParameter = optional(name('a parameter as `name:integer`, for the faults and modes that take one'));

export const SIMULATED_VERBS = {
  'SIM RESET': {
    text: 'a new pump in a new body at pump time zero',
    keys: {
      profile: name('pump profile'),
      seed: integer('', 0, 0x7fff_ffff, 'seed of all that is random'),
      conc: concentration,
      compliance: optional(integer('nL/MPa', 1, 100_000_000, 'compliance of the catheter')),
      drug: optional(name('drug library that the pump holds; baclofen if absent', 20)),
      primed: optional(word(['0', '1'], '0: tubing and catheter are empty of drug; 1 if absent')),
      lockstep: optional(
        word(['0', '1'], '1: time moves by SIM ADVANCE alone, until this connection ends; 0 if absent'),
      ),
      leap: optional(word(['0', '1'], '0: one motor step at a time; 1 if absent')),
    },
    reply: { rev, us: time('pump time') },
    codes: ['BAD_VALUE'],
    simulated: true,
  },
  'SIM REBOOT': {
    text: 'answers, and restarts the controller: sessions are gone, a dose under way is interrupted, what is stored stays',
    keys: {},
    reply: { boot: integer('', 1, 65_535, 'boot counter afterwards') },
    codes: [],
    simulated: true,
  },
  'SIM FILL': {
    text: 'drains the reservoir and fills it; the pump does not notice',
    keys: {
      nl: volume('volume filled in'),
      conc: optional(integer('ng/µL', 1, 1_000_000, 'drug filled in; that of SIM RESET if absent')),
    },
    reply: { drained_nl: volume('volume that came out, as it is read off the syringe') },
    codes: ['VOLUME_RANGE'],
    simulated: true,
  },
  'SIM FAULT': {
    text: 'injects or ends a fault of the body; `doseloop faults` lists them with the units and ranges of their parameters',
    keys: {
      fault: name('component.fault', 24),
      mode: name('mode of the fault', 16),
      p1: faultParameter,
      p2: faultParameter,
      p3: faultParameter,
    },
    reply: {},
    codes: ['UNKNOWN_FAULT'],
    simulated: true,
  },
  'SIM BUTTON': {
    text: "the patient's press; each one that arrives is a press of its own",
    keys: {},
    reply: {
      rev,
      state: word(['granted', 'denied'], 'whether a bolus begins'),
      why: optional(
        word(
          ['none', 'stopped', 'busy', 'lockout', 'count', 'window', 'held', 'bridging'],
          'why none does; `none`: the program has no patient bolus',
        ),
      ),
    },
    codes: [],
    simulated: true,
  },
  'SIM TRUTH': {
    text: 'what is true in the body, whatever the pump believes',
    keys: {},
    reply: {
      us: time('pump time'),
      res_nl: volume('volume in the reservoir'),
      tip_nl: total('nL', 'volume that left the catheter tip since time zero'),
      tip_ng: total('ng', 'drug that left the catheter tip since time zero'),
      pa: integer('Pa', 0, 10_000_000, 'pressure in the catheter, gauge'),
    },
    codes: [],
    reads: true,
    simulated: true,
  },
  'SIM BODY': {
    text: 'more of what is true in the body',
    keys: {},
    reply: {
      leak_nl: total('nL', 'volume that left at a leak since time zero'),
      pocket_nl: total('nL', 'volume filled beside the port'),
      conc: integer('ng/µL', 0, 1_000_000, 'drug in what leaves the tip'),
      csf_tip: integer('pg/mL', 0, 1_000_000_000_000, 'drug in the CSF at the tip'),
      csf_bulk: integer('pg/mL', 0, 1_000_000_000_000, 'drug in the rest of the CSF'),
      read_pa: optional(integer('Pa', 0, 10_000_000, 'what the pressure sensor reads; absent of a dead one')),
      turn_nl: total('nL', 'volume by the turns that the rotor feedback has counted'),
      mj: integer('mJ', 0, 1_000_000_000, 'energy left in the battery'),
    },
    codes: [],
    reads: true,
    simulated: true,
  },
  'SIM ADVANCE': {
    text:
      'in lock step: moves pump time to `to`, or to the end of the instant of the first new log entry; absolute: at ' +
      'or past `to` it does nothing',
    keys: { to: time('pump time to reach') },
    reply: {
      us: time('pump time reached'),
      next: eventNumber('number of the next log entry'),
      more: word(['0', '1'], '1: stopped after the work of a million walked steps; send it again'),
    },
    codes: ['NOT_LOCKSTEP'],
    simulated: true,
  },
} as const satisfies Record<string, VerbSpec>;
