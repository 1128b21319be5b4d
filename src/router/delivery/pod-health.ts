// What a router has experienced with a pod: one that fails again and again is left out for a while (passive ejection).

/** Failures in a row after which a pod is left out. */
const mostFailures = 3;
const firstBackoff = 1_000;
const longestBackoff = 30_000;

/**
 * The health of one pod, as far as requests tell: failures are connections that can't be made, or that break before a
 * response begins. What the app answers, errors included, is a success. Times are in ms, of any clock that only moves forward.
 */
export class PodHealth {
  #failures = 0;
  #backoff = firstBackoff;
  #leftOutUntil: number | undefined;
  #isProbed = false;

  /** Whether requests go there as usual. */
  get isWell(): boolean {
    return this.#leftOutUntil === undefined;
  }

  /** When it is tried again; undefined while it is well. */
  get leftOutUntil(): number | undefined {
    return this.#leftOutUntil;
  }

  /** A response has begun. */
  succeeded(): void {
    this.#backoff = firstBackoff;
    this.readmit();
  }

  /** A request has failed. @param mayLeaveOut asked only if it matters */
  failed(now: number, mayLeaveOut: () => boolean): void {
    this.#failures += 1;
    if (this.#leftOutUntil !== undefined) {
      // Requests that were under way before tell nothing new.
      if (!this.#isProbed) return;
    } else if (this.#failures < mostFailures || !mayLeaveOut()) return;
    this.#isProbed = false;
    this.#leftOutUntil = now + this.#backoff;
    this.#backoff = Math.min(2 * this.#backoff, longestBackoff);
  }

  /** It is well for all that is known, or too many others aren't. */
  readmit(): void {
    this.#failures = 0;
    this.#leftOutUntil = undefined;
    this.#isProbed = false;
  }

  /**
   * Whether a request may be sent to see how it is: one at a time, once it has been left out long enough. One that can't be
   * repeated is risked only if no other one has come for long.
   */
  mayProbe(now: number, isRepeatable: boolean): boolean {
    if (this.#leftOutUntil === undefined || this.#isProbed) return false;
    return now >= this.#leftOutUntil + (isRepeatable ? 0 : longestBackoff);
  }

  /** A request is on its way to see. */
  beginProbe(): void {
    this.#isProbed = true;
  }

  /** That request has ended without telling anything. */
  endProbe(): void {
    this.#isProbed = false;
  }
}
