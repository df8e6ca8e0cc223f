import { perform } from './perform.ts';
import { FULL } from './runs.ts';
const r = perform(FULL[0]!);
console.log(r.states, r.seconds, r.codes);
