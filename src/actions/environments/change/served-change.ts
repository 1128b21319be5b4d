// Until when a change of virtual environments is served: what it no longer needs may leave only then.
import type { Namespace } from '../../../cluster/namespace.ts';
import { liveRouters } from '../../../cluster/routers/routers.ts';
import { FoxError } from '../../../core/errors.ts';
import type { ActionContext, CommonOptions } from '../../context.ts';
import { acknowledged, routerTimeout } from '../../session/acknowledgement.ts';
import { requireLiveRouter } from '../../session/require-router.ts';
import type { Served } from './change-result.ts';

/** The embedded cluster has a router from its first second on. Elsewhere environments may be there before the routers are. */
export async function awaitRouters(namespace: Namespace, signal: AbortSignal): Promise<void> {
  if (namespace.cluster === 'embedded') await requireLiveRouter(namespace, signal);
}

/** What was written. */
export interface Written {
  /** Names of the environments. */
  readonly names: readonly string[];
  /** When the first write was sent (ms, monotonic). */
  readonly sentAt: number;
  /** Versions run there: somebody may be asking for them. */
  readonly isUsed: boolean;
}

/**
 * Waits until all routers serve what was written; where there are none, it is told only if that matters.
 * @throws FoxError TIMED_OUT
 */
export async function servedBy(
  namespace: Namespace,
  { names, sentAt, isUsed }: Written,
  { timeout = routerTimeout }: CommonOptions,
  { emit, signal }: Pick<ActionContext, 'emit' | 'signal'>,
): Promise<Served> {
  const { epoch } = await namespace.updateReleases(() => ({}));
  if ((await liveRouters(namespace.client)).length === 0) {
    if (isUsed) emit({ type: 'warning', text: 'no router is alive; requests are served once one is' });
    return { routers: { acked: 0, total: 0 }, flipMs: performance.now() - sentAt };
  }
  const { acked, total, behind = [] } = await acknowledged(namespace, epoch, timeout, signal);
  const flipMs = performance.now() - sentAt;
  if (acked === total) return { routers: { acked, total }, flipMs };
  throw new FoxError(
    'TIMED_OUT',
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} changed, but only ${acked} of ${total} routers serve that yet`,
    {
      details: behind,
      hints: [
        'They take it over as soon as they can; `fox status` shows them. Run this again then: it removes what nothing needs any more.',
      ],
    },
  );
}
