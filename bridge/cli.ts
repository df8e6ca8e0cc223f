#!/usr/bin/env node
/** The command line. Each command's work is imported when it is called: `--help` loads no serial port. */
import { Command, CommanderError, Option } from 'commander';
import { EXIT, UserError } from './exit.ts';
import { version } from './version.ts';

const DISCLAIMER = 'Not a medical device, not for clinical use, no claim of conformity with any standard.';

const EXIT_CODES = `
Exit codes: 0 all passed · 1 an expectation failed · 2 invalid input · 3 link or rig error ·
  4 inconclusive, timeout or nothing passed · 5 replay differs · 130 interrupted

${DISCLAIMER}`;

const program = new Command('doseloop')
  .description(
    'Controller of a programmable implantable infusion pump, as a model: simulate, put on a serial line, replay.',
  )
  .version(version())
  .addHelpText('after', EXIT_CODES)
  .showHelpAfterError('(add --help for help)')
  .exitOverride();

program
  .command('run')
  .description('run scenarios; a folder stands for the .yaml files in it')
  .argument('<file...>', 'scenario files or folders')
  .option('--target <target>', 'sim, wire (our own pump behind a fresh port) or wire:URL (one that is there)', 'sim')
  .option('--out <dir>', 'where each run leaves its folder', 'runs')
  .option('--seed <n>', "seed in place of the scenario's")
  .option('--json', 'one JSON line per run on standard output')
  .option('--no-leap', 'one motor step at a time; slower, the same therapy log')
  .addHelpText(
    'after',
    `
Examples:
  doseloop run test/scenarios/catheter-occlusion.yaml
  doseloop run test/scenarios --target wire --json
  doseloop run my.yaml --target wire:pty:./pump      against a running "doseloop serve --on pty:./pump"`,
  )
  .action(
    async (files: string[], options: { target: string; out: string; seed?: string; json?: boolean; leap: boolean }) => {
      const { run } = await import('./commands/run.ts');
      process.exitCode = await run(files, { ...options, json: options.json === true });
    },
  );

program
  .command('lint')
  .description('check scenario files without running them')
  .argument('<file...>', 'scenario files or folders')
  .option('--json', 'one JSON line per complaint on standard output')
  .addHelpText('after', '\nExample:\n  doseloop lint test/scenarios')
  .action(async (files: string[], options: { json?: boolean }) => {
    const { lint } = await import('./commands/lint.ts');
    process.exitCode = await lint(files, options.json === true);
  });

program
  .command('serve')
  .description('be a simulated pump on a line, by default in real time')
  .requiredOption('--on <url>', 'pty:./link, tcp://127.0.0.1:7000 or a serial device')
  .option('--profile <name>', 'pump profile until the first SIM RESET', 'itb-20-sense')
  .option('--speed <factor>', 'pump seconds per second, or "lockstep"', '1')
  .option('--typed <what>', 'what lines typed at the port may do: off, read or dose; STOP always', 'dose')
  .option('--json', 'one JSON line when the line is ready')
  .addHelpText(
    'after',
    `
Examples:
  doseloop serve --on pty:./pump
  doseloop serve --on tcp://127.0.0.1:7000 --profile itb-40 --speed 3600`,
  )
  .action(async (options: { on: string; profile: string; speed: string; typed: string; json?: boolean }) => {
    const { serve } = await import('./commands/serve.ts');
    process.exitCode = await serve({ ...options, json: options.json === true });
  });

program
  .command('console')
  .description('talk to a pump by hand, or from a script on standard input')
  .argument('<url>', 'where it is: pty:./link, tcp://127.0.0.1:7000 or a serial device')
  .option('--store <file>', 'where doses are noted before they are sent (default: one file per address)')
  .option('--history <file>', 'where typed lines are kept (default: ~/.local/state/doseloop/console-history)')
  .option('--json', 'one JSON line per reply and event on standard output; no prompt, and no doses')
  .addHelpText(
    'after',
    `
Examples:
  doseloop console pty:./pump                        against a running "doseloop serve --on pty:./pump"
  printf 'status\\nalarms\\n' | doseloop console tcp://127.0.0.1:7000 --json

A dose is read back, and given when the code is typed that comes with it; from a pipe none is given.
Ctrl-C twice within a second stops the pump. Exit codes: 0 left, 2 a line of a script was refused, 3 no pump or line lost.`,
  )
  .action(async (url: string, options: { store?: string; history?: string; json?: boolean }) => {
    const { talkTo } = await import('./commands/console.ts');
    process.exitCode = await talkTo(url, { ...options, json: options.json === true });
  });

program
  .command('replay')
  .description('feed the recorded inputs of a run to the simulation again and compare')
  .argument('<dir>', 'folder that a run has left')
  .option('--verify', 'exit with 5 when the replay differs')
  .option('--json', 'the comparison as one JSON line on standard output')
  .addHelpText('after', '\nExample:\n  doseloop replay runs/catheter-occlusion.sim --verify')
  .action(async (dir: string, options: { verify?: boolean; json?: boolean }) => {
    const { replay } = await import('./commands/replay.ts');
    process.exitCode = await replay(dir, { verify: options.verify === true, json: options.json === true });
  });

program
  .command('study')
  .description('analyses; itb-cohort: the 22 pumps of the clinical series over their whole follow-up')
  .argument('<name>', 'itb-cohort')
  .option('--concentration <quantity>', 'assumed drug concentration', '500 ug/mL')
  .option('--json', 'one JSON line per pump on standard output')
  .addHelpText('after', '\nExample:\n  doseloop study itb-cohort --concentration "1000 ug/mL"')
  .action(async (name: string, options: { concentration: string; json?: boolean }) => {
    const { study } = await import('./commands/study.ts');
    process.exitCode = study(name, { concentration: options.concentration, json: options.json === true });
  });

program
  .command('profiles')
  .description('list the pump profiles')
  .argument('[name]', 'only this one')
  .addOption(new Option('--graph', 'the modes of its therapy as a Mermaid state diagram').conflicts('json'))
  .option('--json', 'one JSON line per row on standard output')
  .addHelpText('after', '\nExamples:\n  doseloop profiles --json\n  doseloop profiles itb-20-sense --graph')
  .action(async (name: string | undefined, options: { graph?: boolean; json?: boolean }) => {
    const tables = await import('./commands/tables.ts');
    if (options.graph === true) tables.profileGraph(name);
    else tables.profiles(options.json === true, name);
  });

program
  .command('alarms')
  .description('list the alarm table')
  .option('--json', 'one JSON line per row on standard output')
  .addHelpText('after', '\nExample:\n  doseloop alarms')
  .action(async (options: { json?: boolean }) => {
    const { alarms } = await import('./commands/tables.ts');
    alarms(options.json === true);
  });

program
  .command('faults')
  .description('list the faults of the body with their modes and parameters')
  .option('--presets', 'published rates of faults instead')
  .option('--json', 'one JSON line per row on standard output')
  .addHelpText('after', '\nExamples:\n  doseloop faults\n  doseloop faults --presets')
  .action(async (options: { presets?: boolean; json?: boolean }) => {
    const tables = await import('./commands/tables.ts');
    tables[options.presets === true ? 'presets' : 'faults'](options.json === true);
  });

// A reader that has seen enough (`| head`) is no error of ours: the work goes on, and the exit code tells how all of it ended.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
  process.stderr.write(`doseloop: standard output cannot be written (${error.code ?? String(error)})\n`);
  process.exit(EXIT.invalid);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  else if (error instanceof UserError) {
    process.stderr.write(`doseloop: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else throw error;
}
