/**
 * A simulated pump behind a line. It keeps real time, or a multiple of it, and pushes its log as it grows; in lock step time
 * moves by SIM ADVANCE alone and nothing is pushed, so that what comes back depends on what was sent and on nothing else.
 */
import { createAssembler, encodeLine, push, type Line } from '../../protocol/index.ts';
import { MAX_MICROS, micros, type Micros } from '../../protocol/units.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import type { ProfileName } from '../../firmware-sim/simulation/vocabulary.ts';
import type { Wire, WireServer } from '../wire/wire.ts';
import { answerLine } from './answer.ts';
import { endConnection, eventLine, servedPump } from './served-pump.ts';

export interface PumpServerOptions {
  readonly profile: ProfileName;
  /** Pump seconds per second, or `lockstep`: time stands still until somebody advances it. */
  readonly speed: number | 'lockstep';
  /** Microseconds of a clock that never goes back. */
  readonly clock: () => number;
}

/** Drug in the reservoir before the first SIM RESET, ng/µL: the weakest product (pump.md 3, S54). */
const DEFAULT_CONCENTRATION = 500;
/** How often a pump in real time catches up and pushes what happened. */
const TICK_MS = 50;

const encoder = new TextEncoder();

export interface PumpServer {
  readonly close: () => Promise<void>;
}

export function servePump(server: WireServer, { profile, speed, clock }: PumpServerOptions): PumpServer {
  const pump = servedPump(new Simulation({ profile, concentration: DEFAULT_CONCENTRATION }), speed === 'lockstep');
  let wire: Wire | undefined;
  let pushed = pump.simulation.status.nextEvent;
  let last = clock();
  /** Pump time that has passed and is no whole microsecond yet. */
  let fraction = 0;

  const send = (lines: readonly Line[]): void => {
    if (lines.length > 0) wire?.write(encoder.encode(lines.map((line) => `${encodeLine(line)}\n`).join('')));
  };

  /** Moves a pump in real time to now. The clock is read in every mode, so that leaving lock step makes no jump. */
  const catchUp = (): void => {
    const now = clock();
    const elapsed = now - last;
    last = now;
    if (pump.lockstep) return;
    const { simulation } = pump;
    const passed = fraction + elapsed * (speed === 'lockstep' ? 1 : speed);
    fraction = passed % 1;
    simulation.advanceThrough(soon(simulation.now, passed));
    pushLog();
  };

  const pushLog = (): void => {
    const entries = pump.simulation.log(pushed);
    pushed = pump.simulation.status.nextEvent;
    send(entries.map(eventLine));
  };

  const timer = setInterval(catchUp, TICK_MS);

  /** The connection is over, and with it its lock step. */
  const release = (): void => {
    wire = undefined;
    catchUp();
    endConnection(pump, speed === 'lockstep');
  };

  server.onConnection((connection) => {
    if (wire !== undefined) release();
    wire = connection;
    const assembler = createAssembler();
    connection.onBytes((chunk) => {
      for (const assembled of push(assembler, chunk)) {
        if (assembled.kind === 'discarded') {
          send([{ kind: 'human', text: `${assembled.reason} line of ${assembled.bytes} bytes, ignored` }]);
          continue;
        }
        catchUp();
        const { simulation } = pump;
        const lines = answerLine(pump, assembled.text);
        // A reset begins a new log; in lock step the host reads it by itself.
        if (pump.simulation !== simulation || pump.lockstep) pushed = pump.simulation.status.nextEvent;
        send(lines);
        if (!pump.lockstep) pushLog();
      }
    });
    void connection.closed.then(() => {
      if (wire === connection) release();
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
