// What the daemon's exit code tells the one who started it.

/** Exit codes of the daemon. */
export const daemonExit = {
  /** It can't run here; the last line of the log says why. */
  failed: 1,
  usage: 2,
  /** A port that it was told to use is taken; the last line of the log says which. */
  portTaken: 8,
  /** Another daemon runs this home: wait for that one. None of the codes with which Node itself ends. */
  alreadyRuns: 75,
  /** A bug; the log has the stack. */
  bug: 70,
} as const;
