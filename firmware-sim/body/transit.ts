/**
 * Drug on its way: plug flow from the reservoir through tubing and catheter to the tip, with any number of fronts. The pipe is
 * a row of parcels, the first to leave first; what is drawn joins at the other end. Nothing moves step by step: what has left by
 * any moment is a sum over parcels, and a new row is made only when something about the pipe changes (`settled`).
 *
 * Volume that stretches the wall counts as the pipe's, so that mass is conserved to rounding at every moment.
 * Volumes in nL, concentrations in ng/µL, masses in pg (nL · ng/µL).
 */

export interface Parcel {
  readonly volume: number;
  readonly conc: number;
}

export interface Transit {
  /** Volume of the pipe where nothing stretches its wall. */
  readonly pipe: number;
  /** Volume drawn and volume that left the proximal part, since time zero, when this row was made. */
  readonly drawn: number;
  readonly outflow: number;
  /** Between pump and leak; all of the pipe where nothing leaks. The first leaves first. */
  readonly proximal: readonly Parcel[];
  /** Between leak and tip. */
  readonly distal: readonly Parcel[];
  /** Share of the flow that leaves at the leak, 0 to 1. */
  readonly leak: number;
  /** Concentration of what is drawn. */
  readonly incoming: number;
  /** What had left at tip and leak, since time zero, when this row was made. */
  readonly left: Departed;
}

/** What has left since time zero: volumes in nL, masses in pg. */
export interface Departed {
  readonly tipVolume: number;
  readonly tipMass: number;
  readonly leakVolume: number;
  readonly leakMass: number;
}

/** Less than this is rounding, nL. */
const DUST = 1e-6;

/** A pipe of `volume` nL, filled all through with fluid of one concentration: primed, as before an implantation, or with none. */
export const createTransit = (volume: number, conc: number): Transit => ({
  pipe: volume,
  drawn: 0,
  outflow: 0,
  proximal: [{ volume, conc }],
  distal: [],
  leak: 0,
  incoming: conc,
  left: { tipVolume: 0, tipMass: 0, leakVolume: 0, leakMass: 0 },
});

/** The first `volume` nL of a row that goes on with `after` without end. */
function take(row: readonly Parcel[], volume: number, after: number): Parcel[] {
  const taken: Parcel[] = [];
  let left = volume;
  for (const parcel of row) {
    if (left <= 0) return taken;
    taken.push({ volume: Math.min(left, parcel.volume), conc: parcel.conc });
    left -= parcel.volume;
  }
  if (left > 0) taken.push({ volume: left, conc: after });
  return taken;
}

/** A row without its first `volume` nL, and with the drawn fluid at its end. */
function drop(row: readonly Parcel[], volume: number): Parcel[] {
  const kept: Parcel[] = [];
  let gone = volume;
  for (const parcel of row) {
    if (gone < parcel.volume) kept.push({ volume: parcel.volume - Math.max(0, gone), conc: parcel.conc });
    gone -= parcel.volume;
  }
  return kept;
}

/** Neighbours of one concentration are one parcel. */
function joined(row: readonly Parcel[]): Parcel[] {
  const result: Parcel[] = [];
  for (const parcel of row) {
    const last = result.at(-1);
    if (last?.conc === parcel.conc) result[result.length - 1] = { ...last, volume: last.volume + parcel.volume };
    else if (parcel.volume > 0) result.push(parcel);
  }
  return result;
}

export const volumeOf = (row: readonly Parcel[]): number => row.reduce((sum, { volume }) => sum + volume, 0);
export const massOf = (row: readonly Parcel[]): number => row.reduce((sum, { volume, conc }) => sum + volume * conc, 0);

/** Fluid that passed from the proximal part into the leak's place, and that which left the tip, since the row was made. */
function passed(transit: Transit, outflow: number): { through: Parcel[]; tip: Parcel[] } {
  const through = take(transit.proximal, outflow - transit.outflow, transit.incoming);
  if (transit.leak === 0 && transit.distal.length === 0) return { through, tip: through };
  const share = 1 - transit.leak;
  const onward = through.map(({ volume, conc }) => ({ volume: volume * share, conc }));
  return { through, tip: take([...transit.distal, ...onward], volumeOf(onward), 0) };
}

/** What has left when `outflow` nL have left the proximal part since time zero. Looking changes nothing. */
export function departedAt(transit: Transit, outflow: number): Departed {
  const { through, tip } = passed(transit, outflow);
  const { left, leak } = transit;
  // Fluid that comes back in at the tip counts against the volume that left there, and brings no drug.
  const volume = outflow - transit.outflow;
  return {
    tipVolume: left.tipVolume + (1 - leak) * volume,
    tipMass: left.tipMass + massOf(tip),
    leakVolume: left.leakVolume + leak * volume,
    leakMass: left.leakMass + leak * massOf(through),
  };
}

/** What is on its way, as it will come to the tip: proximal fluid loses its share at the leak. */
const comingToTip = ({ distal, proximal, leak }: Transit): Parcel[] => [
  ...distal,
  ...proximal.map(({ volume, conc }) => ({ volume: volume * (1 - leak), conc })),
];

/** Concentration of what leaves the tip just now; what has left before where nothing leaves. */
export function concentrationAtTip(transit: Transit, outflow: number): number {
  // CSF that has come in leaves first.
  if (outflow < transit.outflow - DUST) return 0;
  let left = (outflow - transit.outflow) * (1 - transit.leak);
  for (const { volume, conc } of comingToTip(transit)) {
    if (left < volume) return conc;
    left -= volume;
  }
  return transit.incoming;
}

const isAllOf = (row: readonly Parcel[], conc: number): boolean => row.every((parcel) => parcel.conc === conc);

/** What passes the tip between two outflows: volumes as they leave the pump's side, and the drug of each nL of them that reaches the CSF. */
export function passing(transit: Transit, from: number, to: number): Parcel[] {
  const share = 1 - transit.leak;
  if (share === 0) return [{ volume: to - from, conc: 0 }];
  const { outflow, distal, proximal, incoming } = transit;
  const row = [
    { volume: Math.max(0, outflow - from), conc: 0 },
    ...distal.map(({ volume, conc }) => ({ volume: volume / share, conc })),
    ...proximal,
  ];
  const ahead = drop(row, Math.max(0, from - outflow));
  return take(ahead, to - from, incoming).map(({ volume, conc }) => ({ volume, conc: conc * share }));
}

/** Outflow at which the concentration at the tip changes next; Infinity when it will not. */
export function nextFront(transit: Transit, outflow: number): number {
  const { proximal, distal, incoming } = transit;
  if (outflow < transit.outflow - DUST) return transit.outflow;
  if (isAllOf(proximal, incoming) && isAllOf(distal, incoming)) return Infinity;
  const share = 1 - transit.leak;
  if (share === 0) return Infinity;
  let reached = 0;
  let before: number | undefined;
  for (const { volume, conc } of [...comingToTip(transit), { volume: 0, conc: transit.incoming }]) {
    const at = transit.outflow + reached / share;
    if (before !== undefined && conc !== before && at > outflow) return at;
    before = conc;
    reached += volume;
  }
  return Infinity;
}

/**
 * The same pipe with its row made anew at this moment: the base for whatever changes next. `returned` is what has flowed back out of
 * the pipe into the reservoir; CSF without drug has then come in at the tip.
 */
export function settled(transit: Transit, drawn: number, outflow: number): { transit: Transit; returned: Parcel[] } {
  const { through, tip } = passed(transit, outflow);
  const onward = through.map(({ volume, conc }) => ({ volume: volume * (1 - transit.leak), conc }));
  const arrived = { volume: Math.max(0, drawn - transit.drawn), conc: transit.incoming };
  const entered = comeIn(transit, Math.max(0, transit.outflow - outflow));
  const proximal = drop([...entered.proximal, arrived], volumeOf(through));
  const distal = transit.leak === 0 ? [] : drop([...entered.distal, ...onward], volumeOf(tip));
  const { kept, cut } = cutEnd(proximal, Math.max(0, transit.drawn - drawn));
  return {
    transit: {
      pipe: transit.pipe,
      drawn,
      outflow,
      proximal: joined(kept),
      distal: joined(distal),
      leak: transit.leak,
      incoming: transit.incoming,
      left: departedAt(transit, outflow),
    },
    returned: cut,
  };
}

/**
 * Rows into which `volume` nL have come from outside, without drug: at the tip, and its share at the leak, where it is mixed with what
 * comes back from beyond.
 */
function comeIn({ proximal, distal, leak }: Transit, volume: number): Pick<Transit, 'proximal' | 'distal'> {
  if (volume <= DUST) return { proximal, distal };
  if (leak === 0) return { proximal: [{ volume, conc: 0 }, ...proximal], distal };
  const share = 1 - leak;
  const { kept, cut } = cutEnd([{ volume: share * volume, conc: 0 }, ...distal], share * volume);
  const mixed = cut.map((parcel) => ({ volume: parcel.volume / share, conc: parcel.conc * share }));
  return { proximal: [...(share === 0 ? [{ volume, conc: 0 }] : mixed.toReversed()), ...proximal], distal: kept };
}

/** A row without its last `volume` nL, and those, the last first. */
function cutEnd(row: readonly Parcel[], volume: number): { kept: Parcel[]; cut: Parcel[] } {
  const kept = [...row];
  const cut: Parcel[] = [];
  let left = volume;
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const gone = Math.min(left, last.volume);
    if (gone > 0) cut.push({ volume: gone, conc: last.conc });
    left -= gone;
    if (gone < last.volume) {
      kept.push({ volume: last.volume - gone, conc: last.conc });
      break;
    }
  }
  // A wall that gave way has given more than the row holds: it is CSF that followed.
  if (left > 0) cut.push({ volume: left, conc: 0 });
  return { kept, cut };
}

/**
 * A settled pipe that leaks `share` of its flow at `place`, a share of the volume between pump and tip; share 0: tight. What stretches
 * the wall lies between pump and leak.
 */
export function withLeak(transit: Transit, share: number, place: number): Transit {
  const row = [...transit.distal, ...transit.proximal];
  if (share === 0) return { ...transit, proximal: row, distal: [], leak: 0 };
  const beyond = (1 - place) * transit.pipe;
  return { ...transit, proximal: drop(row, beyond), distal: take(row, beyond, 0), leak: share };
}
