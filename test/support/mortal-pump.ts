/**
 * A process of its own that is a pump until it has heard enough: `node --import tsx test/support/mortal-pump.ts URL BYTES MODE`.
 * It prints the address that clients open. When BYTES bytes have come it kills itself as `kill -9` would (mode `die`), or
 * prints `mute` and never answers again (mode `mute`). So a test need not guess when a run is half way.
 */
import { monotonicMicros } from '../../bridge/clock.ts';
import { servePump } from '../../bridge/server/pump-server.ts';
import { serveWire } from '../../bridge/wire/open-wire.ts';

const [, , url = '', enough = '', mode = ''] = process.argv;

const server = await serveWire(url);
let heard = 0;
servePump(
  {
    ...server,
    onConnection: (listener) =>
      server.onConnection((wire) =>
        listener({
          ...wire,
          onBytes: (take) =>
            wire.onBytes((bytes) => {
              const before = heard;
              heard += bytes.length;
              if (heard < Number(enough)) take(bytes);
              else if (mode === 'die') process.kill(process.pid, 'SIGKILL');
              else if (before < Number(enough)) process.stdout.write('mute\n');
            }),
        }),
      ),
  },
  { profile: 'itb-20-sense', speed: 1, clock: monotonicMicros },
);
process.stdout.write(`${server.url}\n`);
