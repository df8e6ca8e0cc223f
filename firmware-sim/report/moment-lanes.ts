/** The lanes that show moments: alarms as bars from raised to cleared, and actions as labelled marks. */
import { clock, span } from './format.ts';
import { markup, NOTHING, type Html } from './html.ts';
import type { Frame, Lane } from './lanes.ts';
import type { AlarmBar, Deed } from './moments.ts';

const ROW = 22;
const LABEL_ROW = 15;
const LABEL_ROWS = 5;
/** Mean width of a letter at the size of the labels; on the wide side, so that labels never touch. */
const LETTER = 6.6;
/** Width of the margin in letters. */
const MARGIN_LETTERS = 21;
const PRIORITIES = ['high', 'medium', 'low'];

const one = (value: number): string => String(Math.round(value * 10) / 10);
const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Bars of one alarm that would touch on the drawing, as one. */
interface DrawnBar {
  readonly bars: AlarmBar[];
  readonly left: number;
  right: number;
}

function drawnBars(bars: readonly AlarmBar[], frame: Frame): readonly DrawnBar[] {
  const drawn: DrawnBar[] = [];
  for (const bar of bars) {
    const left = Math.min(frame.x(bar.from), frame.right - 3);
    // An alarm of an instant is seen, too.
    const right = Math.max(bar.to === null ? frame.right : frame.x(bar.to), left + 3);
    const last = drawn.at(-1);
    if (last !== undefined && left < last.right + 1.5) {
      last.bars.push(bar);
      last.right = Math.max(last.right, right);
    } else {
      drawn.push({ bars: [bar], left, right });
    }
  }
  return drawn;
}

const STATE_TEXT: Readonly<Record<string, string>> = {
  pending: 'not signalled yet',
  signalled: 'signalled',
  paused: 'silenced for a while',
  sounding: 'sounds again',
  ack: 'acknowledged',
  latched: 'condition gone, latched',
  on: 'condition back',
};

function barTitle({ id, priority, from, to, marks }: AlarmBar): string {
  const seen = marks.map(({ us, state }) => `, ${STATE_TEXT[state] ?? state} ${clock(us, 3)}`).join('');
  const end = to === null ? ', not cleared by the end' : `, cleared ${clock(to, 3)} (after ${span((to - from) / 1e6)})`;
  return `${id}, ${priority}: raised ${clock(from, 3)}${seen}${end}`;
}

/** From `latched` until it is on again or the bar ends. */
function latchedParts(bar: AlarmBar, right: number, top: number, frame: Frame): readonly Html[] {
  return bar.marks.map(({ us, state }, index) => {
    if (state !== 'latched') {
      return NOTHING;
    }
    const next = bar.marks.slice(index + 1).find((mark) => mark.state === 'on');
    const end = next === undefined ? right : frame.x(next.us);
    return markup`<rect class="latched" x="${one(frame.x(us))}" y="${top + 3}" width="${one(Math.max(end - frame.x(us), 0))}" height="${ROW - 6}"/>`;
  });
}

const MARK_SHAPE: Readonly<Record<string, string>> = {
  pending: 'm0 -5v10',
  signalled: 'm-4 -4l8 4l-8 4z',
  paused: 'm-2 -4v8m4 -8v8',
  sounding: 'm4 -4l-8 4l8 4z',
  ack: 'm0 -5l5 5l-5 5l-5 -5z',
  latched: 'm-4 -4h8v8h-8z',
  on: 'm-4 4h8l-4 -8z',
};

function drawBar({ bars, left, right }: DrawnBar, top: number, frame: Frame): Html {
  const first = bars[0];
  if (first === undefined) {
    return NOTHING;
  }
  const word = PRIORITIES.includes(first.priority) ? first.priority : 'medium';
  const count =
    bars.length === 1 ? barTitle(first) : `${bars.length} times: ${bars.slice(0, 20).map(barTitle).join('; ')}`;
  const label = bars.length === 1 ? first.priority : `${first.priority}, ${bars.length} times`;
  const marks = bars.flatMap((bar) => bar.marks);
  const nextMark = Math.min(right, ...marks.slice(0, 1).map(({ us }) => frame.x(us) - 5));
  const text =
    nextMark - left > label.length * LETTER + 10
      ? markup`<text class="bar-text" x="${one(left + 6)}" y="${top + 15}">${label}</text>`
      : NOTHING;
  const latched = bars.flatMap((bar) => latchedParts(bar, right, top, frame));
  const shapes = marks.map(
    ({ us, state }) =>
      markup`<path class="mark" d="M${one(frame.x(us))} ${top + ROW / 2}${MARK_SHAPE[state] ?? 'm0 -5v10'}"><title>${STATE_TEXT[state] ?? state} ${clock(us, 3)}</title></path>`,
  );
  // An open end: the alarm outlived the record.
  const open =
    bars.at(-1)?.to === null ? markup`<path class="mark" d="M${one(right - 5)} ${top + 6}l5 5l-5 5"/>` : NOTHING;
  return markup`<g class="alarm"><title>${count}</title><rect class="bar-${word}" x="${one(left)}" y="${top + 3}" width="${one(right - left)}" height="${ROW - 6}"/>${latched}${text}${shapes}${open}</g>
`;
}

/** One row for each alarm that occurred; undefined where none did. */
export function alarmLane(bars: readonly AlarmBar[]): Lane | undefined {
  const ids = [...new Set(bars.map(({ id }) => id))];
  if (ids.length === 0) {
    return undefined;
  }
  const states = new Set(bars.flatMap(({ marks }) => marks.map(({ state }) => state)));
  const legend = Object.entries(STATE_TEXT).filter(([state]) => states.has(state));
  const height = 18 + ids.length * ROW + (legend.length === 0 ? 0 : 20);
  const draw = (top: number, frame: Frame): Html => {
    const rows = ids.map((id, index) => {
      const row = top + 18 + index * ROW;
      const drawn = drawnBars(
        bars.filter((bar) => bar.id === id),
        frame,
      );
      return markup`<text x="0" y="${row + 15}">${cut(id, MARGIN_LETTERS)}<title>${id}</title></text><line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${row + ROW / 2}" y2="${row + ROW / 2}"/>
${drawn.map((bar) => drawBar(bar, row, frame))}`;
    });
    let x = frame.left + 6;
    const keys = legend.map(([state, text]) => {
      const at = x;
      x += 34 + text.length * LETTER;
      return markup`<path class="mark" d="M${at} ${top + height - 10}${MARK_SHAPE[state] ?? ''}"/><text class="soft" x="${at + 10}" y="${top + height - 6}">${text}</text>`;
    });
    return markup`<text class="name" x="0" y="${top + 11}">Alarms</text>
${rows}${keys}<rect class="frame" x="${frame.left}" y="${top}" width="${frame.right - frame.left}" height="${height}"/>
`;
  };
  return { height, draw };
}

/** Deeds that fall on the same place of the drawing. */
interface Group {
  readonly x: number;
  readonly members: Deed[];
}

function groupsOf(done: readonly Deed[], frame: Frame): readonly Group[] {
  const groups: Group[] = [];
  for (const deed of done) {
    const x = frame.x(deed.us);
    const last = groups.at(-1);
    if (last !== undefined && x - last.x < 3) {
      last.members.push(deed);
    } else {
      groups.push({ x, members: [deed] });
    }
  }
  return groups;
}

function groupLabel(members: readonly Deed[]): string {
  const words = members.map(({ label, outcome }) => (outcome === 'refused' ? `${label} refused` : label));
  const shown = words.slice(0, 6).join(' · ');
  return cut(words.length > 6 ? `${shown} · ${words.length - 6} more` : shown, 70);
}

function deedTitle({ us, input, args, outcome, answer }: Deed): string {
  return `${clock(us, 3)} ${input} ${args} → ${outcome} ${answer}`.trim();
}

/** Whether a label has room in a row, and its mark a way down to the axis that crosses no label below. */
function clear(ends: readonly number[], row: number, from: number, x: number): boolean {
  return ends.every((end, index) => index < row || end < (index === row ? from : x));
}

/** A mark for every moment at which something was done, with labels in as many rows as they need; undefined for none. */
export function actionLane(done: readonly Deed[], frame: Frame): Lane | undefined {
  if (done.length === 0) {
    return undefined;
  }
  const ends: number[] = [];
  const placed = groupsOf(done, frame).map((group) => {
    const label = groupLabel(group.members);
    const width = label.length * LETTER;
    const turned = group.x + 8 + width > frame.right;
    const from = turned ? group.x - 8 - width : group.x;
    const row = Array.from({ length: LABEL_ROWS }, (_, index) => index).find((index) =>
      clear(ends, index, from, group.x),
    );
    if (row !== undefined) {
      ends[row] = Math.max(from + width + 14, group.x + 4);
    }
    return { ...group, label, turned, row };
  });
  const height = Math.max(1, ends.length) * LABEL_ROW + 10;
  const draw = (top: number): Html => {
    const marks = placed.map(({ x, members, label, turned, row }) => {
      const style = members.some(({ outcome }) => outcome === 'refused')
        ? 'action-refused'
        : members.some(({ kind }) => kind === 'fault')
          ? 'action-fault'
          : 'action';
      const titles = members.slice(0, 20).map(deedTitle).join('; ');
      const text =
        row === undefined
          ? NOTHING
          : markup`<text class="${style}" text-anchor="${turned ? 'end' : 'start'}" x="${one(turned ? x - 5 : x + 5)}" y="${top + 15 + row * LABEL_ROW}">${label}</text>`;
      // From its label down to the axis; without room for a label, a short one.
      const from = row === undefined ? top + height - 7 : top + row * LABEL_ROW + 5;
      return markup`<g><title>${titles}</title><line class="${style}" x1="${one(x)}" x2="${one(x)}" y1="${from}" y2="${top + height}"/>${text}</g>
`;
    });
    return markup`<text class="name" x="0" y="${top + 11}">Actions</text>
${marks}<rect class="frame" x="${frame.left}" y="${top}" width="${frame.right - frame.left}" height="${height}"/>
`;
  };
  return { height, draw };
}
