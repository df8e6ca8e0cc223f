/** Random lives of a body alone: trains at random rates, faults, fillings and comparators, with no firmware to tame them. */
import fc from 'fast-check';
import { evenly, LIMIT, resistanceFor } from './cases.ts';

export type BodyAct =
  | { readonly act: 'rate'; readonly rate: number }
  /** Pa/(mL/day); 0 opens the lumen, Infinity closes it. */
  | { readonly act: 'occlude'; readonly added: number }
  | { readonly act: 'fill'; readonly volume: number }
  /** Above `limit` Pa in `rows` steps in a row the motor stops by itself. */
  | { readonly act: 'watch'; readonly limit: number; readonly rows: number };

export interface BodyCase {
  /** nL. */
  readonly step: number;
  /** nL/MPa. */
  readonly compliance: number;
  readonly fill: number;
  readonly acts: readonly { readonly us: number; readonly act: BodyAct }[];
  /** Moments at which body and oracle are compared, ascending. */
  readonly looks: readonly number[];
}

/** Nothing can be drawn below this, nL. */
export const RESIDUAL = 1_400_000;

/** Steps that a case makes at the most: the oracle makes each of them. */
const STEPS = 12_000;

const logUniform = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(min), max: Math.log(max), noNaN: true }).map(Math.exp);

const rate = fc.oneof(logUniform(48_000, 24_000_000).map(Math.round), fc.constantFrom(48_001, 23_999_993));

export const bodyCases: fc.Arbitrary<BodyCase> = fc
  .record({
    step: fc.constantFrom(1, 10, 10, 10, 37, 100),
    compliance: logUniform(10_000, 400_000).map(Math.round),
    first: rate,
    fill: fc.oneof(
      fc.constant(20_000_000),
      // Runs dry on the way, with a broken last drop.
      fc.integer({ min: RESIDUAL, max: RESIDUAL + 40_000 }),
    ),
    raw: fc.array(
      fc.record({
        act: fc.constantFrom(
          'rate',
          'rest',
          'complete',
          'complete',
          'near',
          'near',
          'partial',
          'open',
          'fill',
          'watch',
        ),
        at: evenly,
        rate,
        share: fc.oneof(logUniform(0.01, 50), fc.double({ min: 0.99, max: 1.01, noNaN: true })),
        volume: fc.integer({ min: RESIDUAL - 1_000, max: RESIDUAL + 60_000 }),
        limit: fc.integer({ min: 1_100, max: 190_000 }),
        rows: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 2, maxLength: 12 },
    ),
    looks: fc.array(evenly, { minLength: 3, maxLength: 20 }),
  })
  .map(({ step, compliance, fill, first, raw, looks }) => {
    const fastest = Math.max(first, ...raw.map((one) => (one.act === 'rate' ? one.rate : 0)));
    const end = Math.floor((STEPS * step * 86_400_000_000) / fastest);
    const at = (share: number): number => Math.round(share * end);
    let current = first;
    const acts = raw
      .map((one) => ({ ...one, us: at(one.at) }))
      .toSorted((a, b) => a.us - b.us)
      .map((one): { us: number; act: BodyAct } => {
        if (one.act === 'rate') current = one.rate;
        const behind = (plateau: number): BodyAct => ({
          act: 'occlude',
          added: resistanceFor(Math.max(plateau, (step * 1e6) / compliance + 1), current, compliance, step),
        });
        switch (one.act) {
          case 'rate':
            return { us: one.us, act: { act: 'rate', rate: one.rate } };
          case 'rest':
            return { us: one.us, act: { act: 'rate', rate: 0 } };
          case 'complete':
            return { us: one.us, act: { act: 'occlude', added: Infinity } };
          case 'open':
            return { us: one.us, act: { act: 'occlude', added: 0 } };
          case 'near':
            return { us: one.us, act: behind(one.share * LIMIT) };
          case 'partial':
            return { us: one.us, act: behind(one.share * 100_000) };
          case 'fill':
            return { us: one.us, act: { act: 'fill', volume: one.volume } };
          case 'watch':
            return { us: one.us, act: { act: 'watch', limit: one.limit, rows: one.rows } };
        }
      });
    return {
      step,
      compliance,
      fill,
      acts: [{ us: 0, act: { act: 'rate', rate: first } }, ...acts],
      // Some looks fall within a few steps of an act, while the open lumen has not drained yet.
      looks: [...looks.map(at), ...acts.map(({ us }, i) => us + 9_001 * (i + 1)), end].toSorted((a, b) => a - b),
    };
  });
