/** The performance of a scenario: what is due when, and what was seen. */
import { micros, nanolitres, type Micros, type NanogramsPerMicrolitre, type Nanolitres } from '../../protocol/units.ts';
import type { SignalSample } from '../simulation/signals.ts';
import { REFUSALS, type AlarmId, type Command, type LogEntry, type Outcome } from '../simulation/vocabulary.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { RecordLine } from '../report/record.ts';
import type { Target } from './target.ts';
import type { Moment, ProgramSetup, Scenario, TimelineEntry } from './types.ts';

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
      compliance: pump.compliance,
      leap,
    });
    await this.#refill(pump.fill, 'the first filling');
    await this.#program(program, 'the program');
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
      const outcome = await this.#perform(first.entry.act);
      if (outcome !== undefined && !outcome.ok) {
        this.troubles.push(`line ${line}: ${first.entry.act.do} was refused: ${explain(outcome)}`);
      }
      if (label !== undefined) {
        this.#labels.set(label, now);
        this.#lookAt(label, now);
      }
    }
    await this.#sample();
  }

  async #perform(act: TimelineEntry['act']): Promise<Outcome | undefined> {
    switch (act.do) {
      case 'inject':
        await this.recorder.inject(act.fault);
        return undefined;
      case 'start':
        return this.recorder.command({ command: 'start', ifRevision: this.recorder.revision });
      case 'stop':
        return this.recorder.command({ command: 'stop' });
      case 'refill':
        await this.#refill(act.volume, 'the refill', act.concentration);
        return undefined;
      case 'acknowledge':
        return this.recorder.command({ command: 'acknowledge', ev: this.#lastRaise(act.alarm) });
      case 'program':
        await this.#program(act.program, 'the program');
        return undefined;
    }
  }

  /** Event number of the latest raise of an alarm; 0, which no event has, where there is none. */
  #lastRaise(id: AlarmId): number {
    return (
      this.#events.findLast(({ kind, keys }) => kind === 'ALARM' && keys['id'] === id && keys['state'] === 'on')?.ev ??
      0
    );
  }

  async #refill(volume: Nanolitres, what: string, concentration?: NanogramsPerMicrolitre): Promise<void> {
    const drained = await this.recorder.fill(volume, concentration ?? this.#scenario.pump.drug.concentration);
    await this.#expectOk(what, {
      command: 'refill',
      ifRevision: this.recorder.revision,
      volume,
      drained: nanolitres(drained),
    });
  }

  async #program(program: ProgramSetup, what: string): Promise<void> {
    const { dose, concentration, lowReservoir } = program;
    await this.#expectOk(what, { command: 'program', dose, concentration, lowReservoir });
    await this.#expectOk(what, { command: 'commit', ifRevision: this.recorder.revision });
  }

  async #expectOk(what: string, command: Command): Promise<void> {
    const outcome = await this.recorder.command(command);
    if (!outcome.ok) this.troubles.push(`${what} was refused: ${explain(outcome)}`);
  }
}

/** Name of what a moment counts from: a label, or `start` or `end`, which no label can be called. */
export const anchorName = ({ anchor }: Moment): string => (typeof anchor === 'string' ? anchor : anchor.label);

/** The same words whichever target refused. */
const explain = ({ code, facts }: Extract<Outcome, { ok: false }>): string =>
  [code, ...Object.entries(facts).map(([key, value]) => `${key}=${value}`), `(${REFUSALS[code]})`].join(' ');
