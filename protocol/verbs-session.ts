/** The verbs of the line itself: sessions, their leases, and the clock of the pump seen from afar. */
import { doseId, doseNumber, eventNumber, integer, name, optional, time, volume, word, type VerbSpec } from './keys.ts';

const hex = (text: string) => name(text, 8);
const hostTime = integer('µs', 0, Number.MAX_SAFE_INTEGER, "the host's own time, which comes back as it is");

export const SESSION_VERBS = {
  HELLO: {
    text: 'begins a session, and tells in one line all that a host needs to know about its last dose; said with session id 00000000 and number 0',
    keys: {
      v: name('versions that the host speaks, one or `lowest-highest`', 5),
      nonce: hex('eight hexadecimal digits that this host has never used before'),
      role: word(['programmer', 'rig', 'bench', 'console', 'monitor'], 'who asks; a monitor only reads'),
      schema: hex('schema hash of the host; with another than the pump has, the session only reads'),
      prev: optional(hex('session that this host had before: it may replace that one at once')),
    },
    reply: {
      v: integer('', 1, 9, 'version spoken from here on'),
      nonce: hex('as sent'),
      sid: hex('session id: boot counter and session counter; never given out again'),
      schema: hex('schema hash of the pump'),
      us: time('pump time'),
      rx: integer('byte', 1, 9_999, 'bytes that the pump can take before it has answered'),
      lease: integer('ms', 1, 9_999, 'time without a line after which the session is revoked'),
      dose: doseNumber('number of the last dose'),
      last: doseId('its id; `-`: no host has asked for it, or there was none'),
      lstate: word(['NONE', 'ACCEPTED', 'DONE', 'INTERRUPTED'], 'what became of it'),
      lnl: volume('given of it so far'),
      ev: eventNumber('number of the next log entry'),
      serial: name('serial number of the pump', 10),
      world: word(['SIM', 'REAL'], 'whether a simulated pump answers or a real one'),
      lockstep: word(['0', '1'], 'whether time stands still between SIM ADVANCE'),
    },
    codes: ['VERSION', 'HELD', 'SESSIONS', 'STALE'],
  },
  PING: { text: 'renews the lease, as every valid line does', keys: {}, reply: {}, codes: [], reads: true },
  BYE: { text: 'ends the session, silently', keys: {}, reply: {}, codes: [], reads: true },
  SYNC: {
    text: 'the time of the pump for a host that notes when it has sent and heard',
    keys: { t0: hostTime },
    reply: { t0: hostTime, t1: time('pump time when the line had come'), t2: time('pump time when the reply left') },
    codes: [],
    reads: true,
  },
} as const satisfies Record<string, VerbSpec>;
