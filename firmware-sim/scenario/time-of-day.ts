/** Times of the day as a scenario writes them: `08:00` or `08:00:30`. They are the pump's own time of day, not a moment of the run. */
import { z } from 'zod';
import { micros, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, type Micros } from '../../protocol/units.ts';
import { addIssue, described } from './fields.ts';
import { quote } from './quantity.ts';

const EXAMPLE = 'for example "08:00" or "08:00:30"';

/** As µs since midnight. */
export const timeOfDay = z
  .string({ error: ({ input }) => `a time of day is wanted here, ${EXAMPLE}, not ${described(input)}` })
  .transform((text, sink): Micros => {
    const [, hour = '', minute = '', second = '00'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/u.exec(text.trim()) ?? [];
    if (hour === '') {
      addIssue(sink, { message: `${quote(text)} is not a time of day, write ${EXAMPLE}` });
      return z.NEVER;
    }
    if (hour.length < 2) {
      addIssue(sink, { message: `${quote(text)} has one digit for the hour, write two`, near: `0${text.trim()}` });
      return z.NEVER;
    }
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
      addIssue(sink, { message: `${quote(text)} is not in the day, which goes from 00:00 to 23:59:59` });
      return z.NEVER;
    }
    return micros(Number(hour) * US_PER_HOUR + Number(minute) * US_PER_MINUTE + Number(second) * US_PER_SECOND);
  });
