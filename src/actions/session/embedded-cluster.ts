// The embedded cluster of a repository: where it is, and starting it when it is needed.
import { join } from 'node:path';
import { type ClusterInfo, readCluster, startCluster } from '../../embedded/daemon/cluster.ts';
import type { ActionContext } from '../context.ts';
import { makeHome } from '../place/home.ts';

/** Directories and programs of the embedded cluster. */
export function embeddedPlaces(home: string, installation: string) {
  return {
    home: join(home, 'cluster'),
    images: join(home, 'images'),
    program: join(installation, 'dist/embedded.js'),
    router: join(installation, 'dist/router.js'),
    keeper: join(installation, 'dist/keeper.js'),
  };
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
