/** `npm run figures`: makes the tables of BODY.md: the figures by simulation, faults and rates from their data. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withBodyTables } from '../firmware-sim/analysis/body-document.ts';

const file = new URL('../firmware-sim/BODY.md', import.meta.url);
writeFileSync(file, withBodyTables(readFileSync(file, 'utf8')));
