/** The samples of a record as CSV (RFC 4180) for a spreadsheet or a script. */
import { exactSeconds } from './format.ts';
import type { RecordLine } from './record.ts';

/** `nL/day` as it stands in a column's name: `nl_per_day`. */
function unitName(unit: string): string {
  return unit
    .toLowerCase()
    .replaceAll(/[µμ]/g, 'u')
    .replaceAll('/', '_per_')
    .replaceAll(/[^a-z0-9_]+/g, '_');
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A header `t_s,<signal>_<unit>…` and a row for each sample. Columns are the signals of `units` in their order, whether
 * the record has them or not, so that runs of one kind have the same columns; then signals without a unit, by bare name.
 * An absent value is an empty field. Times are exact decimal seconds, values the integers of the record.
 */
export function renderSignalsCsv(record: readonly RecordLine[], units: Readonly<Record<string, string>>): string {
  const samples = record.filter((line) => line.type === 'sample');
  const known = Object.keys(units);
  const others = new Set<string>();
  for (const { signals } of samples) {
    for (const name of Object.keys(signals)) {
      if (!Object.hasOwn(units, name)) {
        others.add(name);
      }
    }
  }
  const header = ['t_s', ...known.map((name) => `${name}_${unitName(units[name] ?? '')}`), ...others];
  const columns = [...known, ...others];
  const rows = samples.map(({ us, signals }) => [
    exactSeconds(us),
    ...columns.map((name) => (signals[name] === undefined ? '' : String(signals[name]))),
  ]);
  return [header, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}
