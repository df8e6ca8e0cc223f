/** The two machines of the line, and what they are told and say. */
export { doseId, DOSE_ID, NO_ID, termsOf, type DoseFact, type PumpFacts } from './facts.ts';
export {
  foundDose,
  hostDose,
  newDose,
  type DoseInput,
  type DoseIntent,
  type DoseOutput,
  type DosePhase,
  type DoseResult,
  type HostClock,
  type HostDoseState,
} from './host-dose.ts';
export {
  createHostLink,
  heldFor,
  hostLink,
  RETRY_MS,
  type HelloFacts,
  type HostLinkState,
  type LinkInput,
  type LinkOutput,
} from './host-link.ts';
export { createHostState, host, type HostInput, type HostOutput, type HostState } from './host.ts';
export { heartbeat, pumpLink } from './pump-link.ts';
export {
  createPumpLink,
  LEASE_MS,
  RX_BYTES,
  type DoseIdentity,
  type LinkSettings,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type StopSource,
  type VerbReply,
} from './pump-state.ts';
export { ALL_RULES, RULES, type Rule, type Rules } from './rules.ts';
export { isStop, stopsFirst } from './stop-first.ts';
export { TYPED } from './typed.ts';
