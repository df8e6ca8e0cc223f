/** Where the console keeps what outlives it: the folder for the state of programs in the user's home. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { crc32, hex8 } from '../../protocol/index.ts';

export const stateFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'doseloop');

/** One file for each address, readable and never the same for two. */
export function storeName(url: string): string {
  const readable = url
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return `intents-${readable}-${hex8(crc32(Buffer.from(url).toString('latin1')))}.ndjson`;
}
