/** A scenario as the runner takes it: every name known, every quantity an integer in its unit. parse.ts makes it from YAML. */
import type { Micros, Nanograms, NanogramsPerMicrolitre, Nanolitres } from '../../protocol/units.ts';
import type { SignalName } from '../simulation/signals.ts';
import type {
  AlarmId,
  DrugName,
  Fault,
  ProfileName,
  ProgramMode,
  ProgramRequest,
  Refusal,
  SoftLimit,
} from '../simulation/vocabulary.ts';
import type { LogKind } from './log-kinds.ts';

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
  /** What is in the reservoir: the truth, whatever the program says; and the drug whose library the pump holds. */
  readonly drug: { readonly name: DrugName; readonly concentration: NanogramsPerMicrolitre };
  /** Volume filled in at time zero and declared to the pump. */
  readonly fill: Nanolitres;
  /** Compliance of the catheter in nL/MPa; undefined: the body's default. */
  readonly compliance: number | undefined;
  /** Tubing and catheter hold drug at time zero. */
  readonly primed: boolean;
}

/** A program to be staged, and what the scenario's person says at its commit. */
export interface ProgramSetup extends ProgramRequest {
  readonly mode: ProgramMode;
  /** Soft limits that the person has seen and overrides. */
  readonly override: readonly SoftLimit[];
}

export interface TimelineEntry {
  readonly trigger: { readonly at: Micros } | { readonly when: AlarmId; readonly after: Micros };
  readonly act: Action | { readonly do: 'inject'; readonly fault: Fault };
  /** Name of this moment for expectations. */
  readonly label: string | undefined;
  /** Code with which the pump is expected to refuse the action; undefined: it is expected to accept it. */
  readonly refused: Refusal | undefined;
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
  | { readonly do: 'acknowledge' | 'pause' | 'resume'; readonly alarm: AlarmId }
  /** Stage, read back and commit another program. */
  | { readonly do: 'program'; readonly program: ProgramSetup }
  /**
   * A single bolus. A pump is told a volume and a rate, computed with `concentration`, or with that of the program in force where it is
   * undefined: both are rounded to the nearest nL and nL/day, and the pump then gives the nearest whole number of motor steps.
   */
  | {
      readonly do: 'bolus';
      readonly dose: Nanograms;
      readonly over: Micros;
      readonly concentration: NanogramsPerMicrolitre | undefined;
      /** Soft limits that the scenario's person has seen and overrides. */
      readonly override: readonly SoftLimit[];
    }
  | { readonly do: 'prime' }
  /** The patient's button. That the pump gives nothing is an answer, not a refusal. */
  | { readonly do: 'press' }
  | { readonly do: 'clock'; readonly timeOfDay: Micros }
  | { readonly do: 'interrogate' }
  | { readonly do: 'test-tones' }
  /** The built-in library of that name. */
  | { readonly do: 'load-library'; readonly drug: DrugName };

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

/** Something happens after the moment, at the latest `within` later. */
export interface Wait {
  readonly after: Moment;
  readonly within: Micros;
}

/** Entries of the therapy log: of this kind, and with these keys as the log has them, text or integer. */
export interface LogPattern {
  readonly log: LogKind;
  readonly with: Readonly<Record<string, string | number>>;
}

export type Criterion =
  | ({ readonly kind: 'alarm-raised'; readonly alarm: AlarmId } & Wait)
  | ({ readonly kind: 'alarm-cleared'; readonly alarm: AlarmId } & Wait)
  | { readonly kind: 'alarm-never'; readonly alarm: AlarmId }
  | ({ readonly kind: 'log-entry' } & LogPattern & Wait)
  /** So many entries, no more and no fewer: from the first moment on and before the second, or to the end of the run. */
  | ({ readonly kind: 'log-count'; readonly count: number; readonly during: readonly [Moment, Moment] } & LogPattern)
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
