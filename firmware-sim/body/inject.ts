/** What each fault of the vocabulary does to the hardware and its sensors. */
import type { Reported } from '../../protocol/motion.ts';
import { resistanceFromPerMlPerDay } from './catheter.ts';
import type { Fault, FaultName, FaultOf } from './faults.ts';
import { pinchResistance } from './geometry.ts';
import { gainAt, NOMINAL_GAIN, NORMAL_AMBIENT, NORMAL_SLIP, type Hardware, type Occlusion } from './hardware.ts';
import { createPressureSensor, type PressureSensor } from './sensors.ts';
import { CAPACITY } from './battery.ts';

/** What a fault may change. `reading` is what the pressure sensor reads at this moment. */
export interface Injectable {
  readonly now: number;
  readonly hardware: Hardware;
  readonly sensor: PressureSensor;
  readonly reading: number;
  /** Set by a fault that changes the charge, mJ. */
  readonly charge?: number;
  /** Set by a fault that the hardware notices by itself. */
  readonly report?: Reported['event'];
}

const fromPpm = (ppm: number): number => ppm / 1_000_000;

type Injectors = { readonly [F in FaultName]: (body: Injectable, fault: FaultOf<F>) => Partial<Injectable> };

const hardware = (body: Injectable, change: Partial<Hardware>): Partial<Injectable> => ({
  hardware: { ...body.hardware, ...change },
});
const sensor = (body: Injectable, change: Partial<PressureSensor>): Partial<Injectable> => ({
  sensor: { ...body.sensor, ...change },
});

const INJECTORS: Injectors = {
  'catheter.occlusion': (body, fault) => hardware(body, { occlusion: occlusionOf(fault, body.now) }),
  'catheter.kink': (body, fault) =>
    hardware(body, { kink: fault.mode === 'on' ? pinchResistance(fault.bore / 1000) : 0 }),
  'catheter.leak': (body, fault) =>
    hardware(body, {
      leak: fault.mode === 'on' ? { share: fromPpm(fault.share), place: fromPpm(fault.place) } : TIGHT,
    }),
  'catheter.disconnection': (body, fault) =>
    hardware(body, { leak: fault.mode === 'on' ? { share: 1, place: fromPpm(fault.place) } : TIGHT }),
  'rotor.gain': (body, fault) => {
    if (fault.mode === 'off') return hardware(body, { gain: NOMINAL_GAIN });
    const to = fromPpm(fault.flow);
    if (fault.mode === 'wrong') return hardware(body, { gain: { from: to, to, since: body.now, over: 0 } });
    const from = gainAt({ ...body.hardware, ambient: NORMAL_AMBIENT }, body.now);
    return hardware(body, { gain: { from, to, since: body.now, over: fault.over } });
  },
  'rotor.slip': (body, fault) =>
    hardware(body, {
      slip: fault.mode === 'wrong' ? { from: fault.from, to: Math.max(fault.to, fault.from + 1000) } : NORMAL_SLIP,
    }),
  'rotor.stall': (body, fault) =>
    hardware(body, {
      stalledUntil: fault.mode === 'stuck' ? Infinity : fault.mode === 'delayed' ? body.now + fault.recovery : 0,
    }),
  'rotor.turn': (body, fault) => hardware(body, { turn: fault.mode === 'wrong' ? fromPpm(fault.turn) : 1 }),
  'reservoir.falloff': (body, fault) => hardware(body, { fallOff: fault.mode === 'wrong' ? fault.volume : 0 }),
  'reservoir.pocket': (body, fault) => hardware(body, { pocket: fault.mode === 'on' ? fault.volume : 0 }),
  'reservoir.reading': (body, fault) => hardware(body, { reading: fault.mode === 'wrong' ? fromPpm(fault.share) : 1 }),
  'ambient.pressure': (body, fault) => {
    const { pressure, lossPerAta, backflow } = NORMAL_AMBIENT;
    const change =
      fault.mode === 'wrong'
        ? { pressure: fault.pressure, lossPerAta: fromPpm(fault.effect), backflow: fault.backflow }
        : { pressure, lossPerAta, backflow };
    return hardware(body, { ambient: { ...body.hardware.ambient, ...change } });
  },
  'ambient.temperature': (body, fault) => {
    const { temperature, gainPerDegree } = NORMAL_AMBIENT;
    const change =
      fault.mode === 'wrong'
        ? { temperature: fault.temperature / 1000, gainPerDegree: fromPpm(fault.effect) }
        : { temperature, gainPerDegree };
    return hardware(body, { ambient: { ...body.hardware.ambient, ...change } });
  },
  'sensor.pressure': (body, fault) => {
    switch (fault.mode) {
      case 'high':
        return sensor(body, { offset: fault.offset });
      case 'low':
        return sensor(body, { offset: -fault.offset });
      case 'rising':
        return sensor(body, { drift: fault.per_day, driftSince: body.now });
      case 'falling':
        return sensor(body, { drift: -fault.per_day, driftSince: body.now });
      case 'noisy':
        return sensor(body, { noise: fault.amplitude });
      case 'coarse':
        return sensor(body, { quantum: fault.quantum });
      case 'stuck':
        return sensor(body, { stuckAt: body.reading });
      case 'dead':
        return sensor(body, { dead: true });
      case 'off':
        return { sensor: createPressureSensor(body.sensor.seed) };
    }
  },
  'sensor.rotor': (body, fault) => hardware(body, { rotorFeedback: fault.mode === 'off' }),
  'clock.drift': (body, fault) =>
    hardware(body, {
      // A fast pump counts more seconds than pass: each of them is less than one of the world's.
      clock: fault.mode === 'off' ? 1 : 1 / (1 + (fault.mode === 'fast' ? 1 : -1) * fromPpm(fault.ppm)),
    }),
  'battery.cell': (_, fault) => ({ charge: CAPACITY * fromPpm(fault.share) }),
  'telemetry.lockup': () => ({ report: 'telemetry-locked' }),
  'memory.error': (_, fault) => ({ report: MEMORY_REPORTS[fault.mode] }),
};

const MEMORY_REPORTS = {
  program: 'program-memory',
  log: 'log-memory',
  library: 'library-memory',
  'library-lost': 'library-lost',
} as const satisfies Record<FaultOf<'memory.error'>['mode'], Reported['event']>;

const TIGHT = { share: 0, place: 0 };

function occlusionOf(fault: FaultOf<'catheter.occlusion'>, now: number): Occlusion {
  switch (fault.mode) {
    case 'complete':
      return { kind: 'complete' };
    case 'released':
      return { kind: 'open' };
    case 'partial':
      return { kind: 'partial', resistance: resistanceFromPerMlPerDay(fault.resistance) };
    case 'gradual':
      return { kind: 'gradual', resistance: resistanceFromPerMlPerDay(fault.resistance), since: now, over: fault.over };
    case 'intermittent':
      return { kind: 'intermittent', since: now, on: fault.on, off: fault.off };
    case 'wandering':
      return {
        kind: 'wandering',
        resistance: resistanceFromPerMlPerDay(fault.resistance),
        amplitude: fromPpm(fault.amplitude),
        since: now,
      };
  }
}

/** The body's parts as the fault leaves them. */
export function applyFault(body: Injectable, fault: Fault): Injectable {
  // The table types each injector by its fault; behind a name known only at run time that link is lost.
  const injector = INJECTORS[fault.fault] as unknown as (body: Injectable, fault: Fault) => Partial<Injectable>;
  return { ...body, ...injector(body, fault) };
}
