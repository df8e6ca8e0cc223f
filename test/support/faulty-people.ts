/** Those who dose without a host: the patient with the button, and a person who types on the pump's own line. */
import { DOSES_KEPT, NO_ID } from '../../firmware-sim/firmware/ledger/dose-ledger.ts';
import { STEP_MS, STEP_NL, type FaultyPump } from './faulty-pump.ts';
import type { FaultyWorld } from './faulty-world.ts';

export function addFaultyPeople({ agenda, likely, between, often, counts }: FaultyWorld, pump: FaultyPump): void {
  function patientPresses(): void {
    const reply = pump.give(STEP_NL * between(1, 20), { id: NO_ID, terms: NO_ID, source: 'host' }, 'patient');
    if (reply?.ok === true) counts.patient += 1;
  }

  /** So often that the record of every dose before is gone. */
  function patientPressesOften(left = DOSES_KEPT + 4): void {
    if (left === 0) return;
    patientPresses();
    agenda.at(25 * STEP_MS, () => patientPressesOften(left - 1));
  }

  /** Types STOP, or a bolus and the code that comes back, now and then twice. */
  function personTypes(): void {
    const type = (text: string): string => {
      const heard: string[] = [];
      pump.hears(text, (line) => heard.push(line));
      return heard.join('\n');
    };
    if (likely(0.3)) return void type('stop');
    const code = /confirm (\d{4})/.exec(type(`bolus nl=${STEP_NL * between(1, 30)}`))?.[1];
    if (code === undefined) return;
    agenda.at(between(1, 4000), () => {
      const times = likely(0.3) ? 2 : 1;
      for (let i = 0; i < times; i += 1) {
        if (/^< 0{8} 0 OK (?!.*dup=1).*state=ACCEPTED/m.test(type(`confirm ${code}`))) counts.typed += 1;
      }
    });
  }

  often(500, 20_000, patientPresses);
  often(20_000, 400_000, patientPressesOften);
  often(500, 8000, personTypes);
}
