/** The lanes that show a signal over time. Each draws itself from `top` down and says how high it is. */
import { markup, NOTHING, type Html } from './html.ts';
import type { RecordLine } from './record.ts';
import { extent, rateSeries, signalSeries, thin, undeliveredSeries, type Point, type Series } from './series.ts';
import { valueAxis } from './ticks.ts';

/** Where time lies on the drawing. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly x: (us: number) => number;
}

export interface Lane {
  readonly height: number;
  readonly draw: (top: number, frame: Frame) => Html;
}

export interface Curve {
  /** In the margin, and in full on hover. */
  readonly name: string;
  readonly text: string;
  readonly style: 'belief' | 'truth' | 'lost';
  readonly series: Series;
}

interface SignalLane {
  readonly name: string;
  readonly unit: string;
  /** Integers of the record to one of `unit`. */
  readonly divisor: number;
  readonly height: number;
  /** A step holds its value until the next point; a line runs straight to it. */
  readonly shape: 'steps' | 'line';
  readonly fromZero: boolean;
  /** The axis shows at least this much, in integers of the record: a straight line is no zigzag of single steps. */
  readonly leastWidth: number;
  readonly curves: readonly Curve[];
  readonly limit?: { readonly value: number; readonly text: string };
}

const one = (value: number): string => String(Math.round(value * 10) / 10);

function pathOf(points: readonly Point[], lane: SignalLane, frame: Frame, y: (value: number) => number): string {
  const kept = thin(points, (us) => Math.floor(frame.x(us)));
  const first = kept[0];
  if (first === undefined) {
    return '';
  }
  const start = `M${one(frame.x(first.us))} ${one(y(first.value))}`;
  if (lane.shape === 'line') {
    const rest = kept.slice(1).map(({ us, value }) => `L${one(frame.x(us))} ${one(y(value))}`);
    // A stretch of a single point is a dot: a round cap on a line of no length.
    return start + (rest.length === 0 ? 'h0' : rest.join(''));
  }
  const rest = kept.slice(1).map(({ us, value }, index) => {
    const held = kept[index]?.value === value;
    return held ? '' : `H${one(frame.x(us))}V${one(y(value))}`;
  });
  return `${start}${rest.join('')}H${one(frame.right)}`;
}

function range(lane: SignalLane): { readonly min: number; readonly max: number } | undefined {
  const found = extent(lane.curves.flatMap(({ series }) => series));
  if (found === undefined) {
    return undefined;
  }
  const limit = lane.limit?.value ?? found.max;
  const min = lane.fromZero ? Math.min(0, found.min) : found.min;
  // Head room over what starts at zero, so that a level stretch does not lie on the frame.
  const max = Math.max(found.max, limit) * (lane.fromZero ? 1.05 : 1);
  return { min, max: Math.max(max, min + lane.leastWidth) };
}

function signalLane(lane: SignalLane): Lane | undefined {
  const values = range(lane);
  if (values === undefined) {
    return undefined;
  }
  const { divisor, height, unit } = lane;
  const axis = valueAxis(values.min / divisor, values.max / divisor, Math.max(2, Math.floor(height / 22)));
  const draw = (top: number, frame: Frame): Html => {
    const y = (value: number): number => top + height * (1 - (value / divisor - axis.min) / (axis.max - axis.min));
    const grid = axis.ticks.map(({ at, label }, index) => {
      const line = y(at * divisor);
      // The outer labels stay inside the lane, clear of its neighbours.
      const shift = index === 0 ? 0 : index === axis.ticks.length - 1 ? 9 : 4;
      return markup`<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${one(line)}" y2="${one(line)}"/><text class="soft" text-anchor="end" x="${frame.left - 6}" y="${one(line + shift)}">${label}</text>
`;
    });
    const curves = lane.curves.map(({ text, style, series }) => {
      const found = extent(series);
      if (found === undefined) {
        return NOTHING;
      }
      const digits = Math.max(0, Math.ceil(Math.log10(divisor)));
      const words = [found.min, found.max].map((value) => (value / divisor).toFixed(digits)).join(' to ');
      const paths = series.map((stretch) => pathOf(stretch, lane, frame, y)).join('');
      return markup`<path class="${style}" d="${paths}"><title>${text}: ${words} ${unit}</title></path>
`;
    });
    const named = lane.curves.filter(({ series }) => series.length > 0);
    const legend = named.map(({ name, style }, index) => {
      const line = top + 45 + index * 15;
      return markup`<path class="${style}" d="M1 ${line - 4}h14"/><text class="soft" x="20" y="${line}">${name}</text>
`;
    });
    const limit =
      lane.limit === undefined
        ? NOTHING
        : markup`<line class="limit" x1="${frame.left}" x2="${frame.right}" y1="${one(y(lane.limit.value))}" y2="${one(y(lane.limit.value))}"><title>${lane.limit.text}</title></line><text class="soft" text-anchor="end" x="${frame.right - 6}" y="${one(y(lane.limit.value) + 14)}">${lane.limit.text}</text>
`;
    return markup`<text class="name" x="0" y="${top + 11}">${lane.name}</text><text class="soft" x="0" y="${top + 26}">${unit}</text>
${grid}${curves}${limit}${legend}<rect class="frame" x="${frame.left}" y="${top}" width="${frame.right - frame.left}" height="${height}"/>
`;
  };
  return { height, draw };
}

export interface PressureLimit {
  readonly pa: number;
  readonly text: string;
}

/** The lanes for which the record has values, from the reservoir down to the pressure. */
export function signalLanes(record: readonly RecordLine[], pressureLimit: PressureLimit | undefined): readonly Lane[] {
  const reservoir: SignalLane = {
    name: 'Reservoir',
    unit: 'mL',
    divisor: 1_000_000,
    height: 104,
    shape: 'line',
    fromZero: false,
    leastWidth: 1_000,
    // The truth is drawn first and thicker: where both agree, the belief runs inside it and neither hides the other.
    curves: [
      { name: 'true', text: 'true reservoir volume', style: 'truth', series: signalSeries(record, 'reservoir_true') },
      {
        name: 'computed',
        text: 'computed reservoir volume',
        style: 'belief',
        series: signalSeries(record, 'reservoir_computed'),
      },
    ],
  };
  const rate: SignalLane = {
    name: 'Motor rate',
    unit: 'µL/day',
    divisor: 1_000,
    height: 70,
    shape: 'steps',
    fromZero: true,
    leastWidth: 1_000,
    curves: [
      { name: 'commanded', text: 'rate at which the motor is driven', style: 'belief', series: rateSeries(record) },
    ],
  };
  const missing = undeliveredSeries(record);
  const large = (extent(missing)?.max ?? 0) >= 2_000_000;
  const undelivered: SignalLane = {
    name: 'Not delivered',
    unit: large ? 'mL' : 'µL',
    divisor: large ? 1_000_000 : 1_000,
    height: 76,
    shape: 'line',
    fromZero: true,
    leastWidth: 1_000,
    curves: [{ name: 'difference', text: 'commanded less delivered volume', style: 'lost', series: missing }],
  };
  const pressure: SignalLane = {
    name: 'Pressure',
    unit: 'kPa',
    divisor: 1_000,
    height: 90,
    shape: 'line',
    fromZero: true,
    leastWidth: 1_000,
    curves: [
      {
        name: 'true, catheter',
        text: 'pressure in the catheter',
        style: 'truth',
        series: signalSeries(record, 'pressure'),
      },
      {
        name: 'sensor reads',
        text: 'reading of the catheter pressure sensor',
        style: 'belief',
        series: readingSeries(record),
      },
    ],
    ...(pressureLimit === undefined ? {} : { limit: { value: pressureLimit.pa, text: pressureLimit.text } }),
  };
  const tip: SignalLane = {
    name: 'Drug at tip',
    unit: 'µg/mL',
    divisor: 1,
    height: 70,
    shape: 'steps',
    fromZero: true,
    leastWidth: 10,
    curves: [
      {
        name: 'leaves the tip',
        text: 'drug in what leaves the catheter tip',
        style: 'truth',
        series: signalSeries(record, 'tip_concentration'),
      },
    ],
  };
  const csf: SignalLane = {
    name: 'Drug in CSF',
    unit: 'ng/mL',
    divisor: 1_000,
    height: 90,
    shape: 'line',
    fromZero: true,
    leastWidth: 10_000,
    curves: [
      {
        name: 'at the tip',
        text: 'drug in the CSF at the tip',
        style: 'truth',
        series: signalSeries(record, 'csf_tip'),
      },
      { name: 'bulk', text: 'drug in the rest of the CSF', style: 'belief', series: signalSeries(record, 'csf_bulk') },
    ],
  };
  return [reservoir, rate, undelivered, pressure, tip, csf].map(signalLane).filter((lane) => lane !== undefined);
}

/** What the sensor read, where that was ever another thing than the truth; else the one line says it all. */
function readingSeries(record: readonly RecordLine[]): Series {
  const differs = record.some(
    (line) => line.type === 'sample' && line.signals['pressure_reading'] !== line.signals['pressure'],
  );
  return differs ? signalSeries(record, 'pressure_reading') : [];
}
