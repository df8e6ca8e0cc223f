/**
 * The pump's end of the faulty line: the machine of the product with the dose ledger and journal of the firmware behind it, a motor that gives
 * step by step, and a power supply that fails.
 */
import {
  createPumpLink,
  pumpLink,
  type DoseIdentity,
  type PumpFacts,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type VerbReply,
} from '../../protocol/index.ts';
import {
  EMPTY_LEDGER,
  interruptedByReset,
  NO_ID,
  withDose,
  withOutcome,
  withStop,
  type DoseLedger,
} from '../../firmware-sim/firmware/ledger/dose-ledger.ts';
import {
  compacted,
  intentEntry,
  outcomeEntry,
  replayed,
  stopEntry,
} from '../../firmware-sim/firmware/ledger/journal.ts';
import type { FaultyAccount } from './faulty-account.ts';
import type { FaultyWorld } from './faulty-world.ts';

export const STEP_NL = 10;
export const STEP_MS = 15;

export type FaultyPump = ReturnType<typeof createFaultyPump>;

export function createFaultyPump({ rules, agenda, likely, counts, isOver }: FaultyWorld, account: FaultyAccount) {
  const step = pumpLink({ rules, typed: 'dose' });
  let link: PumpLinkState = createPumpLink(1);
  let ledger: DoseLedger = EMPTY_LEDGER;
  let journal: string[] = [];
  /** The dose for which the motor turns, and when it began. */
  let running:
    { readonly n: number; readonly volume: number; readonly since: number; readonly stop: () => void } | undefined;

  const facts = (): PumpFacts => ({
    us: agenda.now() * 1000,
    dose: ledger.number,
    records: ledger.records,
    ev: 1,
    alarms: 0,
    revision: 1,
    serial: 'P1',
    world: 'SIM',
    lockstep: false,
    flowMax: 1000,
    flowMin: 1,
    step: 1,
  });

  function write(entry: string): void {
    journal.push(entry);
    if (journal.length > 200) journal = compacted(journal);
  }

  /** Volume that the motor has made for the dose in hand. */
  const made = (): number =>
    running === undefined
      ? 0
      : Math.min(running.volume, Math.floor((agenda.now() - running.since) / STEP_MS) * STEP_NL);

  /** The motor stops for good with what it has made. */
  function rest(id: string, volume: number): void {
    running?.stop();
    running = undefined;
    account.give(id, volume);
  }

  const idOf = (n: number): string => ledger.records.find((one) => one.n === n)?.id ?? NO_ID;

  function end(state: 'DONE' | 'INTERRUPTED'): void {
    if (running === undefined) return;
    const { n } = running;
    const volume = made();
    rest(idOf(n), volume);
    ledger = withOutcome(ledger, n, volume, state);
    write(outcomeEntry(n, volume, state));
  }

  /** A dose that has passed the gate. Undefined: the power went in the midst of it. */
  function give(
    volume: number,
    { id, terms }: DoseIdentity,
    source: 'host' | 'typed' | 'patient',
  ): VerbReply | undefined {
    if (running !== undefined) return { ok: false, code: 'BUSY', fields: {} };
    const intent = { id, terms, source, kind: 'single', volume, rate: 1, at: agenda.now() };
    const next = withDose(ledger, intent);
    const { n } = next.record;
    const steps = [
      () => write(intentEntry(next.record)),
      () => {
        ledger = next.ledger;
        account.begin(id);
        const stop = agenda.at((volume / STEP_NL) * STEP_MS, () => end('DONE'));
        running = { n, volume, since: agenda.now(), stop };
      },
    ];
    if (!rules.includes('journal')) steps.reverse();
    for (const [index, doIt] of steps.entries()) {
      if (index > 0 && !isOver() && likely(0.01)) {
        reboot();
        return undefined;
      }
      doIt();
    }
    return { ok: true, fields: { state: 'ACCEPTED', dose: String(n), nl: String(volume), nlpd: '1', rev: '1' } };
  }

  function reboot(): void {
    counts.pumpCrashes += 1;
    const volume = made();
    const { n } = running ?? { n: 0 };
    if (running !== undefined) rest(idOf(n), volume);
    const before = replayed(journal);
    ledger = interruptedByReset(before, (record) => (record.n === n ? volume : 0));
    for (const { n: one, state } of before.records) {
      if (state === 'ACCEPTED') write(outcomeEntry(one, one === n ? volume : 0, 'INTERRUPTED'));
    }
    [link] = step(link, { on: 'boot', boot: link.boot + 1 });
  }

  function pumpTakes(input: PumpInput, say: (line: string) => void): void {
    const [next, outputs] = step(link, input);
    link = next;
    const { boot } = link;
    for (const output of outputs) {
      if (output.do === 'send') output.lines.forEach(say);
      if (output.do !== 'obey') continue;
      const reply = obey(output);
      // Whoever lost power answers nothing.
      if (reply === undefined || link.boot !== boot) return;
      pumpTakes({ on: 'answer', reply, at: agenda.now() }, say);
    }
  }

  function obey({ verb, args, dose }: Extract<PumpOutput, { do: 'obey' }>): VerbReply | undefined {
    if (dose !== undefined) return give((args as { nl: number }).nl, dose, dose.source);
    if (verb !== 'STOP') return { ok: false, code: 'UNKNOWN_VERB', fields: {} };
    end('INTERRUPTED');
    counts.stops += 1;
    if (rules.includes('stop')) {
      const stopped = withStop(ledger, 'host', agenda.now());
      ({ ledger } = stopped);
      write(stopEntry(stopped.record));
    }
    return { ok: true, fields: { rev: '2' } };
  }

  function hears(text: string, say: (line: string) => void): void {
    pumpTakes({ on: 'line', text, at: agenda.now(), facts: facts() }, say);
  }

  return { hears, give, end, reboot };
}
