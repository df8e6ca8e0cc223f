import { describe, expect, test } from 'vitest';
import { DISCLAIMER } from '../firmware-sim/report/html.ts';
import type { RecordLine } from '../firmware-sim/report/record.ts';
import { renderRunReport } from '../firmware-sim/report/run-report.ts';
import { losses } from '../firmware-sim/report/two-truths.ts';
import {
  alarm,
  done,
  event,
  header,
  HOUR,
  occlusionRecord,
  OUTSIDE,
  result,
  sample,
  samples,
  tagFault,
} from './support/report-record.ts';

const end: RecordLine = { type: 'end', us: 8 * HOUR, log_sha256: 'ab12' };
const silentRecord: readonly RecordLine[] = [header, ...samples(2 * HOUR), end];

const missed = (commanded: number, missing: number): number | undefined =>
  losses([sample(0, { commanded, delivered: commanded - missing })]).unannounced?.missing;

const command = (file: string): string | undefined =>
  /<code>(doseloop run .*)<\/code>/.exec(renderRunReport([], result, [], { file }))?.[1];

describe('the report of a run', () => {
  const page = renderRunReport(occlusionRecord, result, ['A note: itb-20 has no occlusion sensor.']);

  test('is one balanced page without a script or a reference to anything outside', () => {
    expect(tagFault(page)).toBeUndefined();
    expect(page).not.toMatch(OUTSIDE);
  });

  test('says SIMULATED, that it is no medical device, the verdict and the notes', () => {
    expect(page).toContain('<strong>SIMULATED</strong>');
    expect(page).toContain(DISCLAIMER);
    expect(page).toContain('<span class="badge badge-pass">PASS</span><span>1 of 1 expectation passed</span>');
    expect(page).toContain('A note: itb-20 has no occlusion sensor.');
  });

  test('lists the expectations with requirement, measured value and margin', () => {
    expect(page).toMatch(
      /raised<\/th><td>CL-49, CL-51<\/td><td>raised within 2 h<\/td><td>after 1 h<\/td><td class="num">1 h</,
    );
  });

  test('lists when each alarm was raised and cleared', () => {
    expect(page).toMatch(/catheter-occlusion<\/th>.*>high<.*>03:00:00\.000<.*>05:00:00\.000<.*>2 h</);
    const open = renderRunReport([], {
      ...result,
      alarms: [{ id: 'x', priority: 'low', raised_s: 1.5, cleared_s: null }],
    });
    expect(open).toMatch(/x<\/th>.*>00:00:01\.500<.*>not by the end</);
  });

  test('gives what is needed to run it again', () => {
    expect(page).toContain('<code>doseloop run FILE --target sim --seed 42</code>, FILE being the scenario above');
    expect(page).toContain('<code>ab12</code>');
  });

  test('names the file of the scenario where it is told, quoted for the shell', () => {
    expect(command('a/b-1.yaml')).toBe('doseloop run a/b-1.yaml --target sim --seed 42');
    expect(command("it's; rm")).toBe('doseloop run &#39;it&#39;\\&#39;&#39;s; rm&#39; --target sim --seed 42');
  });

  test('shows hostile text as text', () => {
    const bad = `<script>&"`;
    const hostile = renderRunReport(
      [{ ...header, title: bad }, event(0, bad, { [bad]: bad }), ...done(0, bad, { [bad]: bad }, false)],
      { ...result, scenario: bad, reason: bad, alarms: [{ id: bad, priority: bad, raised_s: 0, cleared_s: null }] },
      [bad],
    );
    expect(hostile).not.toContain('<script');
    expect(tagFault(hostile)).toBeUndefined();
  });

  test('of an empty record is a page that says so', () => {
    const empty = renderRunReport([], { ...result, verdict: 'ERROR', reason: 'no port', expectations: [], alarms: [] });
    expect(tagFault(empty)).toBeUndefined();
    for (const text of [
      'no port',
      'The record has nothing to draw.',
      'The record has no samples.',
      'The record has no end',
    ]) {
      expect(empty).toContain(text);
    }
  });

  test('has a table of the log that keeps the first and the last 200 entries', () => {
    const many = Array.from({ length: 1000 }, (_, index) => event(index, 'STOP', { rev: `n${index}x` }));
    const long = renderRunReport([header, ...many, end], result);
    for (const shown of [0, 199, 800, 999]) {
      expect(long).toContain(`rev=n${shown}x<`);
    }
    for (const left of [200, 799]) {
      expect(long).not.toContain(`rev=n${left}x<`);
    }
    expect(long).toContain('600 rows left out');
  });

  test('does not list time going by among the inputs', () => {
    expect(renderRunReport([header, ...done(0, 'advance', { to: 5 }), end], result)).toContain(
      'The record holds no input.',
    );
  });
});

describe('a record and a result that do not belong together', () => {
  test('are reported when the log differs', () => {
    expect(renderRunReport(occlusionRecord, { ...result, log_sha256: 'cd34' })).toContain('log_sha256 differs');
    expect(renderRunReport(occlusionRecord, result)).not.toContain('do not belong together');
  });

  test('show both worlds when the worlds differ', () => {
    const page = renderRunReport(occlusionRecord, { ...result, world: 'REAL' });
    expect(page).toContain('<strong>SIMULATED and REAL</strong>');
    expect(page).toContain('The record says SIMULATED, the result REAL');
  });

  test('are reported when the record has an alarm that the result lacks', () => {
    expect(renderRunReport(occlusionRecord, { ...result, alarms: [] })).toContain('does not list: catheter-occlusion.');
  });
});

describe('the two truths', () => {
  test('stand beside each other with their difference', () => {
    const page = renderRunReport(silentRecord, result);
    expect(page).toMatch(/commanded, delivered<\/th><td class="num">100\.00<.*>25\.00<.*>75\.00</);
  });

  test('tell of therapy lost without an alarm', () => {
    const page = renderRunReport(silentRecord, result);
    expect(page).toMatch(/Therapy lost without an alarm:<\/strong> at the end, 75\.00 µL .*\(75\.0 % of/);
  });

  test('do not count an alarm of low priority as one that tells of lost therapy', () => {
    const page = renderRunReport([...silentRecord, alarm(HOUR, 'low-reservoir', 'on', 'low')], result);
    expect(page).toContain('Therapy lost without an alarm');
  });

  test('name the alarm that was active at the end instead', () => {
    const page = renderRunReport([...silentRecord, alarm(3 * HOUR, 'catheter-occlusion', 'on')], result);
    expect(page).not.toContain('Therapy lost without an alarm');
    expect(page).toContain('Active then: catheter-occlusion.');
    expect(page).toContain('up to 12.50 µL was missing');
  });

  test('call nothing lost where all was delivered', () => {
    const page = renderRunReport([header, ...samples(8 * HOUR), end], result);
    expect(page).not.toMatch(/Therapy lost|was missing/);
    expect(page).toContain('commanded and delivered volume differ by 0.00 µL');
  });

  test('say that delivery is not known where the target cannot give it', () => {
    expect(renderRunReport([header, sample(0, { commanded: 5 }), end], result)).toContain('is not known');
  });

  test('count a shortfall from 1 % and 1 µL', () => {
    expect([missed(100_000, 1_000), missed(100_000, 999), missed(100_001, 1_000), missed(10, 10)]).toEqual([
      1_000,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
