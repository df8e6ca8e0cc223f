/**
 * Quantities as people write them, "0.3 mL/day", and the integers that doseloop keeps. Conversion is exact decimal
 * arithmetic: what lies between two integers is refused, or rounded where the unit itself is no whole number of them.
 */
import { DIMENSIONS, DIMENSION_NAMES, type Dimension, type Unit } from './dimensions.ts';
import { suggest } from './suggest.ts';

/** `near` is the unit that was probably meant. */
export type QuantityResult =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly message: string; readonly near?: string | undefined };

/** Bounds in the dimension's integer unit; each stands in for the dimension's own. */
export interface Limits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Longest text that is looked at. No quantity needs more, and arithmetic on digits has to end. */
const MAX_LENGTH = 60;

const refuse = (message: string, near?: string): QuantityResult => ({ ok: false, message, near });

/** The message for a bare number, whether YAML gave a number or a text without a unit. */
export const missingUnit = (dimension: Dimension): string =>
  `missing unit, write for example "${DIMENSIONS[dimension].example}"`;

/** Reads `text` as a quantity of `dimension`. The value is a safe integer in the dimension's unit, within `limits`. */
export function parseQuantity(text: string, dimension: Dimension, limits: Limits = {}): QuantityResult {
  const wanted = DIMENSIONS[dimension];
  const trimmed = text.trim();
  const written = /^([+-]?)([\d.,_]+)(?:[eE]([+-]?\d+))?\s*(.*)$/su.exec(trimmed);
  if (trimmed.length > MAX_LENGTH || written === null) {
    return refuse(`${quote(text)} is not a quantity, write for example "${wanted.example}"`);
  }
  const [, sign = '', digits = '', exponent = '0', unitText = ''] = written;
  const number = /^(\d+)(?:\.(\d+))?$/.exec(digits);
  if (number === null || Math.abs(Number(exponent)) > 30) {
    return refuse(`"${digits}" is not a number here, write digits with a decimal point, for example "0.5"`);
  }
  if (unitText === '') {
    return refuse(missingUnit(dimension));
  }
  if (/\s[\d+-]/.test(unitText)) {
    return refuse(`${quote(trimmed)} is more than one number, write one number and one unit`);
  }
  const unit = findUnit(dimension, unitText);
  if (unit === undefined) {
    return refuseUnit(trimmed, unitText, dimension);
  }
  const [, whole = '', part = ''] = number;
  const scale = Number(exponent) - part.length;
  const numerator = BigInt(whole + part) * unit.factor.num * 10n ** BigInt(Math.max(scale, 0));
  const denominator = unit.factor.den * 10n ** BigInt(Math.max(-scale, 0));
  const size = toInteger(numerator, denominator, unit.rounds);
  if (size === undefined) {
    return refuse(`${quote(trimmed)} is finer than 1 ${wanted.unit}, the unit in which ${wanted.noun} is kept`);
  }
  return withinLimits(sign === '-' ? -size : size, trimmed, dimension, limits);
}

/** The quotient as an integer; undefined where it is none and must not be rounded, or where rounding leaves nothing. */
function toInteger(numerator: bigint, denominator: bigint, rounds: boolean): bigint | undefined {
  if (numerator % denominator === 0n) {
    return numerator / denominator;
  }
  const nearest = (2n * numerator + denominator) / (2n * denominator);
  return rounds && nearest > 0n ? nearest : undefined;
}

function withinLimits(value: bigint, text: string, dimension: Dimension, limits: Limits): QuantityResult {
  const { noun, ...own } = DIMENSIONS[dimension];
  const min = limits.min ?? own.min;
  const max = limits.max ?? own.max;
  if (value < 0n && min >= 0) {
    return refuse(`${quote(text)} is negative, which ${noun} cannot be here`);
  }
  if (value < BigInt(min)) {
    return refuse(`${quote(text)} is too small, the least is ${formatQuantity(min, dimension)}`);
  }
  if (value > BigInt(max)) {
    return refuse(`${quote(text)} is too large, the most is ${formatQuantity(max, dimension)}`);
  }
  return { ok: true, value: Number(value) };
}

function refuseUnit(text: string, unitText: string, dimension: Dimension): QuantityResult {
  const wanted = DIMENSIONS[dimension];
  const given = DIMENSION_NAMES.find((name) => findUnit(name, unitText) !== undefined);
  if (given !== undefined) {
    return refuse(
      `${quote(text)} is ${DIMENSIONS[given].noun}, but ${wanted.noun} is wanted, for example "${wanted.example}"`,
    );
  }
  const symbols = wanted.units.map(({ symbol }) => symbol);
  return refuse(
    `unknown unit ${quote(unitText)}, ${wanted.noun} takes ${symbols.join(', ')}`,
    suggest(unitText, symbols),
  );
}

/** Other spellings of a part of a unit, and the one that the table uses. */
const SPELLINGS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['s', 'sec', 'secs', 'second', 'seconds'],
    ['min', 'mins', 'minute', 'minutes'],
    ['h', 'hr', 'hrs', 'hour', 'hours'],
    ['d', 'day', 'days'],
    ['weeks', 'week'],
    ['years', 'year'],
    ['L', 'l'],
    ['mL', 'ml'],
    ['uL', 'ul', 'mcL', 'mcl'],
    ['nL', 'nl'],
    ['ug', 'mcg'],
    ['m3', 'm^3', 'm³'],
  ].flatMap(([word = '', ...others]) => others.map((other) => [other, word])),
);

/** One form for all spellings of a unit: "µL / day", "mcL/d" and "uL/day" are the same. */
const normalUnit = (text: string): string =>
  text
    .replace(/\s+/gu, '')
    .replace(/[µμ]/gu, 'u')
    .replace(/[·*]/gu, '.')
    .replace(/[^/.()]+/gu, (part) => (Object.hasOwn(SPELLINGS, part) ? (SPELLINGS[part] ?? part) : part));

const UNITS: ReadonlyMap<string, Unit> = new Map(
  DIMENSION_NAMES.flatMap((name) =>
    DIMENSIONS[name].units.map((unit) => [`${name} ${normalUnit(unit.symbol)}`, unit] as const),
  ),
);

const findUnit = (dimension: Dimension, text: string): Unit | undefined =>
  UNITS.get(`${dimension} ${normalUnit(text)}`);

/**
 * A value of `dimension` for people: one number of at most six significant digits, and of the dimension's units the one
 * with the shortest number of at least 1, the larger of equals. 3 960 000 000 µs is "66 min", 300 000 nL/day "300 µL/day".
 * With `like`, the unit is the one in which that value would be shown, so that a measurement reads beside its limit.
 */
export function formatQuantity(value: number, dimension: Dimension, like = value): string {
  const model = like === 0 ? value : like;
  if (model === 0) return `0 ${printed(DIMENSIONS[dimension].zero)}`;
  const unit = shownUnit(model, dimension);
  return `${inUnit(value, unit)} ${printed(unit.symbol)}`;
}

const inUnit = (value: number, { factor }: Unit): number => rounded((value * Number(factor.den)) / Number(factor.num));

function shownUnit(value: number, dimension: Dimension): Unit {
  const [first, ...others] = DIMENSIONS[dimension].units.filter(({ shown }) => shown);
  if (first === undefined) throw new Error(`no unit of ${dimension} is shown`);
  let best = first;
  for (const unit of others) {
    const number = inUnit(value, unit);
    if (Math.abs(number) >= 1 && cost(number) <= cost(inUnit(value, best))) best = unit;
  }
  return best;
}

const rounded = (value: number): number => Number(value.toPrecision(6));

/** Characters of the number; a digit before the point beyond the third counts twice, being hard to read. */
const cost = (value: number): number =>
  String(value).length + Math.max(0, String(Math.trunc(Math.abs(value))).length - 3);

/** A unit as it is printed: with the sign for micro. */
const printed = (symbol: string): string => symbol.replace(/^u(?=[sgL])/u, 'µ');

/** Text from a file inside a message: in quotes, control characters escaped, and not without end. */
export function quote(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(short);
}
