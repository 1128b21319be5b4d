// A deploy to a Kubernetes namespace without routers would make an app that nothing leads to.
import { installedRouter } from '../../cluster/routers/router-installation.ts';
import { liveRouters } from '../../cluster/routers/routers.ts';
import { FoxError } from '../../core/errors.ts';
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
