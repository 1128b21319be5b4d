// What holds for deliveries where neither a route nor a component's config says anything, and what they may say at most.

/** Ms until a response must begin, and how much of a component each router asks for at once. */
export const deliveryDefaults = {
  /** Ms from the request to the response's head. */
  timeout: 60_000,
  /** Requests that one pod works on. */
  concurrency: 1_000,
  /** Requests that wait for a pod that has room. */
  queue: 1_000,
} as const;

/** No request may take longer until its response begins, in ms, whatever its route or its baggage says. */
export const longestTimeout = 24 * 3_600_000;
