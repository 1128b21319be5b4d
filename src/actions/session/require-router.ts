// What is deployed or released without a router is an app that nothing leads to.
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterKind, Namespace } from '../../cluster/namespace.ts';
import { installedRouter } from '../../cluster/routers/router-installation.ts';
import { liveRouters } from '../../cluster/routers/routers.ts';
import { FoxError } from '../../core/errors.ts';
import { routerTimeout } from './acknowledgement.ts';
import type { ClusterSession } from './cluster-session.ts';

/** Returns if routers are installed, alive or not. @throws FoxError ROUTER_NOT_READY, before anything is built or made. */
export async function requireRouter({
  cluster,
  namespace,
}: Pick<ClusterSession, 'cluster' | 'namespace'>): Promise<void> {
  if (cluster.kind === 'embedded') return;
  const { client } = namespace;
  const [installed, routers] = await Promise.all([installedRouter(client), liveRouters(client)]);
  if (installed !== undefined || routers.length > 0) return;
  throw new FoxError(
    'ROUTER_NOT_READY',
    `there are no routers in namespace ${client.namespace}, so nothing would lead to the app`,
    {
      hints: [
        '`fox install` puts them there; `fox deploy --yes` does so first, with what FOX_BASE and the like say.',
        '`fox install --dry-run -o yaml` shows what that is.',
      ],
    },
  );
}

/** A cluster that was just started has its router within a second. @throws FoxError ROUTER_NOT_READY. */
export async function requireLiveRouter({ client, cluster }: Namespace, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + routerTimeout;
  while ((await liveRouters(client)).length === 0) {
    if (Date.now() > deadline) throw noLiveRouter(cluster);
    await delay(100, undefined, { signal });
  }
}

function noLiveRouter(cluster: ClusterKind): FoxError {
  return new FoxError('ROUTER_NOT_READY', 'no router is alive, so nobody could serve the release', {
    hints: [
      cluster === 'embedded'
        ? '`fox cluster status` shows the router; `fox cluster stop && fox cluster start` starts it anew.'
        : '`fox install` puts routers there and waits for them; `fox doctor` says what is wrong.',
    ],
  });
}
