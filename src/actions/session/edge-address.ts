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
 * Base URL to look at. Where nothing leads to the routers, a person at a terminal is told that of `fox proxy`; whoever
 * isn't there can't run that, and would take the URL for one that works.
 * @throws FoxError ROUTER_NOT_READY
 */
export async function requireEdge(
  session: Session,
  routers: readonly LiveRouter[],
  { emit, isInteractive = false }: Pick<ActionContext, 'emit' | 'isInteractive'>,
): Promise<string> {
  if (session.cluster.kind === 'embedded') {
    const url = session.edge ?? routers[0]?.url;
    if (url !== undefined) return url;
    throw noRouter('`fox cluster status` shows the router.');
  }
  if (routers.length === 0) throw noRouter('`fox install` puts one there; `fox doctor` says what is wrong.');
  const url = await edgeAddress(session);
  if (url !== undefined) return url;
  if (!isInteractive) throw unreachable();
  emit({
    type: 'warning',
    text: 'nothing leads to the routers from outside of the cluster: this URL works while `fox proxy` runs',
  });
  return `http://127.0.0.1:${proxyPort}`;
}

function noRouter(hint: string): FoxError {
  return new FoxError('ROUTER_NOT_READY', 'no router is alive', { hints: [hint] });
}

function unreachable(): FoxError {
  return new FoxError('ROUTER_NOT_READY', 'nothing leads to the routers from outside of the cluster', {
    hints: [
      '`fox install` with --service-type, --ingress or --gateway has something lead there; with --external-url it tells what does.',
      '`fox proxy --version <version> -e <virtual environment>` leads there from this machine; it needs no signed link.',
      '`fox open` with --external-url makes a URL below an address that you know of, signed where it must be.',
    ],
  });
}
