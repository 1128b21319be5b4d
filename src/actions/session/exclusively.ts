// Changes of a namespace come one after the other: runs work while holding its write Lease, telling who is waited for.
import type { Namespace } from '../../cluster/namespace.ts';
import { withWriteLease } from '../../cluster/write-lease.ts';
import type { ActionContext } from '../context.ts';

/**
 * Runs `work` while nobody else changes the namespace. Its signal aborts on Ctrl-C, and when the Lease is lost.
 * @param what is shown to those who wait: `deploy order-app-v2`.
 */
export async function exclusively<T>(
  namespace: Namespace,
  { user, emit, signal }: Pick<ActionContext, 'user' | 'emit' | 'signal'>,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onWait = (holder: string) => emit({ type: 'info', text: `Waiting for ${holder} to finish` });
  return withWriteLease(namespace.client, `${user}: ${what}`, onWait, signal, work);
}
