// Ids of requests and traces that come without.
import { randomFillSync } from 'node:crypto';

/** Random bytes for {@link newId}, drawn many at a time: each draw is costly. */
const pool = Buffer.alloc(4096);
const idBytes = 16;
let used = pool.length;

/** A random id of 32 hex digits. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.toString('hex', used - idBytes, used);
}
