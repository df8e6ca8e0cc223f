/**
 * Firmware and body joined in virtual time. At equal times the body comes first, then the firmware, then whatever the caller
 * does (law 7 of the design): `advance` returns when body and firmware have finished an instant, so that a wire in between
 * changes nothing.
 */
import { micros, type Micros } from '../../protocol/units.ts';
import type { Answer, Order } from '../../protocol/motion.ts';
import {
  advance as advanceBody,
  createBody,
  fill,
  inject,
  obey,
  talk,
  truthOf,
  type Body,
  type Truth,
} from '../body/body.ts';
import type { CsfParameters } from '../body/csf.ts';
import type { Fault } from '../body/faults.ts';
import type { Command, Outcome } from '../firmware/commands.ts';
import { readLog, type LogEntry } from '../firmware/log/log.ts';
import { PROFILES, type Profile, type ProfileName } from '../firmware/profiles.ts';
import { compacted } from '../firmware/ledger/journal.ts';
import {
  answer,
  boot,
  bringToRest,
  createPump,
  handle,
  nextWake,
  restore,
  snapshot,
  statusOf,
  wake,
  type Pump,
  type PumpStatus,
} from '../firmware/pump.ts';
import { DEFAULT_DRUG, LIBRARIES, type DrugLibrary, type DrugName } from '../firmware/therapy/library.ts';
import type { PumpSample } from './signals.ts';

export interface SimulationSetup {
  /** A name of the table, or a profile that stands in none. */
  readonly profile: ProfileName | Profile;
  /** Seed of all that is random; 1 where it is not given. */
  readonly seed?: number | undefined;
  /** Drug in the reservoir, ng/µL. */
  readonly concentration: number;
  /** Name of the drug library that the pump holds, or a library that stands in no table; baclofen where it is not given. */
  readonly drug?: DrugName | DrugLibrary | undefined;
  /** false: tubing and catheter hold no drug yet. */
  readonly primed?: boolean | undefined;
  /** Catheter compliance, nL/MPa; the body's default where it is not given. */
  readonly compliance?: number | undefined;
  /** Drug in the CSF; the body's typical patient where it is not given. */
  readonly csf?: CsfParameters | undefined;
  /** How often the controller has been started, 1 to 65535; 1 where it is not given. */
  readonly boot?: number | undefined;
  /** false: one motor step at a time. The therapy log is the same. */
  readonly leap?: boolean | undefined;
}

export interface Advanced {
  readonly now: Micros;
  /** False: it was cut short after `MAX_WORK`; call again with the same target. */
  readonly complete: boolean;
}

/** Seconds of telemetry that a command takes: assumption. */
const COMMAND_SECONDS = 1;
/** ng/µL in pg/mL. */
const PG_PER_ML = 1_000_000;

/** Work in one `advance`, so that no call lasts for ever: a million walked steps, or leaps that cost as much. */
export const MAX_WORK = 1_000_000;

/** Entries of the journal of doses, at which it is compacted. */
export const JOURNAL_ENTRIES = 256;

/** One firmware in one body. Not safe for re-entry: one call at a time. */
export class Simulation {
  readonly setup: SimulationSetup;
  readonly profile: Profile;
  #pump: Pump;
  readonly #body: Body;
  readonly #hal = { order: (order: Order): void => void this.#orders.push(order) };
  #orders: Order[] = [];
  /** Memory that outlives the power, and with it the firmware. */
  #journal: string[] = [];

  constructor(setup: SimulationSetup) {
    const profile = typeof setup.profile === 'string' ? PROFILES[setup.profile] : setup.profile;
    this.setup = setup;
    this.profile = profile;
    const { drug = DEFAULT_DRUG } = setup;
    this.#pump = createPump(profile, typeof drug === 'string' ? LIBRARIES[drug] : drug, setup.boot);
    this.#body = createBody({
      seed: setup.seed,
      stepVolume: profile.stepVolume,
      residual: profile.residual,
      concentration: setup.concentration,
      primed: setup.primed,
      compliance: setup.compliance === undefined ? undefined : setup.compliance / 1_000_000,
      csf: setup.csf,
    });
    // Its first moment: comparators that look from the beginning are set.
    wake(this.#pump, this.#hal, this.now);
    this.#finishInstant(this.#carryOut());
  }

  get now(): Micros {
    return this.#body.now;
  }

  get status(): PumpStatus {
    return statusOf(this.#pump, this.now);
  }

  /** Entries of the therapy log from event number `from` on. */
  log(from = 1, n = Infinity): LogEntry[] {
    return readLog(this.#pump.log, from, n);
  }

  /** The journal of doses, the oldest entry first. */
  get journal(): readonly string[] {
    return this.#journal;
  }

  /** Moves to `to`, or to the end of the first instant that adds an entry to the therapy log. A time in the past moves nothing. */
  advance(to: Micros): Advanced {
    const firstNew = this.#pump.log.next;
    const walk = this.setup.leap === false;
    let work = 0;
    while (this.now < to) {
      const target = micros(Math.min(to, nextWake(this.#pump)));
      const done = advanceBody(this.#body, target, walk, MAX_WORK - work);
      this.#finishInstant(done.answers);
      if (this.#pump.log.next > firstNew) break;
      work += done.work;
      if (work >= MAX_WORK) return { now: this.now, complete: false };
    }
    return { now: this.now, complete: true };
  }

  /** Moves to `to` whatever happens on the way. */
  advanceThrough(to: Micros): void {
    while (this.now < to) this.advance(to);
  }

  /** Every command is a short interrogation, which the battery pays for. */
  command(command: Command): Outcome {
    // What the pump does by itself when a host is gone is no interrogation.
    if (command.command !== 'unstage') talk(this.#body, COMMAND_SECONDS);
    const outcome = handle(this.#pump, this.#hal, command, this.now);
    this.#finishInstant(this.#carryOut());
    return outcome;
  }

  /** The controller restarts at once; the power stays on. */
  reboot(): void {
    bringToRest(this.#pump, this.#hal);
    // What motor and comparators say to that reaches nobody.
    this.#carryOut();
    boot(this.#pump, this.#hal, this.#journal, this.now);
    this.#finishInstant(this.#carryOut());
  }

  inject(fault: Fault): void {
    this.#finishInstant(inject(this.#body, fault));
  }

  /** The whole firmware as a text. The body is no part of it. */
  snapshot(): string {
    return snapshot(this.#pump);
  }

  /** Puts a firmware that was taken by `snapshot` in place of the one in hand. It must be of this pump at this time. */
  restore(text: string): void {
    this.#pump = restore(text);
  }

  /**
   * The physical act of a refill; the pump learns of it only by the command `refill`. Returns the drained volume as it is read off the
   * syringe, nL. Throws RangeError for a volume that the reservoir cannot hold.
   */
  fill(volume: number, concentration: number = this.setup.concentration): number {
    const { capacity } = this.profile;
    if (!(volume >= 0 && volume <= capacity))
      throw new RangeError(`a filling of ${volume} nL, capacity ${capacity} nL`);
    const drained = Math.round(fill(this.#body, volume, concentration));
    this.#finishInstant([]);
    return drained;
  }

  /** What is true in the body now: floats, in the units of their keys. */
  get truth(): Truth {
    return truthOf(this.#body);
  }

  /** Every signal now, rounded to the integers of the signal table. */
  sample(): PumpSample {
    const { rate, dose, reservoir, commanded } = this.status;
    const truth = truthOf(this.#body);
    return {
      rate,
      dose_rate: dose,
      reservoir_computed: reservoir,
      commanded,
      reservoir_true: Math.round(truth.reservoir),
      delivered: Math.round(truth.delivered),
      drug_delivered: Math.round(truth.drugDelivered),
      pressure: Math.round(truth.pressure),
      leaked: Math.round(truth.leaked),
      pocket: Math.round(truth.pocket),
      tip_concentration: Math.round(truth.tipConcentration),
      csf_tip: Math.round(truth.csfTip * PG_PER_ML),
      csf_bulk: Math.round(truth.csfBulk * PG_PER_ML),
      pressure_reading: Number.isNaN(truth.pressureReading) ? undefined : Math.round(truth.pressureReading),
      rotor_feedback: Math.round(truth.rotorFeedback),
      battery: Math.round(truth.battery),
    };
  }

  /** Runs answers, wakes and orders of this instant until nothing more comes of them. */
  #finishInstant(answers: Answer[]): void {
    let pending = answers;
    for (;;) {
      if (pending.length > 0)
        answer(this.#pump, this.#hal, pending.length > 1 ? pending.toSorted(byKind) : pending, this.now);
      else if (nextWake(this.#pump) <= this.now) wake(this.#pump, this.#hal, this.now);
      else return;
      pending = this.#carryOut();
    }
  }

  #carryOut(): Answer[] {
    const answers: Answer[] = [];
    for (const order of this.#orders) {
      if (order.order === 'journal') this.#write(order.text);
      else answers.push(...obey(this.#body, order));
    }
    this.#orders.length = 0;
    return answers;
  }

  #write(entry: string): void {
    this.#journal.push(entry);
    if (this.#journal.length > JOURNAL_ENTRIES) this.#journal = compacted(this.#journal);
  }
}

/** Among answers at one instant: done, then tripped, then what is reported unasked. */
const byKind = (a: Answer, b: Answer): number => RANKS[a.answer] - RANKS[b.answer];
const RANKS: Readonly<Record<Answer['answer'], number>> = { done: 0, tripped: 1, reported: 2 };
