/** A line that loses, repeats, reorders and damages what is said on it, until the world is over: then it works. */
import type { FaultyWorld } from './faulty-world.ts';

const LOSS = 0.2;
const DUPLICATION = 0.05;
const REORDERING = 0.1;
const CORRUPTION = 0.04;
/** Of those that are reordered, so many are very late. */
const VERY_LATE = 0.1;

/** Brings what is said to whoever takes it, or does not. */
export type Carry = (text: string, take: (text: string) => void) => void;

export function createFaultyLine({ agenda, likely, between, counts, isOver }: FaultyWorld): Carry {
  return carry;

  function carry(text: string, take: (text: string) => void): void {
    counts.lines += 1;
    const faulty = !isOver();
    if (faulty && likely(LOSS)) {
      counts.lost += 1;
      return;
    }
    const copies = faulty && likely(DUPLICATION) ? 2 : 1;
    counts.duplicated += copies - 1;
    for (let copy = 0; copy < copies; copy += 1) {
      let delay = between(1, 4);
      if (faulty && likely(REORDERING)) {
        counts.reordered += 1;
        delay += likely(VERY_LATE) ? between(1000, 20_000) : between(5, 700);
      }
      let arrives = text;
      if (faulty && likely(CORRUPTION)) {
        counts.corrupted += 1;
        arrives = damaged(text);
      }
      agenda.at(delay, () => take(arrives));
    }
  }

  function damaged(text: string): string {
    const at = between(0, text.length);
    const other = String.fromCharCode(between(0x20, 0x7f));
    return likely(0.3) ? text.slice(0, at) : text.slice(0, at) + other + text.slice(at + 1);
  }
}
