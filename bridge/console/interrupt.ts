/** Ctrl-C: once clears the line, twice stops the pump. */
export const TWICE_MS = 1000;

/** `last`: when it was pressed before, ms; undefined: not lately. Returns what to do, and what to keep as `last`. */
export const onInterrupt = (
  last: number | undefined,
  at: number,
): { readonly does: 'clear' | 'stop'; readonly last: number | undefined } =>
  last !== undefined && at - last <= TWICE_MS ? { does: 'stop', last: undefined } : { does: 'clear', last: at };
