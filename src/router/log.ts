// The router's log: one JSON object per line.

/** What a line is: `info` is the life of the router, `warning` what it works around, `error` what somebody must look at. */
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

/** An error as one line of text, with the cause that says more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code)
      ? ` (${error.code})`
      : '';
  const cause = error.cause === undefined ? '' : `: ${reasonOf(error.cause)}`;
  return `${error.message}${code}${cause}`;
}
