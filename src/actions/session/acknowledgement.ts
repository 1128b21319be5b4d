// Waiting for the routers: each tells by its Lease which writes it serves.
import type { Namespace } from '../../cluster/namespace.ts';
import { type EpochProgress, type LiveRouter, waitForEpoch } from '../../cluster/routers/routers.ts';
import type { ActionContext } from '../context.ts';

/** How many routers serve a write. */
export interface Acknowledgement {
  readonly acked: number;
  readonly total: number;
  /** Those that don't, if there are some: each by its name, and since when it has known no more. */
  readonly behind?: readonly string[];
}

/** Routers learn of a write within milliseconds; one that takes this long (in ms) isn't there. */
export const routerTimeout = 10_000;

/** Waits until every live router serves `epoch`, for `timeout` ms at most; then tells how many do. */
export async function acknowledged(
  namespace: Namespace,
  epoch: number,
  timeout: number,
  signal: AbortSignal,
): Promise<Acknowledgement> {
  const deadline = AbortSignal.timeout(timeout);
  let seen: Acknowledgement = { acked: 0, total: 0 };
  const onProgress = ({ acked, total, behind }: EpochProgress) => {
    seen = { acked, total, ...(behind.length === 0 ? {} : { behind: behind.map(lagText) }) };
  };
  try {
    const total = await waitForEpoch(
      namespace.client,
      epoch,
      onProgress,
      AbortSignal.any([signal, deadline]),
    );
    return { acked: total, total };
  } catch (error) {
    if (error !== deadline.reason || signal.aborted) throw error;
    return seen;
  }
}

/** Has the routers acknowledge everything that was written until now; warns if they don't. */
export async function announce(
  namespace: Namespace,
  signal: AbortSignal,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<void> {
  const { epoch } = await namespace.updateReleases(() => ({}));
  const { acked, total, behind = [] } = await acknowledged(namespace, epoch, routerTimeout, signal);
  if (total > 0 && acked === total) return;
  const text =
    total === 0
      ? 'no router is alive; requests are served once one is'
      : `only ${acked} of ${total} routers know of it yet: ${behind.join('; ')}`;
  emit({ type: 'warning', text });
}

/** The name of a router that lags behind is that of its pod. */
function lagText({ name, currentAt }: LiveRouter): string {
  return currentAt === undefined ? name : `${name} has heard nothing new since ${currentAt}`;
}
