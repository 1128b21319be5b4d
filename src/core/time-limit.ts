// A signal that aborts after a time, too.

/** Aborts as soon as one of the signals does, or after so long (in ms) with a TimeoutError. */
export function timeLimit(milliseconds: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  // Node 20 collects a time-out as garbage that only joined signals depend on; then it never comes.
  timeout.addEventListener('abort', () => undefined);
  return AbortSignal.any([...signals, timeout]);
}
