/**
 * The oracle's own reading of the faults: what each does, written down a second time from its definition. Imports nothing of
 * the body. Times are pump time in µs, pressures Pa, volumes nL, resistances Pa·s/nL.
 *
 * Definitions. A parameter that changes slowly is a staircase that begins at the fault: each minute for an occlusion, each six
 * hours for the gain, and the end value at the end. A step whose stamp is the very microsecond of a change is of the old kind.
 * A wandering occlusion takes a new value each minute. Flow falls off in 20 equal levels. Noise is a hash of seed, stream
 * (1 the occlusion, 2 the pressure sensor) and sample number. A rotor that turns by a share of a step moves that share of its volume.
 */

const OCCLUSION_STAIR = 60_000_000;
const GAIN_STAIR = 21_600_000_000;
const ATMOSPHERE = 101_325;
const LEVELS = 20;
/** Hagen and Poiseuille, Pa·s/nL: 0.7 mPa·s through a bore of metres. */
const bore = (diameter: number, length: number): number => (128 * 0.7e-3 * length) / (Math.PI * diameter ** 4) / 1e12;
export const OPEN_LUMEN = bore(0.53e-3, 0.89);
export const CSF = 1_000;

export interface FaultWords {
  readonly fault: string;
  readonly mode: string;
  readonly [parameter: string]: string | number;
}

/** Every fault that is on, by its name, with the moment from which it counts. */
export interface Ailments {
  readonly seed: number;
  readonly on: Map<string, { readonly words: FaultWords; readonly since: number; readonly from: number }>;
  /** Of the pressure sensor all modes add up. */
  sensor: Sensor;
}

interface Sensor {
  offset: number;
  perDay: number;
  since: number;
  noise: number;
  quantum: number;
  stuckAt: number | undefined;
  dead: boolean;
}

const exactSensor = (): Sensor => ({
  offset: 0,
  perDay: 0,
  since: 0,
  noise: 0,
  quantum: 0,
  stuckAt: undefined,
  dead: false,
});

export const healthy = (seed: number): Ailments => ({ seed, on: new Map(), sensor: exactSensor() });

/** `reading` is what the pressure sensor reads now. */
export function afflict(all: Ailments, now: number, words: FaultWords, reading: number): void {
  const { fault, mode } = words;
  if (fault === 'sensor.pressure') return spoil(all, now, words, reading);
  // A leak and a disconnection are one opening: the later word counts.
  const name = fault === 'catheter.disconnection' ? 'catheter.leak' : fault;
  if (mode === 'off' || mode === 'released') all.on.delete(name);
  else {
    // Wear goes on from where it is, whatever the surroundings take.
    all.on.set(name, { words, since: now, from: rotorGain(all, now) });
  }
}

function spoil(all: Ailments, now: number, words: FaultWords, reading: number): void {
  const { sensor } = all;
  const value = (name: string): number => Number(words[name]);
  if (words.mode === 'high') sensor.offset = value('offset');
  if (words.mode === 'low') sensor.offset = -value('offset');
  if (words.mode === 'rising' || words.mode === 'falling') {
    sensor.perDay = words.mode === 'rising' ? value('per_day') : -value('per_day');
    sensor.since = now;
  }
  if (words.mode === 'noisy') sensor.noise = value('amplitude');
  if (words.mode === 'coarse') sensor.quantum = value('quantum');
  if (words.mode === 'stuck') sensor.stuckAt = reading;
  if (words.mode === 'dead') sensor.dead = true;
  if (words.mode === 'off') all.sensor = exactSensor();
}

const parameter = (all: Ailments, fault: string, name: string): number | undefined => {
  const value = all.on.get(fault)?.words[name];
  return value === undefined ? undefined : Number(value);
};

/** What the sensor reads: bias, noise of the sample's number, the range of 0 to 500 kPa, the quantum; in this order. */
export function readingAt({ seed, sensor }: Ailments, pressure: number, us: number, sample: number): number {
  if (sensor.dead) return Number.NaN;
  if (sensor.stuckAt !== undefined) return sensor.stuckAt;
  let value = pressure + sensor.offset + (sensor.perDay * (us - sensor.since)) / 86_400_000_000;
  if (sensor.noise > 0) value += sensor.noise * hashed(seed, 2, sample);
  value = Math.max(0, Math.min(500_000, value));
  return sensor.quantum > 0 ? Math.round(value / sensor.quantum) * sensor.quantum : value;
}

/** Climbs from 0 to 1 within `over`. */
function staircase(elapsed: number, over: number, stair: number): number {
  if (elapsed >= over) return 1;
  return (Math.floor(elapsed / stair) * stair) / over;
}

function rotorGain(all: Ailments, now: number): number {
  const gain = all.on.get('rotor.gain');
  if (gain === undefined) return 1;
  const to = Number(gain.words['flow']) / 1e6;
  if (gain.words.mode === 'wrong') return to;
  return gain.from + (to - gain.from) * staircase(now - gain.since, Number(gain.words['over']), GAIN_STAIR);
}

/** Share of its nominal volume that a step wants to move. */
export function gainAt(all: Ailments, now: number): number {
  const pressure = parameter(all, 'ambient.pressure', 'pressure') ?? ATMOSPHERE;
  const lost = ((parameter(all, 'ambient.pressure', 'effect') ?? 0) / 1e6) * (pressure / ATMOSPHERE - 1);
  const degrees = (parameter(all, 'ambient.temperature', 'temperature') ?? 37_000) / 1000 - 37;
  const gained = ((parameter(all, 'ambient.temperature', 'effect') ?? 0) / 1e6) * degrees;
  return rotorGain(all, now) * Math.max(0, (1 - lost) * (1 + gained));
}

export const pumpBlocked = (all: Ailments, now: number): boolean => {
  const stall = all.on.get('rotor.stall');
  if (nominalBackflow(all) > 0) return true;
  return stall !== undefined && (stall.words.mode === 'stuck' || now < stall.since + Number(stall.words['recovery']));
};

/** Volume that a step wants to move with `available` nL to draw. */
export function strokeAt(all: Ailments, step: number, available: number, now: number): number {
  if (pumpBlocked(all, now) || available <= 0) return 0;
  const turned = (parameter(all, 'rotor.turn', 'turn') ?? 1e6) / 1e6;
  const full = step * gainAt(all, now) * turned;
  const below = parameter(all, 'reservoir.falloff', 'volume') ?? 0;
  const level = available >= below ? LEVELS : Math.ceil((available / below) * LEVELS);
  return Math.min(available, (full * level) / LEVELS);
}

/** Slip begins at `from`; against `to`, which is 1 kPa more at the least, nothing moves. */
export function slipOf(all: Ailments): { from: number; to: number } {
  const from = parameter(all, 'rotor.slip', 'from') ?? 150_000;
  return { from, to: Math.max(parameter(all, 'rotor.slip', 'to') ?? 200_000, from + 1_000) };
}

export function leakOf(all: Ailments): { share: number; place: number } {
  const leak = all.on.get('catheter.leak');
  if (leak === undefined) return { share: 0, place: 0 };
  const share = leak.words.fault === 'catheter.disconnection' ? 1 : Number(leak.words['share']) / 1e6;
  return { share, place: Number(leak.words['place']) / 1e6 };
}

/** World seconds in a pump second. */
export function clockOf(all: Ailments): number {
  const clock = all.on.get('clock.drift')?.words;
  if (clock === undefined) return 1;
  const error = Number(clock['ppm']) / 1e6;
  return 1 / (clock.mode === 'fast' ? 1 + error : 1 - error);
}

/** What lies in series with the open lumen. A catheter that has come apart is open. */
export function addedAt(all: Ailments, now: number): number {
  if (leakOf(all).share >= 1) return 0;
  const left = parameter(all, 'catheter.kink', 'bore');
  const kink = left === undefined ? 0 : bore(left / 1e6, 0.01) - bore(0.53e-3, 0.01);
  return kink + occlusionAt(all, now);
}

function occlusionAt({ on, seed }: Ailments, now: number): number {
  const occlusion = on.get('catheter.occlusion');
  if (occlusion === undefined) return 0;
  const { words, since } = occlusion;
  // 1 mL/day is 1e6 nL in 86,400 s.
  const resistance = Number(words['resistance']) * 0.0864;
  const elapsed = now - since;
  switch (words.mode) {
    case 'complete':
      return Infinity;
    case 'gradual':
      return resistance * staircase(elapsed, Number(words['over']), OCCLUSION_STAIR);
    case 'wandering': {
      const wander = (Number(words['amplitude']) / 1e6) * hashed(seed, 1, Math.floor(elapsed / OCCLUSION_STAIR));
      return resistance * (1 + wander);
    }
    case 'intermittent':
      return elapsed % (Number(words['on']) + Number(words['off'])) < Number(words['on']) ? Infinity : 0;
    default:
      return resistance;
  }
}

/** nL per world second that is driven back through an open catheter: over 2 ATA only. */
function nominalBackflow(all: Ailments): number {
  const pressure = parameter(all, 'ambient.pressure', 'pressure') ?? ATMOSPHERE;
  return pressure > 2 * ATMOSPHERE ? (parameter(all, 'ambient.pressure', 'backflow') ?? 0) / 86_400 : 0;
}

/** The rotor resists like a hundred open catheters; what is added to the catheter counts against that. */
export const backflowAt = (all: Ailments, now: number): number =>
  nominalBackflow(all) / (1 + addedAt(all, now) / (100 * OPEN_LUMEN));

/** The next moment at which something above may change by itself. */
export function nextTick(all: Ailments, now: number): number {
  let next = Infinity;
  const propose = (us: number): void => {
    if (us > now) next = Math.min(next, us);
  };
  const stairs = (since: number, stair: number): void =>
    propose(since + (Math.floor((now - since) / stair) + 1) * stair);
  const occlusion = all.on.get('catheter.occlusion');
  if (occlusion !== undefined) {
    const { words, since } = occlusion;
    if (words.mode === 'gradual' || words.mode === 'wandering') stairs(since, OCCLUSION_STAIR);
    if (words.mode === 'gradual') propose(since + Number(words['over']));
    if (words.mode === 'intermittent') {
      const [on, off] = [Number(words['on']), Number(words['off'])];
      stairs(since, on + off);
      stairs(since + on, on + off);
    }
  }
  const gain = all.on.get('rotor.gain');
  if (gain?.words.mode === 'slow') {
    stairs(gain.since, GAIN_STAIR);
    propose(gain.since + Number(gain.words['over']));
  }
  const stall = all.on.get('rotor.stall');
  if (stall?.words.mode === 'delayed') propose(stall.since + Number(stall.words['recovery']));
  return next;
}

/** Uniform in −1 to 1: two rounds of MurmurHash3's finaliser over the low and the high word of the sample number. */
export function hashed(seed: number, stream: number, sample: number): number {
  const number = BigInt(sample);
  let word = u32((BigInt(seed) ^ 0x9e3779b9n) * 0x85ebca6bn) ^ u32(BigInt(stream + 1) * 0xc2b2ae35n);
  word = finalised(word ^ u32(number));
  word = finalised(word ^ u32(number >> 32n) ^ 0x27d4eb2fn);
  return Number(word) / 2 ** 31 - 1;
}

const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);

function finalised(word: bigint): bigint {
  let hash = u32(word);
  hash = u32((hash ^ (hash >> 16n)) * 0x85ebca6bn);
  hash = u32((hash ^ (hash >> 13n)) * 0xc2b2ae35n);
  return hash ^ (hash >> 16n);
}
