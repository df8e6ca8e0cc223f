/**
 * A third opinion on the body: slow, literal, one step after the other. Every step time is a fraction of BigInts, the pressure
 * is a recurrence, the slip of the rotor is integrated numerically. It shares no code with the firmware or the body, and
 * takes its numbers from pump.md again: 3.2e11 Pa·s/m³ for the open lumen (2.2), slip from 150 to 200 kPa (2.2).
 */

const US_PER_DAY = 86_400_000_000n;
const NL_PER_M3 = 1e12;
const OPEN_LUMEN = 3.2e11 / NL_PER_M3;
const CSF = 1_000;
const SLIP_BEGINS = 150_000;
const NO_FLOW = 200_000;
const STROKE_PIECES = 64;

export interface OracleSetup {
  /** nL. */
  readonly step: number;
  /** nL that cannot be drawn. */
  readonly residual: number;
  /** nL/MPa. */
  readonly compliance: number;
}

/** Counts samples in a row on the far side of a limit; `trippedAt` is the step or the time of the one that made `rows`. */
export interface Comparator {
  readonly limit: number;
  readonly rows: number;
  inRow: number;
  trippedAt: number | undefined;
}

/** Samples at rest, every `every` µs. */
export interface Sampler extends Comparator {
  readonly every: number;
  next: number;
}

export interface Oracle {
  readonly setup: OracleSetup;
  /** nL/Pa and Pa·s/nL. */
  readonly compliance: number;
  resistance: number;
  /** nL/day; 0 with the motor at rest. */
  rate: bigint;
  /** µs; the rate is the same since then. */
  since: bigint;
  /** nL·µs/day that were missing at `since` for the next step. */
  missing: bigint;
  /** Steps made since `since`, and since time zero. */
  recent: bigint;
  steps: number;
  /** Where the fluid stands in time, µs and a fraction of one. */
  us: bigint;
  fraction: number;
  pressure: number;
  reservoir: number;
  delivered: number;
  /** Above their limits, after every step. */
  rises: Comparator[];
  /** Below its limit, by time. */
  fall: Sampler | undefined;
}

export const comparator = (limit: number, rows: number): Comparator => ({
  limit,
  rows,
  inRow: 0,
  trippedAt: undefined,
});

const workOfStep = (oracle: Oracle): bigint => BigInt(oracle.setup.step) * US_PER_DAY;

export function createOracle(setup: OracleSetup): Oracle {
  return {
    setup,
    compliance: setup.compliance / 1_000_000,
    resistance: OPEN_LUMEN,
    rate: 0n,
    since: 0n,
    missing: BigInt(setup.step) * US_PER_DAY,
    recent: 0n,
    steps: 0,
    us: 0n,
    fraction: 0,
    pressure: CSF,
    reservoir: 0,
    delivered: 0,
    rises: [],
    fall: undefined,
  };
}

/** Makes every step and every sample up to `us`, and lets the pressure decay until then. */
export function runTo(oracle: Oracle, us: number): void {
  for (;;) {
    const step = nextStep(oracle);
    const sample = oracle.fall?.trippedAt === undefined ? oracle.fall?.next : undefined;
    const stamp = step?.stamp ?? Infinity;
    if (Math.min(stamp, sample ?? Infinity) > us) break;
    if (step !== undefined && stamp <= (sample ?? Infinity)) makeStep(oracle, step);
    else if (oracle.fall !== undefined) takeSample(oracle, oracle.fall);
  }
  // The exact time of a step lies up to a microsecond before its stamp: after the loop the fluid stands at `us` or before.
  passTime(oracle, BigInt(us), 0);
}

/** From `us` on the motor turns at `rate` nL/day. What was missing for a step stays missing. */
export function setRate(oracle: Oracle, us: number, rate: number): void {
  runTo(oracle, us);
  const at = BigInt(us);
  oracle.missing += oracle.recent * workOfStep(oracle) - oracle.rate * (at - oracle.since);
  oracle.since = at;
  oracle.recent = 0n;
  oracle.rate = BigInt(rate);
}

/** `added` Pa/(mL/day) in series with the open lumen; 0 opens it, Infinity closes it. */
export function occlude(oracle: Oracle, us: number, added: number): void {
  runTo(oracle, us);
  // 1 mL/day is 1e-6 m³ in 86,400 s.
  oracle.resistance = OPEN_LUMEN + (added * 86_400) / 1e-6 / NL_PER_M3;
}

/** Drains the reservoir and fills `volume` nL in. */
export function refillOracle(oracle: Oracle, us: number, volume: number): void {
  runTo(oracle, us);
  oracle.reservoir = volume;
}

interface Step {
  readonly us: bigint;
  readonly fraction: number;
  readonly stamp: number;
}

function nextStep(oracle: Oracle): Step | undefined {
  const { rate } = oracle;
  if (rate === 0n) return undefined;
  const work = oracle.missing + oracle.recent * workOfStep(oracle);
  const us = oracle.since + work / rate;
  const rest = work % rate;
  return { us, fraction: Number(rest) / Number(rate), stamp: Number(us) + (rest > 0n ? 1 : 0) };
}

function makeStep(oracle: Oracle, step: Step): void {
  passTime(oracle, step.us, step.fraction);
  const stroke = Math.min(oracle.setup.step, Math.max(0, oracle.reservoir - oracle.setup.residual));
  const after = pushed(oracle.pressure, stroke, oracle.compliance);
  const slips = after > SLIP_BEGINS;
  oracle.reservoir -= slips ? (after - oracle.pressure) * oracle.compliance : stroke;
  oracle.pressure = after;
  oracle.recent += 1n;
  oracle.steps += 1;
  for (const rise of oracle.rises) count(rise, after > rise.limit, oracle.steps);
}

function takeSample(oracle: Oracle, fall: Sampler): void {
  passTime(oracle, BigInt(fall.next), 0);
  count(fall, oracle.pressure < fall.limit, fall.next);
  fall.next += fall.every;
}

function count(one: Comparator, beyond: boolean, at: number): void {
  one.inRow = beyond ? one.inRow + 1 : 0;
  if (one.inRow >= one.rows) one.trippedAt ??= at;
}

function passTime(oracle: Oracle, us: bigint, fraction: number): void {
  const seconds = (Number(us - oracle.us) + (fraction - oracle.fraction)) / 1e6;
  const before = oracle.pressure;
  oracle.pressure = CSF + (before - CSF) * Math.exp(-seconds / (oracle.resistance * oracle.compliance));
  oracle.delivered += oracle.compliance * (before - oracle.pressure);
  oracle.us = us;
  oracle.fraction = fraction;
}

/** Share of the stroke that the rollers still move. */
const grip = (pressure: number): number => Math.min(1, Math.max(0, (NO_FLOW - pressure) / (NO_FLOW - SLIP_BEGINS)));

/** The stroke is pushed bit by bit: dP/dV = grip(P)/C, by Runge and Kutta from the pressure at which the slip begins. */
function pushed(pressure: number, stroke: number, compliance: number): number {
  const free = Math.min(stroke, Math.max(0, (SLIP_BEGINS - pressure) * compliance));
  let p = pressure + free / compliance;
  if (free === stroke) return p;
  const h = (stroke - free) / STROKE_PIECES;
  for (let i = 0; i < STROKE_PIECES; i += 1) {
    const k1 = grip(p) / compliance;
    const k2 = grip(p + (h * k1) / 2) / compliance;
    const k3 = grip(p + (h * k2) / 2) / compliance;
    const k4 = grip(p + h * k3) / compliance;
    p += (h * (k1 + 2 * k2 + 2 * k3 + k4)) / 6;
  }
  return p;
}
