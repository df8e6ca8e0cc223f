/** The performance of a scenario: what is due when, and what was seen. */
import { micros, type Micros } from '../../protocol/units.ts';
import type { SignalSample } from '../simulation/signals.ts';
import { REFUSALS, type LogEntry, type Outcome } from '../simulation/vocabulary.ts';
import { createPerformer, type Performer } from './perform.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { RecordLine } from '../report/record.ts';
import type { Target } from './target.ts';
import type { Moment, Scenario, TimelineEntry } from './types.ts';

export interface SampleAt {
  readonly us: number;
  readonly signals: SignalSample;
}

/** What an expectation can look at. */
export interface Observed {
  readonly duration: Micros;
  readonly events: readonly LogEntry[];
  /** In order of time; at one instant those before an action come before those after it. */
  readonly samples: readonly SampleAt[];
  /** When each label's entry was carried out. */
  readonly labels: ReadonlyMap<string, Micros>;
  /** Log entries that were never seen. */
  readonly lost: number;
}

/** Points of the grid on which signals are sampled, besides every event, action and moment of an expectation. */
const GRID_POINTS = 400;

export class Stage {
  readonly troubles: string[] = [];
  readonly #scenario: Scenario;
  readonly recorder: Recorder;
  readonly #performer: Performer;
  readonly #events: LogEntry[] = [];
  readonly #samples: SampleAt[] = [];
  readonly #labels = new Map<string, Micros>();
  /** Entries with their time, in order of time, then of the file. */
  readonly #due: { at: number; entry: TimelineEntry }[] = [];
  #waiting: TimelineEntry[];
  /** Moments at which a sample is wanted, unsorted. */
  readonly #looks = new Set<number>();

  constructor(scenario: Scenario, target: Target, write: (line: RecordLine) => void) {
    this.#scenario = scenario;
    this.recorder = createRecorder(target, write, (event) => this.#see(event));
    this.#performer = createPerformer(this.recorder, scenario.pump, this.#events);
    this.#waiting = scenario.timeline.filter(({ trigger }) => 'when' in trigger);
    for (const entry of scenario.timeline) if ('at' in entry.trigger) this.#schedule(entry.trigger.at, entry);
    for (let point = 0; point <= GRID_POINTS; point += 1) {
      this.#looks.add(Math.round((scenario.duration * point) / GRID_POINTS));
    }
    this.#lookAt('start', 0);
    this.#lookAt('end', scenario.duration);
  }

  observed(): Observed {
    return {
      duration: this.#scenario.duration,
      events: this.#events,
      samples: this.#samples,
      labels: this.#labels,
      lost: this.recorder.lost,
    };
  }

  /** The pump as the scenario wants it at time zero: filled, programmed, not started. */
  async prepare(leap: boolean): Promise<void> {
    const { pump, program, seed } = this.#scenario;
    await this.recorder.reset({
      profile: pump.profile,
      seed,
      concentration: pump.drug.concentration,
      drug: pump.drug.name,
      primed: pump.primed,
      compliance: pump.compliance,
      leap,
    });
    this.#expectOk('the first filling', await this.#performer.refill(pump.fill, pump.drug.concentration));
    this.#expectOk('the program', await this.#performer.program(program));
  }

  async play(): Promise<void> {
    const { duration } = this.#scenario;
    if ((this.#due[0]?.at ?? Infinity) > 0) await this.#sample();
    await this.#act();
    while (this.recorder.now < duration) {
      const next = Math.min(duration, this.#due[0]?.at ?? Infinity, this.#nextLook());
      const seen = this.#events.length;
      await this.recorder.advance(micros(next));
      if (this.#events.length > seen || this.#looks.has(this.recorder.now)) await this.#sample();
      await this.#act();
    }
    const { lost } = this.recorder;
    if (lost > 0) this.troubles.push(`the therapy log has a gap: entries lost on the way: ${lost}`);
  }

  #schedule(at: number, entry: TimelineEntry): void {
    this.#due.push({ at, entry });
    this.#due.sort((a, b) => a.at - b.at || a.entry.line - b.entry.line);
  }

  #nextLook(): number {
    let next = Infinity;
    for (const look of this.#looks) if (look > this.recorder.now && look < next) next = look;
    return next;
  }

  /** Wants a sample at every moment of an expectation that counts from `anchor`. */
  #lookAt(anchor: string, at: number): void {
    for (const expectation of this.#scenario.expect) {
      if (expectation.kind !== 'signal') continue;
      for (const moment of expectation.during) {
        if (anchorName(moment) === anchor) this.#looks.add(at + moment.offset);
      }
    }
  }

  #see(event: LogEntry): void {
    this.#events.push(event);
    if (event.kind !== 'ALARM' || event.keys['state'] !== 'on') return;
    this.#waiting = this.#waiting.filter((entry) => {
      if (!('when' in entry.trigger) || entry.trigger.when !== event.keys['id']) return true;
      this.#schedule(event.us + entry.trigger.after, entry);
      return false;
    });
  }

  async #sample(): Promise<void> {
    this.#samples.push({ us: this.recorder.now, signals: await this.recorder.sample() });
  }

  /** Carries out all entries that are due now, in the order of the file. */
  async #act(): Promise<void> {
    const { now } = this.recorder;
    if ((this.#due[0]?.at ?? Infinity) > now) return;
    await this.#sample();
    for (let first = this.#due[0]; first !== undefined && first.at <= now; first = this.#due[0]) {
      this.#due.shift();
      const { label, line } = first.entry;
      const trouble = troubleOf(first.entry, await this.#performer.perform(first.entry.act));
      if (trouble !== undefined) this.troubles.push(`line ${line}: ${trouble}`);
      if (label !== undefined) {
        this.#labels.set(label, now);
        this.#lookAt(label, now);
      }
    }
    await this.#sample();
  }

  #expectOk(what: string, outcome: Outcome): void {
    if (!outcome.ok) this.troubles.push(`${what} was refused: ${explain(outcome)}`);
  }
}

/** What is wrong with the answer to an action, if anything. */
function troubleOf({ act, refused }: TimelineEntry, outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return undefined;
  if (refused === undefined) return outcome.ok ? undefined : `${act.do} was refused: ${explain(outcome)}`;
  if (outcome.ok) return `${act.do} was accepted, and its refusal with ${refused} was expected`;
  return outcome.code === refused
    ? undefined
    : `${act.do} was refused, but not with ${refused} as expected: ${explain(outcome)}`;
}

/** Name of what a moment counts from: a label, or `start` or `end`, which no label can be called. */
export const anchorName = ({ anchor }: Moment): string => (typeof anchor === 'string' ? anchor : anchor.label);

/** The same words whichever target refused. */
const explain = ({ code, facts }: Extract<Outcome, { ok: false }>): string =>
  [code, ...Object.entries(facts).map(([key, value]) => `${key}=${value}`), `(${REFUSALS[code]})`].join(' ');
