/** Which worlds are explored, and how far. */
import { ALL_RULES, type Rule } from '../../protocol/index.ts';
import type { Bounds } from './dose-state.ts';
import type { SettingsBounds } from './settings-world.ts';

export interface Run {
  readonly name: string;
  readonly world:
    { readonly of: 'doses'; readonly bounds: Bounds } | { readonly of: 'settings'; readonly bounds: SettingsBounds };
  /** What is left out of states is tried as well, which takes long where there are many. */
  readonly audited?: true;
  /** No message is left out of a state, to see that it makes no difference. */
  readonly keepsAll?: true;
  /** The rule that is not in force; undefined: all are. */
  readonly without?: Rule;
  /** `safety`: nothing is violated, in any state. `codes`: what the pump refuses. `flaw`: a violation, for a rule is missing. */
  readonly looksFor: 'safety' | 'codes' | 'flaw';
}

const NONE: Bounds = {
  hosts: 1,
  hellos: 2,
  polls: 1,
  crashes: 0,
  sessions: 3,
  typed: 0,
  presses: 0,
  floods: 0,
  reboots: 0,
  stops: 0,
  asides: 0,
  slips: 0,
};
const NO_SETTINGS: SettingsBounds = { acts: ['START'], hellos: 2, sessions: 3, stops: 1, asides: 0, reboots: 0 };

const doses = (name: string, bounds: Partial<Bounds>): Run => ({
  name,
  world: { of: 'doses', bounds: { ...NONE, ...bounds } },
  looksFor: 'safety',
});
const settings = (name: string, bounds: Partial<SettingsBounds>): Run => ({
  name,
  world: { of: 'settings', bounds: { ...NO_SETTINGS, ...bounds } },
  looksFor: 'safety',
});

/** What each rule needs to be missed. */
const MISSED: Readonly<Record<Exclude<Rule, 'if'>, Partial<Bounds>>> = {
  session: {},
  nonce: {},
  id: {},
  after: { presses: 2, crashes: 0, reboots: 0 },
  by: {},
  journal: {},
  stop: { presses: 0, crashes: 0, reboots: 0, stops: 1 },
  renewal: {},
  query: {},
  expiry: {},
};

const audited = (run: Run): Run => ({ ...run, audited: true });

const keepsAll = (run: Run): Run => ({ ...run, keepsAll: true });

const without = (rule: Rule, run: Run): Run => ({
  ...run,
  name: `without ${rule}${run.name}`,
  without: rule,
  looksFor: 'flaw',
});

/** A rule that can be left out without harm would be no rule: each of these must fail. */
export const CONTROLS: readonly Run[] = ALL_RULES.flatMap((rule) =>
  rule === 'if'
    ? [without(rule, settings(' on START', {})), without(rule, settings(' on REFILL', { acts: ['REFILL'], stops: 0 }))]
    : [without(rule, doses('', { presses: 1, crashes: 1, reboots: 1, ...MISSED[rule] }))],
);

/** Every refusal is provoked, by a host that breaks the rules of hosts. */
const REFUSALS: Run = {
  ...doses('every refusal', { sessions: 2, polls: 0, typed: 1, floods: 1, slips: 1 }),
  looksFor: 'codes',
};

const TWO: Partial<Bounds> = { hosts: 2, polls: 0 };

/** The longest first, so that two processes end together. */
export const FULL: readonly Run[] = [
  doses('two hosts, the patient, crashes of the hosts', { ...TWO, presses: 1, crashes: 1 }),
  doses('two hosts, restarts of the pump', { ...TWO, reboots: 1 }),
  doses('two hosts, the patient, many sessions', { ...TWO, presses: 1, sessions: 4 }),
  doses('one host, everything, many sessions', { hellos: 3, sessions: 4, presses: 1, crashes: 1, reboots: 1 }),
  doses('one host, a person who types, restarts of the pump', { polls: 0, typed: 1, presses: 1, reboots: 1 }),
  doses('two hosts, the patient, how a dose ends', { ...TWO, presses: 1, polls: 1 }),
  doses('two hosts, a person who types', { ...TWO, typed: 1 }),
  settings('START and REFILL of two hosts, STOP', { acts: ['START', 'REFILL'], reboots: 1 }),
  doses('one host, so many doses that its own is forgotten', { floods: 1, crashes: 1, reboots: 1 }),
  audited(doses('two hosts, crashes of the hosts', { ...TWO, crashes: 1 })),
  audited(doses('two hosts, STOP', { ...TWO, stops: 1 })),
  doses('one host, STOP and BYE, restarts of both', { stops: 1, asides: 1, crashes: 1, reboots: 1 }),
  doses('one host, STOP and BYE, the patient', { stops: 1, asides: 1, crashes: 1, presses: 1 }),
  settings('START, STOP, restarts of the pump', { hellos: 3, sessions: 4, stops: 2, asides: 1, reboots: 1 }),
  settings('REFILL, STOP, restarts of the pump', {
    acts: ['REFILL'],
    hellos: 3,
    sessions: 4,
    stops: 2,
    asides: 1,
    reboots: 1,
  }),
  settings('START of two hosts, STOP', { acts: ['START', 'START'], stops: 2 }),
  settings('REFILL of two hosts', { acts: ['REFILL', 'REFILL'] }),
  keepsAll(doses('one host, the patient, and nothing is left out', { sessions: 2, polls: 0, presses: 1 })),
  keepsAll(doses('one host, crashes, and nothing is left out', { sessions: 2, polls: 0, crashes: 1 })),
  keepsAll(doses('two hosts, and nothing is left out', { ...TWO, hellos: 1, sessions: 2 })),
  REFUSALS,
];

/** For every run of the tests: the same, as far as a few seconds go. */
export const SMALL: readonly Run[] = [
  audited(doses('two hosts', { ...TWO, sessions: 2, presses: 1 })),
  audited(
    doses('one host, the patient, restarts of both', { sessions: 2, polls: 0, presses: 1, crashes: 1, reboots: 1 }),
  ),
  audited(doses('one host, a person who types', { sessions: 2, polls: 0, typed: 1 })),
  audited(doses('one host, so many doses that its own is forgotten', { sessions: 2, floods: 1 })),
  audited(doses('one host, STOP and BYE', { sessions: 2, polls: 0, stops: 1, asides: 1 })),
  keepsAll(doses('one host, and nothing is left out', { sessions: 2, polls: 0, crashes: 1 })),
  settings('START and STOP', {}),
  settings('REFILL and STOP', { acts: ['REFILL'] }),
  { ...REFUSALS, world: { of: 'doses', bounds: { ...NONE, hellos: 2, sessions: 2, polls: 0, floods: 1, slips: 1 } } },
];

/** Bounds as they are told to people: those that allow anything. */
export const allowed = ({ world }: Run): string =>
  Object.entries(world.bounds)
    .filter(([, most]) => most !== 0)
    .map(([what, most]) => `${what} ${Array.isArray(most) ? most.join('+') : String(most)}`)
    .join(', ');
