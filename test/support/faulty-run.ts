/**
 * Hosts and a pump on a line that loses, repeats, reorders and damages what is said, in a world in which everything crashes, the patient
 * presses and a person types. Time is made up, and all that happens comes of a seed.
 */
import { createAccount } from './faulty-account.ts';
import { createFaultyHost } from './faulty-host.ts';
import { createFaultyLine } from './faulty-line.ts';
import { addFaultyPeople } from './faulty-people.ts';
import { createFaultyPump } from './faulty-pump.ts';
import { createWorld, type FaultyCounts, type FaultyRun } from './faulty-world.ts';

export interface FaultyResult {
  readonly counts: FaultyCounts;
  /** What must not be, each in words; none is expected. */
  readonly flaws: readonly string[];
}

export function runFaulty(run: FaultyRun): FaultyResult {
  const world = createWorld(run);
  const { agenda, often, counts, flaws, isOver } = world;
  const account = createAccount(world);
  const carry = createFaultyLine(world);
  const pump = createFaultyPump(world, account);

  const toPump = (text: string): void => {
    pump.hears(text, (line) =>
      // All hosts hear all that is said, as on a line that they share.
      carry(line, (come) => hosts.forEach((one) => one.hears(come))),
    );
  };
  const hosts = Array.from({ length: run.hosts ?? 3 }, () =>
    createFaultyHost(world, account, (text) => carry(text, toPump)),
  );

  addFaultyPeople(world, pump);
  often(5000, 120_000, pump.reboot);

  while (!isOver()) if (!agenda.step()) throw new Error('nothing happens any more');
  // The line works from here on, and what is late comes at last.
  const quiet = agenda.now() + 120_000;
  while (agenda.now() < quiet && agenda.step());
  pump.end('DONE');

  if (!hosts.every((one) => one.conclude())) flaws.push('a host still does not know what became of its dose');
  account.judge();
  return { counts, flaws };
}
