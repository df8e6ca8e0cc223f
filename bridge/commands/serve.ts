import { randomBytes, randomInt } from 'node:crypto';
import { doseId } from '../../protocol/index.ts';
import { PROFILE_NAMES, type ProfileName } from '../../firmware-sim/simulation/vocabulary.ts';
import { suggest } from '../../firmware-sim/scenario/suggest.ts';
import { monotonicMicros } from '../clock.ts';
import { EXIT, UserError } from '../exit.ts';
import { servePump } from '../server/pump-server.ts';
import { serveWire } from '../wire/open-wire.ts';
import { WireError } from '../wire/wire.ts';

export interface ServeOptions {
  readonly on: string;
  readonly profile: string;
  readonly speed: string;
  readonly typed: string;
  readonly json: boolean;
}

const MAX_SPEED = 1_000_000;

/** Serves until it is told to end. Returns the exit code. */
export async function serve({ on, profile, speed, typed, json }: ServeOptions): Promise<number> {
  const options = {
    profile: parseProfile(profile),
    speed: parseSpeed(speed),
    typed: parseTyped(typed),
    serial: freshSerial(),
    clock: monotonicMicros,
    boot: bootCounter(),
    sessions: randomInt(FIRST_SESSIONS),
  };
  const ended = nextSignal();
  const server = await serveWire(on).catch((error: unknown) => {
    if (!(error instanceof WireError)) throw error;
    throw new UserError(error.message, error.code === 'BAD_URL' ? EXIT.invalid : EXIT.link);
  });
  const pump = servePump(server, options);
  const pace =
    options.speed === 'lockstep'
      ? 'in lock step'
      : options.speed === 1
        ? 'in real time'
        : `at ${options.speed} × real time`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ url: server.url, world: 'SIMULATED', profile, speed: options.speed })}\n`
      : `SIMULATED pump ${profile} on ${server.url}, ${pace}. Ctrl-C ends it.\n`,
  );
  const code = await ended;
  await pump.close();
  return code;
}

/** Ctrl-C is how a person ends a server: it is asked to close its line, and then it is an interruption. */
function nextSignal(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve(EXIT.interrupted));
    process.once('SIGTERM', () => resolve(EXIT.ok));
  });
}

function parseProfile(text: string): ProfileName {
  const found = PROFILE_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  const near = suggest(text, PROFILE_NAMES);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  throw new UserError(`--profile ${text}: no such profile; there are ${PROFILE_NAMES.join(', ')}.${hint}`);
}

/**
 * The pump keeps nothing when the process ends, and must give out no session number that it gave out before: until it has a memory of its
 * own, the seconds of the wall clock stand in for a boot counter, and the session counter begins anywhere: the seconds come round after
 * 18 hours, and SIM REBOOT runs ahead of them.
 */
const bootCounter = (): number => (Math.floor(Date.now() / 1000) % 65_535) + 1;

/**
 * A pump that keeps nothing is another one after each start: with the serial number of the last one, its dose number 0 would tell a host
 * that a dose was never given which the last one gave.
 */
const freshSerial = (): string => `S${doseId(randomBytes(5)).slice(0, 5)}`;

const FIRST_SESSIONS = 32_768;

const TYPED = ['off', 'read', 'dose'] as const;

function parseTyped(text: string): (typeof TYPED)[number] {
  const found = TYPED.find((one) => one === text);
  if (found === undefined) throw new UserError(`--typed ${text}: write off, read or dose`);
  return found;
}

function parseSpeed(text: string): number | 'lockstep' {
  if (text === 'lockstep') return text;
  const speed = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed > 0 && speed <= MAX_SPEED) return speed;
  throw new UserError(`--speed ${text}: write a factor over 0 and up to ${MAX_SPEED}, or "lockstep"`);
}
