/** What the verbs of a program do: a head, parts in their order, and the commit of what they come to. */
import { micros, nanograms, nanogramsPerMicrolitre, nanolitres } from '../../protocol/units.ts';
import type { ProgramRequest } from '../../firmware-sim/simulation/vocabulary.ts';
import { withPart, type Part } from './draft.ts';
import type { HandlersOf } from './handlers.ts';
import { command, accepted, refusal, type ServedPump, type VerbReply } from './served-pump.ts';
import { softLimits } from './words.ts';

export const PROGRAM_HANDLERS: HandlersOf<
  'PROGRAM' | 'INTERVAL' | 'TIMED' | 'PATIENT' | 'LIMIT' | 'TITRATE' | 'COMMIT'
> = {
  PROGRAM: (pump, { mode, ng, conc, low, pop, cath_mm, bridge, parts }) => {
    const request: ProgramRequest = {
      mode,
      concentration: nanogramsPerMicrolitre(conc),
      dose: ng === undefined ? undefined : nanograms(ng),
      population: pop,
      lowReservoir: low === undefined ? undefined : nanolitres(low),
      catheterLength: cath_mm,
      bridge,
    };
    if (parts === undefined) {
      pump.draft = undefined;
      return stage(pump, request);
    }
    pump.draft = { request, need: parts };
    return accepted({ need: parts });
  },
  INTERVAL: (pump, { i, from_us, ng }) =>
    add(pump, { part: 'intervals', i, value: { from: micros(from_us), dose: nanograms(ng) } }),
  TIMED: (pump, { i, at_us, ng, dur_us }) =>
    add(pump, {
      part: 'boluses',
      i,
      value: { at: micros(at_us), dose: nanograms(ng), duration: micros(dur_us) },
    }),
  PATIENT: (pump, { ng, dur_us, lock_us, count, win_us }) =>
    add(pump, {
      part: 'patient',
      value: {
        dose: nanograms(ng),
        duration: micros(dur_us),
        lockout: micros(lock_us),
        count,
        window: micros(win_us),
      },
    }),
  LIMIT: (pump, { ng, win_us }) => add(pump, { part: 'limit', value: { dose: nanograms(ng), window: micros(win_us) } }),
  TITRATE: (pump, { dir, ng, days, count }) =>
    add(pump, { part: 'steps', value: { direction: dir, dose: nanograms(ng), everyDays: days, count } }),
  COMMIT: (pump, args) => {
    // What was staged before is not what this host has just stated.
    if (pump.draft !== undefined) return refusal('NOTHING_STAGED');
    const override = softLimits(args.over);
    if (override === undefined) return refusal('BAD_VALUE', { key: 'over' });
    return forecastElsewhere(command(pump, { command: 'commit', ifRevision: args.if, override }));
  },
};

const stage = (pump: ServedPump, request: ProgramRequest): VerbReply =>
  command(pump, { command: 'program', ...request }, { need: 0 });

function add(pump: ServedPump, part: Part): VerbReply {
  const { draft } = pump;
  if (draft === undefined || draft === 'dropped') return refusal('PART_ORDER', { why: 'no-program' });
  const longer = withPart(draft, part);
  if ('why' in longer) {
    pump.draft = 'dropped';
    return refusal('PART_ORDER', { ...longer });
  }
  if (longer.need > 0) {
    pump.draft = longer;
    return accepted({ need: longer.need });
  }
  pump.draft = undefined;
  return stage(pump, longer.request);
}

/** The dates would not fit beside the read-back and all soft limits: FORECAST has them. */
function forecastElsewhere(reply: VerbReply): VerbReply {
  if (!reply.ok) return reply;
  const { low_us: _, due_us: __, ...fields } = reply.fields;
  return { ...reply, fields };
}
