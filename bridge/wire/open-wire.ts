/** Addresses to wires: `openWire` for who comes to a line, `serveWire` for who is there. */
import { servePty } from './pty-wire.ts';
import { openSerial, serveSerial } from './serial-wire.ts';
import { connectTcp, serveTcp } from './tcp-wire.ts';
import { DEFAULT_BAUD, parseWireUrl } from './wire-url.ts';
import { WireError, type Wire, type WireServer } from './wire.ts';

/** Opens the line at an address. `pty:` opens the port that a server has made there. Throws `WireError`. */
export async function openWire(url: string): Promise<Wire> {
  const address = parseWireUrl(url);
  if (address.kind === 'serial') return openSerial(address.path, address.baud);
  if (address.kind === 'pty') return openSerial(address.link, DEFAULT_BAUD, url);
  if (address.port === 0) throw new WireError('BAD_URL', `cannot connect to "${url}": port 0 is for servers only.`);
  return connectTcp(address.host, address.port);
}

/** Serves at an address: makes the virtual port, listens, or takes the device. Throws `WireError`. */
export async function serveWire(url: string): Promise<WireServer> {
  const address = parseWireUrl(url);
  if (address.kind === 'serial') return serveSerial(address.path, address.baud);
  if (address.kind === 'pty') return servePty(address.link);
  return serveTcp(address.host, address.port);
}
