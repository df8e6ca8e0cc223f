/**
 * A restart of the controller while the power stays on. What is stored stays: program, library, revision, log, alarms, clock, filling,
 * what was counted, and the journal of doses. What working memory held is gone: the train in hand, comparators, the staged program, tones.
 */
import type { Micros } from '../../protocol/units.ts';
import { stepsDueBy } from '../../protocol/motion.ts';
import { latch } from './alarms/machine.ts';
import { rest } from './dosing/drive.ts';
import { order } from './dosing/orders.ts';
import { workOfStep } from './dosing/schedule.ts';
import type { Hal } from './hal.ts';
import { interruptedByReset } from './ledger/dose-ledger.ts';
import { replayed } from './ledger/journal.ts';
import { remember, stretchOf } from './ledger/window.ts';
import { append } from './log/log.ts';
import { MAX_BOOT, type DoseKind, type Pump } from './pump-state.ts';
import { follow, noteInterrupted } from './therapy/doses.ts';

/** What the reset line does to motor, comparators and sounder. Nobody is there to hear what they answer. */
export function bringToRest(pump: Pump, hal: Hal): void {
  order(pump, hal, { order: 'halt', id: pump.nextOrderId });
  for (const watch of Object.values(pump.watches)) {
    if (watch !== undefined) order(pump, hal, { order: 'unwatch', id: pump.nextOrderId, watch: watch.id });
  }
  order(pump, hal, { order: 'silence', id: pump.nextOrderId, finish: false });
}

/** The pump as it is after a restart, before anything has been judged. */
export function startAnew(pump: Pump, journal: readonly string[], now: Micros): void {
  pump.boot = (pump.boot % MAX_BOOT) + 1;
  append(pump.log, now, 'BOOT', { boot: pump.boot });
  const cut = bookCutTrain(pump, now);
  const { waiting } = pump;
  forget(pump);
  const found = replayed(journal);
  const open = new Set(found.records.filter(({ state }) => state === 'ACCEPTED').map(({ n }) => n));
  pump.doses = interruptedByReset(found, ({ n, given }) => given + (n === cut.owner ? cut.volume : 0));
  if (waiting !== undefined && waiting.n === undefined) noteInterrupted(pump, waiting, 'reset', now);
  for (const { n, kind, given } of pump.doses.records.filter((one) => open.has(one.n))) {
    // The journal holds what `begin` has written: no other kinds.
    noteInterrupted(pump, { n, kind: kind as DoseKind, given }, 'reset', now);
  }
  follow(pump, pump.mode === 'priming' ? 'time-out' : 'halted', now);
  if (open.size > 0) latch(pump, 'dose-interrupted', now);
}

interface CutTrain {
  /** Number of the dose whose steps they were. */
  readonly owner: number | undefined;
  /** What must count as given, nL. */
  readonly volume: number;
}

/**
 * Books the train that the restart has cut short. The pump notes a block of steps before it makes the first of them, so that all it knows
 * afterwards is which block was begun: each step of it counts as made.
 */
function bookCutTrain(pump: Pump, now: Micros): CutTrain {
  const { motor, profile, stretches } = pump;
  if (motor.phase === 'idle') return { owner: undefined, volume: 0 };
  const { train, owner, mass } = motor;
  const { journalBlock, stepVolume, longestWindow } = profile;
  const blocks = Math.ceil(stepsDueBy(train, now) / journalBlock);
  const counted = Math.min(train.count, blocks * journalBlock);
  const sure = Math.max(0, blocks - 1) * journalBlock;
  // What was done of the step in hand is forgotten: the next one is a whole step away.
  rest(pump, counted, workOfStep(stepVolume));
  if (sure > 0) remember(stretches, stretchOf(train, sure, mass), now, longestWindow);
  // When each step of the last block was made, or would have been, is not known: the latest it can have been is now.
  const atOnce = { ...train, first: { us: now, num: 0 }, count: 1 };
  if (counted > sure) remember(stretches, stretchOf(atOnce, 1, (counted - sure) * mass), now, longestWindow);
  return { owner, volume: counted * stepVolume };
}

/** Empties what was held in working memory. */
function forget(pump: Pump): void {
  pump.staged = pump.dose = pump.waiting = pump.closing = pump.primeDeadline = pump.toneTest = undefined;
  pump.journal = [];
  pump.watches = {};
  pump.sounding = 'silent';
  pump.hushed = pump.replan = false;
}
