/**
 * A host on a line: the shell around the machine of protocol/session/host.ts. What it is made of, each by itself: what comes from the
 * far end, the machine with its timer and store, sessions, commands, doses, the lease, and STOP.
 */
import { encodeLine } from '../../protocol/index.ts';
import type { Wire } from '../wire/wire.ts';
import { createCommands } from './commands.ts';
import { createDoses } from './doses.ts';
import { listenTo } from './far-end.ts';
import type { Host, HostOptions } from './host-api.ts';
import { memoryStore } from './intent-store.ts';
import { keepAlive } from './keep-alive.ts';
import { createMachine } from './machine.ts';
import { createSessions } from './sessions.ts';
import { createStop } from './stop.ts';
import { createTurns } from './turns.ts';

export type {
  DoseAccepted,
  DoseOutcome,
  DoseUnknown,
  DoseVerb,
  DoseWish,
  EventMessage,
  HeartbeatMessage,
  Host,
  HostOptions,
  Reply,
} from './host-api.ts';
export { LinkError } from './link-error.ts';

/** The longest that a pump may take for an answer, in all 10 s; a walk of a million steps stays far below. */
const PATIENCE: readonly number[] = [300, 600, 1200, 2400, 5500];
const CONNECT_MS = 6_000;
/** A dose that nobody could send for so long is not what was wanted any more. */
const INTENT_MS = 60_000;

const encoder = new TextEncoder();

export function createHost(wire: Wire, options: HostOptions = {}): Host {
  const {
    role = 'bench',
    store = memoryStore(),
    patience = PATIENCE,
    connectMs = CONNECT_MS,
    found = 'give-up',
  } = options;
  const { url } = wire;
  const machine = createMachine(wire, store, role);
  if (machine.state.dose !== undefined && found === 'give-up') machine.feed({ on: 'give-up' });
  const turns = createTurns();
  const stop = createStop(wire);
  const endKeeping = keepAlive(machine, turns);
  const farEnd = listenTo(wire, {
    onReply: (line, text) => {
      stop.onReply(line);
      machine.feed({ on: 'line', text });
    },
    onEnd: (error) => {
      endKeeping();
      machine.end(error);
    },
  });
  const sessions = createSessions(wire, farEnd, machine, connectMs);
  const commands = createCommands(url, farEnd, machine, sessions, patience);
  const doses = createDoses(url, machine, store, sessions, commands, turns);

  const sayBye = (): void => {
    const { session } = machine.state.link;
    if (farEnd.ended() !== undefined || session === undefined || !turns.idle()) return;
    const { sid, seq } = session;
    wire.write(encoder.encode(`${encodeLine({ kind: 'command', sid, seq: seq + 1, verb: 'BYE', fields: {} })}\n`));
  };
  const close = async (): Promise<void> => {
    sayBye();
    await wire.close();
    store.close();
  };
  let closing: Promise<void> | undefined;

  return {
    url,
    get session() {
      return machine.state.link.session?.facts;
    },
    connect: () =>
      turns.take(async () => {
        await sessions.begin();
        return sessions.ensure();
      }),
    request: (verb, args) => turns.take(() => commands.exchange(verb, args)),
    dose: (verb, wish, forMs = INTENT_MS) => doses.dose(verb, wish, forMs),
    outcome: doses.outcome,
    leave: doses.leave,
    giveUp: doses.giveUp,
    resolve: doses.resolve,
    stop: () => {
      doses.giveUp();
      return stop.stop(farEnd.ended);
    },
    events: farEnd.events.asObservable(),
    heartbeats: farEnd.heartbeats.asObservable(),
    remarks: farEnd.remarks.asObservable(),
    close: () => (closing ??= close()),
  };
}
