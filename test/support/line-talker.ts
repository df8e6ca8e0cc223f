/**
 * A process of its own that serves a line, to be killed: `node --import tsx test/support/line-talker.ts URL MODE`. It prints
 * the address that clients open. To whoever comes it sends, in mode `stump`, one line and half of the next; in mode
 * `flood`, lines without end. In mode `exit` it ends by itself at once.
 */
import { serveWire } from '../../bridge/wire/open-wire.ts';

const [, , url = '', mode = ''] = process.argv;
const LINE = Buffer.from('# one line of a talker that never stops talking\n');

const server = await serveWire(url);
server.onConnection((wire) => {
  if (mode === 'stump') {
    wire.onBytes(() => wire.write(Buffer.from('# whole\n# hal')));
    return;
  }
  const flood = setInterval(() => {
    for (let i = 0; i < 100; i++) wire.write(LINE);
  }, 1);
  void wire.closed.then(() => clearInterval(flood));
});
process.stdout.write(`${server.url}\n`, () => {
  if (mode === 'exit') process.exit();
});
