/** Alarms in tests: the machine by itself, a machine, a log and a profile; and what is done with those of a whole simulation. */
import type { Outcome } from '../../firmware-sim/firmware/commands.ts';
import { createAlarms, setCondition, type AlarmRoom } from '../../firmware-sim/firmware/alarms/machine.ts';
import type { AlarmId } from '../../firmware-sim/firmware/alarms/table.ts';
import { createLog, readLog } from '../../firmware-sim/firmware/log/log.ts';
import { PROFILES, type Profile } from '../../firmware-sim/firmware/profiles.ts';
import type { PumpStatus } from '../../firmware-sim/firmware/pump.ts';
import type { Simulation } from '../../firmware-sim/simulation/simulation.ts';
import { micros } from '../../protocol/units.ts';

export const alarmRoom = (profile: Profile = PROFILES['itb-20-sense']): AlarmRoom => ({
  alarms: createAlarms(),
  log: createLog(1_000),
  profile,
});

/** A room in which the conditions of these alarms hold since time zero, raised in this order. */
export function alarmed(...ids: readonly AlarmId[]): AlarmRoom {
  const room = alarmRoom();
  for (const id of ids) setCondition(room, id, true, micros(0));
  return room;
}

/** What the log says: "motor-stall on 0". */
export const alarmLog = ({ log }: AlarmRoom): string[] =>
  readLog(log, 1, Infinity).map(({ us, keys }) => `${keys['id']} ${keys['state']} ${us}`);

/** What the log of a simulation says of one alarm: "on 0". */
export const linesOf = (sim: Simulation, id: AlarmId): string[] =>
  sim.log().flatMap(({ us, kind, keys }) => (kind === 'ALARM' && keys['id'] === id ? [`${keys['state']} ${us}`] : []));

/** The active alarms by their presence. */
export const presences = (sim: Simulation): Readonly<Record<string, string>> =>
  Object.fromEntries(sim.status.alarms.map(({ id, presence }) => [id, presence]));

export function activeAlarm(sim: Simulation, id: AlarmId): PumpStatus['alarms'][number] {
  const alarm = sim.status.alarms.find((one) => one.id === id);
  if (alarm === undefined) throw new Error(`${id} is not active`);
  return alarm;
}

/** A person does something about the sound of an active alarm. */
export const tell = (sim: Simulation, command: 'acknowledge' | 'pause' | 'resume', id: AlarmId): Outcome =>
  sim.command({ command, ev: activeAlarm(sim, id).ev });

export const through = (sim: Simulation, us: number): void => sim.advanceThrough(micros(us));

/** From now on. */
export const after = (sim: Simulation, us: number): void => through(sim, sim.now + us);

/** A memory check that fails raises an alarm at once: of the program a critical one, of the library or the log a non-critical one. */
export const memoryError = (mode: 'program' | 'log' | 'library' | 'library-lost') =>
  ({ fault: 'memory.error', mode }) as const;

export const warm = (celsius: number) =>
  ({ fault: 'ambient.temperature', mode: 'wrong', temperature: Math.round(celsius * 1000), effect: 0 }) as const;
