/** What each verb does to a simulated pump. */
import { PROTOCOL_VERSION, SCHEMA_HASH, type Verb } from '../../protocol/index.ts';
import type { HandlersOf } from './handlers.ts';
import { accepted, refusal } from './served-pump.ts';
import { PROGRAM_HANDLERS } from './verbs-program.ts';
import { SIMULATED_HANDLERS } from './verbs-simulated.ts';
import { THERAPY_HANDLERS } from './verbs-therapy.ts';

export const HANDLERS: HandlersOf<Verb> = {
  HELLO: ({ simulation, lockstep }, { v }) =>
    v < PROTOCOL_VERSION
      ? refusal('VERSION', { have: PROTOCOL_VERSION })
      : accepted({
          v: PROTOCOL_VERSION,
          schema: SCHEMA_HASH,
          world: 'SIMULATED',
          profile: simulation.profile.name,
          lockstep: lockstep ? 1 : 0,
        }),
  ...PROGRAM_HANDLERS,
  ...THERAPY_HANDLERS,
  ...SIMULATED_HANDLERS,
};
