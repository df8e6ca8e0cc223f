/** The verbs that run a therapy and look at it, and those about alarms, drug and log. */
import {
  doseId,
  doseNumber,
  doseReply,
  eventNumber,
  identity,
  ifRevision,
  integer,
  mass,
  name,
  optional,
  overridden,
  rate,
  rev,
  time,
  timeOfDay,
  total,
  volume,
  word,
  type VerbSpec,
} from './keys.ts';
import { MAX_SEQ } from './line.ts';

const lowAt = optional(time('pump time at which the reservoir will be low; absent: not known yet'));
const refillAt = optional(time('pump time at which a refill is due, for volume or age; absent: not known yet'));
const forecast = { low_us: lowAt, due_us: refillAt } as const;

const mode = word(
  ['stopped', 'basal', 'minimum', 'bridging', 'priming', 'single-bolus', 'scheduled-bolus', 'patient-bolus'],
  'what was commanded; alarms may hold the flow',
);
const raisedBy = eventNumber('number of the log entry that raised it last, with state=on');
const activeAlarms = integer('', 0, 99, 'active alarms');

/** Refusals of the gate that every dose goes through. */
const DOSE_CODES = ['ID_REUSED', 'PRECOND', 'LATE'] as const;

export const THERAPY_VERBS = {
  START: {
    text: 'starts the therapy',
    keys: { if: ifRevision },
    reply: { rev, ...forecast },
    codes: ['PRECOND', 'NO_PROGRAM', 'NO_REFILL', 'INHIBITED', 'RUNNING', 'BUSY'],
  },
  STOP: {
    text: 'stops the therapy and every dose, with any session id, at any time, whatever the revision, and raises it',
    keys: {},
    reply: { rev },
    codes: [],
  },
  BOLUS: {
    text: 'gives a single bolus, once whatever is lost or repeated, then goes back to what ran before',
    keys: {
      ...identity,
      nl: volume('volume, given as the nearest whole number of motor steps'),
      nlpd: rate('rate'),
      over: overridden,
    },
    reply: doseReply,
    codes: [
      ...DOSE_CODES,
      'NO_LIBRARY',
      'NO_PROGRAM',
      'NO_REFILL',
      'BOLUS_RANGE',
      'SOFT_LIMIT',
      'BUSY',
      'INHIBITED',
      'WINDOW_LIMIT',
      'BAD_VALUE',
    ],
    doses: true,
  },
  PRIME: {
    text: 'fills tubing and catheter at a stopped pump, which computes the volume; a dose like any other',
    keys: identity,
    reply: doseReply,
    codes: [...DOSE_CODES, 'NO_PROGRAM', 'NO_REFILL', 'NOT_STOPPED', 'DENIED', 'BUSY', 'INHIBITED', 'BAD_VALUE'],
    doses: true,
  },
  DOSE: {
    text: 'the record of a dose by its number, whoever asked for it; the last 32 are kept',
    keys: { n: doseNumber('number of the dose') },
    reply: {
      n: doseNumber('number of the dose'),
      id: doseId('identity; `-`: no host has asked for it'),
      src: word(['host', 'typed', 'patient', 'schedule'], 'who asked for it'),
      kind: word(
        ['single', 'scheduled', 'patient', 'prime', 'stop'],
        'what it is; a stop takes a number as well, and gives nothing',
      ),
      state: word(['ACCEPTED', 'DONE', 'INTERRUPTED'], '`ACCEPTED`: begun and not ended'),
      nl: volume('volume that was to be given: whole motor steps'),
      nlpd: rate('rate'),
      given_nl: volume('given so far, by the trains of steps that have ended'),
      us: time('pump time at which it began'),
    },
    codes: ['NO_DOSE', 'GONE'],
    reads: true,
  },
  STATUS: {
    text: 'what the pump believes',
    keys: {},
    reply: {
      us: time('pump time'),
      tod_us: timeOfDay('time of day'),
      mode,
      nlpd: rate('rate at which the motor is driven; 0 while delivery is held'),
      dose_ng: mass('dose of a day in force'),
      rev,
      res_nl: optional(volume('computed reservoir volume; absent before the first REFILL')),
      done_nl: total('nL', 'volume of the steps made since time zero'),
      next: eventNumber('number of the next log entry'),
      alarms: activeAlarms,
    },
    codes: [],
    reads: true,
  },
  DEVICE: {
    text: 'what the pump is, whatever it does',
    keys: {},
    reply: {
      profile: name('pump profile', 16),
      serial: name('serial number', 10),
      boot: integer('', 1, 65_535, 'boot counter'),
      cap_nl: volume('what the reservoir holds'),
      resid_nl: volume('what it cannot give'),
      step_nl: volume('one motor step'),
      min_nlpd: rate('slowest rate of a dose or program'),
      max_nlpd: rate('fastest rate'),
    },
    codes: [],
    reads: true,
  },
  FORECAST: {
    text: 'how long the reservoir lasts, as if every patient bolus that may be given were given',
    keys: {},
    reply: { us: time('pump time'), ...forecast },
    codes: [],
    reads: true,
  },
  ALARMS: {
    text: 'sends the active alarms as lines `! … ACTIVE`, highest first, then the reply; they tell what is, not what was logged',
    keys: {},
    reply: {
      n: activeAlarms,
      visual: optional(name('the alarm that is to be seen first; absent: none is')),
      audible: optional(name('the alarm that is to be heard; absent: none is')),
    },
    codes: [],
    reads: true,
  },
  ACK: {
    text: 'acknowledges an alarm; restores no flow',
    keys: { ev: raisedBy },
    reply: { rev },
    codes: ['NO_ALARM', 'NO_SILENCE'],
  },
  PAUSE: {
    text: 'silences an alarm for the time that the profile allows; restores no flow',
    keys: { ev: raisedBy },
    reply: { rev, until_us: time('pump time at which it sounds again') },
    codes: ['NO_ALARM', 'NO_SILENCE'],
  },
  RESUME: {
    text: 'ends a pause or an acknowledgement early',
    keys: { ev: raisedBy },
    reply: { rev },
    codes: ['NO_ALARM', 'NO_SILENCE'],
  },
  REFILL: {
    text: 'declares a refill to the pump; SIM FILL is the physical act',
    keys: {
      if: ifRevision,
      nl: volume('volume filled in'),
      drained_nl: volume('volume drained before, as measured'),
    },
    reply: {
      rev,
      expected_nl: optional(volume('volume that the pump computed before; absent at the first filling')),
      disc: optional(
        word(['within', 'beyond'], 'whether drained and computed volume differ by no more than the profile allows'),
      ),
      ...forecast,
    },
    codes: ['PRECOND', 'VOLUME_RANGE'],
  },
  CLOCK: {
    text: 'sets the time of day, by which the day plan of a program goes; pump time is untouched',
    keys: { if: ifRevision, tod_us: timeOfDay('time of day now') },
    reply: {
      rev,
      tod_us: timeOfDay('time of day now'),
      off_us: timeOfDay('time of day at pump time zero'),
    },
    codes: ['PRECOND'],
  },
  LIBRARY: {
    text: 'loads another drug library, whole or not at all',
    keys: {
      drug: name('drug', 12),
      ver: integer('', 0, 9_999, 'version of the library'),
      conc: optional(name('concentrations of the products, ng/µL, joined by `+`; absent: any will do', 20)),
      dose_ng: name('limits of the daily dose, ng, joined by `+`: hard and soft minimum, soft and hard maximum', 36),
      bolus_ng: name('soft and hard maximum of a bolus, ng, joined by `+`', 29),
      step: name('largest change of the dose at once, % by spinal, cerebral and child, joined by `+`; 0: any', 11),
      every_s: integer('s', 0, 99_999_999, 'shortest time between two changes of the dose'),
      days: integer('', 0, 99_999, 'longest time that a filling may stay in the pump'),
      check: name('CRC-32 over the library, eight hexadecimal digits (E12)', 8),
    },
    reply: { rev, drug: name('drug', 12), ver: integer('', 0, 9_999, 'version of the library') },
    codes: ['BAD_VALUE', 'LIBRARY_CHECK', 'NOT_STOPPED'],
  },
  INTERROGATE: {
    text: 'a programmer reads the pump out: ends a telemetry lock-up',
    keys: {},
    reply: { rev, mode, alarms: activeAlarms },
    codes: [],
  },
  TONES: {
    text: 'plays every tone once',
    keys: {},
    reply: { rev },
    codes: ['ALARMING'],
  },
  LOG: {
    text: 'sends log entries as event lines, then the reply',
    keys: {
      from: eventNumber('number of the first entry wanted'),
      n: integer('', 1, 64, 'entries at the most'),
      log: optional(word(['therapy', 'link'], 'what happened to the therapy, or to the line; therapy if absent')),
    },
    reply: {
      from: eventNumber('as asked'),
      next: eventNumber('where to go on'),
      end: eventNumber('number of the next entry that will be written'),
      oldest: eventNumber('oldest entry still held'),
      lost: integer('', 0, MAX_SEQ, 'entries asked for that were overwritten'),
    },
    codes: [],
    reads: true,
  },
} as const satisfies Record<string, VerbSpec>;
