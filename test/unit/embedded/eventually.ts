// Waits for something to become true, as it happens in other processes or later turns.

const pollMilliseconds = 10;

/**
 * Asks again and again until `look` returns something that is neither undefined nor false.
 * @throws Error with what it found last when that doesn't happen in time.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  describe: () => unknown = () => '',
  milliseconds: number = 15_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline)
      throw new Error(`it didn't happen in time: ${JSON.stringify(describe(), undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}
