/**
 * Drug libraries: what may be programmed for a drug. A library carries its version and a check over all of its content; one that is
 * absent or does not match its check lets nothing be programmed.
 */
import { crc32, hex8 } from '../../../protocol/crc32.ts';
import {
  micros,
  nanograms,
  US_PER_DAY,
  type Micros,
  type Nanograms,
  type NanogramsPerMicrolitre,
  nanogramsPerMicrolitre,
} from '../../../protocol/units.ts';

export type Population = 'spinal' | 'cerebral' | 'child';
export const POPULATIONS: readonly Population[] = ['spinal', 'cerebral', 'child'];

export interface DrugLibrary {
  /** Lower case, digits and hyphens; what a scenario and SIM RESET call the drug. */
  readonly drug: string;
  readonly version: number;
  /** Products; any other concentration is a soft limit. Empty: any will do. */
  readonly concentrations: readonly NanogramsPerMicrolitre[];
  /** ng per day: outside it a program is refused. */
  readonly hardDose: readonly [Nanograms, Nanograms];
  /** ng per day: outside it a program needs an override. */
  readonly softDose: readonly [Nanograms, Nanograms];
  /** ng in one bolus. */
  readonly hardBolus: Nanograms;
  readonly softBolus: Nanograms;
  /** Largest change of the daily dose at once, % of the dose before, by population. 0: no limit. */
  readonly titrationPercent: Readonly<Record<Population, number>>;
  /** Shortest time between two changes of the dose. */
  readonly titrationInterval: Micros;
  /** Longest time that a filling may stay in the pump, days. */
  readonly stabilityDays: number;
  /** CRC-32 of `canonicalLibrary`, eight hexadecimal digits. */
  readonly check: string;
}

type Content = Omit<DrugLibrary, 'check'>;

/** Everything but the check in one line, in a fixed order: what the check is taken over. */
export const canonicalLibrary = (library: Content): string =>
  [
    `drug=${library.drug}`,
    `version=${library.version}`,
    `conc=${library.concentrations.join('+')}`,
    `hard=${library.hardDose.join('+')}`,
    `soft=${library.softDose.join('+')}`,
    `bolus=${library.softBolus}+${library.hardBolus}`,
    `step=${POPULATIONS.map((population) => library.titrationPercent[population]).join('+')}`,
    `every=${library.titrationInterval}`,
    `days=${library.stabilityDays}`,
  ].join(' ');

export const checkOf = (library: Content): string => hex8(crc32(canonicalLibrary(library)));

export const sealed = (library: Content): DrugLibrary => ({ ...library, check: checkOf(library) });

/** Whether the library is whole, and one of which limits can be taken. */
export const isWhole = (library: DrugLibrary): boolean =>
  library.check === checkOf(library) &&
  library.hardDose[0] <= library.softDose[0] &&
  library.softDose[0] <= library.softDose[1] &&
  library.softDose[1] <= library.hardDose[1] &&
  library.softBolus <= library.hardBolus &&
  library.stabilityDays >= 1;

const UNLIMITED = nanograms(10_000_000_000_000);

export const LIBRARIES = {
  baclofen: sealed({
    drug: 'baclofen',
    version: 1,
    // Products for pumps: pump.md 3, S54.
    concentrations: [500, 1000, 2000].map(nanogramsPerMicrolitre),
    // 2003 µg/day is the most that was reported of a maintenance (pump.md 3, S58). No label has a hard maximum; the least: assumptions.
    hardDose: [nanograms(1_000), nanograms(2_003_000)],
    // 12 µg/day is the least that was reported (pump.md 3, S58); over 1000 µg/day experience is limited (unsourced there).
    softDose: [nanograms(12_000), nanograms(1_000_000)],
    // Screening goes up to 100 µg (pump.md 3, S56); a bolus of 280 µg caused harm (S67).
    hardBolus: nanograms(280_000),
    softBolus: nanograms(100_000),
    // Adults of spinal origin 10 to 30 %, of cerebral origin and children 5 to 15 %, at most once per 24 h: pump.md 3, S32 and S57.
    titrationPercent: { spinal: 30, cerebral: 15, child: 15 },
    titrationInterval: micros(US_PER_DAY),
    // Pump refill at most 180 days: pump.md 3, S59 and S60.
    stabilityDays: 180,
  }),
  /** A fluid for benches: no limit but those of the pump itself. */
  water: sealed({
    drug: 'water',
    version: 1,
    concentrations: [],
    hardDose: [nanograms(0), UNLIMITED],
    softDose: [nanograms(0), UNLIMITED],
    hardBolus: UNLIMITED,
    softBolus: UNLIMITED,
    titrationPercent: { spinal: 0, cerebral: 0, child: 0 },
    titrationInterval: micros(0),
    stabilityDays: 36_500,
  }),
} as const satisfies Record<string, DrugLibrary>;

export type DrugName = keyof typeof LIBRARIES;
export const DRUG_NAMES = Object.keys(LIBRARIES) as readonly DrugName[];
export const DEFAULT_DRUG: DrugName = 'baclofen';
