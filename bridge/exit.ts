/** Exit codes of the command line, and the error that carries one to its end. */

export const EXIT = {
  ok: 0,
  /** An expectation failed. */
  failed: 1,
  /** Invalid input: a scenario, an option, a record. */
  invalid: 2,
  /** The line or the rig failed. */
  link: 3,
  /** Inconclusive, timed out, or nothing passed. */
  inconclusive: 4,
  /** A replay differs from its record. */
  differs: 5,
  interrupted: 130,
  /** Told to end by SIGTERM. */
  terminated: 143,
} as const;

/**
 * From now on a signal ends the process through its exit hooks, which take down the lines that it serves. Not for work that
 * never yields to a listener: there Ctrl-C would wait for its end, while without one the operating system acts at once (and a
 * shell sees 130 too).
 */
export function exitOnSignals(): void {
  process.on('SIGINT', () => process.exit(EXIT.interrupted));
  process.on('SIGTERM', () => process.exit(EXIT.terminated));
}

/** A user's mistake: shown as its message, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.invalid) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
