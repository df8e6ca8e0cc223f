/** Words of the wire that stand for more than one value: lists joined by `+`, drug libraries, faults. */
import { parseInteger, type ArgumentsOf } from '../../protocol/index.ts';
import { micros, nanograms, nanogramsPerMicrolitre, US_PER_SECOND } from '../../protocol/units.ts';
import {
  FAULTS,
  SOFT_LIMIT_NAMES,
  type DrugLibrary,
  type Fault,
  type FaultDefinition,
  type SoftLimit,
} from '../../firmware-sim/simulation/vocabulary.ts';

/** The soft limits that are named, none by no text; undefined where a name is that of no limit. */
export function softLimits(text: string | undefined): readonly SoftLimit[] | undefined {
  if (text === undefined) return [];
  const names = text.split('+');
  const found = SOFT_LIMIT_NAMES.filter((name) => names.includes(name));
  return names.every((name) => found.some((known) => known === name)) ? found : undefined;
}

/** Integers from `min` to `max`, `length` of them where it is given; undefined for anything else. */
function integers(text: string, min: number, max: number, length?: number): readonly number[] | undefined {
  const values = text.split('+').map(parseInteger);
  const fit = values.every((value): value is number => value !== undefined && value >= min && value <= max);
  return fit && (length === undefined || values.length === length) ? values : undefined;
}

const MOST_NG = 10_000_000_000_000;

/** The library that the words state, or the key whose value is none. Whether it is whole, the firmware says. */
export function libraryOf(args: ArgumentsOf<'LIBRARY'>): DrugLibrary | { readonly key: string } {
  const concentrations = args.conc === undefined ? [] : integers(args.conc, 1, 1_000_000);
  const dose = integers(args.dose_ng, 0, MOST_NG, 4);
  const bolus = integers(args.bolus_ng, 0, MOST_NG, 2);
  const percent = integers(args.step, 0, 999, 3);
  if (concentrations === undefined) return { key: 'conc' };
  if (dose === undefined) return { key: 'dose_ng' };
  if (bolus === undefined) return { key: 'bolus_ng' };
  if (percent === undefined) return { key: 'step' };
  const [hardMin = 0, softMin = 0, softMax = 0, hardMax = 0] = dose;
  const [softBolus = 0, hardBolus = 0] = bolus;
  const [spinal = 0, cerebral = 0, child = 0] = percent;
  return {
    drug: args.drug,
    version: args.ver,
    concentrations: concentrations.map(nanogramsPerMicrolitre),
    hardDose: [nanograms(hardMin), nanograms(hardMax)],
    softDose: [nanograms(softMin), nanograms(softMax)],
    hardBolus: nanograms(hardBolus),
    softBolus: nanograms(softBolus),
    titrationPercent: { spinal, cerebral, child },
    titrationInterval: micros(args.every_s * US_PER_SECOND),
    stabilityDays: args.days,
    check: args.check,
  };
}

/**
 * The fault that the words name, with exactly the parameters that its mode takes, each given as `name:integer` and in its range;
 * undefined for anything else.
 */
export function findFault(fault: string, mode: string, given: readonly string[]): Fault | undefined {
  const faults: Readonly<Record<string, FaultDefinition>> = FAULTS;
  const modes = Object.hasOwn(faults, fault) ? faults[fault]?.modes : undefined;
  const parameters = modes !== undefined && Object.hasOwn(modes, mode) ? modes[mode]?.parameters : undefined;
  if (parameters === undefined) return undefined;
  const values = new Map<string, number>();
  for (const text of given) {
    const cut = text.indexOf(':');
    const value = parseInteger(text.slice(cut + 1));
    if (cut < 0 || value === undefined) return undefined;
    values.set(text.slice(0, cut), value);
  }
  const names = Object.keys(parameters);
  if (given.length !== names.length) return undefined;
  for (const [name, { min, max }] of Object.entries(parameters)) {
    const value = values.get(name);
    if (value === undefined || value < min || value > max) return undefined;
  }
  return { fault, mode, ...Object.fromEntries(values) } as unknown as Fault;
}
