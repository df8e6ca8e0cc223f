/** Tables of the firmware for people, and as JSON lines. */
import { formatQuantity } from '../../firmware-sim/scenario/quantity.ts';
import {
  ALARM_IDS,
  ALARMS,
  DEFAULT_PROFILE,
  PROFILE_NAMES,
  PROFILES,
} from '../../firmware-sim/simulation/vocabulary.ts';
import { formatTable } from '../table.ts';

export function profiles(json: boolean): void {
  const rows = PROFILE_NAMES.map((name) => PROFILES[name]);
  if (json) return printJson(rows);
  process.stdout.write(
    formatTable(
      ['profile', 'reservoir', 'flow', 'low at', 'occlusion limit', ''],
      rows.map(({ name, capacity, flowMin, flowMax, lowReservoir, occlusion, title }) => [
        name === DEFAULT_PROFILE ? `${name} (default)` : name,
        formatQuantity(capacity, 'volume'),
        `${formatQuantity(flowMin, 'rate')} to ${formatQuantity(flowMax, 'rate')}`,
        formatQuantity(lowReservoir, 'volume'),
        occlusion === undefined ? 'no sensor' : `${formatQuantity(occlusion.threshold, 'pressure')} over baseline`,
        title,
      ]),
    ),
  );
}

export function alarms(json: boolean): void {
  const rows = ALARM_IDS.map((id) => ALARMS[id]);
  if (json) return printJson(rows);
  process.stdout.write(
    formatTable(
      ['alarm', 'priority', 'class', 'delivery', 'latching', 'condition'],
      rows.map(({ id, priority, implantClass, delivery, latching, condition }) => [
        id,
        priority,
        implantClass,
        delivery,
        latching === 'within' ? 'if raised again within 24 h' : 'no',
        condition,
      ]),
    ),
  );
}

const printJson = (rows: readonly object[]): void =>
  void process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
