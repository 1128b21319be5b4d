// How long to wait before a container is started again: longer each time, until it has run for a while.

/** Milliseconds. */
export const backOffLimits = { first: 1000, longest: 60_000, forgivenAfter: 60_000 } as const;

/** Counts failures in a row. */
export class BackOff {
  #next: number = backOffLimits.first;

  /** Milliseconds to wait now; twice as long the next time. */
  next(): number {
    const wait = this.#next;
    this.#next = Math.min(wait * 2, backOffLimits.longest);
    return wait;
  }

  /** It ran for so many milliseconds: long enough, and all is forgiven. */
  ran(milliseconds: number): void {
    if (milliseconds >= backOffLimits.forgivenAfter) this.#next = backOffLimits.first;
  }
}
