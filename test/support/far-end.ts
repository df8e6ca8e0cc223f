/** The far end of a line as a function from a command to the texts that go back. HELLO is answered as a pump would, if nothing else is said. */
import { decodeLine, encodeLine, SCHEMA_HASH, type Fields, type Line } from '../../protocol/index.ts';
import { createHost, type Host, type HostOptions } from '../../bridge/host/host.ts';
import { loopWires, type Loop } from './loop-wire.ts';

export type Command = Extract<Line, { kind: 'command' }>;

export const helloFields = (nonce = '', changed: Fields = {}): Fields => ({
  v: '2',
  nonce,
  sid: '00010001',
  schema: SCHEMA_HASH,
  us: '1000',
  rx: '512',
  lease: '3000',
  dose: '0',
  last: '-',
  lstate: 'NONE',
  lnl: '0',
  ev: '1',
  serial: 'P1',
  world: 'SIM',
  lockstep: '0',
  ...changed,
});

export const replyTo = ({ sid, seq }: Pick<Command, 'sid' | 'seq'>, fields: Fields, ok = true): string =>
  encodeLine({ kind: 'reply', sid, seq, ok, fields });

export interface Far {
  readonly loop: Loop;
  readonly host: Host;
  /** What it was told, HELLO and DOSE left out. */
  readonly heard: Command[];
  /** All of it. */
  readonly all: Command[];
}

/** Answers; undefined: as a pump that has nothing to tell. */
export type Answer = (command: Command) => readonly string[] | undefined;

/** Doses given so far, for HELLO and for DOSE with a number that is too high. */
export function hostAt(answer: Answer, options: HostOptions = {}): Far {
  const loop = loopWires('loop:test');
  const all: Command[] = [];
  const heard: Command[] = [];
  let text = '';
  let sessions = 0;
  loop.pump.onBytes((bytes) => {
    text += Buffer.from(bytes).toString('latin1');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const decoded = decodeLine(line);
      if (!decoded.ok || decoded.line.kind !== 'command') continue;
      const command = decoded.line;
      all.push(command);
      if (command.verb !== 'HELLO' && command.verb !== 'DOSE') heard.push(command);
      for (const back of answer(command) ?? standard(command)) loop.pump.write(Buffer.from(`${back}\n`));
    }
  });
  const standard = (command: Command): readonly string[] => {
    if (command.verb === 'DOSE') return [replyTo(command, { code: 'NO_DOSE', dose: '0' }, false)];
    if (command.verb !== 'HELLO') return [];
    sessions += 1;
    const sid = `0001${String(sessions).padStart(4, '0')}`;
    return [replyTo(command, helloFields(command.fields['nonce'], { sid }))];
  };
  return { loop, heard, all, host: createHost(loop.host, options) };
}

/** What a promise failed with; a text if it did not. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
