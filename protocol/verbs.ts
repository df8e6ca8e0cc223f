/**
 * The verb table: every verb, its keys with units and ranges, the keys of its OK reply, and the codes with which it can be
 * refused. Plain data; schemas, documents and the schema hash derive from it.
 */
import type { Code } from './codes.ts';
import { MAX_SEQ } from './line.ts';
import { MAX_MICROS } from './units.ts';

export type KeyType =
  | { readonly type: 'integer'; readonly unit: string; readonly min: number; readonly max: number }
  | { readonly type: 'word'; readonly words: readonly string[] }
  /** A name of the grammar's value characters, of at most `most`, checked by whoever knows the names. */
  | { readonly type: 'name'; readonly most: number };

export type KeySpec = KeyType & { readonly text: string; readonly optional?: true };

export interface VerbSpec {
  readonly text: string;
  readonly keys: Readonly<Record<string, KeySpec>>;
  readonly reply: Readonly<Record<string, KeySpec>>;
  readonly codes: readonly Code[];
  /** Only a simulated pump knows the verb. */
  readonly simulated?: true;
}

const integer = (unit: string, min: number, max: number, text: string) =>
  ({ type: 'integer', unit, min, max, text }) as const;
const word = <const Words extends readonly string[]>(words: Words, text: string) =>
  ({ type: 'word', words, text }) as const;
const name = (text: string, most = 40) => ({ type: 'name', most, text }) as const;
const optional = <Spec extends KeySpec>(spec: Spec) => ({ ...spec, optional: true }) as const;

const revision = (text: string) => integer('', 0, MAX_SEQ, text);
const time = (text: string) => integer('µs', 0, MAX_MICROS, text);
const volume = (text: string) => integer('nL', 0, 1_000_000_000, text);
const eventNumber = (text: string) => integer('', 0, MAX_SEQ, text);
const dose = integer('ng/day', 1, 100_000_000_000, 'dose per day');
const concentration = integer('ng/µL', 1, 1_000_000, 'drug concentration');

const faultParameter = optional(name('a parameter as `name:integer`, for the faults and modes that take one'));

const programReply = {
  rev: revision('revision in force'),
  nlpd: integer('nL/day', 0, 1_000_000_000, 'rate that follows, rounded to the nearest integer'),
  ng: dose,
  conc: concentration,
  low: volume('computed volume that raises low-reservoir'),
} as const;

export const VERBS = {
  HELLO: {
    text: 'who is there; changes nothing',
    keys: { v: integer('', 1, 99, 'newest version that the host speaks') },
    reply: {
      v: integer('', 1, 99, 'version spoken from here on'),
      schema: name('CRC-32 of the verb table'),
      world: word(['SIMULATED', 'REAL'], 'what answers'),
      profile: name('pump profile'),
      lockstep: word(['0', '1'], 'whether time stands still between SIM ADVANCE'),
    },
    codes: ['VERSION'],
  },
  PROGRAM: {
    text: 'stages a program and reads it back; the running therapy is untouched until COMMIT',
    keys: {
      mode: word(['continuous'], 'therapy mode'),
      ng: dose,
      conc: concentration,
      low: optional(volume('computed volume that raises low-reservoir; the profile has a default')),
    },
    reply: programReply,
    codes: ['FLOW_RANGE', 'LOW_RANGE'],
  },
  COMMIT: {
    text: 'takes the staged program over',
    keys: { if: revision('revision that the host has seen') },
    reply: programReply,
    codes: ['PRECOND', 'NOTHING_STAGED'],
  },
  START: {
    text: 'starts the therapy',
    keys: { if: revision('revision that the host has seen') },
    reply: { rev: revision('revision in force') },
    codes: ['PRECOND', 'NO_PROGRAM', 'NO_REFILL', 'INHIBITED', 'RUNNING'],
  },
  STOP: {
    text: 'stops the therapy, whatever the revision, and raises it, so that no older START can undo the stop',
    keys: {},
    reply: { rev: revision('revision in force') },
    codes: [],
  },
  STATUS: {
    text: 'what the pump believes',
    keys: {},
    reply: {
      us: time('pump time'),
      mode: word(['stopped', 'running'], 'what was commanded'),
      nlpd: integer('nL/day', 0, 1_000_000_000, 'rate at which the motor is driven; 0 while delivery is held'),
      rev: revision('revision in force'),
      res_nl: optional(volume('computed reservoir volume; absent before the first REFILL')),
      done_nl: integer('nL', 0, Number.MAX_SAFE_INTEGER, 'volume of the steps made since time zero'),
      next: eventNumber('number of the next log entry'),
      alarms: integer('', 0, 99, 'active alarms'),
    },
    codes: [],
  },
  ACK: {
    text: 'acknowledges the alarm that a log entry raised; restores no flow',
    keys: { ev: eventNumber('number of the log entry with state=on') },
    reply: { rev: revision('revision in force') },
    codes: ['NO_ALARM'],
  },
  REFILL: {
    text: 'declares a refill to the pump; SIM FILL is the physical act',
    keys: {
      if: revision('revision that the host has seen'),
      nl: volume('volume filled in'),
      drained_nl: volume('volume drained before, as measured'),
    },
    reply: {
      rev: revision('revision in force'),
      expected_nl: optional(volume('volume that the pump computed before; absent at the first filling')),
      disc: optional(
        word(['within', 'beyond'], 'whether drained and computed volume differ by no more than the profile allows'),
      ),
    },
    codes: ['PRECOND', 'VOLUME_RANGE'],
  },
  LOG: {
    text: 'sends log entries as event lines, then the reply',
    keys: {
      from: eventNumber('number of the first entry wanted'),
      n: integer('', 1, 64, 'entries at the most'),
    },
    reply: {
      from: eventNumber('as asked'),
      next: eventNumber('where to go on'),
      end: eventNumber('number of the next entry that will be written'),
      oldest: eventNumber('oldest entry still held'),
      lost: integer('', 0, MAX_SEQ, 'entries asked for that were overwritten'),
    },
    codes: [],
  },
  'SIM RESET': {
    text: 'a new pump in a new body at pump time zero',
    keys: {
      profile: name('pump profile'),
      seed: integer('', 0, 0x7fff_ffff, 'seed of all that is random'),
      conc: concentration,
      compliance: optional(integer('nL/MPa', 1, 100_000_000, 'compliance of the catheter')),
      lockstep: optional(
        word(['0', '1'], '1: time moves by SIM ADVANCE alone, until this connection ends; 0 if absent'),
      ),
      leap: optional(word(['0', '1'], '0: one motor step at a time; 1 if absent')),
    },
    reply: { rev: revision('revision in force'), us: time('pump time') },
    codes: ['BAD_VALUE'],
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
  'SIM TRUTH': {
    text: 'what is true in the body, whatever the pump believes',
    keys: {},
    reply: {
      us: time('pump time'),
      res_nl: volume('volume in the reservoir'),
      tip_nl: integer('nL', 0, Number.MAX_SAFE_INTEGER, 'volume that left the catheter tip since time zero'),
      tip_ng: integer('ng', 0, Number.MAX_SAFE_INTEGER, 'drug that left the catheter tip since time zero'),
      pa: integer('Pa', 0, 10_000_000, 'pressure in the catheter, gauge'),
    },
    codes: [],
    simulated: true,
  },
  'SIM BODY': {
    text: 'more of what is true in the body',
    keys: {},
    reply: {
      leak_nl: integer('nL', 0, Number.MAX_SAFE_INTEGER, 'volume that left at a leak since time zero'),
      pocket_nl: integer('nL', 0, Number.MAX_SAFE_INTEGER, 'volume filled beside the port'),
      conc: integer('ng/µL', 0, 1_000_000, 'drug in what leaves the tip'),
      csf_tip: integer('pg/mL', 0, 1_000_000_000_000, 'drug in the CSF at the tip'),
      csf_bulk: integer('pg/mL', 0, 1_000_000_000_000, 'drug in the rest of the CSF'),
      read_pa: optional(integer('Pa', 0, 10_000_000, 'what the pressure sensor reads; absent of a dead one')),
      turn_nl: integer('nL', 0, Number.MAX_SAFE_INTEGER, 'volume by the turns that the rotor feedback has counted'),
      mj: integer('mJ', 0, 1_000_000_000, 'energy left in the battery'),
    },
    codes: [],
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

export type Verb = keyof typeof VERBS;
export const VERB_NAMES = Object.keys(VERBS) as readonly Verb[];

type ValueOf<Spec> = Spec extends { type: 'integer' }
  ? number
  : Spec extends { type: 'word'; words: readonly (infer Word)[] }
    ? Word
    : string;

type Table<Specs> = {
  -readonly [Key in keyof Specs as Specs[Key] extends { optional: true } ? never : Key]: ValueOf<Specs[Key]>;
} & { -readonly [Key in keyof Specs as Specs[Key] extends { optional: true } ? Key : never]?: ValueOf<Specs[Key]> };

/** Arguments of a verb, typed from the table. */
export type ArgumentsOf<V extends Verb> = Table<(typeof VERBS)[V]['keys']>;
/** Fields of a verb's OK reply, typed from the table. */
export type ReplyOf<V extends Verb> = Table<(typeof VERBS)[V]['reply']>;
