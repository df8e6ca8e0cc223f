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
  /** Pump microseconds per microsecond of the host; 1 where it cannot be told. */
  readonly rate: () => number;
  /** Another pump is there. */
  readonly forget: () => void;
}

const KEPT = 8;
/** Samples closer together tell more about the line than about the rate, ms. */
const APART_MS = 200;

const middle = ({ sent, heard }: ClockSample): number => (sent + heard) / 2;
const roundTrip = ({ sent, heard }: ClockSample): number => heard - sent;

export function createPumpClock(): PumpClock {
  let samples: readonly ClockSample[] = [];
  return {
    add: (sample) => void (samples = [...samples, sample].slice(-KEPT)),
    at: (now) => {
      const [first, ...others] = samples;
      if (first === undefined) return undefined;
      const best = others.reduce((least, one) => (roundTrip(one) <= roundTrip(least) ? one : least), first);
      return Math.max(0, Math.floor(best.us + (now - middle(best)) * 1000 * rateOf(samples)));
    },
    rate: () => rateOf(samples),
    forget: () => void (samples = []),
  };
}

function rateOf(samples: readonly ClockSample[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || middle(last) - middle(first) < APART_MS) return 1;
  return Math.max(0, (last.us - first.us) / ((middle(last) - middle(first)) * 1000));
}
