/** The tables of BODY.md, made from the data that the code runs on, and from simulations. */
import {
  FAULT_NAMES,
  FAULT_PRESETS,
  FAULTS,
  NOT_RATES,
  type FaultMode,
  type FaultPreset,
} from '../simulation/vocabulary.ts';
import { FIGURES, type Figure } from './figures.ts';
import { UNMATCHED } from './figures-unmatched.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Four digits, without an exponent: what differs beyond them is rounding. */
const digits = (value: number): string => String(Number(value.toPrecision(4)));

function figureRow({ figure, unit, published, produce, source, kind }: Figure): string[] {
  const produced = produce();
  const shown = [digits(published), digits(produced)].map((value) => `${value} ${unit}`.trim());
  return [figure, ...shown, (produced / published).toFixed(3), source, kind];
}

function figures(): string {
  return [
    table(['figure', 'published', 'produced', 'ratio', 'source in pump.md', ''], FIGURES.map(figureRow)),
    'What is not matched, or not produced at all:',
    table(
      ['figure', 'published', 'produced', 'why', 'source in pump.md'],
      UNMATCHED.map(({ figure, published, produce, why, source }) => [
        figure,
        published,
        produce?.() ?? 'nothing',
        why,
        source,
      ]),
    ),
  ].join('\n\n');
}

function faults(): string {
  const rows = FAULT_NAMES.flatMap((name) =>
    Object.entries<FaultMode>(FAULTS[name].modes).map(([mode, { text, parameters }]) => [
      `\`${name}\``,
      `\`${mode}\``,
      Object.entries(parameters)
        .map(([key, { unit, min, max }]) => `\`${key}\` ${min} to ${max} ${unit}`)
        .join(', '),
      text,
    ]),
  );
  return table(['fault', 'mode', 'parameters', ''], rows);
}

function presets(): string {
  const rows = Object.entries<FaultPreset>(FAULT_PRESETS).flatMap(([preset, { rates }]) =>
    rates.map(({ event, fault, rate, per, from, source }) => [
      `\`${preset}\``,
      event,
      `\`${fault}\``,
      `${Number(rate.toPrecision(2))} per ${per}`,
      from,
      source,
    ]),
  );
  return [
    table(['preset', 'event', 'fault', 'rate', 'from', 'source'], rows),
    'Published without a time to make a rate of:',
    table(
      ['event', 'published', 'source'],
      NOT_RATES.map(({ event, published, source }) => [event, published, `pump.md 4, ${source}`]),
    ),
  ].join('\n\n');
}

const TABLES = { figures, faults, presets } as const;

/** The document with its tables made anew. Throws when marks are missing. */
export function withBodyTables(document: string): string {
  let text = document;
  for (const [name, make] of Object.entries(TABLES)) {
    const begin = `<!-- ${name}: made by \`npm run figures\` -->`;
    const end = `<!-- end of ${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the document has lost its marks: ${begin}, ${end}`);
    text = `${text.slice(0, from + begin.length)}\n\n${make()}\n\n${text.slice(to)}`;
  }
  return text;
}
