/**
 * The machine of protocol/session/host.ts with what it needs of the world: wire, store, one timer, and the reckoning of the pump's clock.
 * It carries out what the machine puts out; every decision is the machine's.
 */
import {
  ALL_RULES,
  createHostState,
  host as hostMachine,
  type DoseResult,
  type Fields,
  type HostClock,
  type HostInput,
  type HostOutput,
  type HostState,
} from '../../protocol/index.ts';
import { MAX_MICROS } from '../../protocol/units.ts';
import type { Wire } from '../wire/wire.ts';
import type { IntentStore } from './intent-store.ts';
import type { LinkError } from './link-error.ts';
import { createPumpClock } from './pump-clock.ts';

type Timeless<Input> = Input extends unknown ? Omit<Input, 'clock'> : never;
export type MachineInput = Timeless<HostInput>;
/** What comes of a command, HELLO among them. */
export type Answer = Extract<HostOutput, { do: 'ready' | 'reply' | 'lost' }>;

export interface Machine {
  readonly state: HostState;
  /** Throws where the machine refuses the input or an intent cannot be stored: then it is as if it had not been fed. */
  readonly feed: (input: MachineInput) => void;
  /** Feeds a command or HELLO, and resolves with what comes of it. Rejects when the line ends first. */
  readonly ask: (input: MachineInput) => Promise<Answer>;
  /** Resolves when the machine has taken its next step. Rejects when the line ends first. */
  readonly stepped: () => Promise<void>;
  /** The line is over. */
  readonly end: (error: LinkError) => void;
  /** When it sent last, by the host's clock, ms. */
  readonly sentAt: () => number;
  /** A line that was sent once only has been answered with the pump's time, µs. */
  readonly noteTime: (us: number) => void;
  /** What became of the dose that was settled last. */
  readonly settled: () => { readonly id: string; readonly outcome: DoseResult } | undefined;
  /** Fields of the reply with which the pump has accepted the dose in hand. */
  readonly acceptance: () => Fields;
}

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

const encoder = new TextEncoder();

export function createMachine(wire: Wire, store: IntentStore, role: string): Machine {
  const step = hostMachine(ALL_RULES);
  const clock = createPumpClock();
  let state = createHostState(role, store.unsettled());
  let timer: NodeJS.Timeout | undefined;
  let ended: LinkError | undefined;
  let sent = { text: '', at: -Infinity, again: false };
  let serial: string | undefined;
  let settled: { readonly id: string; readonly outcome: DoseResult } | undefined;
  let acceptance: Fields = {};
  /** There is one command at a time, hence one who asks. */
  let asking: Waiter<Answer> | undefined;
  let stepping: Waiter<void>[] = [];

  function now(): HostClock {
    const { session } = state.link;
    const wall = Date.now();
    // Time that stands still until somebody moves it is no measure of how late a line is.
    if (session?.facts.lockstep === '1') return { wall, us: MAX_MICROS };
    return { wall, us: clock.at(performance.now()) ?? session?.facts.us ?? 0, rate: clock.rate() };
  }

  function noteTime(us: number): void {
    clock.add({ sent: sent.at, heard: performance.now(), us });
  }

  function feed(input: MachineInput): void {
    const [next, outputs] = step(state, { ...input, clock: now() });
    // Before anything else, and before the machine remembers it: an intent that cannot be stored was never there.
    for (const output of outputs) if (output.do === 'store') store.store(output.intent);
    state = next;
    if (input.on === 'dose') acceptance = {};
    for (const output of outputs) perform(output);
    const waiters = stepping;
    stepping = [];
    for (const one of waiters) one.resolve();
  }

  function perform(output: HostOutput): void {
    switch (output.do) {
      case 'send':
        sent = { text: output.text, at: performance.now(), again: output.text === sent.text };
        // The line before may have lost its end: without an LF ahead of it the repetition would be taken for it.
        wire.write(encoder.encode(sent.again ? `\n${output.text}\n` : `${output.text}\n`));
        break;
      case 'wait':
        clearTimeout(timer);
        timer = setTimeout(() => feed({ on: 'timeout' }), output.ms);
        break;
      case 'quiet':
        clearTimeout(timer);
        break;
      case 'settle':
        settled = { id: output.intent.id, outcome: stored(output.intent.id, output.outcome) };
        break;
      case 'ready':
        // Another pump has another clock.
        if (output.facts.serial !== serial) clock.forget();
        serial = output.facts.serial;
        if (!sent.again) noteTime(output.facts.us);
        answer(output);
        break;
      case 'reply':
        if (output.ok && (output.verb === 'BOLUS' || output.verb === 'PRIME')) acceptance = output.fields;
        answer(output);
        break;
      case 'lost':
        answer(output);
        break;
      case 'store':
      case 'renew':
      case 'poll':
    }
  }

  /** What only the dose of the machine has asked for is for nobody here. */
  function answer(output: Answer): void {
    const one = asking;
    asking = undefined;
    one?.resolve(output);
  }

  /** Stores what became of a dose, before anybody is told; returns what may be told. */
  function stored(id: string, outcome: DoseResult): DoseResult {
    try {
      store.settle(id, outcome);
      return outcome;
    } catch {
      // After a restart the pump is asked once more. What was given stays so; what was not might then be sent again.
      return outcome.result === 'NotAccepted' ? { result: 'Uncertain', why: 'NOT_STORED' } : outcome;
    }
  }

  return {
    get state() {
      return state;
    },
    feed,
    ask: (input) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        if (asking !== undefined) return reject(new Error(`a command is outstanding: ${input.on}`));
        asking = { resolve, reject };
        try {
          feed(input);
        } catch (error) {
          asking = undefined;
          reject(error);
        }
      }),
    stepped: () =>
      new Promise((resolve, reject) => {
        if (ended === undefined) stepping.push({ resolve, reject });
        else reject(ended);
      }),
    end: (error) => {
      ended = error;
      clearTimeout(timer);
      asking?.reject(error);
      asking = undefined;
      for (const one of stepping) one.reject(error);
      stepping = [];
    },
    sentAt: () => sent.at,
    noteTime,
    settled: () => settled,
    acceptance: () => acceptance,
  };
}
