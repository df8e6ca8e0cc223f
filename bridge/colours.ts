import pc from 'picocolors';

/** Colours for standard output: on a terminal, or where they are asked for; never in a file or a pipe, not even in CI. */
export const colours = pc.createColors(
  pc.isColorSupported && (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined),
);
