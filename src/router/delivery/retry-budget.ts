// How many requests of a workload may be sent again: a backend that is dying isn't given twice or thrice the work.

/** Requests are counted for one to two of these, in ms. */
const period = 10_000;
/** Of all requests of that time. */
const share = 0.2;
/** As many may always be. */
const few = 100;

interface Count {
  requests: number;
  retries: number;
}

/** The budget of one workload. Only requests that may have been processed count: others cost the component nothing. */
export class RetryBudget {
  #began = -Infinity;
  #now: Count = { requests: 0, retries: 0 };
  #before: Count = { requests: 0, retries: 0 };

  /** A request goes to a pod for the first time; further pods that it goes to don't count. @param now in ms of any clock that only moves forward */
  countRequest(now: number): void {
    this.#move(now);
    this.#now.requests += 1;
  }

  /** @returns whether one more may be sent again; if so, it counts. */
  spend(now: number): boolean {
    this.#move(now);
    const retries = this.#now.retries + this.#before.retries;
    if (retries >= few + share * (this.#now.requests + this.#before.requests)) return false;
    this.#now.retries += 1;
    return true;
  }

  #move(now: number): void {
    const passed = now - this.#began;
    if (passed < period) return;
    this.#before = passed < 2 * period ? this.#now : { requests: 0, retries: 0 };
    this.#now = { requests: 0, retries: 0 };
    this.#began = now;
  }
}
