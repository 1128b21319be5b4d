// Reaches the cluster that a workspace uses: starts the embedded one where needed, or reads what a stopped one has on disk.
import { join } from 'node:path';
import { ApiClient } from '../cluster/api-client.ts';
import { readConnection } from '../cluster/embedded-kubeconfig.ts';
import { Namespace } from '../cluster/namespace.ts';
import { type Connection, openTransport, type Transport } from '../cluster/transport.ts';
import { type ClusterInfo, readCluster } from '../embedded/daemon/cluster.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ImageLayout } from '../images/oci-layout.ts';
import type { ActionContext } from './context.ts';
import { embeddedPlaces, ensureCluster } from './embedded-cluster.ts';
import { layoutImages } from './place-images.ts';
import type { PullSecret } from './pull-secret.ts';
import type { Workspace } from './workspace.ts';

/** Whether the cluster answers, or only its disk. */
export type ClusterState = 'running' | 'stopped';

/** Which cluster a session is with, as users are told. */
export type SessionCluster =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'kubernetes';
      /** Context of the kubeconfig, or `in-cluster`. */
      readonly context: string;
      /** Base URL of its API. */
      readonly server: string;
      readonly connection: Connection;
    };

/** What an action works with while it uses a cluster. */
export interface ClusterSession {
  readonly cluster: SessionCluster;
  readonly state: ClusterState;
  readonly namespace: Namespace;
  readonly images: ImageStore;
  /** The images of the embedded cluster: only there can fox remove what nothing uses any more. */
  readonly layout?: ImageLayout;
  /** The Secret that pods pull with, where the config asks for one. Put it before pods are made. */
  readonly pullSecret?: PullSecret;
  /** Refuses whoever may not deploy; without it, everybody may. @throws FoxError CLUSTER_FORBIDDEN */
  readonly requireDeployer?: () => Promise<void>;
  /** Base URL of the router's edge, where that is known without asking the cluster. */
  readonly edge?: string;
}

/** A session's cluster, as results tell it. */
export interface ClusterSummary {
  readonly kind: SessionCluster['kind'];
  /** Context of the kubeconfig, or `in-cluster`. */
  readonly context?: string;
  /** Base URL of its API. */
  readonly server?: string;
  readonly namespace: string;
  readonly state: ClusterState;
}

export function clusterSummary({ cluster, state, namespace }: ClusterSession): ClusterSummary {
  const common = { namespace: namespace.client.namespace, state };
  if (cluster.kind === 'embedded') return { kind: cluster.kind, ...common };
  const { kind, context, server } = cluster;
  return { kind, context, server, ...common };
}

/** What of a workspace decides the cluster. */
export type ClusterPlace = Pick<Workspace, 'home' | 'target' | 'settings'>;

/** Whether a session only looks. */
export interface Access {
  readonly readOnly: boolean;
}

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
  return withRunning(place.home, info, access, work);
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
  if (info.state === 'running') return withRunning(place.home, info, { readOnly: true }, work);
  const { openOffline } = await import('../embedded/api/offline.ts');
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
  home: string,
  { edge }: ClusterInfo,
  access: Access,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const connection = await readConnection(join(home, 'cluster', 'kubeconfig'));
  const transport = openTransport(connection);
  try {
    return await work({ ...embeddedSession(home, 'running', transport.send, access), edge });
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
