/** What the pump believes beside what happened, and whether therapy was lost with no alarm to tell of it. */
import { clock, grouped, microlitres, volume } from './format.ts';
import { markup, NOTHING, type Html } from './html.ts';
import type { RecordLine, SampleLine } from './record.ts';
import { byTime } from './series.ts';

/** A difference counts from 1 % of what was commanded by then, and from 1 µL: less is within a model's own grain. */
const LEAST_SHARE = 0.01;
const LEAST_NL = 1_000;

/** Commanded less delivered at a moment, with the alarms that were active then. */
export interface Shortfall {
  readonly us: number;
  /** Nanolitres. */
  readonly missing: number;
  readonly commanded: number;
  /** Above low priority: those that say that something is wrong with delivery. */
  readonly alarms: readonly string[];
}

export interface Losses {
  /** At the last sample that has both volumes. */
  readonly end: Shortfall | undefined;
  /** The largest substantial shortfall at a sample at which no alarm above low priority was active. */
  readonly unannounced: Shortfall | undefined;
}

export function isSubstantial({ missing, commanded }: Shortfall): boolean {
  return missing >= LEAST_NL && missing >= commanded * LEAST_SHARE;
}

/** Walks the record once. An alarm of low priority (refill soon) announces no lost therapy and is not counted. */
export function losses(record: readonly RecordLine[]): Losses {
  const active = new Set<string>();
  let end: Shortfall | undefined;
  let unannounced: Shortfall | undefined;
  for (const line of byTime(record)) {
    if (line.type === 'event' && line.kind === 'ALARM') {
      const id = String(line.keys['id']);
      if (line.keys['state'] === 'off') {
        active.delete(id);
      } else if (line.keys['pri'] !== 'low') {
        active.add(id);
      }
    }
    if (line.type !== 'sample') {
      continue;
    }
    const { commanded, delivered } = line.signals;
    if (commanded === undefined || delivered === undefined) {
      continue;
    }
    end = { us: line.us, missing: commanded - delivered, commanded, alarms: [...active] };
    if (active.size === 0 && isSubstantial(end) && end.missing > (unannounced?.missing ?? 0)) {
      unannounced = end;
    }
  }
  return { end, unannounced };
}

function share({ missing, commanded }: Shortfall): string {
  return commanded > 0 ? ` (${grouped((100 * missing) / commanded, 1)} % of what was commanded by then)` : '';
}

function lossText(record: readonly RecordLine[]): Html {
  const { end, unannounced } = losses(record);
  if (end === undefined) {
    return markup`<p class="dim">The target gives no delivered volume: what left the catheter tip is not known.</p>
`;
  }
  const silent = isSubstantial(end) && end.alarms.length === 0;
  const lost = silent
    ? markup`<p class="callout callout-bad"><strong>Therapy lost without an alarm:</strong> at the end, ${volume(end.missing)} of what the motor had commanded had not left the catheter tip${share(end)}, and no alarm above low priority was active.</p>
`
    : isSubstantial(end)
      ? markup`<p class="callout">At the end, ${volume(end.missing)} of what the motor had commanded had not left the catheter tip${share(end)}. Active then: ${end.alarms.join(', ')}.</p>
`
      : markup`<p>At the end, commanded and delivered volume differ by ${volume(end.missing)}.</p>
`;
  const before =
    unannounced === undefined || (silent && unannounced.missing <= end.missing)
      ? NOTHING
      : markup`<p class="callout">While no alarm above low priority was active, up to ${volume(unannounced.missing)} was missing at the catheter tip${share(unannounced)}, at ${clock(unannounced.us, 0)}.</p>
`;
  return markup`${lost}${before}`;
}

/** The last value of a signal, wherever in the record it stands. */
function lastSample(record: readonly RecordLine[]): SampleLine['signals'] | undefined {
  const signals: Record<string, number> = {};
  const samples = byTime(record).filter((line) => line.type === 'sample');
  for (const sample of samples) {
    Object.assign(signals, sample.signals);
  }
  return samples.length === 0 ? undefined : signals;
}

const cell = (nl: number | undefined): string => (nl === undefined ? 'not given' : microlitres(nl));

function truthRow(name: string, belief: number | undefined, truth: number | undefined): Html {
  const difference = belief === undefined || truth === undefined ? '' : microlitres(belief - truth);
  return markup`<tr><th scope="row">${name}</th><td class="num">${cell(belief)}</td><td class="num">${cell(truth)}</td><td class="num">${difference}</td></tr>
`;
}

/** Belief, truth and difference at the end, and in words what was lost. */
export function twoTruths(record: readonly RecordLine[]): Html {
  const last = lastSample(record);
  if (last === undefined) {
    return markup`<p class="dim">The record has no samples.</p>
`;
  }
  const { drug_delivered: drug, refill_discrepancy: discrepancy } = last;
  const more = [
    drug === undefined ? undefined : `Drug that left the catheter tip: ${grouped(drug / 1000, 3)} µg.`,
    discrepancy === undefined
      ? undefined
      : `At the last refill, drained less computed: ${microlitres(discrepancy)} µL.`,
  ].filter((text) => text !== undefined);
  return markup`<table><thead><tr><th scope="col">at the end</th><th scope="col" class="num">pump believes, <span class="unit">µL</span></th><th scope="col" class="num">truth, <span class="unit">µL</span></th><th scope="col" class="num">difference, <span class="unit">µL</span></th></tr></thead>
<tbody>${truthRow('Reservoir: computed, true', last['reservoir_computed'], last['reservoir_true'])}${truthRow('Volume: commanded, delivered', last['commanded'], last['delivered'])}</tbody></table>
${more.map(
  (text) => markup`<p>${text}</p>
`,
)}${lossText(record)}`;
}
