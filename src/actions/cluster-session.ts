// Reaches the cluster that a workspace uses: starts the embedded one where needed, or reads what a stopped one has on disk.
import { join } from 'node:path';
import { ApiClient } from '../cluster/api-client.ts';
import { readConnection } from '../cluster/connection.ts';
import { Namespace } from '../cluster/namespace.ts';
import { httpsTransport, type Transport } from '../cluster/transport.ts';
import { type ClusterInfo, readCluster } from '../embedded/daemon/cluster.ts';
import { layoutRunName } from '../images/image-store.ts';
import type { ImageLayout } from '../images/oci-layout.ts';
import type { ActionContext } from './context.ts';
import { embeddedPlaces, ensureCluster } from './embedded-cluster.ts';
import type { Workspace } from './workspace.ts';

/** Whether the cluster answers, or only its disk. */
export type ClusterState = 'running' | 'stopped';

/** What an action works with while it uses a cluster. */
export interface ClusterSession {
  readonly state: ClusterState;
  readonly namespace: Namespace;
  readonly images: ImageLayout;
  /** Base URL of the router's edge; absent while the cluster is stopped. */
  readonly edge?: string;
}

const namespaceName = 'default';

/** Runs `work` with a running cluster; starts the embedded one unless it runs. */
export async function withCluster<T>(
  workspace: Pick<Workspace, 'home'>,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const info = await ensureCluster(workspace.home, context);
  return withRunning(workspace.home, info, {}, work);
}

/** Runs `work` with what the cluster has: asks it when it runs, else reads its disk. Starts and writes nothing. */
export async function withClusterSnapshot<T>(
  workspace: Pick<Workspace, 'home'>,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const places = embeddedPlaces(workspace.home, context.installation);
  const info = readCluster(places.home);
  if (info.state === 'running') return withRunning(workspace.home, info, { readOnly: true }, work);
  const { openOffline } = await import('../embedded/api/offline.ts');
  const offline = await openOffline(places.home);
  try {
    return await work(openSession(workspace.home, 'stopped', offline.transport, { readOnly: true }));
  } finally {
    await offline.close();
  }
}

async function withRunning<T>(
  home: string,
  { edge }: ClusterInfo,
  access: { readonly readOnly?: boolean },
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const connection = await readConnection(join(home, 'cluster', 'kubeconfig'));
  const transport = httpsTransport(connection);
  try {
    return await work({ ...openSession(home, 'running', transport.send, access), edge });
  } finally {
    transport.close();
  }
}

function openSession(
  home: string,
  state: ClusterState,
  transport: Transport,
  access: { readonly readOnly?: boolean },
): ClusterSession {
  const namespace = new Namespace(new ApiClient(transport, namespaceName));
  return { state, namespace, images: lazyLayout(join(home, 'images'), access) };
}

/** The image layout, loaded when it is first asked: most looks at a cluster need no image. */
function lazyLayout(directory: string, access: { readonly readOnly?: boolean }): ImageLayout {
  const load = async () => (await import('../images/oci-layout.ts')).openLayout(directory, access);
  return {
    find: async (references) => (await load()).find(references),
    put: async (reference, image, options) => (await load()).put(reference, image, options),
    putPrebuilt: async (reference, image, options) => (await load()).putPrebuilt(reference, image, options),
    runName: layoutRunName,
    remove: async (options) => (await load()).remove(options),
  };
}
