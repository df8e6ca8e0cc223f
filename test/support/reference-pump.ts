/**
 * A pump as FIRMWARE.md tells of it (F1 to F7, F12), small and slow, and written without a look at the firmware: one constant program, its button, single
 * boluses, start and stop. Steps come from reference-flow.ts. It knows no alarm but the one that takes boluses away, an empty air in between.
 */
import { ReferenceFlow } from './reference-flow.ts';

const STEP = 10;

export interface ReferenceProgram {
  readonly rate: number;
  readonly button:
    | {
        readonly steps: number;
        readonly rate: number;
        readonly lockout: number;
        readonly count: number;
        readonly window: number;
      }
    | undefined;
}

interface Bolus {
  readonly kind: 'single' | 'patient';
  readonly rate: number;
  steps: number;
}

export class ReferencePump {
  readonly flow = new ReferenceFlow();
  program: ReferenceProgram;
  now = 0;
  running = false;
  bolus: Bolus | undefined;
  waiting: Bolus | undefined;
  /** Step count at which the bolus in hand is whole. */
  #goal = 0;
  #starts: number[] = [];
  #lastEnd = -Infinity;

  constructor(program: ReferenceProgram) {
    this.program = program;
  }

  get mode(): string {
    if (this.bolus !== undefined) return this.bolus.kind === 'single' ? 'single-bolus' : 'patient-bolus';
    return this.running ? 'basal' : 'stopped';
  }

  get rate(): number {
    return this.bolus?.rate ?? (this.running ? this.program.rate : 0);
  }

  get volume(): number {
    return this.flow.stepsBy(this.now) * STEP;
  }

  #drive(): void {
    this.flow.set(this.now, this.rate, STEP);
  }

  #begin(bolus: Bolus): void {
    this.bolus = bolus;
    this.#goal = this.flow.stepsBy(this.now) + bolus.steps;
    this.#drive();
  }

  advance(to: number): void {
    for (;;) {
      const end = this.bolus === undefined ? Infinity : this.flow.timeOf(this.#goal);
      if (end > to) break;
      this.now = end;
      if (this.bolus?.kind === 'patient') this.#lastEnd = end;
      const next = this.waiting;
      this.bolus = this.waiting = undefined;
      if (next === undefined) this.#drive();
      else this.#begin(next);
    }
    this.now = to;
  }

  start(): 'accepted' | 'RUNNING' | 'BUSY' {
    if (this.running) return 'RUNNING';
    if (this.bolus !== undefined) return 'BUSY';
    this.running = true;
    this.#drive();
    return 'accepted';
  }

  stop(): void {
    // An interrupted patient bolus counts, and its lockout begins with its end.
    if (this.bolus?.kind === 'patient') this.#lastEnd = this.now;
    this.bolus = this.waiting = undefined;
    this.running = false;
    this.#drive();
  }

  commit(program: ReferenceProgram): void {
    this.program = program;
    this.#drive();
  }

  single(steps: number, rate: number): 'accepted' | 'BUSY' {
    if (this.bolus !== undefined) return 'BUSY';
    this.#begin({ kind: 'single', rate, steps });
    return 'accepted';
  }

  press(): string {
    const { button } = this.program;
    if (button === undefined) return 'none';
    if (this.bolus?.kind === 'patient') return 'busy';
    if (!this.running) return 'stopped';
    if (this.now - this.#lastEnd < button.lockout) return 'lockout';
    if (this.#starts.filter((start) => start > this.now - button.window).length >= button.count) return 'count';
    if (this.bolus !== undefined) {
      this.bolus.steps = this.#goal - this.flow.stepsBy(this.now);
      this.waiting = this.bolus;
    }
    this.#starts.push(this.now);
    this.#begin({ kind: 'patient', rate: button.rate, steps: button.steps });
    return 'granted';
  }
}
