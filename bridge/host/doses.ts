/** Doses of a host: an intent is stored, offered, and followed until what became of it is known. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { doseId, encodeFields, MAX_SEQ } from '../../protocol/index.ts';
import type { Commands } from './commands.ts';
import type { DoseAccepted, DoseOutcome, DoseVerb, DoseWish } from './host-api.ts';
import type { IntentStore } from './intent-store.ts';
import { LinkError } from './link-error.ts';
import type { Machine } from './machine.ts';
import type { Sessions } from './sessions.ts';
import type { Turns } from './turns.ts';

/** Between two questions how far a dose is, ms. */
const POLL_MS = 1000;

export interface Doses {
  readonly dose: <V extends DoseVerb>(verb: V, wish: DoseWish<V>, forMs: number) => Promise<DoseAccepted | DoseOutcome>;
  readonly outcome: () => Promise<DoseOutcome | undefined>;
  readonly leave: () => void;
  readonly giveUp: () => void;
  readonly resolve: () => void;
}

export function createDoses(
  url: string,
  machine: Machine,
  store: IntentStore,
  sessions: Sessions,
  commands: Commands,
  turns: Turns,
): Doses {
  /** Doses that were asked for and have no intent yet: whoever gives up gives up these too. */
  const wishes = new Set<{ givenUp: boolean }>();

  const isRunning = (): boolean => machine.state.dose?.at.phase === 'running';
  const isInHand = (id: string): boolean => machine.state.dose?.intent.id === id;

  async function dose<V extends DoseVerb>(
    verb: V,
    wish: DoseWish<V>,
    forMs: number,
  ): Promise<DoseAccepted | DoseOutcome> {
    const mine = { givenUp: false };
    wishes.add(mine);
    try {
      return await turns.take(async () => {
        await partFromLast();
        const { after, serial } = await lastDose();
        if (mine.givenUp) return { result: 'NotAccepted', why: 'GIVEN_UP' };
        const id = doseId(randomBytes(5));
        const words = encodeFields(wish as Readonly<Record<string, string | number | undefined>>);
        const intent = { id, verb, wish: words, after, serial, expires: Date.now() + forMs };
        machine.feed({ on: 'dose', intent });
        wishes.delete(mine);
        return pursue(id);
      });
    } finally {
      wishes.delete(mine);
    }
  }

  /** A dose that runs is left to itself. One of which nobody knows what became is in the way: a second one might be once too often. */
  async function partFromLast(): Promise<void> {
    const { dose: last } = machine.state;
    const open = store.unsettled();
    if (last === undefined && open !== undefined) {
      throw new LinkError(
        `${url}: what became of dose ${open.id} is uncertain; a person has to look, and then resolve it`,
      );
    }
    if (last === undefined) return;
    if (!isRunning()) {
      throw new LinkError(`${url}: what became of dose ${last.intent.id} is not known yet; ask for its outcome first`);
    }
    await poll();
    leave();
  }

  /** The number of the last dose as it is now: in a session that has been in use others may have dosed. */
  async function lastDose(): Promise<{ readonly after: number; readonly serial: string }> {
    const reply = await commands.exchange('DOSE', { n: MAX_SEQ });
    const after = reply.ok ? MAX_SEQ : Number(reply.fields['dose']);
    if (!Number.isInteger(after)) {
      throw new LinkError(`${url}: the pump does not tell the number of its last dose`);
    }
    // In the session in which it was told: the one before may have been that of another pump.
    const { serial } = await sessions.ensure();
    return { after, serial };
  }

  /** Waits until it is known whether the dose was accepted. One that cannot be asked about is sent no more. */
  async function pursue(id: string): Promise<DoseAccepted | DoseOutcome> {
    try {
      await sessions.ensure();
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (isInHand(id)) machine.feed({ on: 'give-up' });
      return resultOf(id) ?? { result: 'Uncertain', why: 'SILENT', error };
    }
    const { dose: now } = machine.state;
    if (now?.intent.id === id && now.at.phase === 'running') {
      return { result: 'Accepted', dose: now.at.n, fields: machine.acceptance() };
    }
    const result = resultOf(id);
    if (result === undefined) throw new Error(`dose ${id} has neither run nor ended`);
    return result;
  }

  function resultOf(id: string): DoseOutcome | undefined {
    const last = machine.settled();
    return last?.id === id ? last.outcome : undefined;
  }

  /** Asks once what became of the dose that runs. */
  async function poll(): Promise<void> {
    await sessions.ensure();
    if (!isRunning()) return;
    machine.feed({ on: 'poll' });
    while (machine.state.asks) await machine.stepped();
    await sessions.ensure();
  }

  async function outcome(): Promise<DoseOutcome | undefined> {
    const id = machine.state.dose?.intent.id ?? machine.settled()?.id;
    if (id === undefined) return undefined;
    while (isInHand(id)) {
      try {
        // Others had their turn first: it may be over by now.
        await turns.take(async () => (isInHand(id) ? poll() : undefined));
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        if (isInHand(id)) return { result: 'Uncertain', why: 'SILENT', error };
      }
      if (isInHand(id)) await sleep(POLL_MS);
    }
    return resultOf(id);
  }

  function leave(): void {
    const { dose: followed } = machine.state;
    if (followed?.at.phase !== 'running') return;
    try {
      store.settle(followed.intent.id, { result: 'Accepted', dose: followed.at.n });
    } catch {
      // As with any result that cannot be stored: after a restart the pump is asked once more.
    }
    machine.feed({ on: 'leave' });
  }

  function resolve(): void {
    const open = store.unsettled();
    if (open !== undefined && !isInHand(open.id)) store.settle(open.id, { result: 'Resolved' });
  }

  function giveUp(): void {
    for (const wish of wishes) wish.givenUp = true;
    if (machine.state.dose !== undefined) machine.feed({ on: 'give-up' });
  }

  return { dose, outcome, leave, giveUp, resolve };
}
