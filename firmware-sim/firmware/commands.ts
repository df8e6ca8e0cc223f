/** What a host can tell the pump, and what it answers. Refusals are values, never exceptions. */
import type { Nanograms, NanogramsPerMicrolitre, Nanolitres } from '../../protocol/units.ts';

/**
 * `ifRevision` is the revision of the therapy that the host has seen: every accepted change raises it, so that a stale or
 * repeated command finds another one and changes nothing. STOP asks for none and raises it.
 */
export type Command =
  | {
      readonly command: 'program';
      readonly dose: Nanograms;
      readonly concentration: NanogramsPerMicrolitre;
      readonly lowReservoir?: Nanolitres | undefined;
    }
  | { readonly command: 'commit'; readonly ifRevision: number }
  | { readonly command: 'start'; readonly ifRevision: number }
  | { readonly command: 'stop' }
  /** Declares what was done at the port: `drained` was taken out and measured, `volume` filled in. */
  | {
      readonly command: 'refill';
      readonly ifRevision: number;
      readonly volume: Nanolitres;
      readonly drained: Nanolitres;
    }
  /** `ev`: number of the log entry that raised the alarm. */
  | { readonly command: 'acknowledge'; readonly ev: number };

export const REFUSALS = {
  PRECOND: 'the revision is another: something changed since it was read',
  FLOW_RANGE: 'dose and concentration give a flow that the pump cannot keep',
  LOW_RANGE: 'the low-reservoir volume lies outside residual volume and capacity',
  VOLUME_RANGE: 'the volume does not fit the reservoir',
  NOTHING_STAGED: 'there is no staged program to commit',
  NO_PROGRAM: 'there is no committed program to start',
  NO_REFILL: 'no filling was declared: the reservoir volume is unknown',
  RUNNING: 'the therapy runs already',
  INHIBITED: 'an alarm holds delivery',
  NO_ALARM: 'no active alarm was raised by this event',
} as const;

export type Refusal = keyof typeof REFUSALS;

export type Facts = Readonly<Record<string, number | string>>;

export type Outcome =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly code: Refusal; readonly facts: Facts; readonly message: string };
