// Changes of a namespace come one after the other: runs work while holding its write Lease, telling who is waited for.
import { ApiError } from '../../cluster/api/api-error.ts';
import type { Namespace } from '../../cluster/namespace.ts';
import { withWriteLease } from '../../cluster/write-lease.ts';
import { FoxError } from '../../core/errors.ts';
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
  const told = (held: AbortSignal) => work(held).catch(rethrowResumable);
  return withWriteLease(namespace.client, `${user}: ${what}`, onWait, signal, told);
}

/** A cluster that goes away in the middle leaves nothing to be mended by hand, which whoever sees that can't know. */
function rethrowResumable(error: unknown): never {
  if (!(error instanceof FoxError) || error instanceof ApiError) throw error;
  if (error.code !== 'CLUSTER_UNREACHABLE') throw error;
  const { code, message, details, hints, cause } = error;
  const others = hints.filter((hint) => !hint.startsWith('Run the command again'));
  const again = 'Run the command again when the cluster answers: it goes on where it was.';
  throw new FoxError(code, message, { details, hints: [again, ...others], cause });
}
