/** From the word after `--target` to a target that is ready, and the way to end it again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimTarget } from '../firmware-sim/scenario/sim-target.ts';
import type { Target } from '../firmware-sim/scenario/target.ts';
import { DEFAULT_PROFILE } from '../firmware-sim/simulation/vocabulary.ts';
import { monotonicMicros } from './clock.ts';
import { UserError } from './exit.ts';

export interface OpenTarget {
  readonly target: Target;
  /** What is at the other end, for people. */
  readonly description: string;
  close(): Promise<void>;
}

export type TargetName = 'sim' | 'wire' | `wire:${string}`;

export function parseTarget(text: string): TargetName {
  if (text === 'sim' || text === 'wire' || text.startsWith('wire:')) return text as TargetName;
  throw new UserError(`--target ${text}: not a target; write sim, wire, or wire:URL as in wire:pty:./pump`);
}

/** Rejects with WireError or LinkError when the line cannot be had. */
export async function openTarget(name: TargetName, notice: (text: string) => void): Promise<OpenTarget> {
  if (name === 'sim') return { target: createSimTarget(), description: 'in process', close: async () => {} };
  if (name === 'wire') return openOwnPump(notice);
  return connect(name.slice('wire:'.length));
}

async function connect(url: string): Promise<OpenTarget> {
  const [{ openWire }, { createHost }, { createWireTarget }] = await Promise.all([
    import('./wire/open-wire.ts'),
    import('./host/host.ts'),
    import('./host/wire-target.ts'),
  ]);
  const host = createHost(await openWire(url));
  try {
    return { target: await createWireTarget(host), description: url, close: () => host.close() };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Our own pump-server behind a fresh virtual port, reached through the real serial stack. */
async function openOwnPump(notice: (text: string) => void): Promise<OpenTarget> {
  const [{ serveWire }, { WireError }, { servePump }] = await Promise.all([
    import('./wire/open-wire.ts'),
    import('./wire/wire.ts'),
    import('./server/pump-server.ts'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'doseloop-'));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  // Also when the process is told to end in the middle; the port's own link goes the same way.
  process.once('exit', remove);
  const start = async () => {
    try {
      return await serveWire(`pty:${join(folder, 'pump')}`);
    } catch (error) {
      if (!(error instanceof WireError) || error.code !== 'UNAVAILABLE') throw error;
      notice(`no virtual serial port on this machine, TCP on loopback instead (${error.message})`);
      return serveWire('tcp://127.0.0.1:0');
    }
  };
  try {
    const server = await start();
    const pump = servePump(server, { profile: DEFAULT_PROFILE, speed: 'lockstep', clock: monotonicMicros });
    try {
      const opened = await connect(server.url);
      return {
        target: opened.target,
        description: server.url.startsWith('pty:') ? 'serial line (virtual port)' : server.url,
        close: async () => {
          await opened.close();
          await pump.close();
          remove();
        },
      };
    } catch (error) {
      await pump.close();
      throw error;
    }
  } catch (error) {
    remove();
    throw error;
  }
}
