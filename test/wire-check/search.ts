/**
 * Breadth first through every state that can be reached. A state is a short tuple of small numbers; all of them are kept, exactly, so
 * that nothing is left out by chance, and each knows the state and the action that it came from, so that a trace is a shortest one.
 */
/** What a step is, in words; asked for only where a trace is told. */
export type What = () => string;

export interface Space {
  /** Numbers in a tuple. */
  readonly width: number;
  readonly initial: readonly number[];
  /** Calls `emit` for every step from a state. */
  readonly next: (state: readonly number[], emit: (state: readonly number[], what: What) => void) => void;
  /** Called once for every state that is reached; true: stop here. */
  readonly visit: (state: readonly number[], index: number) => boolean;
}

export interface Found {
  readonly states: number;
  readonly steps: number;
  /** All states were seen. */
  readonly complete: boolean;
  /** Steps from the initial state to the state with this index. */
  readonly trace: (index: number) => readonly string[];
  /** Where a state stands among those that were reached; undefined: it was not. */
  readonly indexOf: (state: readonly number[]) => number | undefined;
}

export function explore(space: Space, most: number): Found {
  const { width } = space;
  let room = 1 << 16;
  let states = new Int32Array(room * width);
  let parents = new Int32Array(room);
  let slots = new Int32Array(room * 2).fill(-1);
  let count = 0;
  let steps = 0;

  const hashOf = (tuple: readonly number[]): number => {
    let hash = 0x811c9dc5;
    for (const one of tuple) {
      hash = Math.imul(hash ^ one, 0x01000193);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) >>> 0;
  };
  const stateOf = (index: number): number[] => Array.from(states.subarray(index * width, (index + 1) * width));

  const slotOf = (tuple: readonly number[]): number => {
    const mask = slots.length - 1;
    let slot = hashOf(tuple) & mask;
    for (;;) {
      const index = slots[slot] ?? -1;
      if (index < 0) return slot;
      let same = true;
      for (let i = 0; i < width && same; i += 1) same = states[index * width + i] === tuple[i];
      if (same) return slot;
      slot = (slot + 1) & mask;
    }
  };

  const grow = (): void => {
    room *= 2;
    const wider = (old: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> => {
      const fresh = new Int32Array(size);
      fresh.set(old);
      return fresh;
    };
    states = wider(states, room * width);
    parents = wider(parents, room);
    slots = new Int32Array(room * 2).fill(-1);
    for (let index = 0; index < count; index += 1) slots[slotOf(stateOf(index))] = index;
  };

  const add = (tuple: readonly number[], parent: number): boolean => {
    let slot = slotOf(tuple);
    if ((slots[slot] ?? -1) >= 0) return false;
    if (count === room) {
      grow();
      slot = slotOf(tuple);
    }
    slots[slot] = count;
    states.set(tuple, count * width);
    parents[count] = parent;
    count += 1;
    return space.visit(tuple, count - 1);
  };

  /** In words, by taking every step of the way once more. */
  const trace = (index: number): readonly string[] => {
    const path: string[] = [];
    for (let at = index; at > 0; at = parents[at] ?? 0) {
      const tuple = stateOf(at);
      let found: string | undefined;
      space.next(stateOf(parents[at] ?? 0), (reached, what) => {
        if (found === undefined && reached.every((one, i) => one === tuple[i])) found = what();
      });
      path.push(found ?? '?');
    }
    return path.toReversed();
  };
  const indexOf = (tuple: readonly number[]): number | undefined => {
    const index = slots[slotOf(tuple)] ?? -1;
    return index < 0 ? undefined : index;
  };

  let stopped = add(space.initial, 0);
  let at = 0;
  for (; ; at += 1) {
    if (at >= count || stopped || count >= most) break;
    space.next(stateOf(at), (tuple) => {
      steps += 1;
      if (!stopped && add(tuple, at)) stopped = true;
    });
  }
  return { states: count, steps, complete: at === count && !stopped, trace, indexOf };
}
