import { afterEach, expect, test } from 'vitest';
import { isStop, stopsFirst } from '../protocol/index.ts';
import { commandLine, framed, makeReady, startPump, type ServedTalk } from './support/pump-talk.ts';

const started: ServedTalk[] = [];
afterEach(async () => {
  for (const { served } of started.splice(0)) await served.close();
});

test.each(['STOP', 'stop', ' stop ', 'stop it now', commandLine(0, 'STOP'), framed('> 00000000 7 STOP x=1')])(
  '%j is a stop that waits for nothing',
  (text) => {
    expect(isStop(text)).toBe(true);
  },
);

test.each([
  ['a damaged command', '> 00000000 0 STOP *00000000'],
  ['one of a session, which comes in its turn', framed('> 01180001 7 STOP')],
  ['its echo', framed('< 00000000 0 OK stop=1')],
  ['an entry of the log', framed('! 3 0 STOP rev=3')],
  ['a longer word', 'stopp'],
  ['a word within a line', 'please stop'],
])('%s is no stop', (_, text) => {
  expect(isStop(text)).toBe(false);
});

test('stops come first, and all else stays in its order', () => {
  const line = (text: string) => ({ kind: 'line', text }) as const;
  const come = [line('a'), line('STOP'), line('b'), { kind: 'break' }, line('c')] as const;
  expect(stopsFirst(come)).toEqual([line('STOP'), { kind: 'break' }, line('a'), line('b'), line('c')]);
});

test('a STOP behind a START that has come at once with it is obeyed, and the START is not', async () => {
  const one = startPump({ speed: 1 });
  started.push(one);
  const { talk } = one;
  const rev = await makeReady(talk);
  await talk.hello();
  const sid = await talk.sid();
  const lines = await talk.send(`${commandLine(1, `START if=${rev}`, sid)}\nSTOP\n`);
  expect(lines.find((text) => text.startsWith(`< ${sid}`))).toContain(' NO code=PRECOND ');
  await talk.hello();
  expect((await talk.must('STATUS'))['mode']).toBe('stopped');
});
