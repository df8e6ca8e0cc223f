/**
 * All that the firmware may see of the world. Out go orders; answers, commands and the time come in through the pump's
 * functions (pump.ts). Nothing here returns a value: the firmware cannot ask, it can only order and be told.
 */
import type { Order } from '../../protocol/motion.ts';

export interface Hal {
  order(order: Order): void;
}
