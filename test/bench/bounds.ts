/** What the work would cost if nothing but the work were done. */
import type * as LogModule from '../../firmware-sim/firmware/log/log.ts';
import type { LogEntry } from '../../firmware-sim/index.ts';
import type * as DigestModule from '../../firmware-sim/scenario/digest.ts';
import { US_PER_DAY } from '../../protocol/units.ts';
import { DIST, RATE } from './workloads.ts';

const { append, createLog } = (await import(
  new URL('firmware-sim/firmware/log/log.js', DIST).href
)) as typeof LogModule;
const { createLogDigest } = (await import(
  new URL('firmware-sim/scenario/digest.js', DIST).href
)) as typeof DigestModule;

/**
 * The walk bound: counts steps of 10 nL at exact integer times, integrates reservoir and pressure, and takes one `exp` a step.
 * The exponent differs between steps by the microsecond that rounding makes, so that no compiler can take it out of the loop.
 */
export function walkBound(steps: number): number {
  const work = 10 * US_PER_DAY;
  const interval = Math.floor(work / RATE);
  const remainder = work - interval * RATE;
  const timeConstantUs = 64_000;
  let carry = 0;
  let reservoir = 40_000_000;
  let pressure = 1000;
  let beyond = 0;
  for (let step = 0; step < steps; step += 1) {
    carry += remainder;
    let wait = interval;
    if (carry >= RATE) {
      carry -= RATE;
      wait += 1;
    }
    pressure = 1000 + (pressure - 1000) * Math.exp(-wait / timeConstantUs) + 50;
    reservoir -= 10;
    if (pressure > 70_000 || reservoir < 0) beyond += 1;
  }
  return pressure + beyond;
}

/** The least that keeping records costs: a store into the ring for each. */
export function appendAll(entries: readonly LogEntry[]): number {
  const log = createLog(1_000_000);
  for (const { us, kind, keys } of entries) append(log, us, kind, { ...keys });
  return log.next;
}

/** The event bound: the same records appended to a log and written as the canonical lines that every run digests. */
export function writeAll(entries: readonly LogEntry[]): string | null {
  const log = createLog(1_000_000);
  const digest = createLogDigest();
  for (const { us, kind, keys } of entries) digest.add(append(log, us, kind, { ...keys }));
  return digest.value();
}
