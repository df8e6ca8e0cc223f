import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatWireUrl, parseWireUrl, type WireAddress } from '../bridge/wire/wire-url.ts';
import { WireError } from '../bridge/wire/wire.ts';

test.each([
  ['/dev/ttyUSB0', { kind: 'serial', path: '/dev/ttyUSB0', baud: 115_200 }],
  ['./link', { kind: 'serial', path: './link', baud: 115_200 }],
  [
    '/dev/serial/by-path/pci-0000:00:14.0',
    { kind: 'serial', path: '/dev/serial/by-path/pci-0000:00:14.0', baud: 115_200 },
  ],
  ['COM3', { kind: 'serial', path: 'COM3', baud: 115_200 }],
  ['serial:/dev/ttyACM1', { kind: 'serial', path: '/dev/ttyACM1', baud: 115_200 }],
  ['serial:/dev/ttyACM1?baud=9600', { kind: 'serial', path: '/dev/ttyACM1', baud: 9_600 }],
  ['pty:./link', { kind: 'pty', link: './link' }],
  ['tcp://127.0.0.1:7000', { kind: 'tcp', host: '127.0.0.1', port: 7_000 }],
  ['tcp://[::1]:7000', { kind: 'tcp', host: '::1', port: 7_000 }],
  ['tcp://bench-3.lab:0', { kind: 'tcp', host: 'bench-3.lab', port: 0 }],
] as const)('%s is read', (url, address) => {
  expect(parseWireUrl(url)).toEqual(address);
});

test.each([
  ['', 'pty:./link'],
  ['link', 'starts with / or ./'],
  ['ttyUSB0', '/dev/ttyUSB0'],
  ['127.0.0.1:7000', 'tcp://127.0.0.1:7000'],
  ['localhost:7000', 'tcp://'],
  ['tpc://127.0.0.1:7000', 'tcp://'],
  ['serail:/dev/ttyUSB0', 'serial:/dev/'],
  ['ptty:./x', 'pty:./link'],
  ['serial:', 'Name the device'],
  ['serial:/dev/ttyUSB0?speed=9600', '"speed=9600"'],
  ['serial:/dev/ttyUSB0?baud=fast', '"baud=fast"'],
  ['serial:/dev/ttyUSB0?baud=0', '"baud=0"'],
  ['serial:/dev/ttyUSB0?baud=9000000', '"baud=9000000"'],
  ['pty:', 'Name the link'],
  ['pty:./link?baud=9600', 'no settings'],
  ['tcp://127.0.0.1', 'host and port'],
  ['tcp://127.0.0.1:70000', 'host and port'],
  ['tcp://::1:7000', '[::1]'],
  ['tcp:127.0.0.1:7000', 'tcp://'],
])('"%s" is refused with the advice %s', (url, advice) => {
  const refused = refusal(url);
  expect(refused.code).toBe('BAD_URL');
  expect(refused.message).toContain(advice);
});

test('an address is the same after it is written down and read again', () => {
  const path = fc.stringMatching(/^\/[A-Za-z0-9._/-]{1,20}$/).filter((text) => !text.startsWith('//'));
  const address: fc.Arbitrary<WireAddress> = fc.oneof(
    fc.record({ kind: fc.constant('serial' as const), path, baud: fc.integer({ min: 1, max: 4_000_000 }) }),
    fc.record({ kind: fc.constant('pty' as const), link: path }),
    fc.record({
      kind: fc.constant('tcp' as const),
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      port: fc.integer({ min: 0, max: 65_535 }),
    }),
  );
  fc.assert(
    fc.property(address, (one) => {
      expect(parseWireUrl(formatWireUrl(one))).toEqual(one);
    }),
  );
});

test('no text at all makes the reader fail otherwise than by BAD_URL', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `tcp://${text}`),
      ),
      (text) => {
        try {
          parseWireUrl(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'WireError', code: 'BAD_URL' });
        }
      },
    ),
  );
});

function refusal(url: string): WireError {
  try {
    parseWireUrl(url);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error(`"${url}" was not refused`);
}
