/**
 * The master side of a PTY as three plain operations on its descriptor: read what is there, write what fits, be called
 * when either is worth another try.
 *
 * Why not a stream: tty.ReadStream works, but closes the master at the first hang-up, so that a client that closes its
 * port would take the port with it; holding the slave open instead hides from the server that the client has left; and
 * no other stream of Node takes a terminal. The descriptor is non-blocking, so that plain fs calls on it never wait, and
 * serialport's poller says when to make them. The typed `open` of node-pty is not used either: it reads the slave itself,
 * and what it reads the client never gets.
 *
 * The master is not closed on exec by its maker, and Node has no means to change that. A child process that the server
 * starts while it serves inherits it, and as long as such a child lives, the server's death does not hang up the line.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { errnoOf } from './wire-core.ts';

export interface PtyMaster {
  /** Path of the slave, such as `/dev/pts/3`. */
  readonly slave: string;
  /** The bytes that are there; `quiet` if a client has the slave open and says nothing; `nobody` if none has it open. */
  read(): Uint8Array | 'quiet' | 'nobody';
  /** Writes as much as fits and returns how many bytes that were. */
  write(bytes: Uint8Array): number;
  /** Throws away what was written and never read by a client that is gone; returns whether there may be more. */
  dropUnread(): boolean;
  /** Sets who is called when waiting has an end. It may be called without need. */
  onReady(listener: () => void): void;
  /** Begins to wait for something to read, or room to write if `writing`; holds for one call, at least. */
  await(writing: boolean): void;
  /** Ends the waiting. */
  pause(): void;
  close(): void;
}

interface NodePtyNative {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
}

const READABLE = 1;
const WRITABLE = 2;
const READ_SIZE = 64 * 1024;
const SLAVE_FLAGS = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

/** Makes a PTY in raw mode; undefined where the optional node-pty has no binary. */
export async function openPtyMaster(): Promise<PtyMaster | undefined> {
  const native = loadNative();
  if (!native) return undefined;
  const [{ Poller }, { SerialPort }] = await Promise.all([
    import('@serialport/bindings-cpp/dist/poller.js'),
    import('serialport'),
  ]);
  const { master, slave: slaveDescriptor, pty: slave } = native.open(80, 24);
  // Opened once as a serial port, the slave is raw and without echo, and it stays so when it is closed.
  const port = await SerialPort.binding.open({ path: slave, baudRate: 115_200, lock: false });
  await port.close();
  closeSync(slaveDescriptor);

  const poller = new Poller(master);
  const buffer = Buffer.alloc(READ_SIZE);

  return {
    slave,
    read: () => {
      try {
        const count = readSync(master, buffer);
        return count === 0 ? 'nobody' : Uint8Array.prototype.slice.call(buffer, 0, count);
      } catch (error) {
        if (isNotNow(error)) return 'quiet';
        if (errnoOf(error) === 'EIO') return 'nobody';
        throw error;
      }
    },
    write: (bytes) => {
      try {
        return writeSync(master, bytes);
      } catch (error) {
        // EIO: nobody is there, which the next read says.
        if (isNotNow(error) || errnoOf(error) === 'EIO') return 0;
        throw error;
      }
    },
    dropUnread: () => {
      let descriptor: number;
      try {
        descriptor = openSync(slave, SLAVE_FLAGS);
      } catch {
        // Out of descriptors, say: there may be some, so that the caller tries again.
        return true;
      }
      try {
        return readAll(descriptor, buffer) > 0;
      } finally {
        closeSync(descriptor);
      }
    },
    onReady: (listener) => {
      poller.on('readable', listener);
      poller.on('writable', listener);
    },
    await: (writing) => poller.poll(writing ? READABLE | WRITABLE : READABLE),
    pause: () => poller.poller.stop(),
    close: () => {
      poller.removeAllListeners();
      poller.stop();
      poller.destroy();
      closeSync(master);
    },
  };
}

function loadNative(): NodePtyNative | undefined {
  try {
    const load = createRequire(import.meta.url);
    const loader = load('@lydell/node-pty/requireBinary.js') as { requireBinary(file: string): NodePtyNative };
    return loader.requireBinary('pty.node');
  } catch {
    return undefined;
  }
}

function readAll(descriptor: number, buffer: Buffer): number {
  let total = 0;
  try {
    for (;;) {
      const count = readSync(descriptor, buffer);
      if (count === 0) return total;
      total += count;
    }
  } catch (error) {
    if (isNotNow(error)) return total;
    throw error;
  }
}

const isNotNow = (error: unknown): boolean => errnoOf(error) === 'EAGAIN' || errnoOf(error) === 'EINTR';
