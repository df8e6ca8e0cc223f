/** Which worlds are explored, and how far. */
import { ALL_RULES, type Rule } from '../../protocol/index.ts';
import type { Bounds } from './dose-world.ts';
import type { SettingsBounds } from './settings-world.ts';

export interface Run {
  readonly name: string;
  readonly world:
    { readonly of: 'doses'; readonly bounds: Bounds } | { readonly of: 'settings'; readonly bounds: SettingsBounds };
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
  renewal: {},
  query: {},
  expiry: {},
};

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

export const FULL: readonly Run[] = [REFUSALS];

export const SMALL: readonly Run[] = [];

/** Bounds as they are told to people: those that allow anything. */
export const allowed = ({ world }: Run): string =>
  Object.entries(world.bounds)
    .filter(([, most]) => most !== 0)
    .map(([what, most]) => `${what} ${Array.isArray(most) ? most.join('+') : String(most)}`)
    .join(', ');
