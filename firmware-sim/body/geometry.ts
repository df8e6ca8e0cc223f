/** From the shape of tubing and catheter to volumes and resistances (pump.md 1.3 and 2.2). Units of this room: nL, Pa·s/nL. */

/** Inner diameter 0.53 mm, length 0.89 m (InDura 1P untrimmed): pump.md 2.2, S35. Viscosity of saline at 37 °C. */
export const CATHETER_DIAMETER_MM = 0.53;
export const CATHETER_LENGTH_MM = 890;
export const VISCOSITY_PA_S = 0.7e-3;
/** Internal tubing of the pump: 0.2 mL, weak source (pump.md 1.3): assumption. */
export const TUBING_VOLUME = 200_000;

/** Hagen and Poiseuille: resistance of a round bore. 1 Pa·s/mm³ is 1e-3 Pa·s/nL. */
export function boreResistance(diameterMm: number, lengthMm: number, viscosity = VISCOSITY_PA_S): number {
  return (128 * viscosity * lengthMm) / (Math.PI * diameterMm ** 4) / 1000;
}

/** Volume of a round bore, nL; 1 mm³ is 1000 nL. */
export const boreVolume = (diameterMm: number, lengthMm: number): number =>
  (Math.PI / 4) * diameterMm ** 2 * lengthMm * 1000;

/** Length over which a pinch or a kink narrows the bore: the 10 mm of the table in pump.md 2.2. */
export const PINCH_LENGTH_MM = 10;

/** What a pinch to `diameterMm` adds to the open bore. */
export const pinchResistance = (diameterMm: number): number =>
  boreResistance(diameterMm, PINCH_LENGTH_MM) - boreResistance(CATHETER_DIAMETER_MM, PINCH_LENGTH_MM);
