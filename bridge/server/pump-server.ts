/**
 * A simulated pump behind a line. It keeps real time, or a multiple of it, and pushes its log as it grows; in lock step time
 * moves by SIM ADVANCE alone and nothing is pushed, so that what comes back depends on what was sent and on nothing else.
 */
import {
  createAssembler,
  dropBrokenOff,
  encodeLine,
  push,
  stopsFirst,
  type Assembled,
  type LinkSettings,
} from '../../protocol/index.ts';
import { MAX_MICROS, micros, type Micros } from '../../protocol/units.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { ProfileName } from '../../firmware-sim/simulation/vocabulary.ts';
import type { Wire, WireServer } from '../wire/wire.ts';
import { answerBreak, answerLine, answerNoise, beat, passTime } from './answer.ts';
import { createOutQueue, type OutQueue } from './out-queue.ts';
import { endConnection, eventLine, servedPump } from './served-pump.ts';

export interface PumpServerOptions {
  readonly profile: ProfileName;
  /** Pump seconds per second, or `lockstep`: time stands still until somebody advances it. */
  readonly speed: number | 'lockstep';
  /** Microseconds of a clock that never goes back. */
  readonly clock: () => number;
  /** What typed lines may do; `dose` if it is not given. */
  readonly typed?: LinkSettings['typed'];
  readonly serial?: string;
  /**
   * Boot counter of a pump whose memory does not outlive the process: one that no earlier process on this port had, so that no session
   * number comes back. 1 if it is not given.
   */
  readonly boot?: number;
  readonly sessions?: number;
}

/** Drug in the reservoir before the first SIM RESET, ng/µL: the weakest product (pump.md 3, S54). */
const DEFAULT_CONCENTRATION = 500;
/** How often a pump in real time catches up and pushes what happened. */
const TICK_MS = 50;
const HEARTBEAT_MS = 1000;

export interface PumpServer {
  readonly close: () => Promise<void>;
}

export function servePump(server: WireServer, options: PumpServerOptions): PumpServer {
  const { profile, speed, clock, boot, ...served } = options;
  const simulation = new Simulation({ profile, concentration: DEFAULT_CONCENTRATION, boot });
  const pump = servedPump(simulation, { ...served, lockstep: speed === 'lockstep' });
  let connection: { readonly wire: Wire; readonly queue: OutQueue } | undefined;
  let pushed = pump.simulation.status.nextEvent;
  let last = clock();
  let beatAt = 0;
  /** Pump time that has passed and is no whole microsecond yet. */
  let fraction = 0;

  /** Link time, ms: what leases run on. */
  const linkTime = (): number => Math.floor(clock() / 1000);
  const send = (lines: readonly string[]): void => connection?.queue.push(lines);

  /** Moves a pump in real time to now. The clock is read in every mode, so that leaving lock step makes no jump. */
  const catchUp = (): void => {
    const now = clock();
    const elapsed = now - last;
    last = now;
    if (pump.lockstep) return;
    const passed = fraction + elapsed * (speed === 'lockstep' ? 1 : speed);
    fraction = passed % 1;
    pump.simulation.advanceThrough(soon(pump.simulation.now, passed));
    pushLog();
  };

  const pushLog = (): void => {
    const entries = pump.simulation.log(pushed);
    pushed = pump.simulation.status.nextEvent;
    send(entries.map((entry) => encodeLine(eventLine(entry))));
  };

  const tick = (): void => {
    catchUp();
    const now = linkTime();
    send(passTime(pump, now));
    // Only to whoever has a session: a person at a terminal wants to read.
    if (!pump.lockstep && pump.link.session !== undefined && now - beatAt >= HEARTBEAT_MS) {
      beatAt = now;
      send([beat(pump)]);
    }
    connection?.queue.flush();
  };
  const timer = setInterval(tick, TICK_MS);

  /** The connection is over, and with it its lock step. */
  const release = (): void => {
    connection = undefined;
    catchUp();
    endConnection(pump, speed === 'lockstep');
  };

  const receive = (assembled: Assembled): void => {
    if (assembled.kind === 'discarded') return send(answerNoise(pump, linkTime()));
    catchUp();
    const before = pump.simulation;
    const lines =
      assembled.kind === 'break' ? answerBreak(pump, linkTime()) : answerLine(pump, assembled.text, linkTime());
    // A reset begins a new log; in lock step the host reads it by itself.
    if (pump.simulation !== before || pump.lockstep) pushed = pump.simulation.status.nextEvent;
    send(lines);
    if (!pump.lockstep) pushLog();
  };

  server.onConnection((wire) => {
    if (connection !== undefined) release();
    connection = { wire, queue: createOutQueue(wire) };
    const assembler = createAssembler();
    let heard = linkTime();
    wire.onBytes((chunk) => {
      const brokenOff = dropBrokenOff(assembler, linkTime() - heard);
      if (brokenOff !== undefined) receive(brokenOff);
      heard = linkTime();
      for (const assembled of stopsFirst(push(assembler, chunk))) receive(assembled);
    });
    void wire.closed.then(() => {
      if (connection?.wire === wire) release();
    });
  });

  return {
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
}

/** Whole microseconds after `now`, within the range of pump time. */
const soon = (now: Micros, elapsed: number): Micros => micros(Math.min(MAX_MICROS, now + Math.floor(elapsed)));
