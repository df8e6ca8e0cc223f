/** The pump of the dose world: its link, what is behind it, and what the world does to both. */
import { LEASE_MS, pumpLink, type PumpInput, type PumpLinkState, type PumpOutput } from '../../protocol/index.ts';
import { factsOf, finish, give, press, reset, stop, type Device } from './device.ts';
import type { Parts } from './dose-state.ts';
import { memo } from './intern.ts';

export interface Heard {
  readonly link: number;
  readonly device: number;
  /** A set of messages. */
  readonly said: number;
  /** Refusal codes among them. */
  readonly refused: readonly string[];
  readonly note: string;
}

/** Of links, devices and messages by their numbers. */
export interface PumpSide {
  /** The link alone, as it is in the product. */
  readonly pump: ReturnType<typeof pumpLink>;
  readonly hear: (link: number, device: number, message: number) => readonly Heard[];
  readonly leaseEnds: (link: number, device: number) => readonly Heard[];
  readonly reboot: (link: number, device: number) => Pick<Heard, 'link' | 'device'>;
  /** What the world does to the pump by itself: the device after it, and what it is. */
  readonly chances: (device: number) => readonly (readonly [number, string])[];
}

export function pumpSide({ rules, links, devices, wire }: Parts): PumpSide {
  const pump = pumpLink({ rules, typed: 'dose' });

  /** Carries out what the link wants; a dose may be cut short by a reset. */
  function carryOut(link: PumpLinkState, device: Device, outputs: readonly PumpOutput[]): Heard[] {
    const said: number[] = [];
    const ways: Heard[] = [];
    let nowLink = link;
    let nowDevice = device;
    const queue = [...outputs];
    for (let output = queue.shift(); output !== undefined; output = queue.shift()) {
      if (output.do === 'send') said.push(...wire.replies(output.lines));
      if (output.do !== 'obey') continue;
      const { dose, args } = output;
      if (output.verb === 'STOP') {
        nowDevice = stop(rules, nowDevice);
        const [next, more] = pump(nowLink, { on: 'answer', reply: { ok: true, fields: { rev: '2' } }, at: 0 });
        nowLink = next;
        queue.push(...more);
        continue;
      }
      if (dose === undefined) throw new Error(`nothing but doses and STOP is obeyed here: ${output.verb}`);
      const given = give(rules, nowDevice, dose, (args as { nl: number }).nl);
      if (nowDevice.reboots > 0) {
        for (const cut of given.cut) {
          ways.push({ ...booted(nowLink, cut), ...spoken(said), note: ', and is reset between journal and motor' });
        }
      }
      const [next, more] = pump(nowLink, { on: 'answer', reply: given.reply, at: 0 });
      nowLink = next;
      nowDevice = given.device;
      queue.push(...more);
    }
    return [{ link: links.id(nowLink), device: devices.id(nowDevice), ...spoken(said), note: '' }, ...ways];
  }

  const spoken = (said: readonly number[]): Pick<Heard, 'said' | 'refused'> => ({
    said: wire.setOf(said),
    refused: said
      .map((one) => wire.line(one))
      .flatMap((line) => (line.kind === 'reply' && !line.ok ? [line.fields['code'] ?? ''] : [])),
  });

  const booted = (link: PumpLinkState, device: Device): { readonly link: number; readonly device: number } => ({
    link: links.id(pump(link, { on: 'boot', boot: link.boot + 1 })[0]),
    device: devices.id(device),
  });

  const tell = (link: number, device: number, input: PumpInput): Heard[] => {
    const [next, outputs] = pump(links.of(link), input);
    return carryOut(next, devices.of(device), outputs);
  };

  const hear = memo((link, device, message) =>
    tell(link, device, { on: 'line', text: wire.text(message), at: 0, facts: factsOf(devices.of(device)) }),
  );
  const leaseEnds = memo((link, device) =>
    tell(link, device, { on: 'time', at: LEASE_MS + 1, facts: factsOf(devices.of(device)) }),
  );
  const reboot = memo((link, device) => booted(links.of(link), reset(devices.of(device))));

  const chances = memo((id): readonly (readonly [number, string])[] => {
    const device = devices.of(id);
    const ways: (readonly [Device, string])[] = [];
    if (device.running !== 0) ways.push([finish(device), `dose ${device.running} ends`]);
    if (device.presses > 0) ways.push([press(device, 1), 'the patient presses']);
    if (device.floods > 0) ways.push([press(device, 32), 'the patient presses 32 times']);
    if (device.t === 0) ways.push([{ ...device, t: 1 }, 'all intents expire']);
    return ways.map(([then, what]) => [devices.id(then), what]);
  });

  return { pump, hear, leaseEnds, reboot, chances };
}
