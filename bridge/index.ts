/** The outside: lines, the simulated pump behind one, and the host that commands it. */
export { monotonicMicros } from './clock.ts';
export { createHost, LinkError, type EventMessage, type Host, type Reply } from './host/host.ts';
export { createWireTarget } from './host/wire-target.ts';
export { servePump, type PumpServer, type PumpServerOptions } from './server/pump-server.ts';
export { openWire, serveWire } from './wire/open-wire.ts';
export { WireError, type Wire, type WireClose, type WireErrorCode, type WireServer } from './wire/wire.ts';
