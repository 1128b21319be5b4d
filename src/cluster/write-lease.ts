// The Lease that whoever changes a namespace holds, so that two people's changes come one after the other.
import { objectName } from '../core/labels.ts';
import type { ApiClient } from './api/api-client.ts';
import { withLease } from './lease.ts';

/** How long to wait before looking again, in ms. */
const patience = 250;

/**
 * Runs `work` while holding the namespace's write Lease; waits for it as long as `signal` allows.
 * The signal given to `work` aborts, too, when the Lease is lost (e.g. after the machine slept).
 * @param holder who and what for, shown to those who wait: `jason@laptop: deploy v2`.
 * @param onWait told once per holder who is waited for.
 */
export async function withWriteLease<T>(
  client: ApiClient,
  holder: string,
  onWait: (holder: string) => void,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withLease(client, { name: objectName.writeLease, holder, patience, onWait }, signal, work);
}
