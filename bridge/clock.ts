/** The wall clock: only this folder reads it. */

/** Microseconds of a clock that never goes back; its zero means nothing. */
export const monotonicMicros = (): number => Number(process.hrtime.bigint() / 1000n);

/** Runs `act` and tells how long it took, in seconds. */
export async function timed<T>(act: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = monotonicMicros();
  const result = await act();
  return { result, seconds: (monotonicMicros() - start) / 1_000_000 };
}
