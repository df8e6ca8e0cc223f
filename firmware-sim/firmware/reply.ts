/** What handlers of commands share. */
import type { Micros } from '../../protocol/units.ts';
import { refuse, type Command, type Facts, type Outcome } from './commands.ts';
import type { Pump } from './pump-state.ts';

/** Does what a command says to the pump's state. Motor, comparators and tones follow when the pump settles. */
export type Handler<Name extends Command['command']> = (
  pump: Pump,
  command: Extract<Command, { command: Name }>,
  now: Micros,
) => Outcome;

export const accept = (pump: Pump, facts: Facts = {}): Outcome => ({
  ok: true,
  facts: { rev: pump.revision, ...facts },
});

export const precondition = (pump: Pump): Outcome => refuse('PRECOND', { rev: pump.revision });
