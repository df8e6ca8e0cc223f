/**
 * A target is what a scenario runs against: a simulation in this process, or a pump at the far end of a line. All calls are
 * made one after the other; every one resolves when the pump has finished the instant.
 */
import type { Micros } from '../../protocol/units.ts';
import type { PumpSample } from '../simulation/signals.ts';
import type { Command, DrugName, Fault, LogEntry, Outcome, ProfileName } from '../simulation/vocabulary.ts';

export interface ResetSetup {
  readonly profile: ProfileName;
  readonly seed: number;
  /** Drug in the reservoir, ng/µL. */
  readonly concentration: number;
  /** Drug whose library the pump holds. */
  readonly drug: DrugName;
  /** Tubing and catheter hold drug. */
  readonly primed: boolean;
  /** Catheter compliance, nL/MPa; undefined: the body's default. */
  readonly compliance: number | undefined;
  readonly leap: boolean;
}

/** A stretch of the therapy log. `lost` entries before the first were overwritten before they could be read. */
export interface LogStretch {
  readonly entries: readonly LogEntry[];
  readonly lost: number;
}

export interface Target {
  readonly kind: 'sim' | 'wire';
  /** A new pump in a new body at pump time zero, in lock step. Resolves to its revision. */
  reset(setup: ResetSetup): Promise<number>;
  /** The physical act of a refill: volume nL, drug ng/µL. Resolves to the volume drained, nL. */
  fill(volume: number, concentration: number): Promise<number>;
  command(command: Command): Promise<Outcome>;
  inject(fault: Fault): Promise<void>;
  /** Moves to `to`, or to the end of the first instant with a new log entry. `next`: number of the next log entry. */
  advance(to: Micros): Promise<{ readonly now: Micros; readonly next: number }>;
  /** All log entries from number `from` on. */
  log(from: number): Promise<LogStretch>;
  sample(): Promise<PumpSample>;
}
