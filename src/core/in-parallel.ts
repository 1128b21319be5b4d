// Work on many things at once, within a limit.

/**
 * Runs `work` for each item, at most `limit` at a time. The first failure keeps others from being begun, and is thrown
 * when those under way have ended; so does the signal.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of queue) {
      if (failures.length > 0 || signal?.aborted === true) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  signal?.throwIfAborted();
}
