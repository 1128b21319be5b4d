// Spreads work that blocks over turns of the event loop, so that much of it at once holds up nobody for long.

/** Hands out turns, one per pass of the event loop. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn: what it does before it waits again is all that happens in this pass. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
