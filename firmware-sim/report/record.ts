/**
 * The record of a run, one JSON object per line (`record.ndjson`): what went in, what came out, in the order in which it
 * happened. It is all that the report sees, and all that a replay needs.
 */

export type RecordLine = HeaderLine | InputLine | OutcomeLine | EventLine | SampleLine | EndLine;

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** First line. `world` stands in every artefact, so that a simulated result is never taken for a real one. */
export interface HeaderLine {
  readonly type: 'header';
  readonly format: 1;
  readonly world: 'SIMULATED' | 'REAL';
  readonly tool: string;
  readonly scenario: string;
  readonly title: string;
  readonly target: 'sim' | 'wire';
  readonly profile: string;
  readonly seed: number;
}

/** Something done to the pump at pump time `us`: an action with its arguments, integers in the units of their keys. */
export interface InputLine {
  readonly type: 'input';
  readonly us: number;
  readonly input: string;
  readonly args: Readonly<Record<string, JsonValue>>;
}

/** The pump's answer to the input before it. */
export interface OutcomeLine {
  readonly type: 'outcome';
  readonly us: number;
  readonly ok: boolean;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** An entry of the therapy log. */
export interface EventLine {
  readonly type: 'event';
  readonly us: number;
  readonly kind: string;
  readonly keys: Readonly<Record<string, string | number>>;
}

/** All signals at one moment, integers in the units of the signal table; absent: the target cannot give it, or not yet. */
export interface SampleLine {
  readonly type: 'sample';
  readonly us: number;
  readonly signals: Readonly<Record<string, number>>;
}

/** Last line; a record without it was cut off. */
export interface EndLine {
  readonly type: 'end';
  readonly us: number;
  readonly log_sha256: string | null;
}
