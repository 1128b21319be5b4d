// Whether a request that failed at one pod is sent to another one.

/** Methods that can be repeated: to do it twice changes no more than to do it once. */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** How often a request that may have been processed, but can be repeated, is sent in all. */
const mostSent = 3;

/** What became of a request so far. */
export interface Attempt {
  readonly method: string;
  /** Bytes of it went to the pod that failed, which may have processed it. */
  readonly isSent: boolean;
  /** How often that was so. */
  readonly timesSent: number;
  readonly hasBody: boolean;
}

/** Never after a byte that may have been processed, unless to repeat it changes nothing. */
export function mayRetry({ method, isSent, timesSent, hasBody }: Attempt): boolean {
  return !isSent || (!hasBody && timesSent < mostSent && repeatable.has(method));
}
