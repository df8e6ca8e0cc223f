/** Random faults, drawn from the table of faults: every fault, every mode, parameters in the part of their range where things happen. */
import fc from 'fast-check';
import { FAULTS, type Fault, type FaultMode } from '../../firmware-sim/body/faults.ts';
import { LIMIT, resistanceFor } from './cases.ts';

/** A fault whose resistance is still to be fitted to the flow of the moment. */
export interface RawFault {
  readonly fault: string;
  readonly mode: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Steady pressure behind the resistance as a multiple of the alarm limit. */
  readonly share: number;
}

export const logUniform = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(min), max: Math.log(max), noNaN: true }).map((log) => Math.round(Math.exp(log)));

const SECOND = 1_000_000;
const spans = fc.oneof(logUniform(SECOND, 6 * 3600 * SECOND), fc.constantFrom(60 * SECOND, 600 * SECOND));
const shares = fc.integer({ min: 1, max: 1_000_000 });

/** Where the whole range of the table would mostly be dull. */
const RANGES: Readonly<Record<string, fc.Arbitrary<number>>> = {
  // The table's spans reach 20 years.
  over: fc.oneof(spans, logUniform(3600 * SECOND, 10 * 86_400 * SECOND)),
  on: spans,
  off: spans,
  recovery: spans,
  place: fc.oneof(fc.constantFrom(0, 500_000, 1_000_000), fc.integer({ min: 0, max: 1_000_000 })),
  share: fc.oneof(shares, fc.constantFrom(1_000_000)),
  flow: fc.oneof(fc.integer({ min: 855_000, max: 1_145_000 }), fc.integer({ min: 100_000, max: 3_000_000 })),
  turn: fc.oneof(fc.constantFrom(0, 500_000), fc.integer({ min: 800_000, max: 1_200_000 }), fc.nat(3_000_000)),
  bore: logUniform(5, 530),
  from: logUniform(1_000, 160_000),
  to: logUniform(2_000, 250_000),
  pressure: fc.integer({ min: 50_000, max: 400_000 }),
  backflow: fc.oneof(fc.constant(0), logUniform(1_000, 20_000_000)),
  offset: fc.oneof(logUniform(1, 100_000), fc.integer({ min: LIMIT - 1_500, max: LIMIT + 1_500 })),
  per_day: logUniform(100, 100_000),
  // Below this, noise and quantum leave the reading as good as exact.
  amplitude: logUniform(1, 8_000),
  quantum: logUniform(1, 8_000),
  // Half of the fillings end near these.
  volume: fc.oneof(logUniform(1_000, 600_000), logUniform(600_000, 20_000_000)),
};

/** The noise of the sensor is in Pa, the wandering of an occlusion in ppm. */
const SPECIAL: Readonly<Record<string, fc.Arbitrary<number>>> = {
  'catheter.occlusion.wandering.amplitude': fc.oneof(logUniform(100, 50_000), fc.integer({ min: 0, max: 1_000_000 })),
};

const near = fc
  .tuple(fc.constantFrom(-1, 1, 1), fc.double({ min: Math.log(1e-6), max: Math.log(0.0099), noNaN: true }))
  .map(([side, log]) => 1 + side * Math.exp(log));
const plateaus = fc.oneof(
  { weight: 7, arbitrary: near },
  { weight: 2, arbitrary: fc.double({ min: 1.05, max: 40, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0.02, max: 0.98, noNaN: true }) },
);

function faultOf(fault: string, name: string, mode: FaultMode): fc.Arbitrary<RawFault> {
  const parameters = Object.fromEntries(
    Object.entries(mode.parameters).map(([key, { min, max }]) => [
      key,
      (SPECIAL[`${fault}.${name}.${key}`] ?? RANGES[key] ?? fc.integer({ min, max })).map((value) =>
        Math.min(max, Math.max(min, value)),
      ),
    ]),
  );
  return fc.record({
    fault: fc.constant(fault),
    mode: fc.constant(name),
    parameters: fc.record(parameters),
    share: plateaus,
  });
}

const MODES = Object.entries(FAULTS).flatMap(([fault, { modes }]) =>
  Object.entries(modes as Readonly<Record<string, FaultMode>>).map(([name, mode]) => ({
    name: `${fault} ${name}`,
    arbitrary: faultOf(fault, name, mode),
  })),
);

/** Every fault in every mode, as `fault mode`. */
export const MODE_NAMES: readonly string[] = MODES.map(({ name }) => name);

const WEIGHTS: Readonly<Record<string, number>> = {
  partial: 4,
  wandering: 3,
  complete: 2,
  gradual: 2,
  intermittent: 1,
};
/** What closes the lumen, often just about enough. */
export const occlusions: fc.Arbitrary<RawFault> = fc.oneof(
  ...Object.entries(WEIGHTS).flatMap(([name, weight]) =>
    MODES.filter((mode) => mode.name === `catheter.occlusion ${name}`).map(({ arbitrary }) => ({ weight, arbitrary })),
  ),
);
/** A sensor whose error decides on which side of the limit a reading falls. */
export const blurs: fc.Arbitrary<RawFault> = fc.oneof(
  ...MODES.filter(({ name }) => /^sensor\.pressure (noisy|coarse|rising|falling|high|low)$/.test(name)).map(
    ({ name, arbitrary }) => ({ weight: name.endsWith('noisy') ? 6 : 1, arbitrary }),
  ),
);
export const anyFault: fc.Arbitrary<RawFault> = fc.oneof(...MODES.map(({ arbitrary }) => arbitrary));

/** The fault itself, its resistance such that the steady pressure at this rate is the wanted share of the limit. */
export function fitted({ fault, mode, parameters, share }: RawFault, rate: number, compliance: number): Fault {
  const resistance = resistanceFor(Math.max(share * LIMIT, 2e7 / compliance), rate, compliance);
  const fit = 'resistance' in parameters ? { resistance: Math.min(1e12, Math.max(1, Math.round(resistance))) } : {};
  // The parameters are those of the table's row.
  return { fault, mode, ...parameters, ...fit } as unknown as Fault;
}
