// Requests that wait until a pod of their workload has room, in the order in which they came.

/** One that waits. */
export interface Waiter {
  /** Leaves the line with what has become free. @returns whether there was something; else it stays the first. */
  readonly tryAgain: () => boolean;
}

/** The line of one workload. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();
  #isServing = false;

  get length(): number {
    return this.#waiters.size;
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** Something may have become free. */
  serve(): void {
    // What is served may fail at once, and free what it took.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (const waiter of this.#waiters) if (!waiter.tryAgain()) break;
    } finally {
      this.#isServing = false;
    }
  }
}
