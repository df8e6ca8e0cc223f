/**
 * Everything of the body that a fault can change, as plain data, and what follows from it at a moment. A parameter that changes
 * slowly is a staircase on a fixed grid of pump time, so that between two changes every parameter is constant and the fluid
 * has a closed form.
 */
import { CSF_PRESSURE, DEFAULT_COMPLIANCE, SLIP_FROM, SLIP_TO, type Catheter, type Slip } from './catheter.ts';
import { boreResistance, CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM } from './geometry.ts';
import { noiseAt } from './noise.ts';

export type Occlusion =
  | { readonly kind: 'open' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'partial'; readonly resistance: number }
  | { readonly kind: 'gradual'; readonly resistance: number; readonly since: number; readonly over: number }
  | { readonly kind: 'intermittent'; readonly since: number; readonly on: number; readonly off: number }
  | { readonly kind: 'wandering'; readonly resistance: number; readonly amplitude: number; readonly since: number };

/** Share of the nominal step volume: from `from` at `since`, evenly to `to` within `over` µs. */
export interface Gain {
  readonly from: number;
  readonly to: number;
  readonly since: number;
  readonly over: number;
}

export interface Hardware {
  readonly seed: number;
  readonly gain: Gain;
  /** Share of a step by which a commanded step turns the rotor; its volume and its feedback follow. */
  readonly turn: number;
  readonly slip: Slip;
  /** Pump time at which a standing rotor turns again; 0: it turns, Infinity: it stands. */
  readonly stalledUntil: number;
  /** Usable volume below which flow falls, nL; 0: it does not. */
  readonly fallOff: number;
  /** What the next filling puts beside the port, nL. */
  readonly pocket: number;
  /** Reading of the drained volume as a share of the truth. */
  readonly reading: number;
  readonly compliance: number;
  readonly csf: number;
  readonly occlusion: Occlusion;
  /** Resistance of a kink, Pa·s/nL. */
  readonly kink: number;
  readonly leak: { readonly share: number; readonly place: number };
  readonly ambient: {
    /** Absolute, Pa. */
    readonly pressure: number;
    readonly lossPerAta: number;
    /** nL/day while over 2 ATA. */
    readonly backflow: number;
    /** °C. */
    readonly temperature: number;
    readonly gainPerDegree: number;
  };
  readonly rotorFeedback: boolean;
  /** World seconds in a pump second. */
  readonly clock: number;
}

/** 0.32 Pa·s/nL: 3.2e11 Pa·s/m³, as in pump.md 2.2. */
export const PATENT_RESISTANCE = boreResistance(CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM);
export const ATA = 101_325;
const BODY_TEMPERATURE = 37;
/** The fall is a staircase of so many equal steps. */
export const FALL_OFF_LEVELS = 20;
/** Resistance of the rotor against back-flow, against which that of a kinked catheter counts: assumption, a hundred catheters. */
const ROTOR_RESISTANCE = 100 * PATENT_RESISTANCE;

/** Grids of the staircases, µs of pump time. */
export const OCCLUSION_GRID = 60_000_000;
export const GAIN_GRID = 6 * 3_600_000_000;

export const NOMINAL_GAIN: Gain = { from: 1, to: 1, since: 0, over: 0 };
export const NORMAL_SLIP: Slip = { from: SLIP_FROM, to: SLIP_TO };
export const NORMAL_AMBIENT: Hardware['ambient'] = {
  pressure: ATA,
  lossPerAta: 0,
  backflow: 0,
  temperature: BODY_TEMPERATURE,
  gainPerDegree: 0,
};

export const createHardware = (seed: number, compliance: number | undefined): Hardware => ({
  seed,
  gain: NOMINAL_GAIN,
  turn: 1,
  slip: NORMAL_SLIP,
  stalledUntil: 0,
  // No figure is known for these pumps; 0.5 mL is stated of a disposable one (pump.md 1.1, S28).
  fallOff: 0,
  pocket: 0,
  reading: 1,
  compliance: compliance ?? DEFAULT_COMPLIANCE,
  csf: CSF_PRESSURE,
  occlusion: { kind: 'open' },
  kink: 0,
  leak: { share: 0, place: 0 },
  ambient: NORMAL_AMBIENT,
  rotorFeedback: true,
  clock: 1,
});

const gridBefore = (now: number, since: number, grid: number): number => Math.floor((now - since) / grid);

/** From 0 at `since` to 1 after `over`, in steps of a grid. */
const stair = (now: number, since: number, over: number, grid: number): number =>
  now >= since + over ? 1 : (gridBefore(now, since, grid) * grid) / over;

function addedResistance(occlusion: Occlusion, seed: number, now: number): number {
  switch (occlusion.kind) {
    case 'open':
      return 0;
    case 'complete':
      return Infinity;
    case 'partial':
      return occlusion.resistance;
    case 'gradual': {
      return occlusion.resistance * stair(now, occlusion.since, occlusion.over, OCCLUSION_GRID);
    }
    case 'intermittent':
      return (now - occlusion.since) % (occlusion.on + occlusion.off) < occlusion.on ? Infinity : 0;
    case 'wandering': {
      const step = gridBefore(now, occlusion.since, OCCLUSION_GRID);
      return occlusion.resistance * (1 + occlusion.amplitude * noiseAt(seed, STREAM.occlusion, step));
    }
  }
}

/** Streams of noise: one for each thing that is random. */
export const STREAM = { occlusion: 1, pressure: 2 } as const;

export function gainAt({ gain, ambient }: Hardware, now: number): number {
  const share = stair(now, gain.since, gain.over, GAIN_GRID);
  const surroundings =
    (1 - ambient.lossPerAta * (ambient.pressure / ATA - 1)) *
    (1 + ambient.gainPerDegree * (ambient.temperature - BODY_TEMPERATURE));
  return (gain.from + (gain.to - gain.from) * share) * Math.max(0, surroundings);
}

export const isStalled = ({ stalledUntil }: Hardware, now: number): boolean => now < stalledUntil;

/** CSF is driven back, and no step gets anything past it. */
export const isHyperbaric = ({ ambient }: Hardware): boolean => ambient.backflow > 0 && ambient.pressure > 2 * ATA;

/** The catheter as it is at a moment, and what flows back through it, nL per pump second. */
export function catheterAt(hardware: Hardware, now: number): { catheter: Catheter; backflow: number } {
  const { compliance, csf, slip, leak, occlusion, seed, kink, clock } = hardware;
  // Come apart, it opens wherever it was blocked: assumption.
  const added = leak.share >= 1 ? 0 : kink + addedResistance(occlusion, seed, now);
  const resistance = PATENT_RESISTANCE + added;
  const nominal = isHyperbaric(hardware) ? hardware.ambient.backflow / 86_400 : 0;
  const backflow = resistance === Infinity ? 0 : nominal * (ROTOR_RESISTANCE / (ROTOR_RESISTANCE + added));
  const rest = backflow === 0 ? csf : csf - backflow * resistance;
  return { catheter: { compliance, resistance, csf: rest, slip, clock }, backflow: backflow * clock };
}

/** Volume of a step at a moment with `available` nL left to draw, and the volume at which that changes. */
export function stepAt(
  hardware: Hardware,
  nominal: number,
  available: number,
  now: number,
): { volume: number; until: number } {
  if (isStalled(hardware, now) || isHyperbaric(hardware)) return { volume: 0, until: 0 };
  const { fallOff, turn } = hardware;
  const full = nominal * gainAt(hardware, now) * turn;
  if (available >= fallOff || fallOff === 0) return { volume: Math.min(full, available), until: fallOff };
  const level = Math.ceil((available / fallOff) * FALL_OFF_LEVELS);
  const volume = Math.min((full * level) / FALL_OFF_LEVELS, available);
  return { volume, until: (fallOff * (level - 1)) / FALL_OFF_LEVELS };
}

/** The next pump time at which a parameter changes by itself; Infinity: none will. */
export function nextChange({ occlusion, gain, stalledUntil }: Hardware, now: number): number {
  const nextOnGrid = (since: number, grid: number): number => since + (gridBefore(now, since, grid) + 1) * grid;
  let next = stalledUntil > now ? stalledUntil : Infinity;
  const stairEnd = (since: number, over: number, grid: number): number =>
    now < since + over ? Math.min(nextOnGrid(since, grid), since + over) : Infinity;
  next = Math.min(next, stairEnd(gain.since, gain.over, GAIN_GRID));
  switch (occlusion.kind) {
    case 'gradual':
      next = Math.min(next, stairEnd(occlusion.since, occlusion.over, OCCLUSION_GRID));
      break;
    case 'wandering':
      next = Math.min(next, nextOnGrid(occlusion.since, OCCLUSION_GRID));
      break;
    case 'intermittent': {
      const phase = (now - occlusion.since) % (occlusion.on + occlusion.off);
      next = Math.min(next, now - phase + (phase < occlusion.on ? occlusion.on : occlusion.on + occlusion.off));
      break;
    }
    case 'open':
    case 'complete':
    case 'partial':
      break;
  }
  return next;
}
