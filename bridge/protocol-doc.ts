/** `npm run protocol:doc`: makes the tables and sessions of PROTOCOL.md, and vectors.json, from the data that the code runs on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withMade } from '../protocol/document.ts';
import { logKinds, rendered, transcripts, vectors } from './protocol-vectors.ts';

const file = new URL('../protocol/PROTOCOL.md', import.meta.url);
const sessions = transcripts().map((one) => ({ title: one.title, text: one.text, lines: rendered(one) }));
writeFileSync(file, withMade(readFileSync(file, 'utf8'), sessions, logKinds()));
writeFileSync(new URL('../protocol/vectors.json', import.meta.url), vectors());
