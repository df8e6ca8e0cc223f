/** `npm run protocol:doc`: makes the tables of PROTOCOL.md from the verb table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from '../protocol/document.ts';

const file = new URL('../protocol/PROTOCOL.md', import.meta.url);
writeFileSync(file, withTables(readFileSync(file, 'utf8')));
