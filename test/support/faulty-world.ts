/** The world in which hosts and a pump talk on a faulty line: its time, its chance, which comes of a seed, and the counts of what happens. */
import { ALL_RULES, doseId, type Rule } from '../../protocol/index.ts';
import { chances, createAgenda } from './agenda.ts';

export interface FaultyRun {
  readonly seed: number;
  /** Lines after which no further dose is wanted; then the line works, and everybody finds out what became of what is in doubt. */
  readonly lines: number;
  readonly hosts?: number;
  /** A rule that neither side keeps: a negative control. */
  readonly without?: Rule;
}

export interface FaultyCounts {
  lines: number;
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  wanted: number;
  done: number;
  interrupted: number;
  accepted: number;
  notAccepted: number;
  uncertain: number;
  patient: number;
  typed: number;
  stops: number;
  hostCrashes: number;
  pumpCrashes: number;
  gaveUp: number;
  /** nL that the motor has given. */
  delivered: number;
  /** nL of the distinct doses that were accepted, by what was told of them. */
  told: number;
}

export type FaultyWorld = ReturnType<typeof createWorld>;

export function createWorld({ seed, lines, without }: FaultyRun) {
  const chance = chances(seed);
  const agenda = createAgenda();
  const counts: FaultyCounts = {
    lines: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    wanted: 0,
    done: 0,
    interrupted: 0,
    accepted: 0,
    notAccepted: 0,
    uncertain: 0,
    patient: 0,
    typed: 0,
    stops: 0,
    hostCrashes: 0,
    pumpCrashes: 0,
    gaveUp: 0,
    delivered: 0,
    told: 0,
  };
  let ids = 0;
  const between = (low: number, high: number): number => low + Math.floor(chance() * (high - low));
  const isOver = (): boolean => counts.lines >= lines;
  /** What happens again and again, at random, as long as the line is faulty. */
  const often = (low: number, high: number, act: () => void): void => {
    agenda.at(between(low, high), () => {
      if (isOver()) return;
      act();
      often(low, high, act);
    });
  };
  return {
    rules: ALL_RULES.filter((rule) => rule !== without),
    agenda,
    chance,
    likely: (share: number): boolean => chance() < share,
    between,
    often,
    freshId: (): string => doseId(Uint8Array.from([seed & 255, ids >>> 24, ids >>> 16, ids >>> 8, ids++])),
    counts,
    /** What must not be, each in words. */
    flaws: [] as string[],
    /** The line works, and no further dose is wanted. */
    isOver,
  };
}
