/** Soft limits that only the therapy can tell: how far and how soon a dose changes, and drug of another concentration on its way. */
import { US_PER_DAY, type Micros } from '../../../protocol/units.ts';
import { commandedBy, type Pump } from '../pump-state.ts';
import { POPULATIONS, type DrugLibrary } from './library.ts';
import type { SoftLimit } from './limits.ts';
import { steppedDose, type Program } from './program.ts';

/** Dose of a day that is in force, ng; undefined: no therapy was started yet. */
export const doseInForce = ({ program, everStarted, stepsTaken }: Pump): number | undefined =>
  !everStarted || program === undefined || program.mode === 'minimum' ? undefined : steppedDose(program, stepsTaken);

/** Soft limits that the program would break if it were committed now. */
export function softLimitsNow(pump: Pump, program: Program, library: DrugLibrary, now: Micros): SoftLimit[] {
  const broken: SoftLimit[] = [];
  const before = doseInForce(pump);
  // Without a word on the population the strictest of them counts.
  const percent = Math.min(
    ...(program.population === undefined ? POPULATIONS : [program.population]).map(
      (one) => library.titrationPercent[one],
    ),
  );
  const isLarge = (from: number, to: number): boolean => percent > 0 && Math.abs(to - from) * 100 > percent * from;
  const changes = before !== undefined && program.mode !== 'minimum' && program.dose !== before;
  const { steps, dose } = program;
  const largeSteps =
    steps !== undefined &&
    Array.from({ length: steps.count }, (_, n) => steppedDose(program, n)).some((from, n) =>
      isLarge(from, steppedDose(program, n + 1)),
    );
  if ((changes && isLarge(before, dose)) || largeSteps) broken.push('step');
  const since = pump.doseChangedAt;
  if (changes && since !== undefined && now - since < library.titrationInterval) broken.push('interval');
  if (steps !== undefined && steps.everyDays * US_PER_DAY < library.titrationInterval) broken.push('interval');
  if (program.bridge === 'none' && volumeToBridge(pump, program, now) > 0) broken.push('bridge');
  return [...new Set(broken)];
}

/**
 * Volume of old drug in tubing and catheter, nL, that a program of another concentration finds there: their volume less what has been pumped
 * since the filling that the new drug came with. 0: there is none, the concentration is the same, or no therapy ran before.
 */
export function volumeToBridge(pump: Pump, program: Program, now: Micros): number {
  const old = pump.bridge?.old ?? pump.program;
  if (!pump.everStarted || old === undefined || old.concentration === program.concentration) return 0;
  if (pump.filledAt === undefined || old.mode === 'minimum') return 0;
  const pumped = commandedBy(pump, now) - pump.filledCommanded;
  return Math.max(0, program.pipe - pumped);
}
