/**
 * Flow follows from dose and concentration, and both ends of the pump's flow range refuse real therapies: 50 µg/day at
 * 2000 µg/mL is 25 µL/day, below what the pump can keep up (pump.md section 0, finding 2).
 */
import type { Facts } from '../commands.ts';
import type { Profile } from '../profiles.ts';

/** The largest that protocol/units.ts knows, ng/µL. */
const MAX_CONCENTRATION = 1_000_000;

/** Concentrations of baclofen that are sold for pumps, ng/µL: pump.md 3, S54. */
const PRODUCT_CONCENTRATIONS = [500, 1000, 2000];

/** What stands against a dose (ng per day) at a concentration (ng/µL), with the concentrations that would do. */
export function flowProblem(
  dose: number,
  concentration: number,
  { flowMin, flowMax }: Profile,
): { readonly facts: Facts; readonly message: string } | undefined {
  const rate = Math.round((dose * 1000) / concentration);
  if (rate >= flowMin && rate <= flowMax) return undefined;
  const low = rate < flowMin;
  const most = Math.min(MAX_CONCENTRATION, Math.floor((dose * 1000) / flowMin));
  const least = Math.ceil((dose * 1000) / flowMax);
  const products = PRODUCT_CONCENTRATIONS.filter((product) => product >= least && product <= most);
  const remedy =
    most < 1 || least > MAX_CONCENTRATION
      ? 'no concentration would do'
      : `a concentration ${low ? `of at most ${most}` : `of at least ${least}`} µg/mL would do` +
        (products.length > 0 ? ` (sold: ${products.join(', ')})` : ' (none that is sold)');
  return {
    facts: { nlpd: rate, min: flowMin, max: flowMax, conc_min: least, conc_max: most },
    message:
      `flow ${rate / 1000} µL/day (${dose / 1000} µg/day at ${concentration} µg/mL) is ` +
      `${low ? 'below the minimum' : 'above the maximum'} of ${(low ? flowMin : flowMax) / 1000} µL/day; ${remedy}`,
  };
}
