/**
 * Firmware and body joined in virtual time. At equal times the body comes first, then the firmware, then whatever the caller
 * does (law 7 of the design): `advance` returns when body and firmware have finished an instant, so that a wire in between
 * changes nothing.
 */
import { micros, type Micros } from '../../protocol/units.ts';
import type { Answer, Order } from '../../protocol/motion.ts';
import { advance as advanceBody, createBody, fill, inject, obey, truthOf, type Body } from '../body/body.ts';
import type { Fault } from '../body/faults.ts';
import type { Command, Outcome } from '../firmware/commands.ts';
import { readLog, type LogEntry } from '../firmware/log.ts';
import { PROFILES, type ProfileName } from '../firmware/profiles.ts';
import { answer, createPump, handle, nextWake, statusOf, wake, type Pump, type PumpStatus } from '../firmware/pump.ts';
import type { PumpSample } from './signals.ts';

export interface SimulationSetup {
  readonly profile: ProfileName;
  /** Drug in the reservoir, ng/µL. */
  readonly concentration: number;
  /** Catheter compliance, nL/MPa; the body's default where it is not given. */
  readonly compliance?: number | undefined;
  /** false: one motor step at a time. The therapy log is the same. */
  readonly leap?: boolean | undefined;
}

export interface Advanced {
  readonly now: Micros;
  /** False: the walk was cut after `MAX_WALKED_STEPS`; call again with the same target. */
  readonly complete: boolean;
}

/** Steps walked in one `advance`, so that no call lasts for ever. */
export const MAX_WALKED_STEPS = 1_000_000;

/** One firmware in one body. Not safe for re-entry: one call at a time. */
export class Simulation {
  readonly setup: SimulationSetup;
  readonly #pump: Pump;
  readonly #body: Body;
  readonly #hal = { order: (order: Order): void => void this.#orders.push(order) };
  #orders: Order[] = [];

  constructor(setup: SimulationSetup) {
    const profile = PROFILES[setup.profile];
    this.setup = setup;
    this.#pump = createPump(profile);
    this.#body = createBody({
      stepVolume: profile.stepVolume,
      residual: profile.residual,
      capacity: profile.capacity,
      concentration: setup.concentration,
      compliance: setup.compliance === undefined ? undefined : setup.compliance / 1_000_000,
    });
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

  /** Moves to `to`, or to the end of the first instant that adds an entry to the therapy log. A time in the past moves nothing. */
  advance(to: Micros): Advanced {
    const firstNew = this.#pump.log.next;
    const leap = this.setup.leap ?? true;
    let walked = 0;
    while (this.now < to) {
      const target = micros(Math.min(to, nextWake(this.#pump)));
      const { answers, steps } = advanceBody(this.#body, target, leap ? Infinity : 1);
      this.#finishInstant(answers);
      if (this.#pump.log.next > firstNew) break;
      walked += leap ? 0 : steps;
      if (walked >= MAX_WALKED_STEPS) return { now: this.now, complete: false };
    }
    return { now: this.now, complete: true };
  }

  /** Moves to `to` whatever happens on the way. */
  advanceThrough(to: Micros): void {
    while (this.now < to) this.advance(to);
  }

  command(command: Command): Outcome {
    const outcome = handle(this.#pump, this.#hal, command, this.now);
    this.#finishInstant(this.#carryOut());
    return outcome;
  }

  inject(fault: Fault): void {
    inject(this.#body, fault);
    this.#finishInstant([]);
  }

  /** The physical act of a refill; the pump learns of it only by the command `refill`. Returns the drained volume, nL. */
  fill(volume: number): number {
    const drained = Math.round(fill(this.#body, volume));
    this.#finishInstant([]);
    return drained;
  }

  /** Every signal now, rounded to the integers of the signal table. */
  sample(): PumpSample {
    const { rate, reservoir, commanded } = this.status;
    const truth = truthOf(this.#body);
    return {
      rate,
      reservoir_computed: reservoir,
      commanded,
      reservoir_true: Math.round(truth.reservoir),
      delivered: Math.round(truth.delivered),
      drug_delivered: Math.round(truth.drugDelivered),
      pressure: Math.round(truth.pressure),
    };
  }

  /** Runs answers, wakes and orders of this instant until nothing more comes of them. */
  #finishInstant(answers: Answer[]): void {
    let pending = answers;
    for (;;) {
      if (pending.length > 0) answer(this.#pump, this.#hal, pending.toSorted(byKind), this.now);
      else if (nextWake(this.#pump) <= this.now) wake(this.#pump, this.#hal, this.now);
      else return;
      pending = this.#carryOut();
    }
  }

  #carryOut(): Answer[] {
    const orders = this.#orders;
    this.#orders = [];
    return orders.flatMap((order) => obey(this.#body, order));
  }
}

/** Among answers at one instant: done, then tripped. */
const byKind = (a: Answer, b: Answer): number => rank(a) - rank(b);
const rank = ({ answer: kind }: Answer): number => (kind === 'done' ? 0 : 1);
