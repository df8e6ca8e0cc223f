/** What each verb does to a simulated pump. */
import type { Verb } from '../../protocol/index.ts';
import type { HandlersOf, LinkVerb } from './handlers.ts';
import { PROGRAM_HANDLERS } from './verbs-program.ts';
import { SIMULATED_HANDLERS } from './verbs-simulated.ts';
import { THERAPY_HANDLERS } from './verbs-therapy.ts';

export type { How } from './handlers.ts';

type HandledVerb = Exclude<Verb, LinkVerb>;

export const HANDLERS: HandlersOf<HandledVerb> = {
  ...PROGRAM_HANDLERS,
  ...THERAPY_HANDLERS,
  ...SIMULATED_HANDLERS,
};

export const isHandled = (verb: Verb): verb is HandledVerb => Object.hasOwn(HANDLERS, verb);
