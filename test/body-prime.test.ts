import { expect, test } from 'vitest';
import { obey, truthOf } from '../firmware-sim/body/body.ts';
import { boreVolume, CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM, TUBING_VOLUME } from '../firmware-sim/body/geometry.ts';
import { answersUntil, DRUG, evenTrain, filledBody, STROKE } from './support/whole-bench.ts';

/** Volume of tubing and catheter, nL. */
const PIPE = TUBING_VOLUME + boreVolume(CATHETER_DIAMETER_MM, CATHETER_LENGTH_MM);
const SECOND = 1_000_000;
/** Steps that bring the first drug to the tip. */
const PRIME = Math.ceil(PIPE / STROKE);

/** Truth of a body when so many steps have been made and the catheter has relaxed. */
function after(steps: number, primed: boolean, walk = false) {
  const body = filledBody({ primed });
  if (steps > 0) obey(body, evenTrain(1, SECOND, steps));
  answersUntil(body, (steps + 60) * SECOND, walk);
  return truthOf(body);
}

test('a pipe that is not primed holds no drug, and a primed one is full of it', () => {
  expect(after(0, false)).toMatchObject({ drugInPipe: 0, tipConcentration: 0, concentration: DRUG });
  expect(after(0, true).drugInPipe).toBeCloseTo((PIPE * DRUG) / 1000, 6);
  expect(after(0, true).tipConcentration).toBe(DRUG);
});

test('a prime of the volume of the pipe brings drug to the tip, and not a step less', () => {
  expect(after(PRIME - 1, false)).toMatchObject({ tipConcentration: 0, drugDelivered: 0, csfTip: 0 });
  const { tipConcentration, drugInPipe } = after(PRIME, false);
  expect(tipConcentration).toBe(DRUG);
  expect(drugInPipe).toBeCloseTo((PIPE * DRUG) / 1000, 3);
});

test('what is delivered after the prime is drug, and reaches the CSF', () => {
  const { delivered, drugDelivered, drugInCsf } = after(PRIME + 1_000, false);
  expect(delivered).toBeCloseTo((PRIME + 1_000) * STROKE, 3);
  expect(drugDelivered).toBeCloseTo(((delivered - PIPE) * DRUG) / 1000, 3);
  expect(drugInCsf).toBeGreaterThan(0.8 * drugDelivered);
});

test('leaping and walking prime alike, to the last bit', () => {
  expect(after(PRIME + 100, false, true)).toEqual(after(PRIME + 100, false));
});
