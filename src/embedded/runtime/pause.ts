// Waiting that can be cut short.

/** Resolves after `milliseconds`, or at once when the signal aborts; look at the signal afterwards. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Waits for a promise until the signal aborts; true when the promise came first. */
export function settlesBefore(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(false);
    const cut = () => resolve(false);
    signal.addEventListener('abort', cut, { once: true });
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', cut);
      end();
    };
    promise.then(
      () => settle(() => resolve(true)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** A moment that may be moved nearer while one waits for it. */
export class Deadline {
  readonly #reached = new AbortController();
  #at = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** Aborts when the moment has come. */
  get signal(): AbortSignal {
    return this.#reached.signal;
  }

  /** Brings the moment nearer: `milliseconds` from now. One that is later than before changes nothing. */
  within(milliseconds: number): void {
    const at = Date.now() + milliseconds;
    if (at >= this.#at) return;
    this.#at = at;
    clearTimeout(this.#timer);
    if (milliseconds <= 0) this.#reached.abort();
    else this.#timer = setTimeout(() => this.#reached.abort(), milliseconds);
  }

  /** No longer waited for. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
