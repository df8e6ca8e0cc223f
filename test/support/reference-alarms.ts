/** Alarms of the reference pump as sets: conditions that hold, locks that were not lifted. Written from FIRMWARE.md F17 to F20 and F23. */

export type Action = 'continue' | 'no-bolus' | 'minimum' | 'hold';
const ACTIONS: readonly Action[] = ['continue', 'no-bolus', 'minimum', 'hold'];

interface Row {
  readonly action: Action;
  /** `event`: has no duration, so that nothing but its lock stands. */
  readonly lock?: 'event' | 'within-a-day';
  readonly silence: 'acknowledge' | 'remind' | 'pause';
}

/** Typed again from the table that `doseloop alarms` prints, by hand: a slip in either shows. */
const ROWS = {
  'catheter-occlusion': { action: 'hold', lock: 'within-a-day', silence: 'remind' },
  'empty-reservoir': { action: 'hold', silence: 'remind' },
  'end-of-service': { action: 'hold', silence: 'pause' },
  'over-delivery': { action: 'hold', lock: 'event', silence: 'remind' },
  'over-temperature': { action: 'hold', silence: 'remind' },
  'alert-stop-start': { action: 'hold', lock: 'event', silence: 'remind' },
  'prime-timeout': { action: 'hold', lock: 'event', silence: 'remind' },
  'low-battery-reset': { action: 'minimum', silence: 'remind' },
  'memory-error-critical': { action: 'minimum', silence: 'remind' },
  'motor-stall': { action: 'no-bolus', silence: 'remind' },
  'pump-stopped': { action: 'continue', silence: 'remind' },
  'under-delivery': { action: 'continue', silence: 'remind' },
  'dose-limit': { action: 'hold', silence: 'acknowledge' },
  'library-fault': { action: 'continue', silence: 'acknowledge' },
  'sensor-fault': { action: 'continue', silence: 'acknowledge' },
  'dose-interrupted': { action: 'continue', lock: 'event', silence: 'acknowledge' },
  'elective-replacement': { action: 'continue', silence: 'acknowledge' },
  'low-reservoir': { action: 'no-bolus', silence: 'acknowledge' },
  'refill-overdue': { action: 'continue', silence: 'acknowledge' },
  'memory-error': { action: 'continue', lock: 'event', silence: 'acknowledge' },
} as const satisfies Record<string, Row>;

export type Id = keyof typeof ROWS;
export const IDS = Object.keys(ROWS) as readonly Id[];
export const isId = (id: string): id is Id => Object.hasOwn(ROWS, id);

const DAY = 86_400_000_000;

export type Presence = 'pending' | 'on' | 'paused' | 'ack' | 'latched';

interface State {
  holds: boolean;
  locked: boolean;
  /** A person has acknowledged since it was raised, which the lock remembers even when it sounds again. */
  seen: boolean;
  endedAt: number;
  signalAt: number;
  quiet: { readonly how: 'paused' | 'ack'; readonly until: number } | undefined;
}

export class ReferenceAlarms {
  readonly #states = new Map<Id, State>(
    IDS.map((id) => [
      id,
      { holds: false, locked: false, seen: false, endedAt: -Infinity, signalAt: 0, quiet: undefined },
    ]),
  );
  readonly #pauseFor: number;
  readonly #remindAfter: number;
  /** Ids that were signalled since the last start, for F23. */
  readonly raised = new Set<Id>();

  constructor(profile: { readonly pauseFor: number; readonly remindAfter: number }) {
    this.#pauseFor = profile.pauseFor;
    this.#remindAfter = profile.remindAfter;
  }

  #of(id: Id): State {
    return this.#states.get(id) as State;
  }

  holds(id: Id): boolean {
    return this.#of(id).holds;
  }

  /** The condition of an alarm, or for one without duration the event. `delay`: its signal comes so much later. */
  judge(id: Id, holds: boolean, now: number, delay = 0): void {
    const state = this.#of(id);
    const { lock }: Row = ROWS[id];
    if (holds && !state.holds) {
      if (lock === 'event' || (lock === 'within-a-day' && now - state.endedAt <= DAY)) state.locked = true;
      Object.assign(state, { seen: false, quiet: undefined, signalAt: now + delay });
      this.raised.add(id);
    }
    if (!holds && state.holds) {
      Object.assign(state, { endedAt: now, quiet: undefined });
      if (state.seen && ROWS[id].action === 'continue') state.locked = false;
    }
    state.holds = holds && lock !== 'event';
  }

  presence(id: Id, now: number): Presence | undefined {
    const { holds, locked, signalAt, quiet } = this.#of(id);
    if (!holds) return locked ? 'latched' : undefined;
    if (now < signalAt) return 'pending';
    return quiet !== undefined && now < quiet.until ? quiet.how : 'on';
  }

  active(now: number): ReadonlyMap<Id, Presence> {
    return new Map(
      IDS.flatMap((id): [Id, Presence][] => {
        const presence = this.presence(id, now);
        return presence === undefined ? [] : [[id, presence]];
      }),
    );
  }

  /** F17: the most restrictive of all. */
  action(now: number): Action {
    const ranks = [...this.active(now).keys()].map((id) => ACTIONS.indexOf(ROWS[id].action));
    return ACTIONS[Math.max(0, ...ranks)] as Action;
  }

  acknowledge(id: Id, now: number): boolean {
    const state = this.#of(id);
    const presence = this.presence(id, now);
    const { silence, action }: Row = ROWS[id];
    if (presence === undefined || presence === 'pending' || presence === 'ack' || silence === 'pause') return false;
    if (presence === 'latched' && state.seen) return false;
    state.seen = true;
    if (state.holds) state.quiet = { how: 'ack', until: silence === 'remind' ? now + this.#remindAfter : Infinity };
    else if (action === 'continue') state.locked = false;
    return true;
  }

  pause(id: Id, now: number): boolean {
    if (this.presence(id, now) !== 'on') return false;
    this.#of(id).quiet = { how: 'paused', until: now + this.#pauseFor };
    return true;
  }

  resume(id: Id, now: number): boolean {
    const presence = this.presence(id, now);
    if (presence !== 'paused' && presence !== 'ack') return false;
    this.#of(id).quiet = undefined;
    return true;
  }

  /** F19: whether START is refused. */
  inhibits(): boolean {
    return IDS.some((id) => {
      const { holds, locked, seen } = this.#of(id);
      return ROWS[id].action === 'hold' && (holds || (locked && !seen));
    });
  }

  /** F19: a start ends the acknowledged locks that take delivery away. */
  start(): void {
    for (const id of IDS) if (!this.#of(id).holds && ROWS[id].action !== 'continue') this.#of(id).locked = false;
  }
}
