// Where people reach the routers: known of the embedded cluster, asked of a Kubernetes one.
import { routerAddress } from '../../cluster/routers/router-installation.ts';
import type { LiveRouter } from '../../cluster/routers/routers.ts';
import { FoxError } from '../../core/errors.ts';
import type { ClusterSession } from './cluster-session.ts';
import type { ActionContext } from '../context.ts';

/** The port that `fox proxy` listens on unless it is told otherwise. */
export const proxyPort = 8080;

type Session = Pick<ClusterSession, 'cluster' | 'namespace' | 'edge'>;

/** Base URL of the edge; undefined where nothing leads there from outside of the cluster. */
export async function edgeAddress({ cluster, namespace, edge }: Session): Promise<string | undefined> {
  if (cluster.kind === 'embedded') return edge;
  const { url } = await routerAddress(namespace.client);
  return url;
}

/**
 * Base URL to look at: where nothing leads to the routers, that of `fox proxy`, which is said.
 * @throws FoxError ROUTER_NOT_READY
 */
export async function requireEdge(
  session: Session,
  routers: readonly LiveRouter[],
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<string> {
  if (session.cluster.kind === 'embedded') {
    const url = session.edge ?? routers[0]?.url;
    if (url !== undefined) return url;
    throw noRouter('`fox cluster status` shows the router.');
  }
  if (routers.length === 0) throw noRouter('`fox install` puts one there; `fox doctor` says what is wrong.');
  const url = await edgeAddress(session);
  if (url !== undefined) return url;
  emit({
    type: 'warning',
    text: 'nothing leads to the routers from outside of the cluster: this URL works while `fox proxy` runs',
  });
  return `http://127.0.0.1:${proxyPort}`;
}

function noRouter(hint: string): FoxError {
  return new FoxError('ROUTER_NOT_READY', 'no router is alive', { hints: [hint] });
}
