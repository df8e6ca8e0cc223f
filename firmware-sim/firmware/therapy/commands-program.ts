/** The commands that shape a therapy: program, commit, library, clock. */
import { US_PER_DAY, type Micros } from '../../../protocol/units.ts';
import { resume } from '../alarms/machine.ts';
import { refuse, type Facts, type Outcome } from '../commands.ts';
import { append } from '../log/log.ts';
import { commandedBy, timeOfDay, type Pump } from '../pump-state.ts';
import { accept, precondition, type Handler } from '../reply.ts';
import { checkProgram } from './check-program.ts';
import { dates, follow } from './doses.ts';
import { forecast } from './forecast.ts';
import { isWhole } from './library.ts';
import { joinLimits, SOFT_LIMIT_NAMES, type SoftLimit } from './limits.ts';
import { basalRate, type Program } from './program.ts';
import { stepAfter } from './therapy.ts';
import { softLimitsNow, volumeToBridge } from './titration.ts';

/** Facts of a program as it is read back. */
const programFacts = (pump: Pump, program: Program, now: Micros): Facts => ({
  nlpd: basalRate(program, timeOfDay(pump, now), 0),
  ng: program.dose,
  day_nl: program.dayVolume,
  conc: program.concentration,
  low: program.lowReservoir,
  pipe_nl: program.pipe,
});

const softFacts = (soft: readonly SoftLimit[]): Facts => (soft.length === 0 ? {} : { soft: joinLimits(soft) });

export const stage: Handler<'program'> = (pump, request, now) => {
  const { library, profile } = pump;
  if (library === undefined || !isWhole(library)) return refuse('NO_LIBRARY');
  const check = checkProgram(request, profile, library);
  if (!check.ok) return check;
  const { program, soft } = check;
  pump.staged = { program, soft };
  const broken = inOrder([...soft, ...softLimitsNow(pump, program, library, now)]);
  return accept(pump, { ...programFacts(pump, program, now), ...softFacts(broken) });
};

const inOrder = (limits: readonly SoftLimit[]): SoftLimit[] => SOFT_LIMIT_NAMES.filter((name) => limits.includes(name));

export const commit: Handler<'commit'> = (pump, { ifRevision, override = [] }, now) => {
  const { staged, library } = pump;
  if (ifRevision !== pump.revision) return precondition(pump);
  if (staged === undefined) return refuse('NOTHING_STAGED');
  if (library === undefined || !isWhole(library)) return refuse('NO_LIBRARY');
  const { program } = staged;
  const broken = inOrder([...staged.soft, ...softLimitsNow(pump, program, library, now)]);
  if (broken.some((limit) => !override.includes(limit))) return refuse('SOFT_LIMIT', softFacts(broken));
  takeOver(pump, program, now);
  const { low, refill } = forecast(pump, now);
  const more = { ...(broken.length === 0 ? {} : { over: joinLimits(broken) }), ...dates(low, refill) };
  const facts = programFacts(pump, program, now);
  // An entry of the log is a line of the wire: what follows from the rest is left out.
  const { day_nl: _, pipe_nl: __, ...logged } = facts;
  append(pump.log, now, 'COMMIT', { rev: pump.revision, mode: program.mode, ...logged, ...more });
  const { bridge } = pump;
  if (bridge !== undefined)
    append(pump.log, now, 'BRIDGE', { state: 'started', nl: bridge.until - commandedBy(pump, now) });
  return accept(pump, { ...facts, ...more });
};

export const unstage: Handler<'unstage'> = (pump, _, now) => {
  pump.staged = undefined;
  for (const id of pump.alarms.active) if (pump.alarms[id].pausedUntil !== undefined) resume(pump, id, now);
  return accept(pump);
};

function takeOver(pump: Pump, program: Program, now: Micros): void {
  const volume = program.bridge === 'none' ? 0 : volumeToBridge(pump, program, now);
  const old = pump.bridge?.old ?? pump.program;
  pump.bridge =
    volume > 0 && old !== undefined
      ? {
          old,
          stepsTaken: pump.bridge?.stepsTaken ?? pump.stepsTaken,
          until: wholeStepsUp(commandedBy(pump, now) + volume, pump),
        }
      : undefined;
  if (pump.program?.dose !== program.dose) pump.doseChangedAt = pump.everStarted ? now : undefined;
  pump.program = program;
  pump.staged = undefined;
  pump.lost = undefined;
  pump.stepsTaken = 0;
  pump.timedUntil = now;
  if (program.catheterStated && pump.mode === 'stopped') pump.primed = false;
  pump.replan = true;
  pump.revision += 1;
  follow(pump, 'commit', now);
  const runs = pump.mode !== 'stopped' && pump.mode !== 'minimum' && pump.bridge === undefined;
  pump.nextStepAt = runs ? stepAfter(pump, now) : undefined;
}

const wholeStepsUp = (volume: number, { profile }: Pump): number =>
  Math.ceil(volume / profile.stepVolume) * profile.stepVolume;

export const loadLibrary: Handler<'library'> = (pump, { library }, now) => {
  if (!isWhole(library)) return refuse('LIBRARY_CHECK');
  const another = pump.program !== undefined && pump.program.drug !== library.drug;
  if (another && pump.mode !== 'stopped') return refuse('NOT_STOPPED');
  // A program is for the drug for which it was checked.
  if (another) pump.program = pump.bridge = undefined;
  pump.staged = undefined;
  pump.library = library;
  pump.libraryIsWhole = true;
  pump.stabilityDays = library.stabilityDays;
  pump.revision += 1;
  const facts = { drug: library.drug, ver: library.version };
  append(pump.log, now, 'LIBRARY', { rev: pump.revision, ...facts, check: library.check });
  return accept(pump, facts);
};

export const setClock: Handler<'clock'> = (pump, { ifRevision, timeOfDay: time }, now): Outcome => {
  if (ifRevision !== pump.revision) return precondition(pump);
  if (time >= US_PER_DAY) return refuse('PLAN_RANGE', { why: 'time' });
  pump.clockOffset = (((time - now) % US_PER_DAY) + US_PER_DAY) % US_PER_DAY;
  // What the day had in store between the old time and the new was yesterday's, or comes again.
  pump.timedUntil = now;
  pump.revision += 1;
  const facts = { tod_us: time, off_us: pump.clockOffset };
  append(pump.log, now, 'CLOCK', { rev: pump.revision, ...facts });
  return accept(pump, facts);
};
