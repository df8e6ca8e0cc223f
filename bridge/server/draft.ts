/** A program that comes in lines: its head says how many parts follow, and the last of them makes one command of it. */
import type {
  DoseLimit,
  FlexInterval,
  PatientBolus,
  ProgramRequest,
  StepDosing,
  TimedBolus,
} from '../../firmware-sim/simulation/vocabulary.ts';

export interface Draft {
  readonly request: ProgramRequest;
  /** Parts still missing. */
  readonly need: number;
}

/** `i`: place among its like, from 1. */
export type Part =
  | { readonly part: 'intervals'; readonly i: number; readonly value: FlexInterval }
  | { readonly part: 'boluses'; readonly i: number; readonly value: TimedBolus }
  | { readonly part: 'patient'; readonly value: PatientBolus }
  | { readonly part: 'limit'; readonly value: DoseLimit }
  | { readonly part: 'steps'; readonly value: StepDosing };

/** `want`: the place that comes next. */
export type Misplaced = { readonly why: 'index'; readonly want: number } | { readonly why: 'twice' };

export function withPart({ request, need }: Draft, part: Part): Draft | Misplaced {
  if (part.part === 'intervals' || part.part === 'boluses') {
    const before: readonly object[] = request[part.part] ?? [];
    const want = before.length + 1;
    if (part.i !== want) return { why: 'index', want };
    return { request: { ...request, [part.part]: [...before, part.value] }, need: need - 1 };
  }
  if (request[part.part] !== undefined) return { why: 'twice' };
  return { request: { ...request, [part.part]: part.value }, need: need - 1 };
}
