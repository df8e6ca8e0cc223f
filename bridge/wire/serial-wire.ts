/**
 * A wire over a serial port: 8N1, exclusive lock, raw bytes. Real UARTs, USB adapters, and the slave side of a PTY.
 *
 * What serialport 13 does, measured, and what is done about it here:
 * - It emits 'error' "Canceled" when a port closes over a blocked write, which kills a process without a listener. One is
 *   always set; every failure that matters also shows as 'close'.
 * - An unplugged device or a dead PTY master shows as 'close' with an error, and only while the port is read. The wire
 *   reads from the first moment on, with or without a listener. A far end that only closes its own port behind a cable or
 *   a relay shows nowhere: that is for the session above to notice by silence.
 * - A write that waits for room hides incoming bytes, and a read that begins to wait makes the port forget the waiting
 *   write, because the two waits overwrite each other. Two ends that both send 1 MB stood still for good. While anything
 *   is unwritten, both waits are therefore set again every `NUDGE_MS`.
 * - It has no timeouts: opening and closing get deadlines, here and in wire-core.ts.
 * - A read that begins after a PTY has hung up returns nothing and is repeated at full speed for ever, with no event (3 of
 *   12 servers killed in full flow). Every `PRESENCE_MS` the device file is looked up; when it is gone, so is the line.
 */
import { realpath, stat } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import { connectionDesk, errnoOf, makeWire, messageOf } from './wire-core.ts';
import { formatWireUrl } from './wire-url.ts';
import { WireError, type Wire, type WireServer } from './wire.ts';

const OPEN_MS = 5_000;
const NUDGE_MS = 20;
const PRESENCE_MS = 200;
/** Readable and writable, in the flags of serialport's poller. */
const BOTH_WAITS = 0b11;

/** Opens a serial port; throws `WireError` NO_PORT, BUSY, DENIED or IO. `url` names the wire if it has another address. */
export async function openSerial(path: string, baud: number, url?: string): Promise<Wire> {
  const { SerialPort: Port } = await import('serialport');
  // The device itself, so that a link to it may be moved or removed while it is open. Windows has no such files.
  const device = process.platform === 'win32' ? undefined : await realpath(path).catch(() => path);
  const port = new Port({
    path,
    baudRate: baud,
    dataBits: 8,
    parity: 'none',
    stopBits: 1,
    lock: true,
    autoOpen: false,
  });
  port.on('error', () => {});
  await openInTime(port, path);

  const nudge = nudger(port);
  const end = makeWire(url ?? formatWireUrl({ kind: 'serial', path, baud }), {
    write: (bytes) => {
      port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      nudge.start();
    },
    backlog: () => port.writableLength,
    // The stream writes in order, so that an empty write is done when all before it are.
    flush: () =>
      new Promise((resolve) => (port.writableLength === 0 ? resolve() : port.write(Buffer.alloc(0), () => resolve()))),
    destroy: () => {
      nudge.stop();
      clearInterval(presence);
      return new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve()));
    },
  });
  const presence = setInterval(() => {
    if (device === undefined) return;
    stat(device).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') end.lost(`${path} went away`);
    });
  }, PRESENCE_MS);
  presence.unref();
  port.on('data', (bytes: Buffer) => end.receive(bytes));
  port.on('close', (error?: Error | null) => end.lost(`${path} went away${error ? `: ${error.message}` : ''}`));
  return end.wire;
}

/** Serves on a serial port: one connection, which is there at once and ends with the port. */
export async function serveSerial(path: string, baud: number): Promise<WireServer> {
  const wire = await openSerial(path, baud);
  const desk = connectionDesk();
  desk.offer(wire);
  return { url: wire.url, onConnection: desk.onConnection, close: () => wire.close() };
}

function openInTime(port: SerialPort, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(
        new WireError('IO', `${path} did not open within ${OPEN_MS / 1000} s. Unplug it, plug it in again, retry.`),
      );
    }, OPEN_MS);
    port.open((error) => {
      clearTimeout(timer);
      if (late && !error) port.close();
      else if (error) reject(openError(path, error));
      else resolve();
    });
  });
}

/** What serialport's messages say, by the words of the operating systems; the first row that fits counts. */
const REFUSALS = [
  [
    /No such file|cannot find|File not found/i,
    'NO_PORT',
    'is no port here. Look for what is there under /dev/serial/by-id.',
  ],
  [/No such device|Device not configured/i, 'NO_PORT', 'has no device behind it. Is it plugged in?'],
  [/Cannot lock port|busy|Access denied/i, 'BUSY', 'is held by another program. Close that one (fuser tells which).'],
  [
    /Permission denied/i,
    'DENIED',
    'may not be opened by this user. Join the group that owns it, usually dialout: sudo usermod -aG dialout $USER, then log in again.',
  ],
  [/Inappropriate ioctl|Not a typewriter|Is a directory/i, 'IO', 'is no serial port.'],
] as const;

/** Serialport's refusal to open as a `WireError`. */
export function openError(path: string, error: Error): WireError {
  for (const [words, code, advice] of REFUSALS) {
    if (words.test(error.message)) return new WireError(code, `${path} ${advice}`, error);
  }
  return new WireError('IO', `${path} cannot be opened: ${messageOf(error)}`, error);
}

function nudger(port: SerialPort): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const start = (): void => {
    timer ??= setInterval(() => {
      if (port.writableLength === 0 || !port.isOpen) stop();
      // Windows has no poller and no such trouble.
      else if (port.port && 'poller' in port.port) port.port.poller.poll(BOTH_WAITS);
    }, NUDGE_MS);
  };
  return { start, stop };
}
