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
} as const;

/** A user's mistake: shown as its message, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.invalid) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
