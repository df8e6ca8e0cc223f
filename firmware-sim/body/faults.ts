/** The fault vocabulary: `component.fault`, its modes and their parameters. Scenario, wire and API speak these words. */

export interface FaultParameter {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly text: string;
}

export interface FaultMode {
  readonly text: string;
  readonly parameters: Readonly<Record<string, FaultParameter>>;
}

export interface FaultDefinition {
  readonly text: string;
  readonly modes: Readonly<Record<string, FaultMode>>;
}

export const FAULTS = {
  'catheter.occlusion': {
    text: 'the lumen is blocked between pump and tip',
    modes: {
      complete: { text: 'nothing passes; pressure rises with every step', parameters: {} },
      partial: {
        text: 'a resistance in series with the open lumen',
        parameters: {
          // From about the open lumen (4 Pa at 1 mL/day, pump.md 2.2) to what no pump overcomes.
          resistance: {
            unit: 'Pa/(mL/day)',
            min: 1,
            max: 1_000_000_000_000,
            text: 'pressure drop for each mL/day of flow',
          },
        },
      },
      released: { text: 'the lumen is open again; what the pressure had stored leaves at once', parameters: {} },
    },
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** A fault as it is injected. One shape for one fault today; it grows as a union. */
export type Fault =
  | { readonly fault: 'catheter.occlusion'; readonly mode: 'complete' | 'released' }
  | { readonly fault: 'catheter.occlusion'; readonly mode: 'partial'; readonly resistance: number };
