import { chargeAt } from './battery.ts';
import { drugAt, fluid, stepsMade, turnsCounted, useOf, type Body } from './body-state.ts';
import { concentrations, massInCsf } from './csf.ts';
import { readingOf } from './sensors.ts';
import { concentrationAtTip, departedAt, massOf } from './transit.ts';

/** What is true now. Looking sets no anchor. Volumes nL, masses ng, pressures Pa, concentrations ng/µL. */
export interface Truth {
  readonly reservoir: number;
  readonly concentration: number;
  readonly delivered: number;
  readonly drugDelivered: number;
  readonly leaked: number;
  readonly drugLeaked: number;
  readonly pocket: number;
  readonly pressure: number;
  readonly pressureReading: number;
  /** Volume of the turns that the rotor's feedback has counted, nL. */
  readonly rotorFeedback: number;
  /** Concentration of what leaves the tip, ng/µL. */
  readonly tipConcentration: number;
  /** In the CSF at the tip and in the bulk, ng/µL. */
  readonly csfTip: number;
  readonly csfBulk: number;
  /** Energy left, mJ. */
  readonly battery: number;
  /** Drug in reservoir, pipe and CSF, ng. */
  readonly drugInReservoir: number;
  readonly drugInPipe: number;
  readonly drugInCsf: number;
}

export function truthOf(body: Body): Truth {
  const state = fluid(body);
  const { transit, modes } = body.conditions;
  const departed = departedAt(transit, state.outflow);
  const drug = drugAt(body, state);
  const reservoir = body.filled - state.drawn;
  const csf = concentrations(modes, state.csf);
  return {
    reservoir,
    concentration: drug.concentration,
    delivered: departed.tipVolume,
    drugDelivered: departed.tipMass / 1000,
    leaked: departed.leakVolume,
    drugLeaked: departed.leakMass / 1000,
    pocket: body.pocket.volume,
    pressure: state.pressure,
    pressureReading: readingOf(body.sensor, state.pressure, body.now, stepsMade(body)),
    rotorFeedback: turnsCounted(body) * body.setup.stepVolume,
    tipConcentration: concentrationAtTip(transit, state.outflow),
    csfTip: csf.tip,
    csfBulk: csf.bulk,
    battery: chargeAt(body.battery, useOf(body)),
    drugInReservoir: (reservoir * drug.concentration) / 1000,
    drugInPipe: (massOf(drug.transit.proximal) + massOf(drug.transit.distal)) / 1000,
    drugInCsf: massInCsf(modes, state.csf) / 1000,
  };
}
