/** Tables of the firmware for people, and as JSON lines. */
import { dimensionOf } from '../../firmware-sim/scenario/dimensions.ts';
import { formatQuantity } from '../../firmware-sim/scenario/quantity.ts';
import {
  ALARM_IDS,
  ALARMS,
  DEFAULT_PROFILE,
  FAULT_NAMES,
  FAULT_PRESETS,
  FAULTS,
  PROFILE_NAMES,
  PROFILES,
  type FaultMode,
  type FaultPreset,
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

export function faults(json: boolean): void {
  const rows = FAULT_NAMES.flatMap((fault) =>
    Object.entries<FaultMode>(FAULTS[fault].modes).map(([mode, { text, parameters }]) => ({
      fault,
      mode,
      text,
      parameters,
    })),
  );
  if (json) return printJson(rows);
  process.stdout.write(
    formatTable(
      ['fault', 'mode', 'parameters', ''],
      rows.map(({ fault, mode, text, parameters }) => [
        fault,
        mode,
        Object.entries(parameters)
          .map(([name, { unit, min, max }]) => {
            const show = (value: number): string => formatQuantity(value, dimensionOf(unit));
            return `${name} (${show(min)} to ${show(max)})`;
          })
          .join(', '),
        text,
      ]),
    ),
  );
}

/** Published rates of faults, as presets. */
export function presets(json: boolean): void {
  const rows = Object.entries<FaultPreset>(FAULT_PRESETS).flatMap(([preset, { rates }]) =>
    rates.map((rate) => ({ preset, ...rate })),
  );
  if (json) return printJson(rows);
  process.stdout.write(
    formatTable(
      ['preset', 'event', 'fault', 'rate', '', 'from', 'source'],
      rows.map(({ preset, event, fault, rate, per, from, source }) => [
        preset,
        event,
        fault,
        String(Number(rate.toPrecision(2))),
        `per ${per}`,
        from,
        source,
      ]),
    ),
  );
  process.stdout.write(
    "\nOrders of magnitude from other populations, drugs and decades; never the real device's rate.\n",
  );
}

const printJson = (rows: readonly object[]): void =>
  void process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
