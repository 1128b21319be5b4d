// `fox cluster`: the embedded cluster's life.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { readCluster, stopCluster } from '../embedded/daemon/cluster.ts';
import { Repository } from '../source/repository.ts';
import { embeddedPlaces, ensureCluster } from './session/embedded-cluster.ts';
import type { ActionContext } from './context.ts';
import { homeOf } from './place/workspace.ts';

export interface ClusterStartOptions {
  /** Port of the Kubernetes API; default: the one it had, else a free one. */
  readonly port?: number;
  /** Port of the router; likewise. */
  readonly edgePort?: number;
}

/** The embedded cluster of a repository. */
export interface ClusterResult {
  readonly schema: 'fox/v1';
  readonly kind: 'cluster';
  readonly state: 'running' | 'stopped';
  /** Directory of its data. */
  readonly home: string;
  readonly kubeconfig: string;
  /** Base URL of the Kubernetes API, while it runs. */
  readonly server?: string;
  /** Base URL of the router, while it runs. */
  readonly edge?: string;
  readonly pid?: number;
}

/** Starts it; one that runs stays as it is. @throws FoxError PORT_TAKEN, CLUSTER_START_FAILED. */
export async function clusterStart(
  options: ClusterStartOptions,
  context: ActionContext,
): Promise<ClusterResult> {
  const home = await findHome(context);
  const info = await ensureCluster(home, context, options);
  const wanted = [
    { port: options.port, url: info.server },
    { port: options.edgePort, url: info.edge },
  ];
  if (wanted.some(({ port, url }) => port !== undefined && port !== Number(new URL(url).port))) {
    context.emit({
      type: 'warning',
      text: 'it runs already and keeps its ports; `fox cluster stop` first to change them',
    });
  }
  return describe(home, context);
}

/** Stops it, and all its pods; its data stays, and so do the pods' objects. */
export async function clusterStop(_options: object, context: ActionContext): Promise<ClusterResult> {
  const home = await findHome(context);
  const task = { type: 'task', id: 'cluster' } as const;
  const running = readCluster(embeddedPlaces(home, context.installation).home).state === 'running';
  if (running) context.emit({ ...task, state: 'started', text: 'Stopping the embedded cluster' });
  await stopCluster(embeddedPlaces(home, context.installation).home);
  if (running) context.emit({ ...task, state: 'done', text: 'Stopped the embedded cluster and its pods' });
  return describe(home, context);
}

export async function clusterStatus(_options: object, context: ActionContext): Promise<ClusterResult> {
  return describe(await findHome(context), context);
}

/** Where its kubeconfig is. @throws FoxError CLUSTER_UNREACHABLE if it was never started. */
export async function clusterKubeconfig(_options: object, context: ActionContext): Promise<ClusterResult> {
  const result = await describe(await findHome(context), context);
  await access(result.kubeconfig).catch((cause: unknown) => {
    throw new FoxError('CLUSTER_UNREACHABLE', 'the embedded cluster was never started here', {
      hints: ['`fox cluster start` starts it.'],
      cause,
    });
  });
  return result;
}

async function findHome(context: ActionContext): Promise<string> {
  const repository = await Repository.open(context.cwd);
  repository.close();
  return homeOf(repository.root, context);
}

async function describe(foxHome: string, { installation }: ActionContext): Promise<ClusterResult> {
  const { home } = embeddedPlaces(foxHome, installation);
  const info = readCluster(home);
  const common = { schema: 'fox/v1', kind: 'cluster', home, kubeconfig: join(home, 'kubeconfig') } as const;
  if (info.state !== 'running') return { ...common, state: 'stopped' };
  return { ...common, state: 'running', server: info.server, edge: info.edge, pid: info.pid };
}
