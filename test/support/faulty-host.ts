/**
 * Hosts and a pump on a line that loses, repeats, reorders and damages what is said, in a world in which everything crashes, the patient
 * presses and a person types: the machines of the product on both ends, the dose ledger and journal of the firmware behind the pump's, and a
 * motor that counts what it has given. Time is made up, and all that happens comes of a seed.
 */
import {
  ALL_RULES,
  createHostState,
  createPumpLink,
  doseId,
  encodeLine,
  heldFor,
  host as hostMachine,
  pumpLink,
  type DoseIdentity,
  type DoseIntent,
  type DoseResult,
  type HelloFacts,
  type HostClock,
  type HostInput,
  type HostOutput,
  type HostState,
  type PumpFacts,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type Rule,
  type VerbReply,
} from '../../protocol/index.ts';
import {
  DOSES_KEPT,
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
import { chances, createAgenda } from './agenda.ts';

export interface FaultyRun {
  readonly seed: number;
  /** Lines after which no further dose is wanted; then the line works, and everybody finds out what became of what is in doubt. */
  readonly lines: number;
  readonly hosts?: number;
  /** A rule that neither side keeps: a negative control. */
  readonly without?: Rule;
}

export interface FaultyCounts {
  lines: number;
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  wanted: number;
  done: number;
  interrupted: number;
  accepted: number;
  notAccepted: number;
  uncertain: number;
  patient: number;
  typed: number;
  stops: number;
  hostCrashes: number;
  pumpCrashes: number;
  gaveUp: number;
  /** nL that the motor has given. */
  delivered: number;
  /** nL of the distinct doses that were accepted, by what was told of them. */
  told: number;
}

export interface FaultyResult {
  readonly counts: FaultyCounts;
  /** What must not be, each in words; none is expected. */
  readonly flaws: readonly string[];
}

const LOSS = 0.2;
const DUPLICATION = 0.05;
const REORDERING = 0.1;
const CORRUPTION = 0.04;
/** Of those that are reordered, so many are very late. */
const VERY_LATE = 0.1;

const STEP_NL = 10;
const STEP_MS = 15;

export function runFaulty({ seed, lines, hosts: hostCount = 3, without }: FaultyRun): FaultyResult {
  const rules = ALL_RULES.filter((rule) => rule !== without);
  const chance = chances(seed);
  const likely = (share: number): boolean => chance() < share;
  const between = (low: number, high: number): number => low + Math.floor(chance() * (high - low));
  const agenda = createAgenda();
  const flaws: string[] = [];
  const counts: FaultyCounts = {
    lines: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    wanted: 0,
    done: 0,
    interrupted: 0,
    accepted: 0,
    notAccepted: 0,
    uncertain: 0,
    patient: 0,
    typed: 0,
    stops: 0,
    hostCrashes: 0,
    pumpCrashes: 0,
    gaveUp: 0,
    delivered: 0,
    told: 0,
  };
  let ids = 0;
  const freshId = (): string => doseId(Uint8Array.from([seed & 255, ids >>> 24, ids >>> 16, ids >>> 8, ids++]));
  const isOver = (): boolean => counts.lines >= lines;

  // ---- the line

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

  // ---- the pump

  const step = pumpLink({ rules, typed: 'dose' });
  let link: PumpLinkState = createPumpLink(1);
  let ledger: DoseLedger = EMPTY_LEDGER;
  let journal: string[] = [];
  /** The dose for which the motor turns, and when it began. */
  let running:
    { readonly n: number; readonly volume: number; readonly since: number; readonly stop: () => void } | undefined;
  /** Times that the motor began for an id, and what it gave for each number. */
  const begun = new Map<string, number>();
  const given = new Map<string, number>();
  /** Doses of nobody's host, told to whoever asked for them. */
  let others = 0;

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
    counts.delivered += volume;
    given.set(id, (given.get(id) ?? 0) + volume);
    if (id === NO_ID) others += volume;
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
        noteBegin(id);
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

  function noteBegin(id: string): void {
    if (id === NO_ID) return;
    begun.set(id, (begun.get(id) ?? 0) + 1);
    const { expires, stops } = wishes.get(id) ?? { expires: 0, stops: 0 };
    if (counts.stops > stops) flaws.push(`${id}: begun after a stop that came when it had been wished for`);
    if (agenda.now() > expires) flaws.push(`${id}: begun ${agenda.now() - expires} ms after its time was over`);
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

  const toPump = (text: string): void => {
    pumpTakes({ on: 'line', text, at: agenda.now(), facts: facts() }, (line) =>
      // All hosts hear all that is said, as on a line that they share.
      carry(line, (come) => hosts.forEach((one) => one.hears(come))),
    );
  };

  // ---- those who dose without a host

  function patientPresses(): void {
    const reply = give(STEP_NL * between(1, 20), { id: NO_ID, terms: NO_ID, source: 'host' }, 'patient');
    if (reply?.ok === true) counts.patient += 1;
  }

  /** So often that the record of every dose before is gone. */
  function patientPressesOften(left = DOSES_KEPT + 4): void {
    if (left === 0) return;
    patientPresses();
    agenda.at(25 * STEP_MS, () => patientPressesOften(left - 1));
  }

  /** Types STOP, or a bolus and the code that comes back, now and then twice. */
  function personTypes(): void {
    const type = (text: string): string => {
      const heard: string[] = [];
      pumpTakes({ on: 'line', text, at: agenda.now(), facts: facts() }, (line) => heard.push(line));
      return heard.join('\n');
    };
    if (likely(0.3)) return void type('stop');
    const code = /confirm (\d{4})/.exec(type(`bolus nl=${STEP_NL * between(1, 30)}`))?.[1];
    if (code === undefined) return;
    agenda.at(between(1, 4000), () => {
      const times = likely(0.3) ? 2 : 1;
      for (let i = 0; i < times; i += 1) {
        if (/^< 0{8} 0 OK (?!.*dup=1).*state=ACCEPTED/m.test(type(`confirm ${code}`))) counts.typed += 1;
      }
    });
  }

  // ---- hosts

  interface FaultyHost {
    readonly hears: (text: string) => void;
    readonly conclude: () => boolean;
  }

  /** What became of each intent, as its host was told; told twice, it must be the same. */
  const told = new Map<string, DoseResult | { readonly result: 'Accepted' }>();
  const wishes = new Map<string, { readonly nl: number; readonly expires: number; readonly stops: number }>();

  function tell(id: string, result: DoseResult | { readonly result: 'Accepted' }): void {
    const before = told.get(id);
    const same = before === undefined || JSON.stringify(before) === JSON.stringify(result);
    // After a crash the pump may be asked when it has forgotten the record, or has not.
    if (!same && result.result !== 'Uncertain' && before.result !== 'Uncertain' && before.result !== 'Accepted') {
      flaws.push(`${id}: told ${JSON.stringify(before)}, then ${JSON.stringify(result)}`);
    }
    if (before === undefined || before.result === 'Uncertain' || before.result === 'Accepted') told.set(id, result);
  }

  function createFaultyHost(): FaultyHost {
    const machine = hostMachine(rules);
    let stored: DoseIntent | undefined;
    let state: HostState = createHostState('bench');
    let alive = true;
    let timer = (): void => {};
    let plan = (): void => {};
    let seen: { readonly facts: HelloFacts; readonly at: number } | undefined;
    let lives = 0;

    const clock = (): HostClock => ({
      wall: agenda.now(),
      us: seen === undefined ? 0 : seen.facts.us + (agenda.now() - seen.at) * 1000,
    });
    const intend = (delay: number, act: () => void): void => {
      plan();
      plan = agenda.at(delay, act);
    };
    const connect = (): void => {
      const nonce = between(0, 0x1_0000_0000).toString(16).toUpperCase().padStart(8, '0');
      feed({ on: 'connect', nonce, clock: clock() });
    };

    function crash(): void {
      counts.hostCrashes += 1;
      alive = false;
      lives += 1;
      timer();
      plan();
      agenda.at(isOver() ? 1 : between(1, likely(0.1) ? 60_000 : 6000), () => {
        alive = true;
        seen = undefined;
        state = createHostState('bench', stored);
        if (likely(0.5)) feed({ on: 'give-up', clock: clock() });
        connect();
      });
    }

    function feed(input: HostInput): void {
      if (!alive) return;
      const [next, outputs] = machine(state, input);
      state = next;
      const life = lives;
      for (const output of outputs) {
        // It may die between any two things that it does.
        if (!isOver() && likely(0.0015)) crash();
        if (life !== lives) return;
        perform(output);
      }
    }

    function perform(output: HostOutput): void {
      switch (output.do) {
        case 'store':
          stored = output.intent;
          break;
        case 'send':
          carry(output.text, toPump);
          break;
        case 'wait':
          timer();
          timer = agenda.at(output.ms, () => feed({ on: 'timeout', clock: clock() }));
          break;
        case 'quiet':
          timer();
          break;
        case 'settle':
          // What the motor has made stays true, whether it is stored that it was told or not; that nothing will be given is told when it is stored.
          if ('nl' in output.outcome) tell(output.intent.id, output.outcome);
          if (likely(0.01) && !isOver()) return crash();
          stored = undefined;
          tell(output.intent.id, output.outcome);
          intend(between(1, 300), goOn);
          break;
        case 'ready':
          seen = { facts: output.facts, at: agenda.now() };
          intend(between(1, 50), goOn);
          break;
        case 'lost':
          intend(output.code === 'HELD' ? (heldFor(output.fields) ?? 0) + between(1, 400) : between(1, 200), connect);
          break;
        case 'renew':
          intend(between(1, 200), connect);
          break;
        case 'poll':
          intend(between(50, 600), goOn);
          break;
        case 'reply':
          break;
      }
    }

    /** What it does when nothing is under way. */
    function goOn(): void {
      const { link: mine, dose } = state;
      if (mine.session === undefined || dose?.at.phase === 'renewing') return connect();
      if (mine.outstanding !== undefined) return intend(50, goOn);
      if (dose !== undefined) {
        if (dose.at.phase !== 'running') return;
        if (likely(0.1)) {
          tell(dose.intent.id, { result: 'Accepted' });
          stored = undefined;
          feed({ on: 'leave', clock: clock() });
          return intend(between(1, 100), goOn);
        }
        feed({ on: 'poll', clock: clock() });
        return intend(4000, goOn);
      }
      if (isOver()) return;
      const what = chance();
      if (what < 0.15) return leave();
      if (what < 0.25) {
        feed({ on: 'request', verb: likely(0.2) ? 'STOP' : 'PING', fields: {}, clock: clock() });
        return intend(between(200, 900), goOn);
      }
      if (what < 0.6) return connect();
      wish();
    }

    function leave(): void {
      const { session } = state.link;
      if (session === undefined) return;
      carry(encodeLine({ kind: 'command', sid: session.sid, seq: session.seq + 1, verb: 'BYE', fields: {} }), toPump);
      intend(between(500, 8000), connect);
    }

    function wish(): void {
      if (seen === undefined) return;
      const nl = STEP_NL * between(1, 60);
      const id = freshId();
      counts.wanted += 1;
      const expires = agenda.now() + between(200, 20_000);
      wishes.set(id, { nl, expires, stops: counts.stops });
      const intent: DoseIntent = {
        id,
        verb: 'BOLUS',
        wish: { nl: String(nl), nlpd: '1', onlost: 'continue' },
        after: seen.facts.dose,
        serial: 'P1',
        expires,
      };
      feed({ on: 'dose', intent, clock: clock() });
      if (!isOver() && likely(0.1)) {
        agenda.at(between(1, 3000), () => {
          if (state.dose?.intent.id !== id) return;
          counts.gaveUp += 1;
          feed({ on: 'give-up', clock: clock() });
        });
      }
    }

    agenda.at(between(1, 100), connect);
    return {
      hears: (text) => feed({ on: 'line', text, clock: clock() }),
      conclude: () => alive && state.dose === undefined && stored === undefined,
    };
  }

  const hosts = Array.from({ length: hostCount }, createFaultyHost);

  /** What happens again and again, at random, as long as the line is faulty. */
  const often = (low: number, high: number, act: () => void): void => {
    agenda.at(between(low, high), () => {
      if (isOver()) return;
      act();
      often(low, high, act);
    });
  };
  often(500, 20_000, patientPresses);
  often(20_000, 400_000, patientPressesOften);
  often(500, 8000, personTypes);
  often(5000, 120_000, reboot);

  while (!isOver()) if (!agenda.step()) throw new Error('nothing happens any more');
  // The line works from here on, and what is late comes at last.
  const quiet = agenda.now() + 120_000;
  while (agenda.now() < quiet && agenda.step());
  end('DONE');

  return { counts, flaws: judge() };

  function judge(): readonly string[] {
    if (!hosts.every((one) => one.conclude())) flaws.push('a host still does not know what became of its dose');
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
    return flaws;
  }
}
