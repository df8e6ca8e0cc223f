/**
 * The oracle's own drug: a row of parcels that is moved bit by bit, and the CSF by a matrix exponential summed as a series.
 * Imports nothing of the body. Volumes nL, concentrations ng/µL, masses pg, seconds of the world.
 *
 * Definitions. The pipe is 0.2 mL of tubing and a bore of 0.53 mm × 890 mm; what stretches its wall lies between pump and leak.
 * A leak lies where the share `place` of the unstretched pipe is behind it, from the moment of its fault. Fluid that runs
 * backwards comes in without drug, by the leak and the tip in their shares; what reaches the reservoir is mixed with it at once.
 */

export interface Parcel {
  volume: number;
  conc: number;
}

export interface Drug {
  /** The first leaves first. */
  proximal: Parcel[];
  distal: Parcel[];
  share: number;
  /** Drug in the reservoir. */
  conc: number;
  tip: Amount;
  leaked: Amount;
  /** Masses at the tip, in the bulk, and cleared. */
  csf: [number, number, number];
}

interface Amount {
  volume: number;
  mass: number;
}

export const PIPE = 200_000 + (Math.PI / 4) * 0.53 ** 2 * 890 * 1000;

const DUST = 1e-7;
// Typical values of pump.md 5: 10 and 65 mL, exchange 7.5 mL/h, clearance 30 mL/h.
const TIP = 10e6;
const BULK = 65e6;
const EXCHANGE = 7.5e6 / 3600;
const CLEARANCE = 30e6 / 3600;

export const primed = (conc: number): Drug => ({
  proximal: [{ volume: PIPE, conc }],
  distal: [],
  share: 0,
  conc,
  tip: { volume: 0, mass: 0 },
  leaked: { volume: 0, mass: 0 },
  csf: [0, 0, 0],
});

export function join(row: Parcel[], volume: number, conc: number): void {
  const last = row.at(-1);
  if (volume <= 0) return;
  if (last?.conc === conc) last.volume += volume;
  else row.push({ volume, conc });
}

/** Cuts `volume` off the front of a row. */
function fromFront(row: Parcel[], volume: number): Parcel[] {
  const cut: Parcel[] = [];
  let left = volume;
  while (left > 0) {
    const first = row[0];
    if (first === undefined) return cut;
    const part = Math.min(left, first.volume);
    join(cut, part, first.conc);
    left -= part;
    if (part === first.volume) row.shift();
    else first.volume -= part;
  }
  return cut;
}

function fromEnd(row: Parcel[], volume: number): Parcel[] {
  row.reverse();
  const cut = fromFront(row, volume);
  row.reverse();
  return cut;
}

const sizeOf = (row: readonly Parcel[]): number => row.reduce((sum, one) => sum + one.volume, 0);

/** `volume` leaves what lies before the leak. */
export function moveOut(drug: Drug, volume: number): void {
  const { share } = drug;
  for (const part of fromFront(drug.proximal, volume)) {
    drug.leaked.volume += share * part.volume;
    drug.leaked.mass += share * part.volume * part.conc;
    const onward = (1 - share) * part.volume;
    if (share > 0) join(drug.distal, onward, part.conc);
    for (const one of share > 0 ? fromFront(drug.distal, onward) : [part]) {
      drug.tip.volume += one.volume;
      drug.tip.mass += one.volume * one.conc;
    }
  }
}

/** `volume` comes in from outside. */
export function moveIn(drug: Drug, volume: number): void {
  const { share } = drug;
  if (volume <= 0) return;
  drug.leaked.volume -= share * volume;
  drug.tip.volume -= (1 - share) * volume;
  if (share === 0) return void drug.proximal.unshift({ volume, conc: 0 });
  drug.distal.unshift({ volume: (1 - share) * volume, conc: 0 });
  const mixed = fromEnd(drug.distal, (1 - share) * volume);
  if (share === 1) drug.proximal.unshift({ volume, conc: 0 });
  for (const one of mixed) drug.proximal.unshift({ volume: one.volume / (1 - share), conc: one.conc * (1 - share) });
}

/** `volume` goes back into a reservoir that held `reservoir` nL. */
export function takeBack(drug: Drug, volume: number, reservoir: number): void {
  const cut = fromEnd(drug.proximal, volume);
  const mass = cut.reduce((sum, one) => sum + one.volume * one.conc, 0);
  drug.conc = (reservoir * drug.conc + mass) / (reservoir + volume);
}

export function openLeak(drug: Drug, share: number, place: number): void {
  const row = [...drug.distal, ...drug.proximal];
  drug.share = share;
  drug.proximal = row;
  drug.distal = share === 0 ? [] : fromFront(row, (1 - place) * PIPE);
}

export const massInPipe = ({ proximal, distal }: Drug): number =>
  [...proximal, ...distal].reduce((sum, one) => sum + one.volume * one.conc, 0);

/** Concentration of what leaves the tip next, and how much of what leaves the proximal part has it. */
export function atTip(drug: Drug): Parcel {
  const { share, distal, proximal } = drug;
  const first = distal[0] ?? proximal[0] ?? { volume: Infinity, conc: drug.conc };
  // What rounding has left of a parcel goes with the next one.
  return { volume: share === 1 ? Infinity : Math.max(DUST, first.volume / (1 - share)), conc: first.conc };
}

export const pipeVolume = (drug: Drug): number => sizeOf(drug.proximal) + sizeOf(drug.distal);

/** After so many time constants nothing of what relaxes is left. */
const RELAXED = 40;
/** Pieces of time that the series takes without trouble where nothing relaxes, s. */
const CALM = 300;

/** `seconds` of the CSF while `decaying · e^(−t/tau) + steady` pg/s arrive at its tip, in pieces of the fastest time constant. */
export function passCsf(drug: Drug, seconds: number, decaying: number, tau: number, steady: number): void {
  let left = seconds;
  let fast = decaying;
  while (left > 0) {
    const relaxed = fast === 0 || seconds - left > RELAXED * tau;
    const piece = Math.min(left, relaxed ? CALM : Math.min(CALM, tau));
    fast = series(drug.csf, piece, relaxed ? 0 : fast, tau, steady);
    left -= piece;
  }
}

/** The matrix exponential of tip, bulk, cleared, decaying and steady, applied term by term. Returns what decaying is then. */
function series(csf: Drug['csf'], time: number, decaying: number, tau: number, steady: number): number {
  const [a, b, c] = [EXCHANGE / TIP, EXCHANGE / BULK, CLEARANCE / BULK];
  let [tip, bulk, cleared] = csf;
  let fast = decaying;
  let even = steady;
  let sum = fast;
  for (let n = 1; n <= 22; n += 1) {
    const h = time / n;
    const nextTip = h * (-a * tip + b * bulk + fast + even);
    const nextBulk = h * (a * tip - (b + c) * bulk);
    cleared = h * c * bulk;
    fast *= -h / tau;
    even = 0;
    tip = nextTip;
    bulk = nextBulk;
    csf[0] += tip;
    csf[1] += bulk;
    csf[2] += cleared;
    sum += fast;
  }
  return sum;
}

/** Concentrations in the CSF, ng/µL. */
export const csfOf = ({ csf }: Drug): { tip: number; bulk: number } => ({ tip: csf[0] / TIP, bulk: csf[1] / BULK });
