import { perform } from './perform.ts';
import { CONTROLS, FULL, type Run } from './runs.ts';
const base = {
  hosts: 1,
  hellos: 2,
  polls: 1,
  crashes: 0,
  sessions: 3,
  typed: 0,
  presses: 0,
  floods: 0,
  reboots: 0,
  stops: 0,
  asides: 0,
  slips: 0,
};
const sbase = { acts: ['START'], hellos: 2, sessions: 3, stops: 1, asides: 0, reboots: 0 };
const [, , kind = 'd', ...all] = process.argv;
const runs: Run[] =
  kind === 'c'
    ? [...CONTROLS]
    : kind === 'f'
      ? [...FULL]
      : all.map(
          (t) =>
            ({
              name: t,
              looksFor: 'safety',
              world:
                kind === 'd'
                  ? { of: 'doses', bounds: { ...base, ...JSON.parse(t) } }
                  : { of: 'settings', bounds: { ...sbase, ...JSON.parse(t) } },
            }) as Run,
        );
for (const run of runs) {
  const r = perform(run);
  console.log(
    run.name,
    r.states,
    r.complete,
    r.seconds,
    's',
    r.megabytes,
    'MB',
    r.violation?.what ?? '',
    r.violation?.trace.length ?? '',
    kind === 'f' ? Object.keys(r.codes).join(' ') : Object.keys(r.outcomes).join(','),
  );
  if (kind !== 'c' && r.violation) console.log(r.violation.trace);
}
