/**
 * What time it is at the pump (PROTOCOL.md, V7): offsets are taken where the round trip was shortest, the rate between samples that lie
 * far enough apart, for a simulated pump may run faster than the world.
 */
export interface ClockSample {
  /** Host's clock when the question left and the answer came, ms. */
  readonly sent: number;
  readonly heard: number;
  /** Pump time in between, µs. */
  readonly us: number;
}

export interface PumpClock {
  readonly add: (sample: ClockSample) => void;
  /** Pump time at `now`, µs; undefined before the first sample. */
  readonly at: (now: number) => number | undefined;
}

const KEPT = 8;
/** Samples closer together tell more about the line than about the rate, ms. */
const APART_MS = 200;

const middle = ({ sent, heard }: ClockSample): number => (sent + heard) / 2;

export function createPumpClock(): PumpClock {
  let samples: ClockSample[] = [];
  return {
    add: (sample) => void (samples = [...samples, sample].slice(-KEPT)),
    at: (now) => {
      const best = samples.reduce<ClockSample | undefined>(
        (least, one) => (least === undefined || one.heard - one.sent <= least.heard - least.sent ? one : least),
        undefined,
      );
      if (best === undefined) return undefined;
      return Math.max(0, Math.floor(best.us + (now - middle(best)) * 1000 * rateOf(samples)));
    },
  };
}

/** Pump microseconds per microsecond of the host; 1 where it cannot be told. */
function rateOf(samples: readonly ClockSample[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || middle(last) - middle(first) < APART_MS) return 1;
  return Math.max(0, (last.us - first.us) / ((middle(last) - middle(first)) * 1000));
}
