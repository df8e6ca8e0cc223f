/** The one way by which orders leave the pump. */
import type { Order } from '../../../protocol/motion.ts';
import type { Hal } from '../hal.ts';
import type { Pump } from '../pump-state.ts';

/** Sends an order that carries the next id. */
export function order(pump: Pump, hal: Hal, one: Order): void {
  pump.nextOrderId += 1;
  hal.order(one);
}
