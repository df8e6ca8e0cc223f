/**
 * A third opinion on the body: slow, literal, one step after the other. Every step time is a fraction of BigInts, the pressure
 * is a recurrence, the slip of the rotor is integrated numerically, and drug is moved parcel by parcel where it is followed. It
 * shares no code with the firmware or the body, and takes its numbers from pump.md again.
 */
import {
  addedAt,
  afflict,
  backflowAt,
  clockOf,
  CSF,
  healthy,
  leakOf,
  nextTick,
  OPEN_LUMEN,
  readingAt,
  slipOf,
  strokeAt,
  type Ailments,
  type FaultWords,
} from './whole-anatomy.ts';
import { atTip, join, moveIn, moveOut, openLeak, passCsf, primed, takeBack, type Drug } from './whole-drug.ts';

const US_PER_DAY = 86_400_000_000n;
const STROKE_PIECES = 64;

export interface OracleSetup {
  /** nL. */
  readonly step: number;
  /** nL that cannot be drawn. */
  readonly residual: number;
  /** nL/MPa. */
  readonly compliance: number;
  readonly seed?: number;
  /** Drug that the catheter is primed with, ng/µL; no drug is followed where it is not given. */
  readonly concentration?: number;
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
  /** Samples taken; sample n of a comparator by time has number −1 − n. */
  taken?: number;
}

export interface Oracle {
  readonly setup: OracleSetup;
  /** nL/Pa and Pa·s/nL. */
  readonly compliance: number;
  resistance: number;
  readonly ailments: Ailments;
  readonly drug: Drug | undefined;
  /** nL that lie beside the port. */
  pocket: number;
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
  /** When parameters were looked at last. */
  ticked: number;
  pressure: number;
  reservoir: number;
  /** What left between pump and leak, at the tip where there is no leak, nL. */
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
    ailments: healthy(setup.seed ?? 1),
    drug: setup.concentration === undefined ? undefined : primed(setup.concentration),
    pocket: 0,
    rate: 0n,
    since: 0n,
    missing: BigInt(setup.step) * US_PER_DAY,
    recent: 0n,
    steps: 0,
    us: 0n,
    fraction: 0,
    ticked: 0,
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
    const tick = nextTick(oracle.ailments, oracle.ticked);
    if (Math.min(stamp, sample ?? Infinity, tick) > us) break;
    if (step !== undefined && stamp <= Math.min(sample ?? Infinity, tick)) makeStep(oracle, step);
    else if (tick < (sample ?? Infinity)) change(oracle, tick);
    else if (oracle.fall !== undefined) takeSample(oracle, oracle.fall);
  }
  // The exact time of a step lies up to a microsecond before its stamp: after the loop the fluid stands at `us` or before.
  passTime(oracle, BigInt(us), 0);
}

/** A parameter changes by itself. */
function change(oracle: Oracle, us: number): void {
  passTime(oracle, BigInt(us), 0);
  oracle.ticked = us;
  oracle.resistance = OPEN_LUMEN + addedAt(oracle.ailments, us);
}

/** From `us` on a fault is there, or gone. */
export function inflict(oracle: Oracle, us: number, words: FaultWords): void {
  runTo(oracle, us);
  const { ailments, drug } = oracle;
  const before = leakOf(ailments);
  afflict(ailments, us, words, readingAt(ailments, oracle.pressure, us, 0));
  const after = leakOf(ailments);
  if (drug !== undefined && (after.share !== before.share || after.place !== before.place))
    openLeak(drug, after.share, after.place);
  change(oracle, us);
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
  const fault = 'catheter.occlusion';
  if (added === 0) inflict(oracle, us, { fault, mode: 'released' });
  else if (added === Infinity) inflict(oracle, us, { fault, mode: 'complete' });
  else inflict(oracle, us, { fault, mode: 'partial', resistance: added });
}

/** Drains the reservoir and fills `volume` nL in, as much of it beside the port as a pocket takes. */
export function refillOracle(oracle: Oracle, us: number, volume: number, conc?: number): void {
  runTo(oracle, us);
  const { ailments, drug } = oracle;
  const beside = Math.min(volume, Number(ailments.on.get('reservoir.pocket')?.words['volume'] ?? 0));
  if (beside > 0) ailments.on.delete('reservoir.pocket');
  oracle.pocket += beside;
  oracle.reservoir = volume - beside;
  if (drug !== undefined && conc !== undefined) drug.conc = conc;
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
  const { ailments, setup, drug, compliance } = oracle;
  const available = Math.max(0, oracle.reservoir - setup.residual);
  const stroke = strokeAt(ailments, setup.step, available, oracle.ticked);
  const slip = slipOf(ailments);
  const after = pushed(oracle.pressure, stroke, compliance, slip);
  const drawn = after > slip.from ? (after - oracle.pressure) * compliance : stroke;
  oracle.reservoir -= drawn;
  if (drug !== undefined) join(drug.proximal, drawn, drug.conc);
  oracle.pressure = after;
  oracle.recent += 1n;
  oracle.steps += 1;
  const reading = readingAt(ailments, after, step.stamp, oracle.steps);
  for (const rise of oracle.rises) count(rise, reading > rise.limit, oracle.steps);
}

function takeSample(oracle: Oracle, fall: Sampler): void {
  passTime(oracle, BigInt(fall.next), 0);
  fall.taken = (fall.taken ?? 0) + 1;
  count(fall, readingAt(oracle.ailments, oracle.pressure, fall.next, -1 - fall.taken) < fall.limit, fall.next);
  fall.next += fall.every;
}

function count(one: Comparator, beyond: boolean, at: number): void {
  one.inRow = beyond ? one.inRow + 1 : 0;
  if (one.inRow >= one.rows) one.trippedAt ??= at;
}

function passTime(oracle: Oracle, us: bigint, fraction: number): void {
  const seconds = (Number(us - oracle.us) + (fraction - oracle.fraction)) / 1e6;
  const { ailments, ticked } = oracle;
  // Fluid and drug keep the time of the world.
  flow(oracle, seconds * clockOf(ailments), backflowAt(ailments, ticked));
  oracle.us = us;
  oracle.fraction = fraction;
}

/** Seconds of the world with no step in them: the pressure relaxes, and where that turns the flow at the tip it is cut in two. */
function flow(oracle: Oracle, seconds: number, backflow: number): void {
  const { resistance, compliance, pressure: before } = oracle;
  if (resistance === Infinity) return passDrug(oracle, seconds, 0, 0, Infinity);
  const tau = resistance * compliance;
  const rest = CSF - backflow * resistance;
  const turn = backflow > 0 && before > CSF ? tau * Math.log((before - rest) / (CSF - rest)) : Infinity;
  if (turn < seconds) {
    flow(oracle, turn, backflow);
    oracle.pressure = CSF;
    return flow(oracle, seconds - turn, backflow);
  }
  oracle.pressure = rest + (before - rest) * Math.exp(-seconds / tau);
  passDrug(oracle, seconds, compliance * (before - rest), backflow, tau);
}

/** Back into the reservoir goes `backflow`; out goes what relaxes, `stored · (1 − e^(−t/tau))`, less that. */
function passDrug(oracle: Oracle, seconds: number, stored: number, backflow: number, tau: number): void {
  const { drug } = oracle;
  const outBy = (t: number): number => (stored === 0 ? 0 : stored * -Math.expm1(-t / tau)) - backflow * t;
  const out = outBy(seconds);
  oracle.delivered += out;
  if (drug !== undefined) {
    if (out <= 0) {
      moveIn(drug, -out);
      passCsf(drug, seconds, 0, 1, 0);
    } else passParcels(drug, seconds, outBy, stored, backflow, tau);
    if (backflow > 0) takeBack(drug, backflow * seconds, oracle.reservoir);
  }
  oracle.reservoir += backflow * seconds;
}

/** Parcel by parcel out of the tip: the CSF is given the concentration of each for as long as it flows. */
function passParcels(
  drug: Drug,
  seconds: number,
  outBy: (t: number) => number,
  stored: number,
  backflow: number,
  tau: number,
): void {
  let from = 0;
  for (;;) {
    const parcel = atTip(drug);
    const goal = outBy(from) + parcel.volume;
    const last = goal >= outBy(seconds);
    const to = last ? seconds : halved(outBy, goal, from, seconds);
    const conc = (1 - drug.share) * parcel.conc;
    passCsf(drug, to - from, (conc * stored * Math.exp(-from / tau)) / tau, tau, -conc * backflow);
    moveOut(drug, last ? outBy(seconds) - outBy(from) : parcel.volume);
    if (last) return;
    from = to;
  }
}

/** The moment at which a growing function reaches its goal. */
function halved(value: (t: number) => number, goal: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let n = 0; n < 60; n += 1) {
    const middle = (low + high) / 2;
    if (value(middle) < goal) low = middle;
    else high = middle;
  }
  return high;
}

interface Slip {
  readonly from: number;
  readonly to: number;
}

/** Share of the stroke that the rollers still move. */
const grip = (pressure: number, { from, to }: Slip): number => Math.min(1, Math.max(0, (to - pressure) / (to - from)));

/** The stroke is pushed bit by bit: dP/dV = grip(P)/C, by Runge and Kutta from the pressure at which the slip begins. */
function pushed(pressure: number, stroke: number, compliance: number, slip: Slip): number {
  const free = Math.min(stroke, Math.max(0, (slip.from - pressure) * compliance));
  let p = pressure + free / compliance;
  if (free === stroke || p >= slip.to) return p;
  const pieces = STROKE_PIECES * Math.ceil((stroke - free) / compliance / (slip.to - slip.from));
  const h = (stroke - free) / pieces;
  for (let i = 0; i < pieces; i += 1) {
    const k1 = grip(p, slip) / compliance;
    const k2 = grip(p + (h * k1) / 2, slip) / compliance;
    const k3 = grip(p + (h * k2) / 2, slip) / compliance;
    const k4 = grip(p + h * k3, slip) / compliance;
    p += (h * (k1 + 2 * k2 + 2 * k3 + k4)) / 6;
  }
  return p;
}
