import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Sources to be judged, by the place in the house where each stands. All are linted in one run. */
const sources: { readonly file: string; readonly source: string }[] = [];

/** Puts a source beside a room's own files; returns the place under which its verdict is found. */
function place(neighbour: string, source: string): string {
  const file = neighbour.endsWith('x.ts') ? neighbour.replace('x.ts', `case-${sources.length}.ts`) : neighbour;
  sources.push({ file, source });
  return file;
}

/** Rules that each file breaks, as the project's own lint configuration sees it. */
const broken = new Map<string, string[]>();
const rulesBrokenBy = (file: string): string[] => broken.get(file) ?? [];

beforeAll(() => {
  const yard = mkdtempSync(join(tmpdir(), 'boundaries-'));
  cpSync(join(root, '.oxlintrc.json'), join(yard, '.oxlintrc.json'));
  for (const { file, source } of sources) {
    mkdirSync(dirname(join(yard, file)), { recursive: true });
    writeFileSync(join(yard, file), source);
  }
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format', 'json'], {
    cwd: yard,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  for (const { code, filename } of diagnostics) broken.set(filename, [...(broken.get(filename) ?? []), code]);
  rmSync(yard, { recursive: true });
});

const IMPORTS = 'eslint(no-restricted-imports)';
const importing = (what: string): string => `import * as it from '${what}';\nexport const used = it;\n`;

const FORBIDDEN = [
  ['protocol/x.ts', 'node:fs'],
  ['protocol/x.ts', 'rxjs'],
  ['protocol/x.ts', 'serialport'],
  ['protocol/x.ts', '../bridge/clock.ts'],
  ['protocol/x.ts', '../firmware-sim/index.ts'],
  ['protocol/x.ts', './../bridge/clock.ts'],
  ['protocol/session/x.ts', 'zod'],
  ['protocol/session/x.ts', '../../bridge/clock.ts'],
  ['protocol/session/x.ts', '../../firmware-sim/index.ts'],
  ['firmware-sim/firmware/x.ts', 'zod'],
  ['firmware-sim/firmware/x.ts', '../body/body.ts'],
  ['firmware-sim/firmware/x.ts', '../simulation/simulation.ts'],
  ['firmware-sim/firmware/x.ts', '../../protocol/verbs.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../../body/body.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../../index.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../../../protocol/verbs.ts'],
  ['firmware-sim/firmware/therapy/x.ts', 'zod'],
  ['firmware-sim/body/x.ts', '../firmware/pump.ts'],
  ['firmware-sim/body/x.ts', '../../protocol/line.ts'],
  ['firmware-sim/simulation/x.ts', '../scenario/run.ts'],
  ['firmware-sim/simulation/x.ts', 'rxjs'],
  ['firmware-sim/scenario/x.ts', '../firmware/pump.ts'],
  ['firmware-sim/scenario/x.ts', '../body/body.ts'],
  ['firmware-sim/scenario/x.ts', '../report/html.ts'],
  ['firmware-sim/scenario/x.ts', '../../bridge/clock.ts'],
  ['firmware-sim/analysis/x.ts', '../scenario/run.ts'],
  ['firmware-sim/report/x.ts', '../simulation/signals.ts'],
  ['firmware-sim/report/x.ts', 'node:fs'],
  ['firmware-sim/index.ts', '../bridge/index.ts'],
  ['bridge/x.ts', '../test/support/loop-wire.ts'],
] as const;

test.each(FORBIDDEN.map(([file, what]) => [file, what, place(file, importing(what))]))(
  '%s may not import %s',
  (_, __, placed) => {
    expect(rulesBrokenBy(placed)).toContain(IMPORTS);
  },
);

const ALLOWED = [
  ['protocol/x.ts', './units.ts'],
  ['protocol/x.ts', 'zod'],
  ['firmware-sim/firmware/x.ts', '../../protocol/motion.ts'],
  ['firmware-sim/firmware/x.ts', './alarms/table.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../alarms/machine.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../pump-state.ts'],
  ['firmware-sim/firmware/therapy/x.ts', '../../../protocol/crc32.ts'],
  ['firmware-sim/body/x.ts', '../../protocol/units.ts'],
  ['firmware-sim/simulation/x.ts', '../body/body.ts'],
  ['firmware-sim/scenario/x.ts', '../simulation/vocabulary.ts'],
  ['firmware-sim/analysis/x.ts', '../simulation/simulation.ts'],
  ['bridge/x.ts', '../firmware-sim/scenario/run.ts'],
] as const;

test.each(ALLOWED.map(([file, what]) => [file, what, place(file, importing(what))]))(
  '%s may import %s',
  (_, __, placed) => {
    expect(rulesBrokenBy(placed)).not.toContain(IMPORTS);
  },
);

const ROOMS_WITHOUT_A_CLOCK = [
  'protocol/x.ts',
  ...['firmware', 'firmware/therapy', 'body', 'simulation', 'scenario', 'analysis', 'report'].map(
    (room) => `firmware-sim/${room}/x.ts`,
  ),
];

const USES = [
  'Date.now()',
  'setTimeout(String, 1)',
  'setInterval(String, 1)',
  'performance.now()',
  'process.argv',
  'Math.random()',
];
const BANNED = ROOMS_WITHOUT_A_CLOCK.flatMap((room) =>
  USES.map((use) => [room, use, place(room, `export const used = ${use};\n`)] as const),
);

test.each(BANNED)('%s may not use %s', (_, __, placed) => {
  expect(rulesBrokenBy(placed).filter((rule) => /no-restricted-(globals|properties)/.test(rule))).toHaveLength(1);
});

const clockInBridge = place('bridge/x.ts', 'export const used = Date.now();\n');

test('bridge/ may read the clock', () => {
  expect(rulesBrokenBy(clockInBridge)).toEqual([]);
});
