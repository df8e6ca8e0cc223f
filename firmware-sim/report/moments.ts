/** What happened in a record at moments and for stretches of time: alarms from raised to cleared, and things done. */
import { keyValues } from './format.ts';
import type { InputLine, OutcomeLine, RecordLine } from './record.ts';
import { byTime } from './series.ts';

/** An alarm from the moment it was raised (or first seen) until it was cleared. */
export interface AlarmBar {
  readonly id: string;
  readonly priority: string;
  readonly from: number;
  /** Null: still there at the end of the record. */
  to: number | null;
  /** States after the first: `pending`, `signalled`, `paused`, `ack`, `sounding` once more, `latched`, or `on` once more. */
  readonly marks: { readonly us: number; readonly state: string }[];
}

/** Every stretch of every alarm, in the order in which they begin. */
export function alarmBars(record: readonly RecordLine[]): readonly AlarmBar[] {
  const bars: AlarmBar[] = [];
  const open = new Map<string, AlarmBar>();
  for (const line of byTime(record)) {
    if (line.type !== 'event' || line.kind !== 'ALARM') {
      continue;
    }
    const id = String(line.keys['id'] ?? '?');
    const state = String(line.keys['state'] ?? '?');
    let bar = open.get(id);
    if (bar === undefined) {
      bar = { id, priority: String(line.keys['pri'] ?? '?'), from: line.us, to: null, marks: [] };
      bars.push(bar);
      open.set(id, bar);
      if (state === 'on') {
        continue;
      }
    }
    if (state === 'off') {
      bar.to = line.us;
      open.delete(id);
    } else {
      bar.marks.push({ us: line.us, state: state === 'on' ? onAfter(bar.marks.at(-1)?.state) : state });
    }
  }
  return bars;
}

/** What it means that an alarm is on when it was there already: its delay or its silence has ended, or its condition is back. */
function onAfter(before: string | undefined): string {
  if (before === 'pending') return 'signalled';
  return before === 'paused' || before === 'ack' ? 'sounding' : 'on';
}

/** Something done to the pump, with the answer to it. */
export interface Deed {
  readonly us: number;
  readonly kind: 'fault' | 'action';
  /** A few words for a mark. */
  readonly label: string;
  readonly input: string;
  readonly args: string;
  readonly outcome: 'ok' | 'refused' | 'unanswered';
  /** Fields of the answer, as key=value. */
  readonly answer: string;
}

function labelOf({ input, args }: InputLine): string {
  if (input === 'fault') {
    return [args['fault'], args['mode']].filter((word) => typeof word === 'string').join(' ') || input;
  }
  const alarm = args['alarm'] ?? args['id'];
  return (input === 'ack' || input === 'acknowledge') && typeof alarm === 'string' ? `${input} ${alarm}` : input;
}

/** The inputs with their outcomes, without `advance`: time going by is nothing done. */
export function deeds(record: readonly RecordLine[]): readonly Deed[] {
  const found: Deed[] = [];
  const add = (line: InputLine | undefined, answer: OutcomeLine | undefined): void => {
    if (line === undefined || line.input === 'advance') {
      return;
    }
    found.push({
      us: line.us,
      kind: line.input === 'fault' ? 'fault' : 'action',
      label: labelOf(line),
      input: line.input,
      args: keyValues(line.args),
      outcome: answer === undefined ? 'unanswered' : answer.ok ? 'ok' : 'refused',
      answer: answer === undefined ? '' : keyValues(answer.fields),
    });
  };
  let waiting: InputLine | undefined;
  for (const line of record) {
    if (line.type === 'input') {
      add(waiting, undefined);
      waiting = line;
    } else if (line.type === 'outcome') {
      add(waiting, line);
      waiting = undefined;
    }
  }
  add(waiting, undefined);
  return found.toSorted((a, b) => a.us - b.us);
}
