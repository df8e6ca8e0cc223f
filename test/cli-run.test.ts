import { existsSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import {
  doseloop,
  failing,
  LIBRARY,
  OCCLUSION,
  resultsOf,
  scratch,
  start,
  timeless,
  until,
  variant,
} from './support/cli.ts';

/** Without what differs from run to run. */
const timelessText = (text = ''): string => text.replaceAll(/"wall_s":[0-9.]+/g, '"wall_s":#');

describe('run', () => {
  test.concurrent('prints the verdict, exits with 0 and leaves record, signals, result and report', async () => {
    const folder = scratch();
    const { code, stdout, stderr } = await doseloop(folder, 'run', OCCLUSION);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^PASS {2}catheter-occlusion .*\n {2}SIMULATED · itb-20-sense · target sim · 8 h of pump time/,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('  report runs/catheter-occlusion.sim/report.html');
    const left = join(folder, 'runs/catheter-occlusion.sim');
    expect(readdirSync(left).toSorted()).toEqual(['record.ndjson', 'report.html', 'result.json', 'signals.csv']);
  });

  test.concurrent(
    'with --json writes one object for each scenario of a folder to standard output, and nothing else',
    async () => {
      const folder = scratch();
      const finished = await doseloop(folder, 'run', LIBRARY, '--json');
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      const results = resultsOf(finished);
      expect(results.map(({ scenario, verdict }) => [`${scenario}.yaml`, verdict])).toEqual(
        readdirSync(LIBRARY).map((file) => [file, 'PASS']),
      );
      for (const result of results) {
        const file = join(folder, 'runs', `${result.scenario}.sim`, 'result.json');
        expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(result);
      }
    },
  );

  test.concurrent('gives the same bytes when it is repeated, but for the wall time', async () => {
    const folder = scratch();
    const [a, b] = await Promise.all(['a', 'b'].map((out) => doseloop(folder, 'run', LIBRARY, '--json', '--out', out)));
    expect(timelessText(a?.stdout)).toContain('"wall_s":#}\n');
    expect(timelessText(b?.stdout)).toBe(timelessText(a?.stdout));
    for (const run of readdirSync(join(folder, 'a'))) {
      for (const file of ['record.ndjson', 'signals.csv']) {
        const [one, other] = ['a', 'b'].map((out) => readFileSync(join(folder, out, run, file)));
        expect(other && one?.equals(other), `${run}/${file}`).toBe(true);
      }
    }
  });

  test.concurrent(
    'gives one therapy log and one judgement in process and over a line, leaping and step by step, all at one time',
    async () => {
      const folder = scratch();
      const ways = [['sim'], ['sim', '--no-leap'], ['wire'], ['wire', '--no-leap']];
      const finished = await Promise.all(
        ways.map((way, index) => doseloop(folder, 'run', OCCLUSION, '--json', '--out', `${index}`, '--target', ...way)),
      );
      const [first, ...others] = finished.flatMap(resultsOf);
      expect(first?.log_sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(others.map(({ target }) => target)).toEqual(['sim', 'wire', 'wire']);
      for (const result of others) {
        expect(timeless({ ...result, target: 'sim' })).toEqual(first && timeless(first));
      }
    },
  );

  test.concurrent('takes the seed from the command line', async () => {
    const folder = scratch();
    const results = resultsOf(await doseloop(folder, 'run', OCCLUSION, '--json', '--seed', '2147483647'));
    expect(results.map(({ seed }) => seed)).toEqual([2_147_483_647]);
    const [reset] = /"input":"reset".*/.exec(
      readFileSync(join(folder, 'runs/catheter-occlusion.sim/record.ndjson'), 'utf8'),
    ) ?? [''];
    expect(reset).toContain('"seed":2147483647');
  });

  test.concurrent('exits with 1 when an expectation fails, also when another scenario passes', async () => {
    const folder = scratch();
    const finished = await doseloop(folder, 'run', failing(folder), OCCLUSION, '--json');
    expect(resultsOf(finished).map(({ verdict }) => verdict)).toEqual(['FAIL', 'PASS']);
    expect(finished.code).toBe(1);
  });

  test.concurrent('exits with 4 when a moment never came, also when another scenario passes', async () => {
    const folder = scratch();
    const text = readFileSync(OCCLUSION, 'utf8')
      .replace('id: catheter-occlusion', 'id: never-came')
      .replace(
        '{ at: 2 h, fault: catheter.occlusion, mode: complete',
        '{ at: 2 h, fault: catheter.occlusion, mode: released',
      )
      .replace(/^expect:\n.*/ms, 'expect:\n  - { signal: rate, is: 300 uL/day, during: [seen, end] }\n');
    writeFileSync(join(folder, 'never.yaml'), text);
    const finished = await doseloop(folder, 'run', 'never.yaml', OCCLUSION, '--json');
    expect(resultsOf(finished).map(({ verdict }) => verdict)).toEqual(['INCONCLUSIVE', 'PASS']);
    expect(finished.code).toBe(4);
  });

  test.concurrent('goes on to its end and tells it with the exit code, though nobody reads its output', async () => {
    const folder = scratch();
    const { child, ended } = start(folder, ['run', OCCLUSION, failing(folder), '--target', 'wire:/dev/ttyNOPE']);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 3, stderr: '' });
    expect(existsSync(join(folder, 'runs/fails.wire/result.json'))).toBe(true);
  });

  test.skipIf(!existsSync('/dev/full'))('says without a stack that its output cannot be written', async () => {
    const { ended } = start(scratch(), ['run', OCCLUSION], openSync('/dev/full', 'w'));
    expect(await ended).toMatchObject({
      code: 2,
      stderr: 'doseloop: standard output cannot be written (ENOSPC)\n',
    });
  });

  test.concurrent(
    'in process ends at once on Ctrl-C, though it walks millions of steps, and leaves the record it had',
    async () => {
      const folder = scratch();
      const refills = Array.from(
        { length: 40 },
        (_, day) => `  - { at: ${12 * (day + 1)} h, do: refill, volume: 18 mL }\n`,
      );
      const file = variant(
        folder,
        'walk.yaml',
        ['duration: 8 h', 'duration: 21 d'],
        // No drug may be given so fast; a bench fluid may.
        ['name: baclofen', 'name: water'],
        ['dose: 150 ug/day', 'dose: 12000 ug/day'],
        ['timeline:\n', `timeline:\n${refills.join('')}`],
      );
      const { kill } = start(folder, ['run', file, '--no-leap']);
      const run = join(folder, 'runs', 'catheter-occlusion.sim');
      // The first line is written just before the first step.
      await until(() => existsSync(join(run, 'record.ndjson')));
      expect(await kill('SIGINT')).toEqual({ code: 130, stdout: '', stderr: '' });
      expect(readdirSync(run)).toEqual(['record.ndjson']);
    },
  );
});

test.concurrent('lint counts what is good, and with --json prints nothing about it', async () => {
  const folder = scratch();
  expect(await doseloop(folder, 'lint', OCCLUSION)).toEqual({
    code: 0,
    stdout: '1 scenario, no complaint\n',
    stderr: '',
  });
  expect(await doseloop(folder, 'lint', LIBRARY, '--json')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.concurrent('study simulates the 22 pumps of the series', async () => {
  const { code, stdout } = await doseloop(scratch(), 'study', 'itb-cohort', '--json');
  const therapies = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { outcome: { kind: string } });
  expect(therapies.map(({ outcome }) => outcome.kind)).toEqual(Array<string>(22).fill('simulated'));
  expect(code).toBe(0);
});

test.concurrent('study exits with 4 when no pump can run at the concentration', async () => {
  const { code, stdout } = await doseloop(scratch(), 'study', 'itb-cohort', '--concentration', '5000 ug/mL');
  expect(stdout).toContain('0 of 22 therapies simulated');
  expect(code).toBe(4);
});

test.concurrent.each(['profiles', 'alarms'])(
  '%s prints a table, and with --json the same rows as objects',
  async (command) => {
    const folder = scratch();
    const table = await doseloop(folder, command);
    const json = await doseloop(folder, command, '--json');
    const rows = json.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { name?: string; id?: string });
    // What a table needs explained follows after an empty line.
    const [lines = ''] = table.stdout.split('\n\n');
    const names = lines
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.map(({ name, id }) => name ?? id)).toEqual(names);
  },
);

test.concurrent('every command has help with an example', async () => {
  const folder = scratch();
  const overview = (await doseloop(folder, '--help')).stdout;
  const commands = [...overview.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name = '']) => name);
  expect(commands).toContain('run');
  for (const command of commands) {
    const { code, stdout } = await doseloop(folder, command, '--help');
    expect(stdout).toMatch(new RegExp(`Examples?:\n {2}doseloop ${command} ?`));
    expect(code).toBe(0);
  }
});

test.concurrent('--version is that of the package', async () => {
  expect(await doseloop(scratch(), '--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});
