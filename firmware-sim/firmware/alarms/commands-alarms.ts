/** The commands that are about alarms: acknowledge, pause, resume, interrogate, and the test of the tones. */
import { refuse } from '../commands.ts';
import { append } from '../log/log.ts';
import { accept, type Handler } from '../reply.ts';
import { interrogated } from './conditions.ts';
import {
  acknowledge as acknowledgeAlarm,
  alarmRaisedBy,
  pause as pauseAlarm,
  resume as resumeAlarm,
} from './machine.ts';
import { toneFor } from './signals.ts';
import { testTones } from './tones.ts';

export const acknowledge: Handler<'acknowledge'> = (pump, { ev }, now) => {
  const id = alarmRaisedBy(pump.alarms, ev);
  if (id === undefined) return refuse('NO_ALARM', { ev });
  if (!acknowledgeAlarm(pump, id, now)) return refuse('NO_SILENCE', { alarm: id });
  pump.hushed = true;
  return accept(pump);
};

export const pause: Handler<'pause'> = (pump, { ev }, now) => {
  const id = alarmRaisedBy(pump.alarms, ev);
  if (id === undefined) return refuse('NO_ALARM', { ev });
  const until = pauseAlarm(pump, id, now);
  if (until === undefined) return refuse('NO_SILENCE', { alarm: id });
  pump.hushed = true;
  return accept(pump, { until_us: until });
};

export const resume: Handler<'resume'> = (pump, { ev }, now) => {
  const id = alarmRaisedBy(pump.alarms, ev);
  if (id === undefined) return refuse('NO_ALARM', { ev });
  return resumeAlarm(pump, id, now) ? accept(pump) : refuse('NO_SILENCE', { alarm: id });
};

export const interrogate: Handler<'interrogate'> = (pump, _, now) => {
  append(pump.log, now, 'INTERROGATE', {});
  interrogated(pump, now);
  return accept(pump, { mode: pump.mode, alarms: pump.alarms.active.length });
};

export const testTheTones: Handler<'test-tones'> = (pump, _, now) => {
  if (toneFor(pump.alarms) !== 'silent') return refuse('ALARMING');
  append(pump.log, now, 'TONES', {});
  testTones(pump, now);
  return accept(pump);
};
