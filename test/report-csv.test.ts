import { describe, expect, test } from 'vitest';
import { renderSignalsCsv } from '../firmware-sim/report/csv.ts';
import { SIGNALS } from '../firmware-sim/simulation/signals.ts';
import { event, header, sample } from './support/report-record.ts';

describe('signals as CSV', () => {
  test('has a header with units, a row for each sample, and the line ends of RFC 4180', () => {
    const record = [
      header,
      sample(0, { rate: 300_000, pressure: -5, drug_delivered: 0, commanded: 0 }),
      event(1, 'STOP'),
      sample(6_307_200_000_000_001, { rate: 0, pressure: 7, drug_delivered: 9_007_199_254_740_991, commanded: 10 }),
    ];
    const units = { rate: 'nL/day', pressure: 'Pa', drug_delivered: 'ng', commanded: 'nL' };
    expect(renderSignalsCsv(record, units)).toBe(
      't_s,rate_nl_per_day,pressure_pa,drug_delivered_ng,commanded_nl\r\n' +
        '0.000000,300000,-5,0,0\r\n' +
        '6307200000.000001,0,7,9007199254740991,10\r\n',
    );
  });

  test('leaves the field of an absent value empty', () => {
    const record = [sample(1, { pressure: 1 }), sample(2, { rate: 2 })];
    expect(renderSignalsCsv(record, { rate: 'nL/day', pressure: 'Pa' })).toBe(
      't_s,rate_nl_per_day,pressure_pa\r\n0.000001,,1\r\n0.000002,2,\r\n',
    );
  });

  test('keeps a signal that has no unit, and quotes what needs it', () => {
    expect(renderSignalsCsv([sample(0, { 'odd,"name"': 1 })], {})).toBe('t_s,"odd,""name"""\r\n0.000000,1\r\n');
  });

  test('of an empty record is the header', () => {
    const units = Object.fromEntries(Object.entries(SIGNALS).map(([name, { unit }]) => [name, unit]));
    expect(renderSignalsCsv([], units)).toBe(
      't_s,rate_nl_per_day,dose_rate_ng_per_day,reservoir_computed_nl,commanded_nl,reservoir_true_nl,delivered_nl,drug_delivered_ng,leaked_nl,pocket_nl,' +
        'tip_concentration_ng_per_ul,csf_tip_pg_per_ml,csf_bulk_pg_per_ml,pressure_reading_pa,rotor_feedback_nl,battery_mj,' +
        'pressure_pa,refill_discrepancy_nl\r\n',
    );
  });
});
