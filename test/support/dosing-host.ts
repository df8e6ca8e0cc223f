/**
 * A process of its own that is a host, to be killed: `node --import tsx test/support/dosing-host.ts URL STORE NL`. With a volume it gives one
 * bolus and prints what came of it; with `recover` it finds out what became of the dose in the store, prints that, and ends.
 */
import { createHost } from '../../bridge/host/host.ts';
import { openIntentStore } from '../../bridge/host/intent-store.ts';
import { openWire } from '../../bridge/wire/open-wire.ts';

const [, , url = '', path = '', what = ''] = process.argv;

const host = createHost(await openWire(url), { store: openIntentStore(path), role: 'programmer' });
await host.connect();
const outcome =
  what === 'recover'
    ? await host.outcome()
    : await host.dose('BOLUS', { nl: Number(what), nlpd: 24_000_000, onlost: 'continue' });
process.stdout.write(`${JSON.stringify(outcome ?? null)}\n`);
await host.close();
