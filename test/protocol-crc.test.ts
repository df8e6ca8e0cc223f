import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32, hex8 } from '../protocol/index.ts';

test('the check value of CRC-32/ISO-HDLC is CBF43926', () => {
  expect(hex8(crc32('123456789'))).toBe('CBF43926');
});

test('the CRC of nothing is zero, in eight digits', () => {
  expect(hex8(crc32(''))).toBe('00000000');
});

test('the CRC of any bytes is that of zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(crc32(Buffer.from(bytes).toString('latin1'))).toBe(zlibCrc32(bytes));
    }),
  );
});

test('a CRC is written as eight upper-case hexadecimal digits', () => {
  expect(hex8(0xabcde)).toBe('000ABCDE');
  expect(hex8(0xffff_ffff)).toBe('FFFFFFFF');
});
