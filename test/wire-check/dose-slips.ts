/** What no host of ours says, to see that the pump refuses it. */
import { encodeLine, NO_SESSION } from '../../protocol/index.ts';
import { idOf, NAMES, type Deed, type HostModel, type Parts } from './dose-state.ts';

/** An old version, a number used twice, an id used for another dose, a dose that was never given. */
export function slipsOf({ hosts, wire }: Parts, model: HostModel, which: number): readonly Deed[] {
  const { session } = model.state.link;
  if (session === undefined) return [];
  const spent = hosts.id({ ...model, slips: model.slips - 1 });
  const say = (what: string, sid: string, seq: number, verb: string, fields: Record<string, string>): Deed => ({
    host: spent,
    said: wire.setOf([wire.message(encodeLine({ kind: 'command', sid, seq, verb, fields }))]),
    what: `host ${NAMES[which]} slips: ${what}`,
  });
  const other = { id: idOf(which), after: '0', by: '4000000', onlost: 'continue', nl: '2', nlpd: '1' };
  return [
    say('speaks version 1', NO_SESSION, 0, 'HELLO', {
      v: '1',
      nonce: `${NAMES[which]}FFFFFFF`,
      role: 'bench',
      schema: '00000000',
    }),
    say('uses a number twice', session.sid, Math.max(1, session.seq), 'PING', {}),
    say('skips a number', session.sid, session.seq + 2, 'PING', {}),
    say('uses its id for another dose', session.sid, session.seq + 1, 'BOLUS', other),
    say('asks for a dose that was never given', session.sid, session.seq + 1, 'DOSE', { n: '99' }),
    say('asks for a dose that is long gone', session.sid, session.seq + 1, 'DOSE', { n: '1' }),
  ];
}
