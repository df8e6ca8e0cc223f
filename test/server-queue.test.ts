/** Lines that wait for a far end that reads slowly (PROTOCOL.md, V5). */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutQueue, dropOne, MOST_LINES } from '../bridge/server/out-queue.ts';
import { servePump, type PumpServer } from '../bridge/server/pump-server.ts';
import { makeWire, MAX_BACKLOG } from '../bridge/wire/wire-core.ts';
import type { Wire } from '../bridge/wire/wire.ts';
import { commandLine, framed, helloLine } from './support/pump-talk.ts';

/** A carrier that a test fills and empties. */
function carrier() {
  let text = '';
  const state = { backlog: 0 };
  return {
    state,
    write: (bytes: Uint8Array): void => void (text += Buffer.from(bytes).toString('latin1')),
    backlog: (): number => state.backlog,
    /** The lines that were written since the last call. */
    written: (): string[] => {
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      return lines;
    },
  };
}

const FULL = 1_000_000;
const numbered = (first: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${first} ${i}`);

describe('a queue', () => {
  test('sends at once what the far end can take, in order', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    queue.push(['! 1', '< 2', '# 3']);
    queue.push(['. 4']);
    expect(wire.written()).toEqual(['! 1', '< 2', '# 3', '. 4']);
  });

  test('keeps what the far end cannot take, and sends it in order when it can', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    wire.state.backlog = FULL;
    queue.push(['! 1', '< 2']);
    queue.push(['# 3']);
    queue.flush();
    expect(wire.written()).toEqual([]);
    wire.state.backlog = 0;
    queue.flush();
    expect(wire.written()).toEqual(['! 1', '< 2', '# 3']);
    queue.flush();
    expect(wire.written()).toEqual([]);
  });

  test('gives the carrier no more than 4096 bytes and the line that goes beyond', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    const line = `! ${'x'.repeat(97)}`;
    queue.push(Array<string>(100).fill(line));
    expect(wire.written()).toHaveLength(41);
    wire.state.backlog = 4_095;
    queue.flush();
    expect(wire.written()).toHaveLength(1);
    wire.state.backlog = 4_096;
    queue.flush();
    expect(wire.written()).toHaveLength(0);
  });

  test('drops text for people first, then old heartbeats, then events, the oldest of a kind first, and never a reply', () => {
    const lines = ['! 1', '< 2', '# 3', '. 4', '! 5', '# 6', '. 7', '< 8'];
    const gone: string[] = [];
    for (;;) {
      const before = [...lines];
      if (!dropOne(lines)) break;
      gone.push(...before.filter((line) => !lines.includes(line)));
    }
    expect(gone).toEqual(['# 3', '# 6', '. 4', '. 7', '! 1', '! 5']);
    expect(lines).toEqual(['< 2', '< 8']);
  });

  test('drops nothing as long as there is room', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    wire.state.backlog = FULL;
    const lines = numbered('#', MOST_LINES);
    queue.push(lines);
    expect(queue.dropped()).toBe(0);
    queue.push(['< 1']);
    expect(queue.dropped()).toBe(1);
    sendAll(wire, queue);
    expect(wire.written()).toEqual([...lines.slice(1), '< 1']);
  });

  test('holds no more than so many lines, of events the newest', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    wire.state.backlog = FULL;
    for (const line of numbered('!', 10_000)) queue.push([line]);
    expect(queue.dropped()).toBe(10_000 - MOST_LINES);
    sendAll(wire, queue);
    expect(wire.written()).toEqual(numbered('!', 10_000).slice(-MOST_LINES));
  });

  test('holds one heartbeat, the newest', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    wire.state.backlog = FULL;
    queue.push(['! 1', '. 1', '< 1']);
    for (let i = 2; i < 50; i += 1) queue.push([`. ${i}`]);
    sendAll(wire, queue);
    expect(wire.written()).toEqual(['! 1', '< 1', '. 49']);
  });

  test('drops no reply, however many there are: they go to the carrier, in order', () => {
    const wire = carrier();
    const queue = createOutQueue(wire);
    wire.state.backlog = FULL;
    const replies = numbered('<', MOST_LINES + 44);
    queue.push(['# text', '! event']);
    queue.push(replies);
    expect(wire.written()).toEqual(replies.slice(0, 44));
    sendAll(wire, queue);
    expect(wire.written()).toEqual(replies.slice(44));
    expect(queue.dropped()).toBe(2);
  });

  test('of a far end that asks on and on and never reads is given up by its carrier, with its memory', async () => {
    let backlog = 0;
    const { wire } = makeWire('stuck', {
      write: (bytes) => void (backlog += bytes.length),
      backlog: () => backlog,
      flush: async () => {},
      destroy: async () => {},
    });
    const queue = createOutQueue(wire);
    const reply = `< ${'x'.repeat(237)}`;
    for (let i = 0; i < MAX_BACKLOG / 240 + MOST_LINES + 20; i += 1) queue.push([reply]);
    expect(await wire.closed).toMatchObject({ reason: 'lost' });
    expect(backlog).toBeLessThanOrEqual(MAX_BACKLOG);
  });

  test('whatever is pushed and whenever the far end reads: every reply arrives once and in order, and so do the events that arrive', () => {
    let dropped = 0;
    const acts = fc.oneof(
      fc.record({ first: fc.constantFrom('<', '!', '.', '#'), count: fc.integer({ min: 1, max: 300 }) }),
      fc.constantFrom('open', 'shut', 'flush'),
    );
    fc.assert(
      fc.property(fc.array(acts, { minLength: 10, maxLength: 40, size: 'max' }), (list) => {
        const wire = carrier();
        const queue = createOutQueue(wire);
        const pushed: string[] = [];
        const arrived: string[] = [];
        for (const act of list) {
          if (act === 'flush') queue.flush();
          else if (act === 'open') wire.state.backlog = 0;
          else if (act === 'shut') wire.state.backlog = FULL;
          else {
            const lines = Array.from({ length: act.count }, (_, i) => `${act.first} ${pushed.length + i}`);
            pushed.push(...lines);
            queue.push(lines);
          }
          arrived.push(...wire.written());
        }
        sendAll(wire, queue);
        arrived.push(...wire.written());
        const of = (lines: readonly string[], first: string): string[] =>
          lines.filter((line) => line.startsWith(first));
        expect(of(arrived, '<')).toEqual(of(pushed, '<'));
        for (const first of ['!', '.', '#']) {
          const places = of(arrived, first).map((line) => pushed.indexOf(line));
          expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
        }
        dropped += queue.dropped();
      }),
      { numRuns: 100 },
    );
    expect(dropped).toBeGreaterThan(100);
  });
});

/** The far end reads everything. */
function sendAll(wire: ReturnType<typeof carrier>, queue: ReturnType<typeof createOutQueue>): void {
  wire.state.backlog = 0;
  for (let i = 0; i < 1_000; i += 1) queue.flush();
}

describe('a pump whose far end does not read', () => {
  let wall = 0;
  let served: PumpServer | undefined;

  beforeEach(() => {
    wall = 5_000_000_000;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(async () => {
    await served?.close();
    vi.useRealTimers();
  });

  /** A pump in real time at a carrier of a test. */
  function pumpAt(wire: ReturnType<typeof carrier>): (text: string) => void {
    let listener: ((bytes: Uint8Array) => void) | undefined;
    const end: Wire = {
      url: 'slow',
      write: wire.write,
      backlog: wire.backlog,
      onBytes: (one) => {
        listener = one;
        return () => {};
      },
      closed: new Promise(() => {}),
      close: async () => {},
    };
    const server = { url: 'slow', onConnection: (one: (wire: Wire) => void) => one(end), close: async () => {} };
    served = servePump(server, { profile: 'itb-20-sense', speed: 1, clock: () => wall });
    return (text) => listener?.(Buffer.from(`${text}\n`, 'latin1'));
  }

  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= 50) {
      wall += 50_000;
      vi.advanceTimersByTime(50);
    }
  }

  test('goes on, obeys what it is told, and tells it when the far end reads again', () => {
    const wire = carrier();
    const say = pumpAt(wire);
    say(helloLine());
    expect(wire.written()).toHaveLength(1);
    wire.state.backlog = FULL;
    let seq = 0;
    for (let second = 0; second < 10; second += 1) {
      say(commandLine((seq += 1), 'STOP', '00010001'));
      pass(1_000);
    }
    say(commandLine((seq += 1), 'SYNC t0=1', '00010001'));
    pass(100);
    expect(wire.written()).toEqual([]);
    wire.state.backlog = 0;
    pass(50);
    const lines = wire.written();
    expect(lines.filter((line) => line.startsWith('<'))).toHaveLength(11);
    expect(lines.filter((line) => line.startsWith('!'))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('.'))).toHaveLength(1);
    expect(lines).toContain(framed('< 00010001 11 OK t0=1 t1=10000000 t2=10000000'));
  });

  test('forgets no reply under a flood of what a person has typed', () => {
    const wire = carrier();
    const say = pumpAt(wire);
    say(helloLine());
    wire.written();
    wire.state.backlog = FULL;
    say(commandLine(1, 'PING', '00010001'));
    for (let i = 0; i < 30; i += 1) say('help');
    for (let i = 0; i < 300; i += 1) {
      wall += 200_000;
      say('what?');
    }
    wire.state.backlog = 0;
    for (let i = 0; i < 20; i += 1) pass(50);
    const lines = wire.written();
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES + 31);
    expect(lines.filter((line) => line.startsWith('< 00010001 1 OK'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('< 00000000 0 OK'))).toHaveLength(30);
    // Of the text the newest is there.
    expect(lines.at(-1)).toMatch(/^# (?:not a command|bad line)/);
  });
});
