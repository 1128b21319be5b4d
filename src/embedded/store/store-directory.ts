// Where the store of an embedded cluster is.
import { join } from 'node:path';

/** The store's directory in a cluster's home (`<FOX_HOME>/cluster`). */
export function storeDirectory(home: string): string {
  return join(home, 'store');
}
