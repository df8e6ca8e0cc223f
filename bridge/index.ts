/** The outside: lines, the simulated pump behind one, and the host that commands it. */
export { monotonicMicros } from './clock.ts';
export {
  createHost,
  LinkError,
  type DoseAccepted,
  type DoseOutcome,
  type DoseUnknown,
  type DoseVerb,
  type DoseWish,
  type EventMessage,
  type Host,
  type HostOptions,
  type Reply,
} from './host/host.ts';
export { memoryStore, openIntentStore, type IntentStore } from './host/intent-store.ts';
export { createWireTarget } from './host/wire-target.ts';
export { servePump, type PumpServer, type PumpServerOptions } from './server/pump-server.ts';
export { openWire, serveWire } from './wire/open-wire.ts';
export { WireError, type Wire, type WireClose, type WireErrorCode, type WireServer } from './wire/wire.ts';
