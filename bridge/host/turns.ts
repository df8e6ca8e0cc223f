/** Work on a line that has room for one thing at a time: each waits until what came before it is over, well or not. */
export interface Turns {
  readonly take: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Nothing is under way, and nothing waits. */
  readonly idle: () => boolean;
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  return {
    take: (work) => {
      count += 1;
      const done = last.then(work).finally(() => void (count -= 1));
      last = done.catch(() => undefined);
      return done;
    },
    idle: () => count === 0,
  };
}
