/**
 * Orders and answers between the firmware and the motor. Firmware and body share these types and nothing else; a rig
 * client puts the same messages on a serial line. No call waits for an answer, so that a rig 8 ms away and a body in the
 * same process look alike.
 *
 * Ids are given by the firmware, rise by one per order, and are never used again; an answer names the order it belongs to.
 */
import type { Micros } from './units.ts';

/**
 * A point in pump time, or a span of it, finer than a microsecond: `us + num/den`, with `0 <= num < den`. The denominator is
 * that of the train it stands in.
 */
export interface ExactTime {
  readonly us: number;
  readonly num: number;
}

/**
 * Equidistant motor steps: step k (from 0) falls at `first + k · interval` exactly. Integer microseconds only stamp it: the
 * stamp of a step is its time rounded up, so that at pump time t just the steps stamped <= t have been made.
 */
export interface Train {
  readonly order: 'train';
  readonly id: number;
  readonly first: ExactTime;
  readonly interval: ExactTime;
  /** Denominator of `first.num` and `interval.num`. */
  readonly den: number;
  /** Number of steps, 1 to `MAX_TRAIN_STEPS`. */
  readonly count: number;
}

/** Bound of a train: keeps `count · interval.num` below 2^53 for every denominator up to 24,000,000 (the fastest rate). */
export const MAX_TRAIN_STEPS = 100_000_000;

/** The motor stops at once, inside a stroke if need be; `done` follows with the steps that were made. */
export interface Halt {
  readonly order: 'halt';
  readonly id: number;
}

/**
 * What a comparator can be set on, in integers: catheter pressure, Pa gauge; whether its sensor finds itself able to read, 0 or 1;
 * turn of the rotor after a step as its feedback counts it, ‰ of a step (once per step only); energy left in the battery, mJ;
 * temperature of the pump, m°C.
 */
export type WatchSignal = 'catheter-pressure' | 'pressure-valid' | 'rotor-turn' | 'battery' | 'temperature';

/**
 * A comparator beside the motor's driver. It trips after `rows` samples in a row on the far side of the limit, once, and is
 * then spent. Setting a watch starts its count of rows at zero; trains and halts leave the count alone.
 */
export interface Watch {
  readonly order: 'watch';
  readonly id: number;
  readonly signal: WatchSignal;
  readonly beyond: 'above' | 'below';
  /** In the integers of the signal. */
  readonly limit: number;
  /** 1 for everything but the catheter pressure and the rotor. */
  readonly rows: number;
  /**
   * `per-step`: right after each motor step, for the catheter pressure and the rotor. A number: every so many microseconds of pump
   * time, counted from the order; for a motor at rest, and for the signals that have nothing to do with it.
   */
  readonly sample: 'per-step' | Micros;
  /** On trip the driver stops the motor by itself, without waiting for the firmware: the train's `done` carries the same time. */
  readonly stops: boolean;
}

/** Takes a watch away. A watch that has tripped or was never set is ignored. */
export interface Unwatch {
  readonly order: 'unwatch';
  readonly id: number;
  readonly watch: number;
}

/**
 * A tone as a schedule: bursts of `burst` µs, the first at once, then one every `interval`, until a silence or another tone. What
 * carries it out needs no further word, so a tone costs no events.
 */
export interface Tone {
  readonly order: 'tone';
  readonly id: number;
  readonly burst: Micros;
  readonly interval: Micros;
}

export interface Silence {
  readonly order: 'silence';
  readonly id: number;
  /** A burst that sounds is finished first. */
  readonly finish: boolean;
}

/**
 * Writes a line into memory that outlives the power. Orders are carried out in their order: the line is in that memory before an order
 * after this one begins.
 */
export interface Journal {
  readonly order: 'journal';
  readonly id: number;
  /** Without a line break, every character below 0x100. */
  readonly text: string;
}

/** What motor, comparators and sounder carry out. */
export type BodyOrder = Train | Halt | Watch | Unwatch | Tone | Silence;

export type Order = BodyOrder | Journal;

/** Once per train, at its end, at a halt or at a trip: `n` steps of it were made. */
export interface Done {
  readonly answer: 'done';
  readonly train: number;
  readonly n: number;
  readonly t: Micros;
}

/** A watch has tripped at `t`; `n` steps of `train` were made by then (train 0, n 0 for a motor at rest). */
export interface Tripped {
  readonly answer: 'tripped';
  readonly watch: number;
  readonly train: number;
  readonly n: number;
  readonly t: Micros;
}

/**
 * What the hardware says unasked: its radio has been driven into telemetry mode by interference, or the check of a memory
 * area has failed.
 */
export interface Reported {
  readonly answer: 'reported';
  readonly event: 'telemetry-locked' | 'program-memory' | 'log-memory' | 'library-memory' | 'library-lost';
  readonly t: Micros;
}

export type Answer = Done | Tripped | Reported;

/** The number of steps of a train whose stamp is not after `t`. */
export function stepsDueBy(train: Train, t: number): number {
  const { first, interval, den } = train;
  const intervalFloat = interval.us + interval.num / den;
  const guess = Math.floor((t - first.us - first.num / den) / intervalFloat) + 1;
  // The float proposes, exact integers decide: the guess is off by one step at the most.
  let n = Math.min(Math.max(guess, 0), train.count);
  while (n > 0 && stampOfStep(train, n - 1) > t) n -= 1;
  while (n < train.count && stampOfStep(train, n) <= t) n += 1;
  return n;
}

/** Exact time of step k of a train. Defined for `k = count` too: where the next step would fall if the train went on. */
export function timeOfStep(train: Train, k: number): ExactTime {
  const numerator = train.first.num + k * train.interval.num;
  const carry = Math.floor(numerator / train.den);
  return { us: train.first.us + k * train.interval.us + carry, num: numerator - carry * train.den };
}

/** Stamp of step k: its exact time rounded up to a microsecond. Allocates nothing. */
export function stampOfStep(train: Train, k: number): number {
  const numerator = train.first.num + k * train.interval.num;
  return train.first.us + k * train.interval.us + Math.ceil(numerator / train.den);
}
