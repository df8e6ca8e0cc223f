/** A target without a pump: its log is a script, every call is noted with the time at which it came. */
import { micros } from '../../protocol/units.ts';
import type { LogStretch, Target } from '../../firmware-sim/scenario/target.ts';
import type { Command, LogEntry, LogKeys, Outcome } from '../../firmware-sim/simulation/vocabulary.ts';

export type ScriptLine = readonly [us: number, kind: string, keys?: LogKeys];

export const alarm = (us: number, id: string, state = 'on'): ScriptLine => [us, 'ALARM', { id, pri: 'high', state }];

export interface Script {
  /** In order of time. An entry at 0 is there after the reset. */
  readonly log?: readonly ScriptLine[];
  /** What a command gets instead of acceptance. */
  readonly refuse?: ((command: Command) => Outcome | undefined) | undefined;
  /** Entries of this number are never handed out. */
  readonly loses?: number;
  /** nL/day at a time. */
  readonly rate?: (us: number) => number;
}

export function scriptedTarget(script: Script = {}): { readonly target: Target; readonly calls: string[] } {
  const entries = (script.log ?? []).map(([us, kind, keys], index): LogEntry => ({
    ev: index + 1,
    us: micros(us),
    kind,
    keys: keys ?? {},
  }));
  const calls: string[] = [];
  let now = micros(0);
  let rev = 1;
  const next = (): number => 1 + entries.filter(({ us }) => us <= now).length;
  const note = (call: string): void => void calls.push(`${now} ${call}`);

  const target: Target = {
    kind: 'sim',
    reset: async () => {
      note('reset');
      return rev;
    },
    fill: async (volume) => {
      note(`fill ${volume}`);
      return 0;
    },
    command: async (command) => {
      note(command.command);
      const refused = script.refuse?.(command);
      if (refused !== undefined) return refused;
      rev += 1;
      return { ok: true, facts: { rev } };
    },
    inject: async (fault) => note(`${fault.fault} ${fault.mode}`),
    advance: async (to) => {
      const first = entries.find(({ us }) => us > now && us <= to);
      now = micros(Math.max(now, first?.us ?? to));
      return { now, next: next() };
    },
    log: async (from): Promise<LogStretch> => {
      const due = entries.filter(({ ev, us }) => ev >= from && us <= now);
      const seen = due.filter(({ ev }) => ev !== script.loses);
      return { entries: seen, lost: due.length - seen.length };
    },
    sample: async () => ({
      rate: script.rate?.(now) ?? 0,
      dose_rate: 0,
      reservoir_computed: undefined,
      commanded: 0,
      reservoir_true: 0,
      delivered: 0,
      drug_delivered: 0,
      pressure: 0,
      leaked: 0,
      pocket: 0,
      tip_concentration: 0,
      csf_tip: 0,
      csf_bulk: 0,
      pressure_reading: 0,
      rotor_feedback: 0,
      battery: 0,
    }),
  };
  return { target, calls };
}
