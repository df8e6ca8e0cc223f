/** The words of firmware and body for those who stand on the simulation: only here do the two rooms meet. */
export {
  FAULT_NAMES,
  FAULTS,
  type Fault,
  type FaultDefinition,
  type FaultMode,
  type FaultName,
  type FaultOf,
} from '../body/faults.ts';
export { CSF_RANGE, TYPICAL_CSF, type CsfParameters } from '../body/csf.ts';
export { FAULT_PRESETS, NOT_RATES, type FaultPreset, type FaultRate } from '../body/fault-rates.ts';
export { boreVolume } from '../body/geometry.ts';
export {
  ALARM_IDS,
  ALARMS,
  priorityOf,
  type AlarmDefinition,
  type AlarmId,
  type AlarmPriority,
  type DeliveryAction,
} from '../firmware/alarms/table.ts';
export {
  REFUSALS,
  type Command,
  type DoseIdentity,
  type Facts,
  type Outcome,
  type Refusal,
  type StopSource,
} from '../firmware/commands.ts';
export {
  NO_ID,
  type DoseLedger,
  type DoseRecord,
  type DoseSource,
  type DoseState,
} from '../firmware/ledger/dose-ledger.ts';
export type { LogEntry, LogKeys } from '../firmware/log/log.ts';
export {
  DEFAULT_PROFILE,
  PROFILE_NAMES,
  PROFILES,
  type OcclusionSensing,
  type Profile,
  type ProfileName,
} from '../firmware/profiles.ts';
export type { PumpStatus } from '../firmware/pump.ts';
export { checkProgram, type ProgramCheck } from '../firmware/therapy/check-program.ts';
export {
  canonicalLibrary,
  DEFAULT_DRUG,
  DRUG_NAMES,
  isWhole,
  LIBRARIES,
  POPULATIONS,
  sealed,
  type DrugLibrary,
  type DrugName,
  type Population,
} from '../firmware/therapy/library.ts';
export { SOFT_LIMIT_NAMES, SOFT_LIMITS, type SoftLimit } from '../firmware/therapy/limits.ts';
export { MODE_TEXTS, MODES, modesAsMermaid, type Mode } from '../firmware/therapy/modes.ts';
export {
  basalRate,
  PROGRAM_MODES,
  type DoseLimit,
  type FlexInterval,
  type PatientBolus,
  type Program,
  type ProgramMode,
  type ProgramRequest,
  type StepDosing,
  type TimedBolus,
} from '../firmware/therapy/program.ts';
