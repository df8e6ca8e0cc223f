/**
 * The body: motor, reservoir, catheter and the drug in them as they are, whatever the firmware believes. It takes orders, gives
 * answers, and moves in time only when told (`advance`).
 */
import type { Answer, BodyOrder } from '../../protocol/motion.ts';
import { commit, draw, reanchor, stopTrain } from './anchoring.ts';
import { finishing } from './battery.ts';
import { fluid, useOf, type Body } from './body-state.ts';
import type { Fault } from './faults.ts';
import { applyFault } from './inject.ts';
import { readingOf } from './sensors.ts';
import { withLeak } from './transit.ts';
import { setWatch } from './watches.ts';

export { advance } from './advance.ts';
export { createBody, type Body, type BodySetup } from './body-state.ts';
export { truthOf, type Truth } from './truth.ts';

/** Carries out an order at the body's own time; what it answers at once is returned. */
export function obey(body: Body, order: BodyOrder): Answer[] {
  switch (order.order) {
    case 'train': {
      const ended = body.train === undefined ? [] : stopTrain(body);
      const anchor = fluid(body);
      body.train = order;
      body.made = 0;
      reanchor(body, anchor);
      return ended;
    }
    case 'halt':
      return stopTrain(body);
    case 'watch':
      body.watches.push(setWatch(order, body.now));
      return [];
    case 'tone':
      stopTone(body);
      body.tone = { since: body.now, burst: order.burst, interval: order.interval };
      return [];
    case 'silence': {
      const last = order.finish && body.tone !== undefined ? finishing(body.tone, body.now) : undefined;
      if (last === undefined) stopTone(body);
      else body.tone = last;
      return [];
    }
    case 'unwatch':
      body.watches = body.watches.filter((state) => state.watch.id !== order.watch);
      return [];
  }
}

function stopTone(body: Body): void {
  body.toneBefore = useOf(body).tone;
  body.tone = undefined;
}

/** Seconds in which the pump's telemetry is on: they cost energy and nothing else. */
export function talk(body: Body, seconds: number): void {
  body.telemetry += seconds;
}

/** From now on the fault is there, or gone. Returns what the hardware reports of it by itself. */
export function inject(body: Body, fault: Fault): Answer[] {
  const anchor = commit(body);
  const reading = readingOf(body.sensor, anchor.pressure, body.now, 0);
  const { hardware, sensor } = body;
  const after = applyFault({ now: body.now, hardware, sensor, reading }, fault);
  body.hardware = after.hardware;
  body.sensor = after.sensor;
  if (after.charge !== undefined) body.battery = { charge: after.charge, use: useOf(body) };
  if (after.hardware.leak !== hardware.leak) {
    const { share, place } = after.hardware.leak;
    body.conditions = { ...body.conditions, transit: withLeak(body.conditions.transit, share, place) };
  }
  reanchor(body, anchor);
  return after.report === undefined ? [] : [{ answer: 'reported', event: after.report, t: body.now }];
}

/**
 * The physical act of a refill: the reservoir is drained, and `volume` nL of drug of `concentration` ng/µL are filled in, less
 * what goes into the pocket. Returns the drained volume as it is read off the syringe.
 */
export function fill(body: Body, volume: number, concentration: number): number {
  const anchor = commit(body);
  const drained = (body.filled - anchor.drawn) * body.hardware.reading;
  const beside = Math.min(body.hardware.pocket, volume);
  body.pocket = { volume: body.pocket.volume + beside, mass: body.pocket.mass + beside * concentration };
  if (body.hardware.pocket > 0) body.hardware = { ...body.hardware, pocket: 0 };
  body.filled = anchor.drawn + volume - beside;
  draw(body, body.conditions.transit, concentration);
  reanchor(body, { ...anchor, available: Math.max(0, volume - beside - body.setup.residual) });
  return drained;
}
