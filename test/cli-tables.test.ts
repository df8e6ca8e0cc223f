import { expect, test } from 'vitest';
import { ALARM_IDS, MODES, modesAsMermaid, PROFILE_NAMES } from '../firmware-sim/simulation/vocabulary.ts';
import { doseloop, scratch } from './support/cli.ts';

test.concurrent('"doseloop alarms" prints what the golden file holds', async () => {
  const { code, stdout, stderr } = await doseloop(scratch(), 'alarms');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // After a change of the table that is meant, and that somebody has read: npm test -- test/cli-tables.test.ts -u
  await expect(stdout).toMatchFileSnapshot('golden/alarms.txt');
});

test.concurrent('no line of "doseloop alarms" is wider than a terminal', async () => {
  const { stdout } = await doseloop(scratch(), 'alarms');
  expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

test.concurrent('"doseloop alarms --json" has a line for each alarm, with its tone and its longest delay', async () => {
  const { stdout } = await doseloop(scratch(), 'alarms', '--json');
  const rows = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { id: string; delay: number });
  expect(rows.map(({ id }) => id)).toEqual(ALARM_IDS);
  expect(rows.find(({ id }) => id === 'over-temperature')).toMatchObject({
    delay: 600_000_000,
    tone: { burst: 3_000_000, interval: 600_000_000 },
  });
});

test.concurrent('"doseloop profiles" lists every profile, with a name only that one', async () => {
  const all = await doseloop(scratch(), 'profiles');
  expect(all.code).toBe(0);
  expect(all.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['profile', ...PROFILE_NAMES, '']);
  const one = await doseloop(scratch(), 'profiles', 'itb-40');
  expect(one.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['profile', 'itb-40', '']);
});

test.concurrent('"doseloop profiles NAME --graph" draws the modes of the profile', async () => {
  const { code, stdout, stderr } = await doseloop(scratch(), 'profiles', 'itb-20-sense', '--graph');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(modesAsMermaid('itb-20-sense'));
  expect(stdout).toMatch(/^---\ntitle: itb-20-sense\n---\nstateDiagram-v2\n/);
  for (const mode of MODES) expect(stdout).toContain(`: ${mode} (`);
});

test.concurrent('help tells of the graph', async () => {
  const { stdout } = await doseloop(scratch(), 'profiles', '--help');
  expect(stdout).toMatch(/--graph .*Mermaid/);
  expect(stdout).toContain('doseloop profiles itb-20-sense --graph');
});

test.concurrent.each([
  [['itb-20-sens', '--graph'], 'no such profile; there are itb-20, .*Did you mean "itb-20-sense"\\?\n$'],
  [['itb-20-sens'], 'no such profile; .*Did you mean "itb-20-sense"\\?\n$'],
  [['bogus', '--graph'], 'no such profile; there are itb-20, itb-40, itb-20-sense, itb-40-sense\\.\n$'],
  [['--graph'], 'profiles --graph: which profile\\? There are itb-20, '],
  [['itb-20', '--graph', '--json'], "option '--graph' cannot be used with option '--json'"],
])('"doseloop profiles" with %j exits with 2 and says what is wrong', async (args, message) => {
  const { code, stdout, stderr } = await doseloop(scratch(), 'profiles', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(message));
});
