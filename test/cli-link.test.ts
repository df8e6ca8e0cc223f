import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWire } from '../bridge/wire/open-wire.ts';
import type { RunResult } from '../firmware-sim/report/result.ts';
import {
  doseloop,
  OCCLUSION,
  resultsOf,
  scratch,
  serving,
  servingMortal,
  start,
  type Finished,
} from './support/cli.ts';

const LINES = ['pty:./pump', 'tcp://127.0.0.1:0'];

/** The one result of a run that met a failing line: code 3, the reason on both outputs, no stack. */
function brokenRun(finished: Finished): RunResult {
  const { code, stderr } = finished;
  const [result, ...others] = resultsOf(finished);
  if (result === undefined || others.length > 0) throw new Error(`not one result: ${JSON.stringify(finished)}`);
  expect({ code, stderr }).toEqual({ code: 3, stderr: `doseloop: ${result.reason}\n` });
  expect(result).toMatchObject({ verdict: 'ERROR', target: 'wire', log_sha256: null, expectations: [] });
  return result;
}

test.concurrent.each([
  ['three runs', 'pty:./pump', '1', 3],
  ['one run', 'tcp://127.0.0.1:0', 'lockstep', 1],
])(
  '%s at a pump served on %s with speed %s: the therapy log is that of a run in process',
  async (_, on, speed, turns) => {
    const folder = scratch();
    const { url } = await serving(folder, on, '--speed', speed);
    const [inProcess] = resultsOf(await doseloop(folder, 'run', OCCLUSION, '--json'));
    for (let turn = 0; turn < turns; turn += 1) {
      const finished = await doseloop(folder, 'run', OCCLUSION, '--json', '--target', `wire:${url}`);
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      expect(resultsOf(finished)[0]).toMatchObject({ verdict: 'PASS', log_sha256: inProcess?.log_sha256 });
    }
  },
);

describe.each(LINES)('over %s', (on) => {
  test.concurrent('a pump that is killed in mid-run is a link error, and what was had until then is left', async () => {
    const folder = scratch();
    const { url, ended } = await servingMortal(folder, on, 'die');
    const result = brokenRun(await doseloop(folder, 'run', OCCLUSION, '--json', '--target', `wire:${url}`));
    expect((await ended).code).toBe(137);
    expect(result.reason).toContain('the line ended');
    expect(result.virtual_s).toBeGreaterThan(0);

    const left = join(folder, 'runs/catheter-occlusion.wire');
    expect(readdirSync(left).toSorted()).toEqual(['record.ndjson', 'report.html', 'result.json', 'signals.csv']);
    const record = readFileSync(join(left, 'record.ndjson'), 'utf8').trimEnd().split('\n');
    expect(record.length).toBeGreaterThan(50);
    expect(JSON.parse(record[0] ?? '')).toMatchObject({ type: 'header', target: 'wire' });
    expect(JSON.parse(record.at(-1) ?? '')).not.toMatchObject({ type: 'end' });
    expect(await doseloop(folder, 'replay', left, '--verify')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the record was cut off before this line'),
    });
  });

  test.concurrent('a run is refused while another program has the pump, and passes when that one is gone', async () => {
    const folder = scratch();
    const { url } = await serving(folder, on);
    const other = await openWire(url);
    const args = ['run', OCCLUSION, '--json', '--target', `wire:${url}`];
    const refused = brokenRun(await doseloop(folder, ...args));
    expect(refused.virtual_s).toBe(0);
    await other.close();
    expect(resultsOf(await doseloop(folder, ...args))[0]).toMatchObject({ verdict: 'PASS' });
  });
});

test.concurrent(
  'of two runs at one pump at the same time one at least passes, and the other fails by the line only',
  async () => {
    const folder = scratch();
    const { url } = await serving(folder, 'pty:./pump');
    const finished = await Promise.all(
      ['a', 'b'].map((out) => doseloop(folder, 'run', OCCLUSION, '--json', '--out', out, '--target', `wire:${url}`)),
    );
    const verdicts = finished.flatMap(resultsOf).map(({ verdict }) => verdict);
    expect(verdicts).toHaveLength(2);
    expect(verdicts).toContain('PASS');
    for (const one of finished) if (one.code !== 0) brokenRun(one);
  },
);

test.concurrent('a run that is interrupted while it waits for the pump exits with 130', async () => {
  const folder = scratch();
  const pump = await servingMortal(folder, 'pty:./pump', 'mute');
  const { kill } = start(folder, ['run', OCCLUSION, '--target', `wire:${pump.url}`]);
  expect(await pump.line()).toBe('mute');
  expect(await kill('SIGINT')).toEqual({ code: 130, stdout: '', stderr: '' });
});

test.concurrent('a pump that falls silent in mid-run is a link error, not a hang', async () => {
  const folder = scratch();
  const { url } = await servingMortal(folder, 'tcp://127.0.0.1:0', 'mute');
  const { reason } = brokenRun(await doseloop(folder, 'run', OCCLUSION, '--json', '--target', `wire:${url}`));
  expect(reason).toMatch(/: no answer to [A-Z ]+ within 10 s\. Does a pump listen there\?$/);
});

test.concurrent.each([
  ['/dev/ttyNOPE', '/dev/ttyNOPE is no port here.'],
  ['/dev/null', '/dev/null is no serial port.'],
  ['pty:./nowhere', './nowhere is no port here.'],
  ['tcp://127.0.0.1:1', 'nobody listens there'],
])('a run at %s, where no pump is, is a link error with the reason and a report', async (url, reason) => {
  const folder = scratch();
  const result = brokenRun(await doseloop(folder, 'run', OCCLUSION, '--json', '--target', `wire:${url}`));
  expect(result.reason).toContain(reason);
  expect(existsSync(join(folder, 'runs/catheter-occlusion.wire/report.html'))).toBe(true);
});

test.concurrent('a run tells of a failing line on standard output where it is read by people', async () => {
  const { code, stdout, stderr } = await doseloop(scratch(), 'run', OCCLUSION, '--target', 'wire:/dev/ttyNOPE');
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(stdout).toMatch(/^ERROR {2}catheter-occlusion .*\n.*\n {2}\/dev\/ttyNOPE is no port here/);
});
