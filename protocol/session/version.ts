/** Versions of the protocol: a host names those that it speaks, the pump takes the highest that both do. */
import { parseInteger } from '../line.ts';

/** Version that this code speaks. */
export const PROTOCOL_VERSION = 2;
export const HAVE_VERSIONS = String(PROTOCOL_VERSION);

/** The highest version that `range` (`2` or `1-3`) and this code have in common; undefined: none. */
export function commonVersion(range: string): number | undefined {
  const [low, high, ...rest] = range.split('-').map(parseInteger);
  if (low === undefined || rest.length > 0 || (range.includes('-') && high === undefined)) return undefined;
  return low <= PROTOCOL_VERSION && PROTOCOL_VERSION <= (high ?? low) ? PROTOCOL_VERSION : undefined;
}
