/** Tables of the firmware for people, and as JSON lines. */
import { dimensionOf } from '../../firmware-sim/scenario/dimensions.ts';
import { formatQuantity } from '../../firmware-sim/scenario/quantity.ts';
import { suggest } from '../../firmware-sim/scenario/suggest.ts';
import {
  ALARM_IDS,
  ALARMS,
  DEFAULT_PROFILE,
  FAULT_NAMES,
  FAULT_PRESETS,
  FAULTS,
  modesAsMermaid,
  PROFILE_NAMES,
  PROFILES,
  type AlarmDefinition,
  type AlarmId,
  type FaultMode,
  type FaultPreset,
  type Profile,
  type ProfileName,
} from '../../firmware-sim/simulation/vocabulary.ts';
import { UserError } from '../exit.ts';
import { formatTable } from '../table.ts';

export function profiles(json: boolean, name?: string): void {
  const names = name === undefined ? PROFILE_NAMES : [profileNamed(name)];
  const rows = names.map((each) => PROFILES[each]);
  if (json) return printJson(rows);
  process.stdout.write(
    formatTable(
      ['profile', 'reservoir', 'flow', 'low at', 'occlusion limit', ''],
      rows.map((row) => [
        row.name === DEFAULT_PROFILE ? `${row.name} (default)` : row.name,
        formatQuantity(row.capacity, 'volume'),
        `${formatQuantity(row.flowMin, 'rate')} to ${formatQuantity(row.flowMax, 'rate')}`,
        formatQuantity(row.lowReservoir, 'volume'),
        row.occlusion === undefined
          ? 'no sensor'
          : `${formatQuantity(row.occlusion.threshold, 'pressure')} over baseline`,
        row.title,
      ]),
    ),
  );
}

/** The modes of a profile's therapy as a Mermaid state diagram. */
export function profileGraph(name: string | undefined): void {
  if (name === undefined) throw new UserError(`profiles --graph: which profile? There are ${PROFILE_NAMES.join(', ')}`);
  process.stdout.write(modesAsMermaid(profileNamed(name)));
}

function profileNamed(text: string): ProfileName {
  const found = PROFILE_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  const near = suggest(text, PROFILE_NAMES);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  throw new UserError(`profiles ${text}: no such profile; there are ${PROFILE_NAMES.join(', ')}.${hint}`);
}

/** When an alarm is signalled later than its condition begins, and by how much at the most, µs. */
const DELAYS: { readonly [Id in AlarmId]?: (profile: Profile) => number } = {
  'over-temperature': ({ temperature }) => temperature.delay,
  'motor-stall': ({ rotor }) => rotor.stallAfter,
};

export function alarms(json: boolean): void {
  const profile = PROFILES[DEFAULT_PROFILE];
  const rows = ALARM_IDS.map((id): AlarmRow => {
    const definition: AlarmDefinition = ALARMS[id];
    return {
      ...definition,
      delivery: profile.delivery[id] ?? definition.delivery,
      tone: profile.tones[definition.implantClass],
      delay: DELAYS[id]?.(profile) ?? 0,
    };
  });
  if (json) return printJson(rows);
  process.stdout.write([alarmTable(rows, profile), alarmLegend(profile), alarmTexts(rows)].join('\n'));
}

type AlarmRow = AlarmDefinition & { readonly tone: Profile['tones']['critical']; readonly delay: number };

const showTime = (us: number): string => formatQuantity(us, 'time');

const latchTime = ({ occlusion }: Profile): string => showTime(occlusion?.latchWithin ?? 0);

const alarmTable = (rows: readonly AlarmRow[], profile: Profile): string =>
  formatTable(
    ['alarm', 'priority', 'class', 'tone', 'delivery', 'latching', 'silence', 'delay', 'requirements'],
    rows.map(({ id, priority, implantClass, tone, delivery, latching, silence, delay, requirements }) => [
      id,
      priority,
      implantClass,
      `${showTime(tone.burst)} / ${showTime(tone.interval)}`,
      delivery,
      latching === 'within' ? `in ${latchTime(profile)}` : latching,
      silence,
      delay === 0 ? 'none' : showTime(delay),
      requirements.join(', '),
    ]),
  );

const alarmLegend = (profile: Profile): string => {
  const [minimum, remind, pause] = [
    formatQuantity(profile.minimumRate, 'rate'),
    showTime(profile.remindAfter),
    showTime(profile.pauseFor),
  ];
  return `Times are those of the profile ${profile.name}.
tone      length of a burst / from one burst to the next
delivery  of all active alarms the most restrictive counts: hold, minimum (${minimum}), no-bolus, continue
latching  stays when its condition has gone: never, always, or when that comes back in ${latchTime(profile)}
silence   acknowledge: until the condition ends; remind: so, but it sounds again after ${remind};
          pause: never for good. Every alarm can be paused, for ${pause}
delay     longest time from the condition to its signal; delivery waits for nothing
`;
};

/** What a person reads, and under it the condition. */
const alarmTexts = (rows: readonly AlarmRow[]): string =>
  rows
    .map(({ id, text, condition, needs }) => {
      const when = `when ${condition}${needs === undefined ? '' : ' (only of a profile with a pressure sensor)'}`;
      return `${id}: ${text}\n${wrapped(when)}\n`;
    })
    .join('');

const TEXT_WIDTH = 96;

/** Indented lines of at most `TEXT_WIDTH`. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length > TEXT_WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => ` ${line}`).join('\n');
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
