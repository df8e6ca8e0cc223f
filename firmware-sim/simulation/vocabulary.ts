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
export { ALARM_IDS, ALARMS, type AlarmDefinition, type AlarmId, type AlarmPriority } from '../firmware/alarm-table.ts';
export { REFUSALS, type Command, type Facts, type Outcome, type Refusal } from '../firmware/commands.ts';
export type { LogEntry, LogKeys } from '../firmware/log.ts';
export {
  DEFAULT_PROFILE,
  PROFILE_NAMES,
  PROFILES,
  type OcclusionSensing,
  type Profile,
  type ProfileName,
} from '../firmware/profiles.ts';
export { checkProgram, type Program, type ProgramCheck, type ProgramRequest } from '../firmware/program.ts';
export type { PumpStatus } from '../firmware/pump.ts';
