/** Where the ticks of an axis stand and what they are called. */

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface ValueAxis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly Tick[];
}

export interface TimeAxis {
  readonly unit: 's' | 'min' | 'h' | 'd';
  /** `at` in microseconds. */
  readonly ticks: readonly Tick[];
}

interface Step {
  readonly mantissa: number;
  readonly exponent: number;
}

/** The smallest of 1, 2, 5 times a power of ten that is not below `least`. */
function niceStep(least: number): Step {
  const exponent = Math.floor(Math.log10(least));
  // The tolerance keeps 0.30000000000000004 / 0.1 from asking for the next larger step.
  const mantissa = [1, 2, 5, 10].find((each) => each * 10 ** exponent >= least * (1 - 1e-9)) ?? 10;
  return mantissa === 10 ? { mantissa: 1, exponent: exponent + 1 } : { mantissa, exponent };
}

/** `count` steps, computed so that negative powers of ten are divisions: 3 steps of 0.1 are 0.3. */
function steps(count: number, { mantissa, exponent }: Step): number {
  return exponent < 0 ? (count * mantissa) / 10 ** -exponent : count * mantissa * 10 ** exponent;
}

/** An axis over `min` to `max`, widened to whole steps, with at most `most` intervals (two more for the widening). */
export function valueAxis(min: number, max: number, most: number): ValueAxis {
  const low = Math.min(min, max);
  const high = Math.max(min, max);
  const width = high - low;
  // A width that is lost in the rounding of the values themselves has no ticks to show.
  const step = niceStep(Math.max(width, Math.abs(high) * 1e-9, Math.abs(low) * 1e-9, 1e-9) / most);
  const unit = steps(1, step);
  const first = Math.floor(low / unit + 1e-6);
  const last = Math.max(Math.ceil(high / unit - 1e-6), first + 1);
  const digits = Math.max(0, -step.exponent);
  const ticks: Tick[] = [];
  for (let count = first; count <= last; count += 1) {
    const at = steps(count, step) + 0;
    ticks.push({ at, label: at.toFixed(digits) });
  }
  return { min: Math.min(steps(first, step), low), max: Math.max(steps(last, step), high), ticks };
}

const US_PER_S = 1_000_000;

/** The unit by the length of the axis, with the steps that read well in it; beyond the last of them 1, 2, 5. */
const TIME_UNITS = [
  { unit: 'd', us: 86_400 * US_PER_S, from: 4, steps: [0.5, 1, 2, 5] },
  { unit: 'h', us: 3600 * US_PER_S, from: 3, steps: [0.5, 1, 2, 3, 4, 6, 12] },
  { unit: 'min', us: 60 * US_PER_S, from: 3, steps: [0.5, 1, 2, 5, 10, 15, 20, 30] },
  { unit: 's', us: US_PER_S, from: 1, steps: [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30] },
] as const;

/** Ticks for pump time from `from` to `to` microseconds, at most `most` intervals, at whole multiples since time zero. */
export function timeAxis(from: number, to: number, most: number): TimeAxis {
  const width = Math.max(to - from, 1);
  const unit = TIME_UNITS.find(({ us, from: least }) => width >= least * us) ?? TIME_UNITS[3];
  const least = width / most / unit.us;
  const listed = width < unit.us ? undefined : unit.steps.find((each) => each >= least * (1 - 1e-9));
  const nice = niceStep(least);
  const step = Math.max(1, Math.round((listed ?? steps(1, nice)) * unit.us));
  const digits = listed === undefined ? Math.max(0, -nice.exponent) : Number(listed % 1 !== 0);
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    ticks.push({ at, label: (at / unit.us).toFixed(Math.min(digits, 6)) });
  }
  return { unit: unit.unit, ticks };
}
