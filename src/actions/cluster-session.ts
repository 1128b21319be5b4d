// Reaches the cluster that a workspace uses: starts the embedded one where needed, or reads what a stopped one has on disk.
import { join } from 'node:path';
import { ApiClient } from '../cluster/api-client.ts';
import { readConnection } from '../cluster/connection.ts';
import { Namespace } from '../cluster/namespace.ts';
import { httpsTransport, type Transport } from '../cluster/transport.ts';
import { type ClusterInfo, readCluster, startCluster } from '../embedded/daemon/cluster.ts';
import { type ImageLayout, openLayout } from '../images/oci-layout.ts';
import type { ActionContext } from './context.ts';
import { makeHome } from './home.ts';
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

/** Directories and programs of the embedded cluster. */
export function embeddedPlaces(home: string, installation: string) {
  return {
    home: join(home, 'cluster'),
    images: join(home, 'images'),
    program: join(installation, 'dist/embedded.js'),
    router: join(installation, 'dist/router.js'),
  };
}

/** Runs `work` with a running cluster; starts the embedded one unless it runs. */
export async function withCluster<T>(
  workspace: Pick<Workspace, 'home'>,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const info = await ensureCluster(workspace.home, context);
  return withRunning(workspace.home, info, work);
}

/** Runs `work` with what the cluster has: asks it when it runs, else reads its disk. Starts and writes nothing. */
export async function withClusterSnapshot<T>(
  workspace: Pick<Workspace, 'home'>,
  context: ActionContext,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const places = embeddedPlaces(workspace.home, context.installation);
  const info = readCluster(places.home);
  if (info.state === 'running') return withRunning(workspace.home, info, work);
  const { openOffline } = await import('../embedded/api/offline.ts');
  const offline = await openOffline(places.home);
  try {
    return await work(session(workspace.home, 'stopped', offline.transport));
  } finally {
    await offline.close();
  }
}

/** Starts the embedded cluster unless it runs, and says so. */
export async function ensureCluster(
  home: string,
  { installation, emit, signal, env }: ActionContext,
  ports: { port?: number; edgePort?: number } = {},
): Promise<ClusterInfo> {
  const places = embeddedPlaces(home, installation);
  const info = readCluster(places.home);
  if (info.state === 'running') return info;
  const task = { type: 'task', id: 'cluster' } as const;
  emit({ ...task, state: 'started', text: 'Starting the embedded cluster' });
  try {
    await makeHome(home);
    const started = await startCluster({ ...places, ...ports, signal, env });
    emit({ ...task, state: 'done', text: `Started the embedded cluster at ${started.edge}` });
    for (const text of movedPorts(started)) emit({ type: 'warning', text });
    return started;
  } catch (error) {
    emit({ ...task, state: 'failed', text: "The embedded cluster didn't start" });
    throw error;
  }
}

/** Remembered ports that somebody else had taken meanwhile. */
function movedPorts({ moved }: ClusterInfo): string[] {
  return [...movedPort('the router', moved?.edge), ...movedPort('the Kubernetes API', moved?.server)];
}

function movedPort(what: string, ports: { from: number; to: number } | undefined): string[] {
  if (ports === undefined) return [];
  return [`port ${ports.from} of ${what} is taken by another process; it has ${ports.to} now`];
}

async function withRunning<T>(
  home: string,
  info: ClusterInfo,
  work: (session: ClusterSession) => Promise<T>,
): Promise<T> {
  const connection = await readConnection(join(home, 'cluster', 'kubeconfig'));
  const transport = httpsTransport(connection);
  try {
    return await work(session(home, 'running', transport.send, info.edge));
  } finally {
    transport.close();
  }
}

function session(home: string, state: ClusterState, transport: Transport, edge?: string): ClusterSession {
  return {
    state,
    namespace: new Namespace(new ApiClient(transport, namespaceName)),
    images: openLayout(join(home, 'images')),
    ...(edge === undefined ? {} : { edge }),
  };
}
