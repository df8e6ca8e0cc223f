/** One thing in from the line, the lines that it brings about out: the link machine decides, the pump does. */
import { heartbeat, type PumpInput, type PumpOutput, type VerbReply } from '../../protocol/index.ts';
import { noteLink } from './link-log.ts';
import { factsOf, refusal, type ServedPump } from './served-pump.ts';
import { HANDLERS, isHandled, type How } from './verbs.ts';

/** Answers a line without its LF. `at`: link time, ms. */
export const answerLine = (pump: ServedPump, text: string, at = 0): string[] =>
  take(pump, { on: 'line', text, at, facts: factsOf(pump) });

/** Ctrl-C twice. */
export const answerBreak = (pump: ServedPump, at = 0): string[] => take(pump, { on: 'break', at });

/** What was dropped before it was a line. */
export const answerNoise = (pump: ServedPump, at = 0): string[] => take(pump, { on: 'noise', at });

/** Lets a lease end whose time is over. */
export const passTime = (pump: ServedPump, at: number): string[] =>
  take(pump, { on: 'time', at, facts: factsOf(pump) });

export const beat = (pump: ServedPump): string => heartbeat(pump.link, factsOf(pump));

function take(pump: ServedPump, input: PumpInput): string[] {
  const lines: string[] = [];
  const queue: PumpInput[] = [input];
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    const [link, outputs] = pump.step(pump.link, one);
    pump.link = link;
    for (const output of outputs) {
      const answer = carryOut(pump, output, lines);
      // An answer comes before anything else.
      if (answer !== undefined) queue.unshift({ on: 'answer', reply: answer, at: 'at' in input ? input.at : 0 });
    }
    const { boot } = pump.simulation.status;
    if (boot !== pump.link.boot && queue.length === 0) queue.push({ on: 'boot', boot });
  }
  return lines;
}

/** Does what the link wants; returns the answer of the pump where it was asked something. */
function carryOut(pump: ServedPump, output: PumpOutput, lines: string[]): VerbReply | undefined {
  switch (output.do) {
    case 'send':
      lines.push(...output.lines);
      return undefined;
    case 'obey':
      return obey(pump, output);
    case 'note':
      noteLink(pump.linkLog, pump.simulation.now, 'SESSION', {
        sid: output.sid,
        state: output.kind === 'SESSION' ? 'BEGUN' : output.kind,
      });
      return undefined;
    case 'abandon':
      // Whoever comes next must not find half of what somebody else has begun.
      pump.draft = pump.draft === undefined ? undefined : 'dropped';
      pump.simulation.command({ command: 'unstage' });
      return undefined;
  }
}

function obey(pump: ServedPump, { verb, args, dose, stop }: Extract<PumpOutput, { do: 'obey' }>): VerbReply {
  if (!isHandled(verb)) return refusal('UNKNOWN_VERB');
  const how: How = { dose, stop };
  // The table types each handler by its verb; behind a verb known only at run time that link is lost.
  return HANDLERS[verb](pump, args as never, how);
}
