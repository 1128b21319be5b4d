// What holds for deliveries where neither a route nor a component's config says anything.

/** Ms until a response must begin, and how much of a component each router asks for at once. */
export const deliveryDefaults = {
  /** Ms from the request to the response's head. */
  timeout: 60_000,
  /** Requests that one pod works on. */
  concurrency: 1_000,
  /** Requests that wait for a pod that has room. */
  queue: 1_000,
} as const;
