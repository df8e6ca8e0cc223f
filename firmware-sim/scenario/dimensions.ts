/**
 * The dimensions in which a scenario states quantities: for each the integer unit in which doseloop keeps it, the units
 * that a person may write, and the range. A new unit is one row.
 */
import { MAX_MICROS } from '../../protocol/units.ts';

/** A factor as an exact fraction of integers. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

export interface Unit {
  /** As a person types it; `u` stands for micro. */
  readonly symbol: string;
  /** How many integer units one of this unit is. */
  readonly factor: Fraction;
  /** A quantity in this unit may fall between two integers and is then rounded to the nearest. */
  readonly rounds: boolean;
  /** Whether a value is printed in this unit. */
  readonly shown: boolean;
}

export interface DimensionDefinition {
  /** With article, for messages: "20 mL" is a volume. */
  readonly noun: string;
  /** The integer unit. */
  readonly unit: string;
  readonly example: string;
  readonly min: number;
  readonly max: number;
  /** Unit in which zero is printed. */
  readonly zero: string;
  readonly units: readonly Unit[];
}

/** A decimal number as a fraction: '6894.757' is 6894757/1000. */
function fraction(decimal: string, den = 1n): Fraction {
  const [whole = '0', part = ''] = decimal.split('.');
  return { num: BigInt(whole + part), den: den * 10n ** BigInt(part.length) };
}

type Row = readonly [symbol: string, factor: string | Fraction, ...flags: ('rounds' | 'shown')[]];

const units = (...rows: readonly Row[]): readonly Unit[] =>
  rows.map(([symbol, factor, ...flags]) => ({
    symbol,
    factor: typeof factor === 'string' ? fraction(factor) : factor,
    rounds: flags.includes('rounds'),
    shown: flags.includes('shown'),
  }));

const TIME = units(
  ['us', '1', 'shown'],
  ['ms', '1000', 'shown'],
  ['s', '1000000', 'shown'],
  ['min', '60000000', 'shown'],
  ['h', '3600000000', 'shown'],
  ['d', '86400000000', 'shown'],
  ['weeks', '604800000000'],
  ['years', '31536000000000'],
);

const VOLUME = units(['nL', '1', 'shown'], ['uL', '1000', 'shown'], ['mL', '1000000', 'shown'], ['L', '1000000000']);

const MASS = units(
  ['ng', '1', 'shown'],
  ['ug', '1000', 'shown'],
  ['mg', '1000000', 'shown'],
  ['g', '1000000000', 'shown'],
);

/** Amounts per day, hour and minute. Few dosages per hour are a whole number a day, hence those are rounded. */
const perTime = (amounts: readonly Unit[]): readonly Unit[] =>
  [
    { time: 'day', times: 1n },
    { time: 'h', times: 24n },
    { time: 'min', times: 1440n },
  ].flatMap(({ time, times }) =>
    amounts.map(({ symbol, factor, shown }) => ({
      symbol: `${symbol}/${time}`,
      factor: { num: factor.num * times, den: factor.den },
      rounds: times !== 1n,
      shown: shown && times === 1n,
    })),
  );

// 1 psi is 6894.757 293 168 Pa and 1 mmHg 133.322 387 415 Pa (NIST SP 811, appendix B, with all the digits of the definitions).
const MMHG = '133.322387415';
const PRESSURE = units(
  ['Pa', '1', 'shown'],
  ['hPa', '100'],
  ['kPa', '1000', 'shown'],
  ['MPa', '1000000', 'shown'],
  ['mbar', '100'],
  ['bar', '100000'],
  ['psi', '6894.757293168', 'rounds'],
  ['mmHg', MMHG, 'rounds'],
  ['cmH2O', '98.0665', 'rounds'],
);

export type Dimension =
  | 'time'
  | 'volume'
  | 'rate'
  | 'mass'
  | 'doseRate'
  | 'concentration'
  | 'pressure'
  | 'compliance'
  | 'resistance'
  | 'ratio'
  | 'length'
  | 'temperature'
  | 'energy'
  | 'trace';

/** Ranges are those of the constructors in protocol/units.ts; a body parameter has the range of its own rows. */
export const DIMENSIONS: Readonly<Record<Dimension, DimensionDefinition>> = {
  time: { noun: 'a time', unit: 'us', example: '20 min', min: 0, max: MAX_MICROS, zero: 's', units: TIME },
  volume: { noun: 'a volume', unit: 'nL', example: '18 mL', min: 0, max: 1e9, zero: 'mL', units: VOLUME },
  rate: {
    noun: 'a flow rate',
    unit: 'nL/day',
    example: '300 uL/day',
    min: 0,
    max: 1e9,
    zero: 'uL/day',
    units: perTime(VOLUME),
  },
  mass: { noun: 'a mass', unit: 'ng', example: '300 ug', min: 0, max: 1e13, zero: 'ug', units: MASS },
  doseRate: {
    noun: 'a dose per time',
    unit: 'ng/day',
    example: '300 ug/day',
    min: 0,
    max: 1e13,
    zero: 'ug/day',
    units: perTime(MASS),
  },
  concentration: {
    noun: 'a concentration',
    unit: 'ng/uL',
    example: '500 ug/mL',
    min: 1,
    max: 1e6,
    zero: 'ug/mL',
    // Labels of drugs for pumps state µg/mL, hence nothing else is shown.
    units: units(
      ['ug/mL', '1', 'shown'],
      ['mg/mL', '1000'],
      ['g/mL', '1000000'],
      ['ng/mL', { num: 1n, den: 1000n }],
      ['ng/uL', '1'],
      ['ug/uL', '1000'],
      ['mg/L', '1'],
      ['g/L', '1000'],
    ),
  },
  pressure: {
    noun: 'a pressure',
    unit: 'Pa',
    example: '69 kPa',
    min: -200_000,
    max: 2_000_000,
    zero: 'kPa',
    units: PRESSURE,
  },
  compliance: {
    noun: 'a compliance',
    unit: 'nL/MPa',
    example: '0.2 uL/kPa',
    min: 0,
    max: 1e12,
    zero: 'uL/kPa',
    units: units(
      ['nL/MPa', '1'],
      ['uL/MPa', '1000'],
      ['mL/MPa', '1000000'],
      ['nL/kPa', '1000'],
      ['uL/kPa', '1000000', 'shown'],
      ['mL/kPa', '1000000000'],
      ['uL/bar', '10000'],
      ['uL/mmHg', { num: 10n ** 18n, den: 133_322_387_415n }, 'rounds'],
    ),
  },
  ratio: {
    noun: 'a share',
    unit: 'ppm',
    example: '90 %',
    min: 0,
    max: 1e9,
    zero: '%',
    units: units(['ppm', '1', 'shown'], ['%', '10000', 'shown']),
  },
  length: {
    noun: 'a length',
    unit: 'um',
    example: '50 um',
    min: 0,
    max: 1e9,
    zero: 'um',
    units: units(['um', '1', 'shown'], ['mm', '1000', 'shown']),
  },
  temperature: {
    noun: 'a temperature',
    unit: 'mdegC',
    example: '39 degC',
    min: -100_000,
    max: 200_000,
    zero: 'degC',
    units: units(['mdegC', '1'], ['degC', '1000', 'shown']),
  },
  energy: {
    noun: 'an energy',
    unit: 'mJ',
    example: '500 J',
    min: 0,
    max: 1e12,
    zero: 'J',
    units: units(['mJ', '1'], ['J', '1000', 'shown'], ['kJ', '1000000', 'shown']),
  },
  trace: {
    noun: 'a concentration in CSF',
    unit: 'pg/mL',
    example: '100 ng/mL',
    min: 0,
    max: 1e12,
    zero: 'ng/mL',
    units: units(['pg/mL', '1'], ['ng/mL', '1000', 'shown'], ['ug/mL', '1000000', 'shown']),
  },
  resistance: {
    noun: 'a flow resistance',
    unit: 'Pa/(mL/day)',
    example: '230 kPa/(mL/day)',
    min: 0,
    max: 1e15,
    zero: 'Pa/(mL/day)',
    units: units(
      ['Pa/(mL/day)', '1', 'shown'],
      ['kPa/(mL/day)', '1000', 'shown'],
      ['MPa/(mL/day)', '1000000', 'shown'],
      ['kPa/(uL/day)', '1000000'],
      ['mmHg/(mL/day)', MMHG, 'rounds'],
      ['kPa/(mL/h)', { num: 1000n, den: 24n }, 'rounds'],
      ['mmHg/(mL/h)', fraction(MMHG, 24n), 'rounds'],
      // 1 mL/day is 10^-6 m³ in 86 400 s.
      ['Pa.s/m3', { num: 1n, den: 86_400_000_000n }, 'rounds'],
    ),
  },
};

export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[];

/** The dimension whose integer unit this is, as tables state units; throws where none has it, which is a bug of the table. */
export function dimensionOf(unit: string): Dimension {
  const name = DIMENSION_NAMES.find((dimension) => DIMENSIONS[dimension].unit === unit);
  if (name === undefined) {
    throw new Error(`no dimension is kept in ${unit}`);
  }
  return name;
}
