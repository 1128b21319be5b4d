// What routers of the place know and decide by, read from the cluster: it may be a stopped one.
import { defaultRouterSettings, settingsInForce } from '../../core/routing/router-settings.ts';
import type { RouterView } from '../../core/routing/explain/explain-request.ts';
import type { ActionContext } from '../context.ts';
import { whereAllowed } from '../session/access.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import { observedTable } from './observed-table.ts';
import type { Observed } from './observed-workload.ts';

/** A namespace, and a router's view of it. */
export interface ObservedRouter extends Observed {
  readonly view: RouterView;
}

/** Reads all that routers read. Where pods may not be listed, Deployments tell of theirs, with a warning. */
export async function observeRouter(
  { namespace, state: clusterState, cluster }: ClusterSession,
  context: ActionContext,
): Promise<ObservedRouter> {
  const [state, pods] = await Promise.all([
    namespace.observe(),
    whereAllowed(namespace.pods(), undefined, (why) => {
      context.emit({ type: 'warning', text: `pods are not known, only what their Deployments tell: ${why}` });
    }),
  ]);
  const { routerSettings = defaultRouterSettings } = state;
  if (typeof routerSettings === 'string')
    context.emit({ type: 'warning', text: `the settings of the routers are not known: ${routerSettings}` });
  const view = {
    table: observedTable(state, pods),
    settings: settingsInForce(typeof routerSettings === 'string' ? defaultRouterSettings : routerSettings),
    isEmbedded: cluster.kind === 'embedded',
    now: context.now().getTime(),
  };
  return { state, pods, isStopped: clusterState === 'stopped', view };
}
