/** Numbers as a person reads them. Exact where the value is an integer, rounded only where the text says so. */
import type { JsonValue } from './record.ts';

const US_PER_S = 1_000_000;
const S_PER_DAY = 86_400;

/** Pump time in microseconds as decimal seconds with all six digits; no division of the whole, hence exact. */
export function exactSeconds(us: number): string {
  const size = Math.abs(us);
  const rest = size % US_PER_S;
  return `${us < 0 ? '-' : ''}${(size - rest) / US_PER_S}.${String(rest).padStart(6, '0')}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Pump time in microseconds as `[D d ]HH:MM:SS.ffffff`, cut to `digits` decimals. */
export function clock(us: number, digits = 6): string {
  const size = Math.abs(us);
  const micros = size % US_PER_S;
  const seconds = (size - micros) / US_PER_S;
  const days = Math.floor(seconds / S_PER_DAY);
  const time = [Math.floor((seconds % S_PER_DAY) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60].map(two);
  const fraction = digits === 0 ? '' : `.${String(micros).padStart(6, '0').slice(0, digits)}`;
  return `${us < 0 ? '-' : ''}${days === 0 ? '' : `${days} d `}${time.join(':')}${fraction}`;
}

/** A span in seconds in its two largest units, rounded: `3 h 6 min`, `12 d 4 h`, `45 s`, `0.250 s`. */
export function span(seconds: number): string {
  if (seconds < 10) {
    return `${seconds.toFixed(seconds < 1 ? 3 : 1)} s`;
  }
  const whole = Math.round(seconds);
  const units = [
    { name: 'd', size: S_PER_DAY, next: 'h', nextSize: 3600 },
    { name: 'h', size: 3600, next: 'min', nextSize: 60 },
    { name: 'min', size: 60, next: 's', nextSize: 1 },
  ];
  const unit = units.find(({ size }) => whole >= size);
  if (unit === undefined) {
    return `${whole} s`;
  }
  // Rounded to the smaller unit before the split, so that 1 h 59 min 59 s never reads as 1 h 60 min.
  const small = Math.round(whole / unit.nextSize);
  const ratio = unit.size / unit.nextSize;
  const rest = small % ratio;
  return `${(small - rest) / ratio} ${unit.name}${rest === 0 ? '' : ` ${rest} ${unit.next}`}`;
}

/** Digits in groups of three with a narrow no-break space; `digits` decimals. */
export function grouped(value: number, digits = 0): string {
  const fixed = value.toFixed(digits);
  // What rounds to zero has no sign.
  const [whole = '', fraction] = (Number(fixed) === 0 ? fixed.replace('-', '') : fixed).split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, '\u202F');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** Nanolitres as µL with two decimals: one motor step of 10 nL is the last digit. */
export function microlitres(nl: number): string {
  return grouped(nl / 1000, 2);
}

/** Nanolitres in words: mL from 1 mL up, otherwise µL. */
export function volume(nl: number): string {
  return Math.abs(nl) >= 1_000_000 ? `${grouped(nl / 1_000_000, 3)} mL` : `${microlitres(nl)} µL`;
}

/** Keys and values as the log has them: `nl=18000000 conc=500`. */
export function keyValues(keys: Readonly<Record<string, JsonValue>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
}
