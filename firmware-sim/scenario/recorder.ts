/**
 * A target whose every call leaves lines in the record. The runner works through it, and so does a replay: both write the
 * same lines for the same pump, which is what makes a replay comparable line by line.
 */
import type { EndLine, HeaderLine, JsonValue, RecordLine } from '../report/record.ts';
import type { Micros } from '../../protocol/units.ts';
import type { SignalSample } from '../simulation/signals.ts';
import type { Command, Fault, LogEntry, Outcome } from '../simulation/vocabulary.ts';
import { createLogDigest } from './digest.ts';
import type { ResetSetup, Target } from './target.ts';

type Scalars = Record<string, string | number | boolean>;
type Values = Record<string, JsonValue>;

export interface Recorder {
  readonly target: Target['kind'];
  readonly now: Micros;
  /** Revision of the therapy as the pump last told it. */
  readonly revision: number;
  /** Log entries that were never seen: overwritten, or lost on the way. */
  readonly lost: number;
  /** The last line of the record is written. */
  readonly ended: boolean;
  header(line: HeaderLine): void;
  reset(setup: ResetSetup): Promise<void>;
  fill(volume: number, concentration: number): Promise<number>;
  command(command: Command): Promise<Outcome>;
  inject(fault: Fault): Promise<void>;
  /** Moves to `to`, or to the end of the first instant with a new log entry. */
  advance(to: Micros): Promise<void>;
  sample(): Promise<SignalSample>;
  end(): EndLine;
}

/** `write` takes each line as it comes to be, `see` each log entry. */
export function createRecorder(
  target: Target,
  write: (line: RecordLine) => void,
  see: (entry: LogEntry) => void = () => {},
): Recorder {
  const digest = createLogDigest();
  let now = 0 as Micros;
  let cursor = 1;
  let revision = 0;
  let missed = 0;
  let ended = false;
  let discrepancy: number | undefined;

  const input = (name: string, args: object): void =>
    write({ type: 'input', us: now, input: name, args: defined(args) as Values });
  const outcome = (ok: boolean, fields: object): void =>
    write({ type: 'outcome', us: now, ok, fields: defined(fields) as Scalars });

  async function readLog(): Promise<void> {
    const { entries, lost } = await target.log(cursor);
    if (lost > 0) digest.void();
    missed += lost;
    cursor += lost + entries.length;
    for (const entry of entries) {
      digest.add(entry);
      write({ type: 'event', us: entry.us, kind: entry.kind, keys: entry.keys });
      see(entry);
    }
  }

  return {
    target: target.kind,
    get now() {
      return now;
    },
    get revision() {
      return revision;
    },
    get lost() {
      return missed;
    },
    get ended() {
      return ended;
    },
    header: write,
    async reset(setup) {
      input('reset', setup);
      revision = await target.reset(setup);
      outcome(true, { rev: revision });
      await readLog();
    },
    async fill(volume, concentration) {
      input('fill', { volume, concentration });
      const drained = await target.fill(volume, concentration);
      outcome(true, { drained });
      await readLog();
      return drained;
    },
    async command(command) {
      const { command: name, ...args } = command;
      input(name, args);
      const result = await target.command(command);
      outcome(result.ok, result.ok ? result.facts : { code: result.code, ...result.facts });
      const { rev, expected_nl: expected } = result.facts;
      if (typeof rev === 'number') revision = rev;
      if (command.command === 'refill' && typeof expected === 'number') discrepancy = command.drained - expected;
      await readLog();
      return result;
    },
    async inject(fault) {
      input('fault', fault);
      await target.inject(fault);
      outcome(true, {});
      await readLog();
    },
    async advance(to) {
      input('advance', { to });
      const reached = await target.advance(to);
      now = reached.now;
      outcome(true, { now });
      if (reached.next > cursor) await readLog();
    },
    async sample() {
      const sample: SignalSample = { ...(await target.sample()), refill_discrepancy: discrepancy };
      write({ type: 'sample', us: now, signals: defined(sample) as Record<string, number> });
      return sample;
    },
    end() {
      const line: EndLine = { type: 'end', us: now, log_sha256: digest.value() };
      write(line);
      ended = true;
      return line;
    },
  };
}

const defined = (values: object): Record<string, unknown> =>
  Object.fromEntries<unknown>(Object.entries(values).filter(([, value]) => value !== undefined));
