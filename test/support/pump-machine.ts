/** The pump's side of the line by itself, with a pump of plain values that a test writes down. */
import {
  ALL_RULES,
  createPumpLink,
  pumpLink,
  type DoseFact,
  type LinkSettings,
  type PumpFacts,
  type PumpInput,
  type PumpLinkState,
  type PumpOutput,
  type VerbReply,
} from '../../protocol/index.ts';
import { commandLine, helloLine, theReply, type Heard, type HelloWords } from './pump-talk.ts';

export const FACTS: PumpFacts = {
  us: 5_000_000,
  dose: 0,
  records: [],
  ev: 7,
  alarms: 2,
  revision: 3,
  serial: 'SN77',
  world: 'REAL',
  lockstep: false,
  flowMax: 24_000_000,
  flowMin: 1,
  step: 1,
};

export type Obeyed = Extract<PumpOutput, { do: 'obey' }>;

/** A pump that does what it is told: a dose takes the next number and does not end by itself. */
export interface Machine {
  state: PumpLinkState;
  facts: PumpFacts;
  /** Link time, ms. */
  at: number;
  /** What the pump was told to do, the first first. */
  readonly obeyed: Obeyed[];
  /** What it answers, if not what it answers by itself. */
  answer: VerbReply | undefined;
  /** Outputs of the last input, but for what the pump was told to do. */
  outputs: readonly PumpOutput[];
  readonly give: (input: PumpInput) => readonly string[];
  /** A line as it is; returns what was sent. */
  readonly say: (text: string) => readonly string[];
  /** Link time passes. */
  readonly pass: (ms: number) => readonly string[];
  /** HELLO; `ask` goes on in the session that it begins. */
  readonly hello: (words?: HelloWords) => Heard;
  readonly ask: (words: string) => Heard;
  /** As `ask`, in a session and under a number that need not be right. */
  readonly as: (sid: string, seq: number, words: string) => Heard;
  readonly sid: () => string;
  /** What is noted in the log of the link, from the last input. */
  readonly notes: () => readonly string[];
}

interface MachineOptions {
  readonly boot?: number;
  readonly typed?: LinkSettings['typed'];
}

export function machine({ boot = 0x118, typed = 'dose' }: MachineOptions = {}): Machine {
  const step = pumpLink({ rules: ALL_RULES, typed });
  let sid = '';
  let seq = 0;
  const obeys = (output: Obeyed): VerbReply => {
    self.obeyed.push(output);
    if (self.answer !== undefined) return self.answer;
    const { verb, args, dose } = output;
    if (dose === undefined) return { ok: true, fields: { rev: '4' } };
    const { nl = 100, nlpd = 1_000 } = args as { readonly nl?: number; readonly nlpd?: number };
    const n = self.facts.dose + 1;
    const kind = verb === 'PRIME' ? 'prime' : 'single';
    const begun = { ...dose, n, kind, state: 'ACCEPTED', volume: nl, rate: nlpd, given: 0, at: self.facts.us } as const;
    self.facts = { ...self.facts, dose: n, records: [...self.facts.records, begun] };
    return { ok: true, fields: { rev: '4', state: 'ACCEPTED', dose: String(n), nl: String(nl), nlpd: String(nlpd) } };
  };
  const give = (input: PumpInput): readonly string[] => {
    const outputs: PumpOutput[] = [];
    const take = (one: PumpInput): void => {
      const [state, made] = step(self.state, one);
      self.state = state;
      for (const output of made) {
        if (output.do === 'obey') take({ on: 'answer', reply: obeys(output), at: self.at });
        else outputs.push(output);
      }
    };
    take(input);
    self.outputs = outputs;
    return outputs.flatMap((output) => (output.do === 'send' ? output.lines : []));
  };
  const say = (text: string): readonly string[] => give({ on: 'line', text, at: self.at, facts: self.facts });
  const as = (to: string, number: number, words: string): Heard =>
    theReply(say(commandLine(number, words, to)), to, number, words);
  const self: Machine = {
    state: createPumpLink(boot),
    facts: FACTS,
    at: 10_000,
    obeyed: [],
    answer: undefined,
    outputs: [],
    give,
    say,
    pass: (ms) => {
      self.at += ms;
      return give({ on: 'time', at: self.at, facts: self.facts });
    },
    hello: (words) => {
      const heard = theReply(say(helloLine(words)), '00000000', 0, 'HELLO');
      if (heard.fields['sid'] !== undefined && heard.fields['sid'] !== sid) {
        sid = heard.fields['sid'];
        seq = 0;
      }
      return heard;
    },
    ask: (words) => {
      seq += 1;
      return as(sid, seq, words);
    },
    as,
    sid: () => sid,
    notes: () => self.outputs.flatMap((output) => (output.do === 'note' ? [`${output.kind} ${output.sid}`] : [])),
  };
  return self;
}

/** A dose that was given. */
export const given = (n: number, more: Partial<DoseFact> = {}): DoseFact => ({
  n,
  id: `D${String(n).padStart(7, '0')}`,
  terms: '00000000',
  source: 'host',
  kind: 'single',
  state: 'DONE',
  volume: 1_000,
  rate: 1_000_000,
  given: 1_000,
  at: 1_000_000,
  ...more,
});
