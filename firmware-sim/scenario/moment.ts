/** Moments as a scenario writes them: `2 h`, `clamp`, `clamp + 10 min`, `end - 1 h`. */
import { z } from 'zod';
import { formatQuantity, missingUnit, parseQuantity, quote } from './quantity.ts';
import { addIssue, described } from './fields.ts';
import type { Moment } from './types.ts';

/** Words that name a moment by themselves; no label may be one. */
export const ANCHORS = ['start', 'end'] as const;

export const START: Moment = { anchor: 'start', offset: 0 };
export const END: Moment = { anchor: 'end', offset: 0 };

/** A label begins with a letter, so that it is never taken for a quantity. */
const LABEL = /^[A-Za-z][\w.-]{0,59}$/u;

export const labelSchema = z
  .string({ error: ({ input }) => `a label is wanted here, not ${described(input)}` })
  .regex(LABEL, { error: 'a label begins with a letter and has only letters, digits, "_", "." and "-", at most 60' })
  .refine((label) => !ANCHORS.some((anchor) => anchor === label), {
    error: '"start" and "end" are the ends of the run and cannot be labels',
  });

const WRONG = 'is not a moment, write for example "2 h", "clamp", "clamp + 10 min" or "end - 1 h"';

/** A moment whose label is not looked up yet: check.ts knows the labels of the file. */
export const momentSchema = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? missingUnit('time')
        : `a moment is wanted here, for example "2 h" or "clamp + 10 min", not ${described(input)}`,
  })
  .transform((text, sink): Moment => {
    if (/^\s*[+-]?[\d.]/u.test(text)) {
      const offset = parseQuantity(text, 'time');
      return offset.ok ? { anchor: 'start', offset: offset.value } : refuse(sink, offset);
    }
    const [, name = '', sign, amount = ''] = /^(\S+)(?:\s+([+-])\s+(\S.*))?$/u.exec(text.trim()) ?? [];
    if (!LABEL.test(name)) {
      return refuse(sink, { message: `${quote(text)} ${WRONG}` });
    }
    const anchor = ANCHORS.find((word) => word === name) ?? { label: name };
    if (sign === undefined) {
      return { anchor, offset: 0 };
    }
    const offset = parseQuantity(amount, 'time');
    return offset.ok ? { anchor, offset: sign === '-' ? -offset.value : offset.value } : refuse(sink, offset);
  });

function refuse(
  sink: Parameters<typeof addIssue>[0],
  { message, near }: { readonly message: string; readonly near?: string | undefined },
): never {
  addIssue(sink, { message, near });
  return z.NEVER;
}

/** A moment as it is written, with the offset in a sensible unit. */
export function formatMoment({ anchor, offset }: Moment): string {
  const size = formatQuantity(Math.abs(offset), 'time');
  if (anchor === 'start') {
    return offset < 0 ? `start - ${size}` : size;
  }
  const name = anchor === 'end' ? anchor : anchor.label;
  return offset === 0 ? name : `${name} ${offset < 0 ? '-' : '+'} ${size}`;
}
