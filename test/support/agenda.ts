/** Made-up time for a world in which everything happens by chance, and the chance comes of a seed. */

/** Numbers from 0 to 1, by a seed (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  off: boolean;
}

/** What happens when, in a heap: the earliest first, and of those at one time the one that was entered first. */
export function createAgenda() {
  const heap: Entry[] = [];
  let now = 0;
  let order = 0;
  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const place = (at: number): Entry => heap[at] as Entry;

  function sink(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(place(child + 1), place(child))) child += 1;
      if (!before(place(child), last)) break;
      heap[at] = place(child);
      at = child;
    }
    heap[at] = last;
  }

  return {
    now: () => now,
    /** Returns the function that takes it back. */
    at: (delay: number, act: () => void): (() => void) => {
      const entry: Entry = { at: now + delay, order: order++, act, off: false };
      let slot = heap.push(entry) - 1;
      while (slot > 0) {
        const parent = (slot - 1) >> 1;
        if (!before(entry, place(parent))) break;
        heap[slot] = place(parent);
        slot = parent;
      }
      heap[slot] = entry;
      return () => void (entry.off = true);
    },
    /** Lets the next thing happen. False: there is none. */
    step: (): boolean => {
      const first = heap[0];
      if (first === undefined) return false;
      sink();
      if (first.off) return true;
      now = first.at;
      first.act();
      return true;
    },
  };
}
