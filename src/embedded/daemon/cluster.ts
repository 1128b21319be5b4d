// What fox itself uses of the embedded cluster's daemon: look whether it runs, start it, stop it.
import { isAlive, isPresent } from '../runtime/process-identity.ts';
import { type ClusterFile, type MovedPorts, readClusterFile } from './cluster-file.ts';
import type { StartOptions } from './spawn-daemon.ts';

export type { StartOptions } from './spawn-daemon.ts';

/** A cluster that runs. */
export interface ClusterInfo {
  readonly state: 'running';
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Base URL of the Kubernetes API. */
  readonly server: string;
  /** Base URL of the router's edge. */
  readonly edge: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** fox's version that started it. */
  readonly version: string;
  /** Ports that had to change at the last start because somebody else had them. */
  readonly moved?: MovedPorts;
}

/** A cluster that doesn't run. `stale`: its daemon died without a word, and what it had running may still do. */
export interface AbsentCluster {
  readonly state: 'stopped' | 'stale';
}

/**
 * Whether the cluster of a home runs, and where. Costs a few small reads, asks nobody and loads nothing.
 * @param home `<FOX_HOME>/cluster`.
 */
export function readCluster(home: string): ClusterInfo | AbsentCluster {
  const file = readClusterFile(home);
  if (file === undefined) return { state: 'stopped' };
  // Exact on Linux. Elsewhere to ask exactly takes a process of its own: good enough here, while nothing is killed.
  const runs = process.platform === 'linux' ? isAlive(file.process) : isPresent(file.process.pid);
  return runs ? clusterInfo(file) : { state: 'stale' };
}

/**
 * Finds the running cluster or starts it, and waits until it answers. Any number of callers at once, in any number of
 * processes, get one cluster. One that runs already keeps its ports, whatever is asked for.
 * @throws FoxError CLUSTER_START_FAILED with the end of its log, PORT_TAKEN; the signal's reason when it aborts.
 */
export async function startCluster(options: StartOptions): Promise<ClusterInfo> {
  const { startCluster: start } = await import('./start-cluster.ts');
  return clusterInfo(await start(options));
}

/**
 * Stops the cluster of a home with all its processes; what it holds stays. After a daemon's sudden death it ends what
 * that left behind. Resolves to whether a daemon ran.
 * @throws FoxError CLUSTER_ERROR when it can't be ended.
 */
export async function stopCluster(home: string): Promise<boolean> {
  const { stopCluster: stop } = await import('./stop-cluster.ts');
  return stop(home);
}

function clusterInfo({
  process,
  startedAt,
  server,
  edge,
  kubeconfig,
  version,
  moved,
}: ClusterFile): ClusterInfo {
  return {
    state: 'running',
    pid: process.pid,
    startedAt,
    server,
    edge,
    kubeconfig,
    version,
    ...(moved === undefined ? {} : { moved }),
  };
}
