import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderChart } from '../firmware-sim/report/chart.ts';
import { alarmBars, deeds } from '../firmware-sim/report/moments.ts';
import type { RecordLine } from '../firmware-sim/report/record.ts';
import { rateSeries, signalSeries, thin } from '../firmware-sim/report/series.ts';
import { alarm, done, event, header, HOUR, occlusionRecord, sample, tagFault } from './support/report-record.ts';

const draw = (record: readonly RecordLine[]): string => renderChart(record).html;
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe('the chart', () => {
  const svg = draw(occlusionRecord);

  test('has every lane for which the record has data, with its unit', () => {
    for (const [name, unit] of [
      ['Reservoir', 'mL'],
      ['Motor rate', 'µL/day'],
      ['Not delivered', 'µL'],
      ['Pressure', 'kPa'],
    ]) {
      expect(svg).toMatch(new RegExp(`>${name}</text><text[^>]*>${unit}</text>`));
    }
    expect(svg).toContain('>Alarms</text>');
    expect(svg).toContain('>Actions</text>');
    expect(svg).toContain('>pump time, h</text>');
  });

  test('is an image with a name, titles for hover, and balanced markup', () => {
    expect(svg).toMatch(/<svg [^>]*role="img" aria-label="Run: 8 h from 00:00:00, 6 lanes, 1 alarms, 3 actions"/);
    expect(svg).toContain('<title>pressure in the catheter: 1.000 to 376.000 kPa</title>');
    expect(tagFault(svg)).toBeUndefined();
  });

  test('leaves out lanes without data', () => {
    const bare = draw([header, sample(0, { pressure: 1_000 }), sample(HOUR, { pressure: 2_000 })]);
    expect(bare).toContain('>Pressure</text>');
    for (const name of ['Reservoir', 'Motor rate', 'Not delivered', 'Alarms', 'Actions']) {
      expect(bare).not.toContain(`>${name}</text>`);
    }
  });

  test('draws belief alone where the target gives no truth', () => {
    const belief = draw([
      sample(0, { reservoir_computed: 5_000_000 }),
      sample(HOUR, { reservoir_computed: 4_000_000 }),
    ]);
    expect(belief).toContain('class="belief"');
    expect(belief).not.toContain('class="truth"');
  });

  test('is empty for a record with nothing in it', () => {
    expect(draw([])).toBe('');
    expect(draw([header])).toBe('');
    expect(draw([header, { type: 'end', us: 0, log_sha256: null }])).toBe('');
  });

  test('takes a record of a single moment', () => {
    const svgOfOne = draw([sample(5, { pressure: 0 }), alarm(5, 'low-reservoir', 'on', 'low')]);
    expect(svgOfOne).toContain('class="truth"');
    expect(svgOfOne).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('shows the limit of the pressure where it is given, and only there', () => {
    const limited = renderChart(occlusionRecord, { pressureLimit: { pa: 70_000, text: 'alarm at 70 kPa' } }).html;
    expect(limited).toMatch(/class="limit"[\s\S]*>alarm at 70 kPa<\/text>/);
    expect(svg).not.toContain('class="limit"');
  });

  test('draws a change of rate as a corner, not as a slope', () => {
    const path = /<path class="belief" d="([^"]*)"><title>rate/.exec(svg)?.[1];
    expect(path).toMatch(/^M[\d.]+ [\d.]+([HV][\d.]+)+$/);
  });

  test('escapes what comes from the record', () => {
    const hostile = draw([alarm(0, '<script>&"', 'on', '"><x>'), ...done(HOUR, '<b>"', { '<i>': '">' })]);
    expect(hostile).not.toMatch(/<script|<x>|<b>|<i>/);
    expect(tagFault(hostile)).toBeUndefined();
  });
});

describe('the alarm lane', () => {
  test('has a bar for every stretch of every alarm, in the colour of its priority', () => {
    const svg = draw([
      sample(0, {}),
      alarm(HOUR, 'catheter-occlusion', 'on'),
      alarm(2 * HOUR, 'catheter-occlusion', 'off'),
      alarm(3 * HOUR, 'low-reservoir', 'on', 'low'),
      alarm(4 * HOUR, 'catheter-occlusion', 'on'),
      alarm(5 * HOUR, 'catheter-occlusion', 'off'),
      { type: 'end', us: 8 * HOUR, log_sha256: null },
    ]);
    expect(count(svg, /<rect class="bar-high"/g)).toBe(2);
    expect(count(svg, /<rect class="bar-low"/g)).toBe(1);
    expect(svg).toContain('low-reservoir, low: raised 03:00:00.000, not cleared by the end');
    expect(svg).toContain('raised 01:00:00.000, cleared 02:00:00.000 (after 1 h)');
  });

  test('joins bars that would touch and tells how many they are', () => {
    const svg = draw([
      alarm(0, 'a', 'on'),
      alarm(1, 'a', 'off'),
      alarm(2, 'a', 'on'),
      alarm(3, 'a', 'off'),
      { type: 'end', us: 8 * HOUR, log_sha256: null },
    ]);
    expect(count(svg, /<rect class="bar-high"/g)).toBe(1);
    expect(svg).toContain('2 times: a, high: raised');
  });

  test('marks acknowledge and latch and shades the latched part', () => {
    const svg = draw([
      alarm(0, 'a', 'on'),
      alarm(HOUR, 'a', 'ack'),
      alarm(2 * HOUR, 'a', 'latched'),
      alarm(3 * HOUR, 'a', 'off'),
      { type: 'end', us: 4 * HOUR, log_sha256: null },
    ]);
    expect(svg).toContain('<title>acknowledged 01:00:00.000</title>');
    expect(svg).toContain('<title>condition gone, latched 02:00:00.000</title>');
    expect(count(svg, /<rect class="latched"/g)).toBe(1);
  });

  test('tells a signal that begins late or sounds again from a condition that is back', () => {
    const states = ['pending', 'on', 'paused', 'on', 'ack', 'on', 'latched', 'on', 'off'];
    const [bar] = alarmBars(states.map((state, hour) => alarm(hour * HOUR, 'a', state)));
    expect(bar?.marks.map(({ state }) => state)).toEqual([
      'pending',
      'signalled',
      'paused',
      'sounding',
      'ack',
      'sounding',
      'latched',
      'on',
    ]);
  });

  test('shows an alarm whose raising is not in the record', () => {
    expect(alarmBars([alarm(7, 'a', 'off')])).toEqual([{ id: 'a', priority: 'high', from: 7, to: 7, marks: [] }]);
  });
});

describe('the actions lane', () => {
  test('leaves out time going by, and tells what was refused', () => {
    const found = deeds([...done(0, 'start'), ...done(1, 'advance', { to: 5 }), ...done(5, 'stop', {}, false)]);
    expect(found.map(({ input, outcome }) => [input, outcome])).toEqual([
      ['start', 'ok'],
      ['stop', 'refused'],
    ]);
    expect(draw([...done(0, 'start'), ...done(HOUR, 'stop', {}, false)])).toContain('>stop refused</text>');
  });

  test('keeps an input that was never answered', () => {
    const unanswered = deeds([{ type: 'input', us: 0, input: 'start', args: {} }, ...done(1, 'stop')]);
    expect(unanswered.map(({ outcome }) => outcome)).toEqual(['unanswered', 'ok']);
  });

  test('names a fault with its mode and draws it through all lanes', () => {
    const svg = draw(occlusionRecord);
    expect(svg).toContain('>catheter.occlusion complete</text>');
    expect(count(svg, /class="guide"/g)).toBe(1);
  });

  test('puts what is done at one moment into one label', () => {
    const svg = draw([...done(0, 'fill'), ...done(0, 'start'), ...done(HOUR, 'stop')]);
    expect(svg).toContain('>fill · start</text>');
  });
});

describe('curves', () => {
  test('end where a signal is absent and begin again after it', () => {
    const record = [sample(0, { pressure: 1 }), sample(1, {}), sample(2, { pressure: 3 })];
    expect(signalSeries(record, 'pressure')).toEqual([[{ us: 0, value: 1 }], [{ us: 2, value: 3 }]]);
  });

  test('of the rate take the exact moment of a change from the log', () => {
    const record = [sample(0, { rate: 5 }), sample(10, { rate: 0 }), event(7, 'FLOW', { nlpd: 0 })];
    expect(rateSeries(record)).toEqual([
      [
        { us: 0, value: 5 },
        { us: 7, value: 0 },
        { us: 10, value: 0 },
      ],
    ]);
  });

  test('are thinned without losing the peak, the ends or the order', () => {
    const value = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 1, max: 60 }),
        (values, width) => {
          const points = values.map((each, us) => ({ us, value: each }));
          const column = (us: number): number => Math.floor(us / width);
          const kept = thin(points, column);
          expect(kept.map(({ us }) => us)).toEqual(kept.map(({ us }) => us).toSorted((a, b) => a - b));
          expect(kept[0]).toEqual(points[0]);
          expect(kept.at(-1)).toEqual(points.at(-1));
          for (let at = 0; at < values.length; at += width) {
            const all = values.slice(at, at + width);
            const those = kept.filter(({ us }) => column(us) === at / width).map((point) => point.value);
            expect(those.length).toBeLessThanOrEqual(4);
            expect(Math.max(...those)).toBe(Math.max(...all));
            expect(Math.min(...those)).toBe(Math.min(...all));
          }
        },
      ),
    );
  });

  test('of a long record keep a peak of one sample and stay short', () => {
    const record = Array.from({ length: 50_000 }, (_, us) =>
      sample(us * 1_000_000, { pressure: us === 31_415 ? 100_000 : 0 }),
    );
    const svg = draw(record);
    const path = /<path class="truth" d="([^"]*)"/.exec(svg)?.[1] ?? '';
    const heights = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((match) => Number(match[1]));
    const level = Math.max(...heights);
    expect(heights.filter((y) => y < level)).toHaveLength(1);
    expect(path.length).toBeLessThan(60_000);
  });
});
