/** The body's state, all of it, and what can be read off it at its own time. Looking sets no anchor. */
import { stepsDueBy, type Train } from '../../protocol/motion.ts';
import { micros, type Micros } from '../../protocol/units.ts';
import { createBattery, secondsOfTone, type Battery, type Sounding, type Use } from './battery.ts';
import { atClock, modesOf, NO_DRUG, TYPICAL_CSF, type CsfModes, type CsfParameters } from './csf.ts';
import { fluidAt, fluidAtRest, type Anchor, type Conditions, type Segment } from './fluid.ts';
import { boreVolume, CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM, TUBING_VOLUME } from './geometry.ts';
import { catheterAt, createHardware, isStalled, type Hardware } from './hardware.ts';
import { createPressureSensor, type PressureSensor } from './sensors.ts';
import { createTransit, massOf, settled, volumeOf, type Transit } from './transit.ts';
import type { WatchState } from './watches.ts';

export interface BodySetup {
  readonly seed?: number | undefined;
  /** Nominal volume of a motor step, nL. */
  readonly stepVolume: number;
  /** Volume that the pump cannot draw from its reservoir, nL. */
  readonly residual: number;
  /** Drug that catheter and tubing are primed with, and that is filled in unless said otherwise, ng/µL. */
  readonly concentration: number;
  /** false: at time zero tubing and catheter hold fluid without drug, so that a prime of their volume brings drug to the tip. */
  readonly primed?: boolean | undefined;
  /** Catheter compliance in nL/Pa; DEFAULT_COMPLIANCE where it is not given. */
  readonly compliance?: number | undefined;
  readonly csf?: CsfParameters | undefined;
}

export interface Body {
  readonly setup: BodySetup;
  now: Micros;
  hardware: Hardware;
  sensor: PressureSensor;
  battery: Battery;
  /** The tone that was ordered last, which may have ended, and the seconds of those before it. */
  tone: Sounding | undefined;
  toneBefore: number;
  /** Seconds of telemetry. */
  telemetry: number;
  /** Volume ever filled in less what was ever taken out with a needle, nL. */
  filled: number;
  /** Drug in the reservoir, ng/µL. */
  concentration: number;
  /** Filled beside the port: volume nL, mass pg. */
  pocket: { readonly volume: number; readonly mass: number };
  anchor: Anchor;
  conditions: Conditions;
  train: Train | undefined;
  /** Steps of the train that were made. */
  made: number;
  /** Steps of all trains before it. */
  madeBefore: number;
  /** Turns that the feedback had counted, and steps made, at the anchor. */
  turns: { readonly counted: number; readonly made: number };
  /** The stretch of the train in hand; undefined with the motor at rest. */
  segment: Segment | undefined;
  watches: WatchState[];
}

export function createBody(setup: BodySetup): Body {
  const seed = setup.seed ?? 1;
  const hardware = createHardware(seed, setup.compliance);
  const pipe = TUBING_VOLUME + boreVolume(CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM);
  const transit = createTransit(pipe, setup.primed === false ? 0 : setup.concentration);
  const modes = modesOf(setup.csf ?? TYPICAL_CSF);
  return {
    setup,
    now: micros(0),
    hardware,
    sensor: createPressureSensor(seed),
    battery: createBattery(),
    tone: undefined,
    toneBefore: 0,
    telemetry: 0,
    filled: 0,
    concentration: setup.concentration,
    pocket: { volume: 0, mass: 0 },
    anchor: { us: 0, fraction: 0, pressure: hardware.csf, drawn: 0, outflow: 0, available: 0, csf: NO_DRUG },
    conditions: conditionsOf(hardware, 0, transit, modes),
    train: undefined,
    made: 0,
    madeBefore: 0,
    turns: { counted: 0, made: 0 },
    segment: undefined,
    watches: [],
  };
}

export function conditionsOf(hardware: Hardware, now: number, transit: Transit, modes: CsfModes): Conditions {
  const { catheter, backflow } = catheterAt(hardware, now);
  return { catheter, outside: hardware.csf, backflow, transit, modes: atClock(modes, hardware.clock) };
}

/** Steps made since time zero. */
export const stepsMade = ({ madeBefore, made }: Body): number => madeBefore + made;

/** Steps of the segment in hand that were made. */
export const stepsInSegment = (body: Body, segment: Segment): number => body.made - segment.k0;

/** The fluid now. */
export function fluid(body: Body): Anchor {
  return body.segment === undefined
    ? fluidAtRest(body.anchor, body.conditions, body.now)
    : fluidAt(body.segment, stepsInSegment(body, body.segment), body.now);
}

/** Drug in pipe and reservoir when the fluid is `anchor`: what has flowed back is mixed with what is there. */
export function drugAt(body: Body, anchor: Anchor): { transit: Transit; concentration: number } {
  const { transit, returned } = settled(body.conditions.transit, anchor.drawn, anchor.outflow);
  const back = volumeOf(returned);
  if (back === 0) return { transit, concentration: body.concentration };
  const volume = body.filled - anchor.drawn;
  return { transit, concentration: ((volume - back) * body.concentration + massOf(returned)) / volume };
}

/** Turn of the rotor in a step as its feedback counts it, a share of a step: the same for every step from the anchor to the next. */
export const turnOfStep = ({ hardware, anchor }: Body): number =>
  hardware.rotorFeedback && !isStalled(hardware, anchor.us) ? hardware.turn : 0;

/** Turns of the rotor since time zero as its feedback counts them, in steps; with fractions of one. */
export const turnsCounted = (body: Body): number =>
  body.turns.counted + turnOfStep(body) * (stepsMade(body) - body.turns.made);

/** What the battery has had to give since time zero. */
export const useOf = (body: Body): Use => use(body, body.now, stepsMade(body));

/** What it will have had to give at pump time `us` if nothing happens by then but the train in hand. */
export const useAt = (body: Body, us: number): Use =>
  use(body, us, body.madeBefore + (body.train === undefined ? 0 : stepsDueBy(body.train, us)));

const use = ({ tone, toneBefore, telemetry }: Body, us: number, steps: number): Use => ({
  us,
  steps,
  tone: toneBefore + (tone === undefined ? 0 : secondsOfTone(tone, us)),
  telemetry,
});
