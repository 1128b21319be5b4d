// Reaches the cluster that a workspace uses: starts the embedded one where needed, or reads what a stopped one has on disk.
import { join } from 'node:path';
import { ApiClient } from '../../cluster/api/api-client.ts';
import { readConnection } from '../../cluster/connection/embedded-kubeconfig.ts';
import { Namespace } from '../../cluster/namespace.ts';
import { openTransport, type Transport } from '../../cluster/api/transport.ts';
import { type ClusterInfo, readCluster } from '../../embedded/daemon/cluster.ts';
import type { ActionContext } from '../context.ts';
import { embeddedPlaces, ensureCluster } from './embedded-cluster.ts';
import { layoutImages } from './place-images.ts';
import { SettledNamespace } from './settled-namespace.ts';
import type { Access, ClusterPlace, ClusterSession, ClusterState } from './session.ts';

export {
  type ClusterPlace,
  type ClusterSession,
  clusterSummary,
  type ClusterSummary,
  type SessionCluster,
} from './session.ts';

const embeddedNamespace = 'default';

/** Runs `work` with a cluster that answers and may be changed; starts the embedded one unless it runs. */
export async function withCluster<T>(
  place: ClusterPlace,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  return withAnswering(place, context, { readOnly: false }, work);
}

/** Runs `work`, which changes nothing, with a cluster that answers; starts the embedded one unless it runs. */
export async function withLiveCluster<T>(
  place: ClusterPlace,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  return withAnswering(place, context, { readOnly: true }, work);
}

async function withAnswering<T>(
  place: ClusterPlace,
  context: ActionContext,
  access: Access,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  if (place.target.kind === 'kubernetes') return withKubernetes(place, context, access, work);
  const info = await ensureCluster(place.home, context);
  return withRunning(place, info, access, context, work);
}

/**
 * Runs `work` with what the cluster has. Writes nothing. The embedded cluster isn't started: when it doesn't run, its
 * disk is read.
 */
export async function withClusterSnapshot<T>(
  place: ClusterPlace,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  if (place.target.kind === 'kubernetes') return withKubernetes(place, context, { readOnly: true }, work);
  const places = embeddedPlaces(place.home, context.installation);
  const info = readCluster(places.home);
  if (info.state === 'running') return withRunning(place, info, { readOnly: true }, context, work);
  const { openOffline } = await import('../../embedded/api/offline.ts');
  const offline = await openOffline(places.home);
  try {
    return await work(embeddedSession(place.home, 'stopped', offline.transport, { readOnly: true }));
  } finally {
    await offline.close();
  }
}

async function withKubernetes<T>(
  place: ClusterPlace,
  context: ActionContext,
  access: Access,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const { withKubernetesSession } = await import('./kubernetes-session.ts');
  return withKubernetesSession(place, context, access, work);
}

async function withRunning<T>(
  { home, settings }: ClusterPlace,
  { edge }: ClusterInfo,
  access: Access,
  { emit }: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const connection = await readConnection(join(home, 'cluster', 'kubeconfig'));
  const transport = openTransport(connection);
  try {
    const session = embeddedSession(home, 'running', transport.send, access);
    const { router } = settings;
    if (access.readOnly || router === undefined) return await work({ ...session, edge });
    const namespace = new SettledNamespace(session.namespace.client, router, emit);
    return await work({ ...session, namespace, edge });
  } finally {
    transport.close();
  }
}

function embeddedSession(
  home: string,
  state: ClusterState,
  transport: Transport,
  access: Access,
): ClusterSession {
  const namespace = new Namespace(new ApiClient(transport, embeddedNamespace));
  const layout = layoutImages(join(home, 'images'), access);
  return { cluster: { kind: 'embedded' }, state, namespace, images: layout, layout };
}
