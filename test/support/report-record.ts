/** Records and results for the tests of the report, and a check of its markup that shares nothing with it. */
import type {
  EventLine,
  HeaderLine,
  InputLine,
  OutcomeLine,
  RecordLine,
  SampleLine,
} from '../../firmware-sim/report/record.ts';
import type { RunResult } from '../../firmware-sim/report/result.ts';

export const HOUR = 3_600_000_000;

export const header: HeaderLine = {
  type: 'header',
  format: 1,
  world: 'SIMULATED',
  tool: 'doseloop 0.0.0',
  scenario: 'OCC-1',
  title: 'Complete occlusion',
  target: 'sim',
  profile: 'itb-20-sense',
  seed: 42,
};

export const sample = (us: number, signals: SampleLine['signals']): SampleLine => ({ type: 'sample', us, signals });
export const event = (us: number, kind: string, keys: EventLine['keys'] = {}): EventLine => ({
  type: 'event',
  us,
  kind,
  keys,
});
export const alarm = (us: number, id: string, state: string, pri = 'high'): EventLine =>
  event(us, 'ALARM', { id, state, pri });
export const done = (us: number, input: string, args: InputLine['args'] = {}, ok = true): [InputLine, OutcomeLine] => [
  { type: 'input', us, input, args },
  { type: 'outcome', us, ok, fields: ok ? {} : { code: 'refused-for-the-test' } },
];

/** 300 µL/day; from `occluded` on nothing leaves the tip. One sample every 6 min for 8 h. */
export function samples(occluded: number): readonly SampleLine[] {
  return Array.from({ length: 81 }, (_, index) => {
    const us = (index * HOUR) / 10;
    const commanded = index * 1_250;
    const delivered = Math.min(commanded, (occluded * 12_500) / HOUR);
    const reservoir = 18_000_000 - commanded;
    return sample(us, {
      rate: 300_000,
      reservoir_computed: reservoir,
      reservoir_true: reservoir,
      commanded,
      delivered,
      pressure: 1_000 + (commanded - delivered) * 5,
    });
  });
}

/** An occlusion at 2 h that is alarmed at 3 h, acknowledged at 4 h and cleared at 5 h. */
export const occlusionRecord: readonly RecordLine[] = [
  header,
  ...done(0, 'start'),
  event(0, 'START', { rev: 1 }),
  event(0, 'FLOW', { nlpd: 300_000 }),
  ...done(2 * HOUR, 'fault', { fault: 'catheter.occlusion', mode: 'complete' }),
  alarm(3 * HOUR, 'catheter-occlusion', 'on'),
  event(3 * HOUR, 'FLOW', { nlpd: 0 }),
  ...done(4 * HOUR, 'ack', { alarm: 'catheter-occlusion' }),
  alarm(4 * HOUR, 'catheter-occlusion', 'ack'),
  alarm(5 * HOUR, 'catheter-occlusion', 'off'),
  ...samples(2 * HOUR),
  { type: 'end', us: 8 * HOUR, log_sha256: 'ab12' },
];

export const result: RunResult = {
  scenario: 'OCC-1',
  target: 'sim',
  profile: 'itb-20-sense',
  world: 'SIMULATED',
  verdict: 'PASS',
  reason: null,
  seed: 42,
  virtual_s: 28_800,
  wall_s: 0.5,
  events: 6,
  alarms: [{ id: 'catheter-occlusion', priority: 'high', raised_s: 10_800, cleared_s: 18_000 }],
  expectations: [
    {
      id: 'raised',
      verdict: 'PASS',
      expected: 'raised within 2 h',
      measured: 'after 1 h',
      margin: '1 h',
      requirements: ['CL-49', 'CL-51'],
    },
  ],
  metrics: {},
  log_sha256: 'ab12',
};

const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link', '!doctype']);

/** What is wrong with the nesting of tags; undefined if every tag that is opened is closed in its place. */
export function tagFault(page: string): string | undefined {
  const open: string[] = [];
  const text = page
    .replace(/<style>[^<]*<\/style>/g, '')
    .replaceAll(
      /<(\/?)([!a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w-]*(?:="[^"<>]*")?)*)\s*(\/?)>/g,
      (_tag, slash: string, name: string, _attributes: string, self: string) => {
        if (slash === '/') {
          const last = open.pop();
          open.push(...(last === name ? [] : [`${last} closed by ${name}`, '!']));
        } else if (self !== '/' && !VOID.has(name)) {
          open.push(name);
        }
        return '';
      },
    );
  const stray = /[<>]/.exec(text);
  return stray !== null
    ? `stray ${text.slice(stray.index, stray.index + 60)}`
    : open.length > 0
      ? open.join(', ')
      : undefined;
}

/** References that a browser would follow, and scripts. */
export const OUTSIDE = /https?:\/\/|\bsrc\s*=|\bhref\s*=|<script|<link|<iframe|<img|@import|url\(|\son[a-z]+\s*=/i;
