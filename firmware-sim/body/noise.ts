/**
 * Bounded noise without state: a hash of seed, stream and sample number. The same sample has the same noise however one comes
 * to it, step by step or by a leap.
 */

/** A number of the stream, uniform in [−1, 1). `sample` is a whole number up to 2^53. */
export function noiseAt(seed: number, stream: number, sample: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  hash = mix(hash ^ (sample % 0x1_0000_0000));
  hash = mix(hash ^ Math.floor(sample / 0x1_0000_0000) ^ 0x27d4eb2f);
  return (hash >>> 0) / 0x8000_0000 - 1;
}

/** The finaliser of MurmurHash3 (public domain). */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
