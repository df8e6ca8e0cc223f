/** What the verbs do that only a simulated pump knows. */
import { micros } from '../../protocol/units.ts';
import { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import {
  DEFAULT_DRUG,
  LIBRARIES,
  PROFILES,
  type DrugName,
  type ProfileName,
} from '../../firmware-sim/simulation/vocabulary.ts';
import type { HandlersOf } from './handlers.ts';
import { accepted, command, refusal } from './served-pump.ts';
import { findFault } from './words.ts';

export const SIMULATED_HANDLERS: HandlersOf<
  'SIM RESET' | 'SIM REBOOT' | 'SIM FILL' | 'SIM FAULT' | 'SIM BUTTON' | 'SIM TRUTH' | 'SIM BODY' | 'SIM ADVANCE'
> = {
  'SIM RESET': (pump, { profile, seed, conc, compliance, drug = DEFAULT_DRUG, primed, lockstep, leap }) => {
    if (!isProfile(profile)) return refusal('BAD_VALUE', { key: 'profile' });
    if (!isDrug(drug)) return refusal('BAD_VALUE', { key: 'drug' });
    pump.simulation = new Simulation({
      profile,
      seed,
      concentration: conc,
      compliance,
      drug,
      primed: primed !== '0',
      leap: leap !== '0',
      // Another pump, and the same port: no session number comes back.
      boot: pump.simulation.status.boot,
    });
    pump.resets += 1;
    pump.lockstep = lockstep === '1';
    pump.draft = undefined;
    return accepted({ rev: pump.simulation.status.revision, us: pump.simulation.now });
  },
  'SIM REBOOT': (pump) => {
    const { simulation } = pump;
    simulation.reboot();
    // Held in working memory, as what was staged.
    pump.draft = undefined;
    return accepted({ boot: simulation.status.boot });
  },
  'SIM FILL': ({ simulation }, { nl, conc }) => {
    const { capacity } = simulation.profile;
    if (nl > capacity) return refusal('VOLUME_RANGE', { nl, min: 0, max: capacity });
    return accepted({ drained_nl: simulation.fill(nl, conc) });
  },
  'SIM FAULT': ({ simulation }, { fault, mode, p1, p2, p3 }) => {
    const found = findFault(
      fault,
      mode,
      [p1, p2, p3].filter((text) => text !== undefined),
    );
    if (found === undefined) return refusal('UNKNOWN_FAULT', { fault, mode });
    simulation.inject(found);
    return accepted({});
  },
  'SIM BUTTON': (pump) => command(pump, { command: 'press' }),
  'SIM TRUTH': ({ simulation }) => {
    const { reservoir_true, delivered, drug_delivered, pressure } = simulation.sample();
    return accepted({
      us: simulation.now,
      res_nl: reservoir_true,
      tip_nl: delivered,
      tip_ng: drug_delivered,
      pa: pressure,
    });
  },
  'SIM BODY': ({ simulation }) => {
    const { leaked, pocket, tip_concentration, csf_tip, csf_bulk, pressure_reading, rotor_feedback, battery } =
      simulation.sample();
    return accepted({
      leak_nl: leaked,
      pocket_nl: pocket,
      conc: tip_concentration,
      csf_tip,
      csf_bulk,
      read_pa: pressure_reading,
      turn_nl: rotor_feedback,
      mj: battery,
    });
  },
  'SIM ADVANCE': ({ simulation, lockstep }, { to }) => {
    if (!lockstep) return refusal('NOT_LOCKSTEP');
    const { now, complete } = simulation.advance(micros(to));
    return accepted({ us: now, next: simulation.status.nextEvent, more: complete ? 0 : 1 });
  },
};

const isProfile = (name: string): name is ProfileName => Object.hasOwn(PROFILES, name);
const isDrug = (name: string): name is DrugName => Object.hasOwn(LIBRARIES, name);
