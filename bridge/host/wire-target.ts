/** The world `wire`: a scenario's target at the far end of a line. */
import { micros } from '../../protocol/units.ts';
import { SCHEMA_HASH, type ArgumentsOf, type ReplyOf, type Verb } from '../../protocol/index.ts';
import type { Target } from '../../firmware-sim/scenario/target.ts';
import { LinkError, type DoseVerb, type Host } from './host.ts';
import { given, refused, sendCommand } from './wire-command.ts';
import { readLog } from './wire-log.ts';

/** Says HELLO and makes sure that a scenario may run there. Rejects with LinkError. */
export async function createWireTarget(host: Host): Promise<Target> {
  const hello = await host.connect();
  if (hello.schema !== SCHEMA_HASH) {
    throw new LinkError(
      `${host.url}: the pump has verb table ${hello.schema}, this host ${SCHEMA_HASH}; update one of them`,
    );
  }
  if (hello.world !== 'SIM') {
    throw new LinkError(`${host.url}: the pump is real, and a scenario resets and fills what it runs on: refused`);
  }
  return {
    kind: 'wire',
    reset: async ({ profile, seed, concentration, drug, primed, compliance, leap }) => {
      const { rev } = await must(host, 'SIM RESET', {
        profile,
        seed,
        conc: concentration,
        drug,
        primed: primed ? '1' : '0',
        ...given({ compliance }),
        lockstep: '1',
        leap: leap ? '1' : '0',
      });
      // Another pump is there now: what HELLO said of the last one is void.
      await host.connect();
      return rev;
    },
    fill: async (volume, concentration) =>
      (await must(host, 'SIM FILL', { nl: volume, conc: concentration })).drained_nl,
    command: (command) => sendCommand(host, command),
    inject: async (fault) => {
      const { fault: name, mode, ...parameters } = fault;
      const [p1, p2, p3] = Object.entries(parameters).map(([key, value]) => `${key}:${value}`);
      await must(host, 'SIM FAULT', { fault: name, mode, ...given({ p1, p2, p3 }) });
    },
    advance: async (to) => {
      let reached = await must(host, 'SIM ADVANCE', { to });
      while (reached.more === '1') reached = await must(host, 'SIM ADVANCE', { to });
      return { now: micros(reached.us), next: reached.next };
    },
    log: (from) => readLog(host, from),
    sample: async () => {
      const { nlpd, dose_ng, res_nl, done_nl } = await must(host, 'STATUS', {});
      const truth = await must(host, 'SIM TRUTH', {});
      const body = await must(host, 'SIM BODY', {});
      return {
        rate: nlpd,
        dose_rate: dose_ng,
        reservoir_computed: res_nl,
        commanded: done_nl,
        reservoir_true: truth.res_nl,
        delivered: truth.tip_nl,
        drug_delivered: truth.tip_ng,
        pressure: truth.pa,
        leaked: body.leak_nl,
        pocket: body.pocket_nl,
        tip_concentration: body.conc,
        csf_tip: body.csf_tip,
        csf_bulk: body.csf_bulk,
        pressure_reading: body.read_pa,
        rotor_feedback: body.turn_nl,
        battery: body.mj,
      };
    },
  };
}

async function must<V extends Exclude<Verb, DoseVerb>>(host: Host, verb: V, args: ArgumentsOf<V>): Promise<ReplyOf<V>> {
  const reply = await host.request(verb, args);
  if (!reply.ok) throw refused(host, verb, reply);
  return reply.reply;
}
