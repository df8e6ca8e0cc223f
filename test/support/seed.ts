/**
 * One seed for all property tests of a run: the same tests every time, so that a red run is red again. Another seed looks elsewhere:
 * `FC_SEED=7 npm test`; a failing property prints the one it had.
 */
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
