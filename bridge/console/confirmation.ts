/** What was read back and waits for its code: thirty seconds, and once (PROTOCOL.md, T5). */

export const CONFIRM_MS = 30_000;

export interface Asked<What> {
  readonly code: string;
  /** The host's clock, ms, until which it can be confirmed. */
  readonly until: number;
  readonly what: What;
}

const digits = (number: number): string => String(number % 10_000).padStart(4, '0');

/** `number`: anything from 0 to 9999 that nobody can guess. A code that comes again at once is another one. */
export function ask<What>(before: Asked<What> | undefined, what: What, number: number, at: number): Asked<What> {
  return { code: digits(number) === before?.code ? digits(number + 1) : digits(number), until: at + CONFIRM_MS, what };
}

export type Confirmed<What> =
  | { readonly ok: true; readonly what: What }
  /** `spent`: the code is good for nothing any more. */
  | { readonly ok: false; readonly spent: boolean; readonly text: string };

export function confirm<What>(asked: Asked<What> | undefined, words: readonly string[], at: number): Confirmed<What> {
  const [code = ''] = words;
  if (asked === undefined) return { ok: false, spent: false, text: 'nothing waits for a code; each is good for once' };
  if (words.length !== 1 || code !== asked.code)
    return { ok: false, spent: false, text: `${code === '' ? 'no code' : code} is not the code that was read back` };
  if (at > asked.until) {
    return { ok: false, spent: true, text: 'the code is older than 30 s, nothing was done; type the command again' };
  }
  return { ok: true, what: asked.what };
}
