/** The drawing of a run: stacked lanes over one time axis, as SVG for the inside of a page. Lanes without data are left out. */
import { clock, span } from './format.ts';
import { markup, NOTHING, type Html } from './html.ts';
import { signalLanes, type Frame, type Lane, type PressureLimit } from './lanes.ts';
import { actionLane, alarmLane } from './moment-lanes.ts';
import { alarmBars, deeds, type Deed } from './moments.ts';
import type { RecordLine } from './record.ts';
import { timeAxis } from './ticks.ts';

export interface ChartOptions {
  /** What the drawing is called for those who cannot see it. */
  readonly label?: string;
  /** Pressure at which the pump would alarm, in pascals, and its name. */
  readonly pressureLimit?: PressureLimit;
}

const WIDTH = 900;
const LEFT = 150;
/** Room for half a tick label. */
const RIGHT = WIDTH - 16;
const GAP = 9;
const TOP = 4;
/** More lines than this across all lanes would be a hatching. */
const MOST_GUIDES = 30;

interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** First and last moment of the record; undefined where it has none. */
function timeSpan(record: readonly RecordLine[]): TimeSpan | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const line of record) {
    if (line.type !== 'header') {
      from = Math.min(from, line.us);
      to = Math.max(to, line.us);
    }
  }
  return from > to ? undefined : { from, to: Math.max(to, from + 1_000_000) };
}

/** Lines through every lane where a fault began or ended. */
function guides(done: readonly Deed[], frame: Frame, bottom: number): readonly Html[] {
  const places = [...new Set(done.filter(({ kind }) => kind === 'fault').map(({ us }) => Math.round(frame.x(us))))];
  return places.length > MOST_GUIDES
    ? []
    : places.map(
        (x) => markup`<line class="guide" x1="${x}" x2="${x}" y1="${TOP}" y2="${bottom}"/>
`,
      );
}

/** The drawing as an `svg` element for a page of this room, whose style sheet it needs; empty where there is nothing to draw. */
export function renderChart(record: readonly RecordLine[], options: ChartOptions = {}): Html {
  const time = timeSpan(record);
  if (time === undefined) {
    return NOTHING;
  }
  const { from, to } = time;
  const frame: Frame = { left: LEFT, right: RIGHT, x: (us) => LEFT + ((us - from) / (to - from)) * (RIGHT - LEFT) };
  const done = deeds(record);
  const bars = alarmBars(record);
  const lanes = [...signalLanes(record, options.pressureLimit), alarmLane(bars), actionLane(done, frame)].filter(
    (lane): lane is Lane => lane !== undefined,
  );
  if (lanes.length === 0) {
    return NOTHING;
  }
  let bottom = TOP;
  const drawn = lanes.map((lane) => {
    const top = bottom === TOP ? TOP : bottom + GAP;
    bottom = top + lane.height;
    return lane.draw(top, frame);
  });
  const axis = timeAxis(from, to, 10);
  const grid = axis.ticks.map(({ at, label }) => {
    const x = Math.round(frame.x(at) * 10) / 10;
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${bottom + 4}"/><text class="soft" text-anchor="middle" x="${x}" y="${bottom + 18}">${label}</text>
`;
  });
  const height = bottom + 40;
  const words = `${options.label ?? 'Run'}: ${span((to - from) / 1e6)} from ${clock(from, 0)}, ${lanes.length} lanes, ${bars.length} alarms, ${done.length} actions`;
  return markup`<div class="scroll"><svg class="chart" role="img" aria-label="${words}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title>${words}</title>
${grid}${guides(done, frame, bottom)}${drawn}<text class="soft" text-anchor="middle" x="${(LEFT + RIGHT) / 2}" y="${bottom + 35}">pump time, ${axis.unit}</text>
</svg></div>
`;
}
