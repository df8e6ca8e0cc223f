/** A store of intents that tells a conversation what became of each dose, also where that cannot be written. */
import type { IntentStore } from '../host/intent-store.ts';
import type { Settled } from './dose-fate.ts';

/** `tell`: called once the end is in the store, or could not be put there. */
export function toldStore(store: IntentStore, tell: (result: Settled) => void): IntentStore {
  /** The dose whose end was told and could not be written. For those who were told it is over; whoever opens the file next asks again. */
  let told: string | undefined;
  return {
    ...store,
    settle: (id, result) => {
      try {
        store.settle(id, result);
      } catch (error) {
        told = id;
        // As the host tells it (bridge/host/machine.ts): what was given stays so, while what was not might be sent again.
        tell(result.result === 'NotAccepted' ? { result: 'Uncertain', why: 'NOT_STORED' } : result);
        throw error;
      }
      tell(result);
    },
    unsettled: () => {
      const intent = store.unsettled();
      return intent?.id === told ? undefined : intent;
    },
  };
}
