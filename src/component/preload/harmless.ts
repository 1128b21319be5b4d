// What is done on the side must never break the program: its failure is told once.

let isTold = false;

/** Runs `work`; undefined if that fails. */
export function harmlessly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    tell(error);
    return undefined;
  }
}

function tell(error: unknown): void {
  if (isTold) return;
  isTold = true;
  try {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`fox: the context of a request is not passed on: ${reason}\n`);
  } catch {
    // Then nobody can be told.
  }
}
