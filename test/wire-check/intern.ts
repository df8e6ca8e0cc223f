/** Small numbers for values: what the search keeps of a state is a few of them, and every step of a machine is made once. */
export interface Interner<Value> {
  readonly id: (value: Value) => number;
  readonly of: (id: number) => Value;
  readonly size: () => number;
}

export function interner<Value>(): Interner<Value> {
  const ids = new Map<string, number>();
  const values: Value[] = [];
  return {
    id: (value) => {
      const key = JSON.stringify(value);
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, values.length);
      return values.push(value) - 1;
    },
    of: (id) => values[id] as Value,
    size: () => values.length,
  };
}

/** Ids stay below this, so that a few of them make one exact number. */
const MOST = 2 ** 17;

/** Remembers what a function of a few small numbers gave. The first may be larger than the others. */
export function memo<Result>(
  make: (a: number, b: number, c: number) => Result,
): (a: number, b?: number, c?: number) => Result {
  const results = new Map<number, Result>();
  return (a, b = 0, c = 0) => {
    if (b >= MOST || c >= MOST || a >= 4 * MOST) throw new RangeError(`too many different parts: ${a}, ${b}, ${c}`);
    const key = (a * MOST + b) * MOST + c;
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = make(a, b, c);
    results.set(key, result);
    return result;
  };
}

/** As `memo`, for two numbers that may both be large. */
export function memoOfTwo<Result>(make: (a: number, b: number) => Result): (a: number, b: number) => Result {
  const most = 2 ** 26;
  const results = new Map<number, Result>();
  return (a, b) => {
    if (a >= most || b >= most) throw new RangeError(`too many different parts: ${a}, ${b}`);
    const key = a * most + b;
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = make(a, b);
    results.set(key, result);
    return result;
  };
}
