/** The wire and nothing else: what both ends must agree on. */
export { createAssembler, dropBrokenOff, LINE_LIMIT, push, type Assembled, type Assembler } from './assembler.ts';
export { CODES, type Code } from './codes.ts';
export { crc32, hex8 } from './crc32.ts';
export {
  decodeLine,
  encodeLine,
  MAX_FIELDS,
  MAX_SEQ,
  NO_SESSION,
  parseInteger,
  type Decoded,
  type Fields,
  type Line,
} from './line.ts';
export * from './motion.ts';
export {
  decodeArguments,
  decodeReply,
  encodeFields,
  isVerb,
  SCHEMA_HASH,
  type ArgumentCheck,
  type ReplyCheck,
} from './schema.ts';
export * from './units.ts';
export { VERB_NAMES, VERBS, type ArgumentsOf, type KeySpec, type ReplyOf, type Verb, type VerbSpec } from './verbs.ts';

export { PROTOCOL_VERSION } from './session/version.ts';
export * from './session/index.ts';
