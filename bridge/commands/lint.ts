import { EXIT } from '../exit.ts';
import { formatComplaints, loadScenarios } from '../load.ts';

/** Checks files, runs nothing. Returns the exit code. */
export async function lint(files: readonly string[], json: boolean): Promise<number> {
  const loaded = loadScenarios(files);
  if (json) for (const { diagnostic } of loaded.complaints) process.stdout.write(`${JSON.stringify(diagnostic)}\n`);
  else if (loaded.complaints.length > 0) process.stderr.write(`${formatComplaints(loaded)}\n`);
  if (loaded.complaints.length > 0) return EXIT.invalid;
  if (!json)
    process.stdout.write(
      `${loaded.scenarios.length} scenario${loaded.scenarios.length === 1 ? '' : 's'}, no complaint\n`,
    );
  return EXIT.ok;
}
