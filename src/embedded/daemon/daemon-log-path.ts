// Where the daemon's log is.
import { join } from 'node:path';

/** The log's path in a home. */
export function daemonLogPath(home: string): string {
  return join(home, 'cluster.log');
}
