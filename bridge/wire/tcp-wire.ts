/**
 * A wire over TCP. The server takes one client at a time, as a pump has one plug: a second one is told `# busy` and let
 * go. It listens on the given host only, so that a pump on 127.0.0.1 stays on this machine.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connectionDesk, errnoOf, makeWire, messageOf, settledWithin, type WireEnd } from './wire-core.ts';
import { formatWireUrl } from './wire-url.ts';
import { WireError, type Wire, type WireErrorCode, type WireServer } from './wire.ts';

const CONNECT_MS = 5_000;
const REFUSE_MS = 1_000;
/** After this much silence the operating system begins to ask whether a far end is there at all. */
const KEEPALIVE_MS = 10_000;
const BUSY_LINE = '# busy: another connection has this port, which is one line as a serial port is\n';

/** Connects to a listener; throws `WireError` NO_PORT, DENIED or IO. */
export function connectTcp(host: string, port: number): Promise<Wire> {
  const url = formatWireUrl({ kind: 'tcp', host, port });
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(connectError(url, error));
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socketWire(url, socket).wire);
      socket.off('error', fail);
    });
  });
}

/** Listens on host and port (0: any free one); throws `WireError` BUSY, DENIED, NO_PORT or IO. */
export async function serveTcp(host: string, port: number): Promise<WireServer> {
  const desk = connectionDesk();
  const sockets = new Set<Socket>();
  let current: Wire | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (current) {
      refuse(socket);
      return;
    }
    const { wire } = socketWire(url, socket);
    current = wire;
    void wire.closed.then(() => {
      current = undefined;
    });
    desk.offer(wire);
  });
  const url = formatWireUrl({ kind: 'tcp', host, port: await listen(server, host, port) });
  return {
    url,
    onConnection: desk.onConnection,
    close: async () => {
      const stopped = new Promise((resolve) => server.close(resolve));
      await current?.close();
      for (const socket of sockets) socket.destroy();
      await settledWithin(REFUSE_MS, stopped);
    },
  };
}

function socketWire(url: string, socket: Socket): WireEnd {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_MS);
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const end = makeWire(url, {
    write: (bytes) => {
      socket.write(bytes);
    },
    backlog: () => socket.writableLength,
    // Only when the far end has closed too has it got everything: to close over unread input resets the connection.
    flush: () => {
      socket.end();
      return gone;
    },
    destroy: () => {
      socket.destroy();
      return gone;
    },
  });
  let failure: string | undefined;
  socket.on('error', (error) => {
    failure = messageOf(error);
  });
  socket.on('data', (bytes: Buffer) => end.receive(bytes));
  socket.once('close', () => end.lost(failure ?? 'the far end closed the connection'));
  return end;
}

function refuse(socket: Socket): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end(BUSY_LINE);
  setTimeout(() => socket.destroy(), REFUSE_MS).unref();
}

/** Starts listening; resolves to the port number. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(formatWireUrl({ kind: 'tcp', host, port }), error)));
    server.listen({ host, port }, () => {
      // A failed accept later on costs that client its connection, not the server its life.
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

type Rows = Readonly<Record<string, readonly [WireErrorCode, string]>>;

const CONNECT_ERRORS: Rows = {
  ECONNREFUSED: ['NO_PORT', 'nobody listens there. Is the far side started, and the port number right?'],
  ENOTFOUND: ['NO_PORT', 'there is no host of that name.'],
  EAI_AGAIN: ['NO_PORT', 'the name of the host cannot be looked up. An address in digits works without a name server.'],
  EHOSTUNREACH: ['NO_PORT', 'there is no way to that host.'],
  ENETUNREACH: ['NO_PORT', 'there is no way to that network.'],
  EACCES: ['DENIED', 'this user may not connect there.'],
};

const LISTEN_ERRORS: Rows = {
  EADDRINUSE: ['BUSY', 'another program listens there. Choose another port, or 0 for any free one.'],
  EACCES: ['DENIED', 'this user may not listen there. Choose a port above 1023.'],
  EADDRNOTAVAIL: ['NO_PORT', 'this machine has no such address. 127.0.0.1 is always there.'],
  ENOTFOUND: ['NO_PORT', 'there is no host of that name. 127.0.0.1 is always there.'],
};

function rowError(rows: Rows, what: string, error: unknown): WireError {
  // Where a name has several addresses, each has failed and the first failure speaks for all.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const [code, advice] = rows[errnoOf(first) ?? ''] ?? ['IO', messageOf(first)];
  return new WireError(code, `${what}: ${advice}`, error);
}

const connectError = (url: string, error: unknown): WireError =>
  rowError(CONNECT_ERRORS, `cannot connect to ${url}`, error);
const listenError = (url: string, error: unknown): WireError =>
  rowError(LISTEN_ERRORS, `cannot listen on ${url}`, error);
