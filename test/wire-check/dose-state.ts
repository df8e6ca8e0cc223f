/** What a state of the dose world is: a tuple of small numbers, what each of them stands for, and what may come about in all. */
import {
  createHostState,
  createPumpLink,
  type DoseIntent,
  type DoseResult,
  type HostState,
  type PumpLinkState,
  type Rules,
} from '../../protocol/index.ts';
import { createDevice, type Device } from './device.ts';
import { interner, type Interner } from './intern.ts';
import { createWire, type Wire } from './wire.ts';

export interface Bounds {
  readonly hosts: 1 | 2;
  /** HELLOs, polls and crashes of each host. */
  readonly hellos: number;
  readonly polls: number;
  readonly crashes: number;
  /** Sessions that the pump gives out in all. */
  readonly sessions: number;
  readonly typed: number;
  readonly presses: number;
  /** Times that the patient presses so often that every older record is gone. */
  readonly floods: number;
  readonly reboots: number;
  /** STOPs that are obeyed, whoever sent them. */
  readonly stops: number;
  /** STOP and BYE that each host says beside its dose. */
  readonly asides: number;
  /** Lines that a host says against the rules, to see that they are refused. */
  readonly slips: number;
}

export interface HostModel {
  readonly state: HostState;
  /** What is on its disk. */
  readonly stored: DoseIntent | undefined;
  readonly outcome: DoseResult | undefined;
  readonly wanted: boolean;
  /** STOPs that were left when it was wanted. */
  readonly wantedAt: number | undefined;
  readonly hellos: number;
  readonly polls: number;
  readonly crashes: number;
  readonly asides: number;
  readonly slips: number;
}

/** What a host does: the host after it, and what it says. By their numbers. */
export interface Did {
  readonly host: number;
  /** A set of messages. */
  readonly said: number;
}

/** The same, by itself and not because of a line; `what`: in words. */
export interface Deed extends Did {
  readonly what: string;
}

export const NAMES = ['A', 'B'] as const;
export const idOf = (which: number): string => `${NAMES[which]}0000001`;

/** Where the numbers of a state stand. */
export const PUMP = 0;
export const DEVICE = 1;
export const HOSTS = [2, 3] as const;
export const TO_PUMP = 4;
export const TO_HOSTS = 5;
export const TYPED = 6;

/** What the numbers stand for, under these rules. */
export interface Parts {
  readonly rules: Rules;
  readonly links: Interner<PumpLinkState>;
  readonly devices: Interner<Device>;
  readonly hosts: Interner<HostModel>;
  readonly wire: Wire;
}

export const createParts = (rules: Rules, keepsAll: boolean): Parts => ({
  rules,
  links: interner(),
  devices: interner(),
  hosts: interner(),
  wire: createWire(rules, keepsAll),
});

export function initialState({ links, devices, hosts, wire }: Parts, bounds: Bounds): readonly number[] {
  const first: HostModel = {
    state: createHostState('bench'),
    stored: undefined,
    outcome: undefined,
    wanted: false,
    wantedAt: undefined,
    hellos: bounds.hellos,
    polls: bounds.polls,
    crashes: bounds.crashes,
    asides: bounds.asides,
    slips: bounds.slips,
  };
  const absent: HostModel = { ...first, hellos: 0, crashes: 0, polls: 0, asides: 0, slips: 0 };
  return [
    links.id(createPumpLink(1)),
    devices.id(createDevice(bounds)),
    hosts.id(first),
    hosts.id(bounds.hosts === 2 ? first : absent),
    wire.none,
    wire.none,
    bounds.typed,
  ];
}
