/** Curves out of a record: which values a signal had, and how to draw very many of them without losing a peak. */
import type { RecordLine } from './record.ts';

export interface Point {
  readonly us: number;
  readonly value: number;
}

/** Stretches of a curve: between two of them the signal was absent. */
export type Series = readonly (readonly Point[])[];

/** Lines by time, equal times in file order. Over a wire the log is read after the samples that stand beside it. */
export function byTime<Line extends RecordLine>(lines: readonly Line[]): readonly Exclude<Line, { type: 'header' }>[] {
  const timed = lines.filter((line): line is Exclude<Line, { type: 'header' }> => line.type !== 'header');
  return timed.toSorted((a, b) => a.us - b.us);
}

/** The values of a signal over the samples. A sample without it ends a stretch. */
export function signalSeries(record: readonly RecordLine[], signal: string): Series {
  const stretches: Point[][] = [];
  let open: Point[] | undefined;
  for (const line of byTime(record)) {
    if (line.type !== 'sample') {
      continue;
    }
    const value = line.signals[signal];
    if (value === undefined) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [];
      stretches.push(open);
    }
    open.push({ us: line.us, value });
  }
  return stretches;
}

/** The rate of the motor: samples, and between them the log's FLOW entries, which know the exact moment of a change. */
export function rateSeries(record: readonly RecordLine[]): Series {
  const points: Point[] = [];
  for (const line of byTime(record)) {
    const value =
      line.type === 'sample'
        ? line.signals['rate']
        : line.type === 'event' && line.kind === 'FLOW'
          ? Number(line.keys['nlpd'])
          : undefined;
    if (value !== undefined && Number.isFinite(value)) {
      points.push({ us: line.us, value });
    }
  }
  return points.length === 0 ? [] : [points];
}

/** Commanded less delivered, where a sample has both. */
export function undeliveredSeries(record: readonly RecordLine[]): Series {
  const points: Point[] = [];
  for (const line of byTime(record)) {
    if (line.type === 'sample') {
      const { commanded, delivered } = line.signals;
      if (commanded !== undefined && delivered !== undefined) {
        points.push({ us: line.us, value: commanded - delivered });
      }
    }
  }
  return points.length === 0 ? [] : [points];
}

/**
 * At most four points for each column of the drawing: the first, the last, the least and the greatest in it, in the order
 * of time. `columnOf` must not fall with time.
 */
export function thin(points: readonly Point[], columnOf: (us: number) => number): readonly Point[] {
  const kept: Point[] = [];
  let start = 0;
  while (start < points.length) {
    const column = columnOf(points[start]?.us ?? 0);
    let end = start;
    let least = start;
    let greatest = start;
    for (let next = start; next < points.length; next += 1) {
      const point = points[next];
      if (point === undefined || columnOf(point.us) !== column) {
        break;
      }
      end = next;
      least = point.value < (points[least]?.value ?? 0) ? next : least;
      greatest = point.value > (points[greatest]?.value ?? 0) ? next : greatest;
    }
    for (const index of [...new Set([start, least, greatest, end])].toSorted((a, b) => a - b)) {
      const point = points[index];
      if (point !== undefined) {
        kept.push(point);
      }
    }
    start = end + 1;
  }
  return kept;
}

/** Least and greatest value, or undefined for no point at all. */
export function extent(series: Series): { readonly min: number; readonly max: number } | undefined {
  let min = Infinity;
  let max = -Infinity;
  for (const stretch of series) {
    for (const { value } of stretch) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return min > max ? undefined : { min, max };
}
