/**
 * Addresses of wires, as people type them on the command line:
 *
 * | form | means |
 * |---|---|
 * | `/dev/ttyUSB0`, `./link`, `COM3` | a serial port, 115200 8N1 |
 * | `serial:/dev/ttyUSB0?baud=9600` | the same with another speed |
 * | `pty:./link` | a virtual port; who serves it makes it, who opens it finds it under that name |
 * | `tcp://127.0.0.1:7000`, `tcp://[::1]:7000` | a TCP socket; port 0, for servers, means any free one |
 */
import { WireError } from './wire.ts';

export type WireAddress =
  | { readonly kind: 'serial'; readonly path: string; readonly baud: number }
  | { readonly kind: 'pty'; readonly link: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export const DEFAULT_BAUD = 115_200;
const MAX_BAUD = 4_000_000;

const FORMS = {
  serial: 'serial:/dev/ttyUSB0?baud=115200',
  pty: 'pty:./link',
  tcp: 'tcp://127.0.0.1:7000',
} as const;
type Scheme = keyof typeof FORMS;
const SCHEMES = Object.keys(FORMS) as Scheme[];

/** Reads an address; throws `WireError` BAD_URL with the nearest form that would have been understood. */
export function parseWireUrl(url: string): WireAddress {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(url);
  if (/^[^/:\s]+:\d+$/.test(url)) throw badUrl(url, `Did you mean tcp://${url}?`);
  if (!scheme) return barePath(url);
  const [, name = '', rest = ''] = scheme;
  switch (name.toLowerCase()) {
    case 'serial':
      return serialAddress(url, rest);
    case 'pty':
      return ptyAddress(url, rest);
    case 'tcp':
      return tcpAddress(url, rest);
    default:
      throw badUrl(url, `"${name}:" is no kind of line. Did you mean ${FORMS[nearestScheme(name)]}?`);
  }
}

/** The address in its one normal spelling; `parseWireUrl` reads it back to the same address. */
export function formatWireUrl(address: WireAddress): string {
  if (address.kind === 'serial') return `serial:${address.path}?baud=${address.baud}`;
  if (address.kind === 'pty') return `pty:${address.link}`;
  return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function barePath(path: string): WireAddress {
  if (/^(\/|\.\.?\/|\\\\\.\\)./.test(path) || /^COM\d+$/i.test(path)) {
    return { kind: 'serial', path, baud: DEFAULT_BAUD };
  }
  if (/^tty[A-Za-z]/.test(path)) throw badUrl(path, `Did you mean /dev/${path}?`);
  throw badUrl(
    path,
    `A path starts with / or ./, other lines with one of ${SCHEMES.map((scheme) => FORMS[scheme]).join(', ')}.`,
  );
}

function serialAddress(url: string, rest: string): WireAddress {
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  if (path === '' || path.startsWith('//')) throw badUrl(url, `Name the device, as in ${FORMS.serial}.`);
  let baud = DEFAULT_BAUD;
  for (const pair of mark < 0 ? [] : rest.slice(mark + 1).split('&')) {
    const value = /^baud=([1-9]\d{0,6})$/.exec(pair)?.[1];
    if (value === undefined || Number(value) > MAX_BAUD) {
      throw badUrl(url, `"${pair}" is not understood; the one setting is baud=1 to baud=${MAX_BAUD}.`);
    }
    baud = Number(value);
  }
  return { kind: 'serial', path, baud };
}

function ptyAddress(url: string, link: string): WireAddress {
  if (link === '' || link.startsWith('//')) throw badUrl(url, `Name the link to make, as in ${FORMS.pty}.`);
  if (link.includes('?')) throw badUrl(url, 'A virtual port has no settings: it carries bytes at any speed.');
  return { kind: 'pty', link };
}

function tcpAddress(url: string, rest: string): WireAddress {
  const parts = /^\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/?#[\]@]+)):(\d{1,5})\/?$/.exec(rest);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535) {
    throw badUrl(url, `Write host and port, as in ${FORMS.tcp} or tcp://[::1]:7000.`);
  }
  return { kind: 'tcp', host, port };
}

const badUrl = (url: string, advice: string): WireError =>
  new WireError('BAD_URL', `cannot read the line address "${url}". ${advice}`);

function nearestScheme(name: string): Scheme {
  const distances = SCHEMES.map((scheme) => editDistance(name.toLowerCase(), scheme));
  return SCHEMES[distances.indexOf(Math.min(...distances))] ?? 'serial';
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
