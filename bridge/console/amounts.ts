/** Amounts in words: the integer of the wire, and what it is in the units that people think in. */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../../protocol/units.ts';
import { formatQuantity } from '../../firmware-sim/scenario/quantity.ts';

/** At most six significant digits: 12.5, not 12.500000. */
const short = (value: number): string => String(Number(value.toPrecision(6)));

type Scale = readonly (readonly [size: number, symbol: string])[];

/** In the largest unit of which it is at least one; undefined where there is none. */
function scaled(value: number, scale: Scale): string | undefined {
  const unit = scale.find(([size]) => value >= size);
  return unit === undefined ? undefined : `${short(value / unit[0])} ${unit[1]}`;
}

/** The other way to say a value of the verb table, by its unit; undefined where there is none that says more. */
const OTHERWISE: Readonly<Record<string, (value: number) => string | undefined>> = {
  nL: (nl) => (nl === 0 ? undefined : nl >= 1e6 ? `${short(nl / 1e6)} mL` : `${short(nl / 1e3)} µL`),
  'nL/day': (nlpd) => (nlpd === 0 ? undefined : perHour(nlpd)),
  ng: (ng) => massOtherwise(ng),
  'ng/day': (ng) => {
    const mass = massOtherwise(ng);
    return mass === undefined ? undefined : `${mass}/day`;
  },
  'ng/µL': (conc) => `${conc} µg/mL`,
  'pg/mL': (value) =>
    scaled(value, [
      [1e6, 'µg/mL'],
      [1e3, 'ng/mL'],
    ]),
  µs: (us) => (us === 0 ? undefined : duration(us)),
  Pa: (pa) => scaled(pa, [[1e3, 'kPa']]),
  mJ: (mj) =>
    scaled(mj, [
      [1e6, 'kJ'],
      [1e3, 'J'],
    ]),
};

const massOtherwise = (ng: number): string | undefined =>
  scaled(ng, [
    [1e6, 'mg'],
    [1e3, 'µg'],
  ]);

const perHour = (nlpd: number): string => (nlpd >= 24e6 ? `${short(nlpd / 24e6)} mL/h` : `${short(nlpd / 24e3)} µL/h`);

export const otherwise = (value: number, unit: string): string | undefined => OTHERWISE[unit]?.(value);

/** A value with its unit, and the other way to say it. */
export function amount(value: number, unit: string): string {
  const more = otherwise(value, unit);
  const plain = `${value} ${unit}`.trimEnd();
  return more === undefined ? plain : `${plain} = ${more}`;
}

/** A rate per day and per hour, the latter in the unit of infusion pumps. */
export const rateInWords = (nlpd: number): string => `${nlpd} nL/day = ${short(nlpd / 24e6)} mL/h`;

/** Time that passes: "66 min 20.16 s", of days and hours without what nobody counts then. */
export function duration(us: number): string {
  if (us < US_PER_SECOND) return formatQuantity(us, 'time');
  const days = Math.floor(us / US_PER_DAY);
  const hours = Math.floor((us % US_PER_DAY) / US_PER_HOUR);
  const minutes = Math.floor((us % US_PER_HOUR) / US_PER_MINUTE);
  const seconds = Math.floor((us % US_PER_MINUTE) / 1000) / 1000;
  const parts = [
    days > 0 ? `${days} d` : '',
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    seconds > 0 && days === 0 ? `${hours > 0 ? Math.floor(seconds) : seconds} s` : '',
  ];
  return parts.filter((part) => part !== '' && part !== '0 s').join(' ');
}

/** Pump time as a clock that began at first start: `3:06:20.160`, with days before it once there are any. */
export function stamp(us: number): string {
  const days = Math.floor(us / US_PER_DAY);
  return `${days > 0 ? `${days} d ` : ''}${clock(us % US_PER_DAY)}`;
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');

const clock = (us: number): string => {
  const ms = String(Math.floor((us % US_PER_SECOND) / 1000)).padStart(3, '0');
  return `${Math.floor(us / US_PER_HOUR)}:${two((us % US_PER_HOUR) / US_PER_MINUTE)}:${two((us % US_PER_MINUTE) / US_PER_SECOND)}.${ms}`;
};

/** A time of day: `07:30:00`. */
export const timeOfDayInWords = (us: number): string =>
  clock(us)
    .replace(/\.\d+$/, '')
    .padStart(8, '0');

/** How long so much takes at such a rate; undefined at none. */
export const timeFor = (nl: number, nlpd: number): string | undefined =>
  nlpd === 0 || nl === 0 ? undefined : duration(Math.ceil(((nl / nlpd) * US_PER_DAY) / 100_000) * 100_000);
