/** CRC-32/ISO-HDLC (reflected 0xEDB88320, the CRC of zlib and Ethernet): check value of "123456789" is CBF43926. */

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  TABLE[byte] = remainder;
}

/** CRC of a text whose characters are all below 0x100, taken as one byte each. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i += 1) {
    crc = (TABLE[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Eight upper-case hexadecimal digits. */
export const hex8 = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
