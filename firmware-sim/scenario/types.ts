/** A scenario as the runner takes it: every name known, every quantity an integer in its unit. parse.ts makes it from YAML. */
import type { Micros, Nanograms, NanogramsPerMicrolitre, Nanolitres } from '../../protocol/units.ts';
import type { SignalName } from '../simulation/signals.ts';
import type { AlarmId, Fault, ProfileName } from '../simulation/vocabulary.ts';

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Requirement ids shown by every expectation that names none. */
  readonly requirements: readonly string[];
  readonly seed: number;
  readonly duration: Micros;
  readonly pump: PumpSetup;
  readonly program: ProgramSetup;
  readonly timeline: readonly TimelineEntry[];
  readonly expect: readonly Expectation[];
}

export interface PumpSetup {
  readonly profile: ProfileName;
  /** What is in the reservoir: the truth, whatever the program says. */
  readonly drug: { readonly name: string; readonly concentration: NanogramsPerMicrolitre };
  /** Volume filled in at time zero and declared to the pump. */
  readonly fill: Nanolitres;
  /** Compliance of the catheter in nL/MPa; undefined: the body's default. */
  readonly compliance: number | undefined;
}

/** Simple continuous mode: a dose per day of a drug of a concentration. */
export interface ProgramSetup {
  readonly mode: 'continuous';
  /** ng per day. */
  readonly dose: Nanograms;
  readonly concentration: NanogramsPerMicrolitre;
  /** Volume of the low-reservoir alarm; undefined: the profile's. */
  readonly lowReservoir: Nanolitres | undefined;
}

export interface TimelineEntry {
  readonly trigger: { readonly at: Micros } | { readonly when: AlarmId; readonly after: Micros };
  readonly act: Action | { readonly do: 'inject'; readonly fault: Fault };
  /** Name of this moment for expectations. */
  readonly label: string | undefined;
  /** Where the entry stands in the file, for messages. */
  readonly line: number;
}

export type Action =
  | { readonly do: 'start' }
  | { readonly do: 'stop' }
  /** Drain, fill with `volume` of the drug at `concentration` (undefined: that of `pump`), declare it to the pump. */
  | {
      readonly do: 'refill';
      readonly volume: Nanolitres;
      readonly concentration: NanogramsPerMicrolitre | undefined;
    }
  | { readonly do: 'acknowledge'; readonly alarm: AlarmId }
  /** Stage, read back and commit another program. */
  | { readonly do: 'program'; readonly program: ProgramSetup };

/** A moment: an offset from time zero, from a label, or from the end of the run. */
export interface Moment {
  readonly anchor: 'start' | 'end' | { readonly label: string };
  /** Microseconds after the anchor; negative before it. */
  readonly offset: number;
}

export type Expectation = {
  /** Unique in the file. */
  readonly id: string;
  readonly requirements: readonly string[];
  readonly line: number;
} & Criterion;

export type Criterion =
  /** The alarm is raised after the moment, at the latest `within` later. */
  | { readonly kind: 'alarm-raised'; readonly alarm: AlarmId; readonly after: Moment; readonly within: Micros }
  | { readonly kind: 'alarm-never'; readonly alarm: AlarmId }
  | {
      readonly kind: 'signal';
      readonly signal: SignalName;
      readonly test: 'is' | 'below' | 'above';
      /** In the signal's own unit. */
      readonly value: number;
      /** For `is`: largest distance that passes. */
      readonly tolerance: number;
      readonly during: readonly [Moment, Moment];
    };
