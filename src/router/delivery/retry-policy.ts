// Whether a request that failed at one pod is sent to another one.

/**
 * Methods that can be repeated (RFC 9110, 9.2.2): to do it twice leaves what to do it once leaves. A DELETE that is repeated
 * may tell that there is nothing any more, which is true then.
 */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** How often a request that may have been processed is sent in all. */
const mostSent = 3;

/** Whether a request with this method may be sent again after it may have been processed. */
export function isRepeatable(method: string): boolean {
  return repeatable.has(method);
}

/** What became of a request so far. */
export interface Attempts {
  readonly isRepeatable: boolean;
  /** Bytes of it went to the pod that has failed, which may have processed it. */
  readonly isSent: boolean;
  /** To how many pods bytes of it went. */
  readonly timesSent: number;
  /** Its body, if it has one, can be sent from the beginning. */
  readonly isWhole: boolean;
}

/**
 * Never after a byte that may have been processed, unless to repeat it changes nothing.
 * @param mayRepeat asked last: whether the workload can bear one more
 */
export function mayRetry(attempts: Attempts, mayRepeat: () => boolean): boolean {
  if (!attempts.isWhole) return false;
  if (!attempts.isSent) return true;
  return attempts.isRepeatable && attempts.timesSent < mostSent && mayRepeat();
}
