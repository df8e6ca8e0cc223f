/**
 * The fault vocabulary: `component.fault`, its modes and their parameters, as data. Scenario, wire and API speak these words;
 * what each does to the hardware stands in inject.ts. Parameters are integers in the units given; ratios are in ppm.
 */

export interface FaultParameter {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly text: string;
}

export interface FaultMode {
  readonly text: string;
  readonly parameters: Readonly<Record<string, FaultParameter>>;
}

export interface FaultDefinition {
  readonly text: string;
  readonly modes: Readonly<Record<string, FaultMode>>;
}

const parameter = (unit: string, min: number, max: number, text: string): FaultParameter => ({ unit, min, max, text });
const ratio = (min: number, max: number, text: string): FaultParameter => parameter('ppm', min, max, text);
const pressure = (min: number, max: number, text: string): FaultParameter => parameter('Pa', min, max, text);
const time = (text: string): FaultParameter => parameter('us', 1_000_000, 20 * 365 * 86_400_000_000, text);
const volume = (text: string): FaultParameter => parameter('nL', 0, 100_000_000, text);
// The empty type is meant: a mode without parameters has none at all.
// oxlint-disable-next-line typescript/no-generated-empty-object-type
const plain = (text: string): { readonly text: string; readonly parameters: Record<never, never> } => ({
  text,
  parameters: {},
});
const mode = <const Parameters extends Record<string, FaultParameter>>(text: string, parameters: Parameters) => ({
  text,
  parameters,
});

// From about the open lumen (4 Pa at 1 mL/day, pump.md 2.2) to what no pump overcomes.
const resistance = parameter(
  'Pa/(mL/day)',
  1,
  1_000_000_000_000,
  'pressure drop for each mL/day of flow, in series with the open lumen',
);
const place = ratio(0, 1_000_000, 'where, as a share of the volume between pump and tip: 0 at the pump');

export const FAULTS = {
  'catheter.occlusion': {
    text: 'the lumen is blocked between pump and tip',
    modes: {
      complete: plain('nothing passes; pressure rises with every step'),
      partial: mode('a resistance in series with the open lumen', { resistance }),
      gradual: mode('the resistance grows evenly from nothing, then stays', {
        resistance,
        over: time('time until it is reached'),
      }),
      intermittent: mode('complete for a while, open for a while, again and again', {
        on: time('time closed'),
        off: time('time open'),
      }),
      wandering: mode('a resistance that wanders within bounds, minute by minute', {
        resistance,
        amplitude: ratio(0, 1_000_000, 'largest distance from the resistance, as a share of it'),
      }),
      released: plain('the lumen is open again; what the pressure had stored leaves at once'),
    },
  },
  'catheter.kink': {
    text: 'the catheter is pinched over 10 mm',
    modes: {
      on: mode('the bore is narrowed', {
        bore: parameter('um', 1, 530, 'diameter that is left; 530 µm is the open bore'),
      }),
      off: plain('the bore is open'),
    },
  },
  'catheter.leak': {
    text: 'part of the flow leaves the catheter before the tip',
    modes: {
      on: mode('a share is lost at a place', { share: ratio(1, 1_000_000, 'share of the flow that is lost'), place }),
      off: plain('the catheter is tight'),
    },
  },
  'catheter.disconnection': {
    text: 'the catheter has come apart: the reservoir falls as ever, nothing arrives',
    modes: { on: mode('all of the flow is lost at a place', { place }), off: plain('the catheter is whole') },
  },
  'rotor.gain': {
    text: 'a step moves more or less than its nominal volume',
    modes: {
      wrong: mode('a constant error', {
        flow: ratio(100_000, 3_000_000, 'share of the nominal volume that a step moves'),
      }),
      slow: mode('the error grows evenly, as by wear, then stays', {
        flow: ratio(100_000, 3_000_000, 'share of the nominal volume at the end'),
        over: time('time until it is reached'),
      }),
      off: plain('nominal'),
    },
  },
  'rotor.slip': {
    text: 'the rollers slip over a pressure',
    modes: {
      wrong: mode('slip begins and is complete at other pressures', {
        from: pressure(1_000, 1_000_000, 'slip begins'),
        to: pressure(2_000, 1_000_000, 'nothing is moved; over `from`'),
      }),
      off: plain('the rotor as built'),
    },
  },
  'rotor.stall': {
    text: 'the motor is driven and does not turn',
    modes: {
      stuck: plain('it stands, in a field or by corrosion'),
      delayed: mode('the field has gone, the rotor follows later (2 to 24 h were reported: pump.md 1.5)', {
        recovery: time('time until it turns again'),
      }),
      off: plain('it turns'),
    },
  },
  'rotor.turn': {
    text: 'a commanded step turns the rotor too little or too much: its volume and the count of the feedback follow',
    modes: {
      wrong: mode('each step turns it by another share of a step', {
        turn: ratio(0, 3_000_000, 'share of a step by which the rotor turns'),
      }),
      off: plain('each step turns it by a whole one'),
    },
  },
  'reservoir.falloff': {
    text: 'flow falls when the reservoir is nearly empty',
    modes: {
      wrong: mode('the fall begins at another volume', { volume: volume('usable volume below which flow falls') }),
      off: plain('full flow to the last drop'),
    },
  },
  'reservoir.pocket': {
    text: 'a filling goes beside the port, into the pocket',
    modes: {
      on: mode('the next filling misses the reservoir', { volume: volume('volume that goes beside, at the most') }),
      off: plain('the needle is where it should be'),
    },
  },
  'reservoir.reading': {
    text: 'what is drained is read wrongly off the syringe',
    modes: {
      wrong: mode('an error of reading', { share: ratio(0, 2_000_000, 'reading as a share of the true volume') }),
      off: plain('exact'),
    },
  },
  'ambient.pressure': {
    text: 'pressure around the patient; over 2 ATA, CSF is driven back into the reservoir',
    modes: {
      wrong: mode('another pressure', {
        pressure: pressure(50_000, 700_000, 'absolute pressure'),
        effect: ratio(
          0,
          1_000_000,
          'share of the flow that is lost for each ATA over the first; no figure is known for any pump',
        ),
        backflow: parameter('nL/day', 0, 100_000_000, 'flow back into the reservoir while over 2 ATA'),
      }),
      off: plain('1 ATA'),
    },
  },
  'ambient.temperature': {
    text: 'temperature of the pump',
    modes: {
      wrong: mode('another temperature', {
        temperature: parameter('mdegC', 10_000, 60_000, 'temperature'),
        effect: ratio(
          0,
          1_000_000,
          'share of the flow that is gained for each degree over 37; no figure is known for any pump',
        ),
      }),
      off: plain('37 °C'),
    },
  },
  'sensor.pressure': {
    text: 'what the catheter pressure sensor reads; modes add up until `off`',
    modes: {
      high: mode('reads too much', { offset: pressure(1, 500_000, 'offset') }),
      low: mode('reads too little', { offset: pressure(1, 500_000, 'offset') }),
      rising: mode('drifts upwards', { per_day: pressure(1, 100_000, 'drift for each day') }),
      falling: mode('drifts downwards', { per_day: pressure(1, 100_000, 'drift for each day') }),
      noisy: mode('bounded noise, uniform', { amplitude: pressure(1, 500_000, 'largest distance from the truth') }),
      coarse: mode('reads in steps', { quantum: pressure(1, 500_000, 'step') }),
      stuck: plain('reads what it read last'),
      dead: plain('reads nothing: no comparator on it ever trips'),
      off: plain('exact'),
    },
  },
  'sensor.rotor': {
    text: 'the feedback that counts the turns of the rotor',
    modes: { dead: plain('counts nothing'), off: plain('counts every step that was turned') },
  },
  'clock.drift': {
    text: 'the pump keeps another time than the world',
    modes: {
      fast: mode('its seconds are short', { ppm: ratio(1, 100_000, 'error') }),
      slow: mode('its seconds are long', { ppm: ratio(1, 100_000, 'error') }),
      off: plain('exact'),
    },
  },
  'battery.cell': {
    text: 'the energy that is left in the battery',
    modes: { wrong: mode('another charge', { share: ratio(0, 1_000_000, 'share of the capacity that is left') }) },
  },
  'telemetry.lockup': {
    text: 'interference, as in an MRI, has driven the radio into telemetry mode (pump.md 1.4)',
    modes: { on: plain('the radio says so, once; how long it lasts is for the firmware to say') },
  },
  'memory.error': {
    text: 'the check of a memory area fails; the hardware says so, once',
    modes: {
      program: plain('in the area of the program'),
      log: plain('in the area of the log'),
      library: plain('in the area of the drug library'),
      'library-lost': plain('in the area of the drug library, and what it held is gone'),
    },
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

type ModesOf<F extends FaultName> = (typeof FAULTS)[F]['modes'];
type ParametersOf<Mode> = Mode extends { readonly parameters: infer Parameters }
  ? { readonly [P in keyof Parameters]: number }
  : never;

/** A fault as it is injected: `fault`, `mode`, and exactly the parameters that the mode takes. */
export type FaultOf<F extends FaultName> = {
  [M in keyof ModesOf<F>]: { readonly fault: F; readonly mode: M } & ParametersOf<ModesOf<F>[M]>;
}[keyof ModesOf<F>];
export type Fault = { [F in FaultName]: FaultOf<F> }[FaultName];
