/** Which events a person has seen. Pushed lines are best effort; a gap in their numbers is read from the log (PROTOCOL.md, V1). */

export interface EventCursor {
  /** Number of the first entry that was not shown. */
  readonly next: number;
}

/** `show` it; `drop` what was shown, or is no entry but a state; `fetch`: something is missing before it. */
export function onEvent(cursor: EventCursor, ev: number): readonly [EventCursor, 'show' | 'drop' | 'fetch'] {
  if (ev < cursor.next) return [cursor, 'drop'];
  return ev === cursor.next ? [{ next: ev + 1 }, 'show'] : [cursor, 'fetch'];
}

/** Whether the pump has entries that were not shown, when it says that `next` is the number of the next one. */
export const isBehind = (cursor: EventCursor, next: number): boolean => next > cursor.next;
