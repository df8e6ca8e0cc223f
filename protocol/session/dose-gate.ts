/**
 * The gate through which every dose of a host goes (PROTOCOL.md, D2 to D5): a list of rules, asked in this order. Session and check of
 * the line come before it, limits, reservoir and alarms after it, in the firmware. A refusal uses up no number.
 */
import { encodeFields } from '../schema.ts';
import { DOSE_ID, NO_ID, type DoseFact, type PumpFacts } from './facts.ts';
import type { VerbReply } from './pump-state.ts';
import { refuse } from './replies.ts';
import type { Rule, Rules } from './rules.ts';

export interface DoseOrder {
  readonly id: string;
  readonly after: number;
  /** Pump time after which the dose must not begin, µs. */
  readonly by: number;
  readonly onlost: string;
  /** Check over what is wished for. */
  readonly terms: string;
}

interface GateRule {
  /** `form`: asked whatever rules are in force. */
  readonly rule: Rule | 'form';
  readonly ask: (order: DoseOrder, facts: PumpFacts) => VerbReply | undefined;
}

export const GATE: readonly GateRule[] = [
  { rule: 'form', ask: ({ id }) => (DOSE_ID.test(id) ? undefined : refuse('BAD_VALUE', { key: 'id' })) },
  {
    // A programmer leaves after every visit: an implant that stopped with the line would stop on the way home.
    rule: 'form',
    ask: ({ onlost }) => (onlost === 'continue' ? undefined : refuse('BAD_VALUE', { key: 'onlost' })),
  },
  {
    rule: 'id',
    ask: ({ id, after, terms }, { records }) => {
      const known = records.find((one) => one.id === id);
      if (known === undefined) return undefined;
      const same = known.terms === terms && known.n === after + 1;
      return same ? { ok: true, fields: repeated(known) } : refuse('ID_REUSED', { dose: known.n });
    },
  },
  {
    rule: 'after',
    ask: ({ after }, { dose, records }) => {
      if (after === dose) return undefined;
      const last = records.at(-1);
      return refuse('PRECOND', {
        dose,
        last: last?.id ?? NO_ID,
        lstate: last?.state ?? 'NONE',
        lnl: last?.given ?? 0,
      });
    },
  },
  { rule: 'by', ask: ({ by }, { us }) => (us > by ? refuse('LATE', { us }) : undefined) },
];

/** What became of a dose that was accepted before. */
const repeated = ({ n, state, volume, rate, given }: DoseFact) =>
  encodeFields({ state, dose: n, nl: volume, nlpd: rate, given_nl: given, dup: 1 });

/** The answer to an order that the pump must not carry out; undefined: it may, if the firmware agrees. */
export function doseGate(rules: Rules, order: DoseOrder, facts: PumpFacts): VerbReply | undefined {
  for (const { rule, ask } of GATE) {
    if (rule !== 'form' && !rules.includes(rule)) continue;
    const verdict = ask(order, facts);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
