/** The account of every dose: when it was wished for, how often the motor began for it, what it gave, and what its host was told. */
import type { DoseResult } from '../../protocol/index.ts';
import { NO_ID } from '../../firmware-sim/firmware/ledger/dose-ledger.ts';
import type { FaultyWorld } from './faulty-world.ts';

type Told = DoseResult | { readonly result: 'Accepted' };

interface Wish {
  readonly nl: number;
  readonly expires: number;
  /** Stops that had come when it was wished for. */
  readonly stops: number;
}

export type FaultyAccount = ReturnType<typeof createAccount>;

export function createAccount({ agenda, counts, flaws }: FaultyWorld) {
  const wishes = new Map<string, Wish>();
  /** Times that the motor began for an id, and what it gave for each. */
  const begun = new Map<string, number>();
  const given = new Map<string, number>();
  /** Doses of nobody's host, told to whoever asked for them. */
  let others = 0;
  /** What became of each intent, as its host was told; told twice, it must be the same. */
  const told = new Map<string, Told>();

  function wish(id: string, nl: number, expires: number): void {
    wishes.set(id, { nl, expires, stops: counts.stops });
  }

  function begin(id: string): void {
    if (id === NO_ID) return;
    begun.set(id, (begun.get(id) ?? 0) + 1);
    const { expires, stops } = wishes.get(id) ?? { expires: 0, stops: 0 };
    if (counts.stops > stops) flaws.push(`${id}: begun after a stop that came when it had been wished for`);
    if (agenda.now() > expires) flaws.push(`${id}: begun ${agenda.now() - expires} ms after its time was over`);
  }

  function give(id: string, volume: number): void {
    counts.delivered += volume;
    given.set(id, (given.get(id) ?? 0) + volume);
    if (id === NO_ID) others += volume;
  }

  function tell(id: string, result: Told): void {
    const before = told.get(id);
    const same = before === undefined || JSON.stringify(before) === JSON.stringify(result);
    // After a crash the pump may be asked when it has forgotten the record, or has not.
    if (!same && result.result !== 'Uncertain' && before.result !== 'Uncertain' && before.result !== 'Accepted') {
      flaws.push(`${id}: told ${JSON.stringify(before)}, then ${JSON.stringify(result)}`);
    }
    if (before === undefined || before.result === 'Uncertain' || before.result === 'Accepted') told.set(id, result);
  }

  /** When all is over: every dose by what became of it, and what is wrong with that. */
  function judge(): void {
    for (const [id, { nl }] of wishes) {
      const times = begun.get(id) ?? 0;
      const volume = given.get(id) ?? 0;
      const result = told.get(id);
      const must = (right: boolean): void => {
        if (!right)
          flaws.push(`${id} of ${nl} nL: begun ${times} times, ${volume} nL given, told ${JSON.stringify(result)}`);
      };
      must(times <= 1 && volume <= nl);
      // Where the host has not heard the volume, it is the motor's.
      counts.told += result !== undefined && 'nl' in result ? result.nl : volume;
      switch (result?.result) {
        case 'Done':
          counts.done += 1;
          must(times === 1 && volume === nl && result.nl === nl);
          break;
        case 'Interrupted':
          counts.interrupted += 1;
          must(volume === result.nl);
          break;
        case 'Accepted':
          counts.accepted += 1;
          must(times === 1 || volume === 0);
          break;
        case 'NotAccepted':
          counts.notAccepted += 1;
          must(times === 0 && volume === 0);
          break;
        case 'Uncertain':
          counts.uncertain += 1;
          break;
        case undefined:
          // It died before it had stored the intent.
          must(times === 0);
      }
    }
    counts.told += others;
    if (counts.told !== counts.delivered)
      flaws.push(`${counts.delivered} nL were given, ${counts.told} nL are told of`);
  }

  return { wish, begin, give, tell, judge };
}
