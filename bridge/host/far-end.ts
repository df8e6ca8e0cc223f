/** What comes from the far end of a wire, sorted by kind, until the line ends. */
import { Subject } from 'rxjs';
import { decodeLine, type Line } from '../../protocol/index.ts';
import { readLines } from '../wire/line-reader.ts';
import type { Wire } from '../wire/wire.ts';
import type { EventMessage, HeartbeatMessage } from './host-api.ts';
import { LinkError } from './link-error.ts';

export interface FarEnd {
  readonly events: Subject<EventMessage>;
  readonly heartbeats: Subject<HeartbeatMessage>;
  readonly remarks: Subject<string>;
  /** Why the line is over; undefined while it is not. */
  readonly ended: () => LinkError | undefined;
  /** When a line came last, by the host's clock, ms. */
  readonly heardAt: () => number;
}

export interface Takers {
  readonly onReply: (line: Extract<Line, { kind: 'reply' }>, text: string) => void;
  readonly onEnd: (error: LinkError) => void;
}

export function listenTo(wire: Wire, { onReply, onEnd }: Takers): FarEnd {
  const events = new Subject<EventMessage>();
  const heartbeats = new Subject<HeartbeatMessage>();
  const remarks = new Subject<string>();
  let ended: LinkError | undefined;
  let heardAt = -Infinity;
  /** The last that was said to people: it may tell why the far end leaves. */
  let remark: string | undefined;

  const stopReading = readLines(wire, {
    onLine: (text) => {
      heardAt = performance.now();
      const decoded = decodeLine(text);
      if (!decoded.ok) return;
      const { line } = decoded;
      switch (line.kind) {
        case 'human':
          remark = line.text;
          return remarks.next(line.text);
        case 'event':
          return events.next(line);
        case 'heartbeat':
          return heartbeats.next(line);
        case 'reply':
          return onReply(line, text);
        case 'command':
        case 'typed':
      }
    },
    onDiscard: () => void (heardAt = performance.now()),
  });

  void wire.closed.then((close) => {
    const detail = close.reason === 'lost' ? close.detail : 'closed by this side';
    const said = remark === undefined ? 'Is the pump still there?' : `It had said: "${remark}"`;
    ended = new LinkError(`${wire.url}: the line ended: ${detail}. ${said}`);
    stopReading();
    onEnd(ended);
    events.complete();
    heartbeats.complete();
    remarks.complete();
  });

  return { events, heartbeats, remarks, ended: () => ended, heardAt: () => heardAt };
}
