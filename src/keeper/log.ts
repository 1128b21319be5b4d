// The keeper's log: one JSON object per line.

/** What a line is: `info` is the life of the keeper and what it does, `warning` what it works around, `error` what somebody must look at. */
export type Level = 'info' | 'warning' | 'error';

/** Writes a line. `event` is a stable, hyphenated name. */
export interface Log {
  (level: Level, event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A log that writes to a stream. */
export function jsonLog(write: (line: string) => void): Log {
  return (level, event, fields = {}) => {
    write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...fields })}\n`);
  };
}

/** An error in one line, without its hints: they are for those who type commands. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
