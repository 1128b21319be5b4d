// Lets only so many things happen at once; the others wait for their turn.

/** Does `work` when it is its turn. */
export interface Limit {
  <T>(work: () => Promise<T>): Promise<T>;
}

/** A limit of `most` at once, first come, first served. */
export function limitTo(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Whoever is next takes over the place.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
