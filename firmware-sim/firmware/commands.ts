/** What a host or a patient can tell the pump, and what it answers. Refusals are values, never exceptions. */
import type { Micros, Nanolitres, NanolitresPerDay } from '../../protocol/units.ts';
import type { DoseIntent } from './ledger/dose-ledger.ts';
import type { DrugLibrary } from './therapy/library.ts';
import type { ProgramRequest } from './therapy/program.ts';
import type { SoftLimit } from './therapy/limits.ts';

/** By whom a therapy was stopped over a line: a host, a person who typed it, or two bytes that stop whatever is on the line. */
export type StopSource = 'host' | 'typed' | 'break';

/** Who asks for a dose on a line: the identity that its host gave it, and the check over what was asked for (ledger/dose-ledger.ts). */
export type DoseIdentity = Pick<DoseIntent, 'id' | 'terms'> & { readonly source: 'host' | 'typed' };

/**
 * `ifRevision` is the revision of the therapy that the host has seen: every accepted change raises it, so that a stale or
 * repeated command finds another one and changes nothing. STOP asks for none and raises it. `ev` is the number of the log entry
 * that raised an alarm.
 */
export type Command =
  /** Stages a program and reads it back. */
  | ({ readonly command: 'program' } & ProgramRequest)
  /** `override`: the soft limits that a person has seen and overrides, all of those that the staged program breaks. */
  | { readonly command: 'commit'; readonly ifRevision: number; readonly override?: readonly SoftLimit[] | undefined }
  | { readonly command: 'start'; readonly ifRevision: number }
  /** `source`: it came over a line, which raises an alarm if anything was running. */
  | { readonly command: 'stop'; readonly source?: StopSource | undefined }
  /** Declares what was done at the port: `drained` was taken out and measured, `volume` filled in. */
  | {
      readonly command: 'refill';
      readonly ifRevision: number;
      readonly volume: Nanolitres;
      readonly drained: Nanolitres;
    }
  /** A single bolus: then stopped, or back to the therapy that ran. */
  | {
      readonly command: 'bolus';
      readonly volume: Nanolitres;
      readonly rate: NanolitresPerDay;
      readonly override?: readonly SoftLimit[] | undefined;
      readonly dose?: DoseIdentity | undefined;
    }
  /** Fills tubing and catheter; how much that is, the pump computes. */
  | { readonly command: 'prime'; readonly dose?: DoseIdentity | undefined }
  /** The patient's button. */
  | { readonly command: 'press' }
  /** What a host leaves behind when its lease ends: the staged program is dropped, alarms that were paused sound again. */
  | { readonly command: 'unstage' }
  /** Sets the time of day, µs since midnight. */
  | { readonly command: 'clock'; readonly ifRevision: number; readonly timeOfDay: Micros }
  /** Another drug library, whole or not at all. */
  | { readonly command: 'library'; readonly library: DrugLibrary }
  /** A programmer reads the pump out: ends a telemetry lock-up. */
  | { readonly command: 'interrogate' }
  | { readonly command: 'acknowledge'; readonly ev: number }
  /** Silences an alarm for the time of its silence policy; `resume` ends that, or an acknowledgement, early. */
  | { readonly command: 'pause'; readonly ev: number }
  | { readonly command: 'resume'; readonly ev: number }
  /** Plays every tone through the real path. */
  | { readonly command: 'test-tones' };

export const REFUSALS = {
  PRECOND: 'the revision is another: something changed since it was read',
  NO_LIBRARY: 'the drug library is absent or corrupt: nothing can be programmed',
  LIBRARY_CHECK: 'the drug library does not match its own check, or is not one that the pump can hold',
  FLOW_RANGE: 'dose and concentration give a flow that the pump cannot keep',
  DOSE_RANGE: 'the dose lies outside the hard limits of the drug library',
  LOW_RANGE: 'the low-reservoir volume lies outside residual volume and capacity',
  PLAN_RANGE: 'the plan of the day is not one that the pump can keep',
  PATIENT_RANGE: 'the patient bolus is not one that the pump can give',
  STEP_RANGE: 'the step dosing is not one that the pump can keep',
  LIMIT_RANGE: 'the dose limit in the window is below what the program gives by itself',
  VOLUME_RANGE: 'the volume does not fit the reservoir',
  BOLUS_RANGE: 'the bolus is not one that the pump can give',
  SOFT_LIMIT: 'soft limits stand against it: commit again with an override that names all of them',
  NOTHING_STAGED: 'there is no staged program to commit',
  NO_PROGRAM: 'there is no committed program to start',
  NO_REFILL: 'no filling was declared: the reservoir volume is unknown',
  RUNNING: 'the therapy runs already',
  NOT_STOPPED: 'only a stopped pump can do that',
  BUSY: 'a dose is under way',
  DENIED: 'the pump does not give this dose now',
  WINDOW_LIMIT: 'the dose would exceed the limit in the window',
  INHIBITED: 'an alarm holds delivery',
  NO_ALARM: 'no active alarm was raised by this event',
  NO_SILENCE: 'the alarm cannot be silenced in this way now',
  ALARMING: 'an alarm sounds: the tones cannot be tested',
} as const;

export type Refusal = keyof typeof REFUSALS;

export type Facts = Readonly<Record<string, number | string>>;

export type Outcome =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly code: Refusal; readonly facts: Facts; readonly message: string };

export const refuse = (code: Refusal, facts: Facts = {}, message: string = REFUSALS[code]): Outcome => ({
  ok: false,
  code,
  facts,
  message,
});
