/** A dose in words, for the person who is about to confirm it (PROTOCOL.md, T5). */
import type { Fields } from '../../protocol/index.ts';
import { amount, rateInWords, timeFor } from './amounts.ts';

export interface DoseWords {
  readonly verb: 'BOLUS' | 'PRIME';
  /** As typed: nl, nlpd, over. */
  readonly fields: Fields;
  /** The number that it will have. */
  readonly dose: number;
  /** ng/µL as committed, where it is known. */
  readonly concentration?: number | undefined;
  /** Volume of tubing and catheter as the pump has told it, nL. */
  readonly pipe?: number | undefined;
}

export function readBack({ verb, fields, dose, concentration, pipe }: DoseWords): string {
  if (verb === 'PRIME') {
    const volume = pipe === undefined ? 'the pump computes the volume' : `about ${amount(pipe, 'nL')}`;
    return `PRIME fills tubing and catheter, ${volume}, dose ${dose}.`;
  }
  const nl = Number(fields['nl']);
  const nlpd = Number(fields['nlpd']);
  const time = timeFor(nl, nlpd);
  const drug =
    concentration === undefined
      ? 'drug mass not known here: no COMMIT in the log tells the concentration'
      : `${amount((nl * concentration) / 1000, 'ng')} of drug at ${concentration} ng/µL`;
  const over = fields['over'] === undefined ? '' : `, OVERRIDES the soft limits ${fields['over']}`;
  return [
    `BOLUS ${amount(nl, 'nL')} at ${rateInWords(nlpd)}${time === undefined ? '' : `, takes ${time}`}${over}, dose ${dose};`,
    `  ${drug}.`,
  ].join('\n');
}
