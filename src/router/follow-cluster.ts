// Follows all that the router decides by, from the Kubernetes API into its table, endpoints and callers.
import type { V1ConfigMap, V1Pod } from '@kubernetes/client-node';
import { kind, label, managedBy } from '../core/labels.ts';
import type { RoutingTable } from '../core/routing-table.ts';
import type { Api } from './api.ts';
import type { Callers } from './callers.ts';
import { ConfigMapFollower, PodFollower } from './cluster-state.ts';
import type { Endpoints } from './endpoints.ts';
import type { Log } from './log.ts';
import { type ApiObject, type Collection, type Follower, ObjectWatch } from './object-watch.ts';

/** What is followed, and who is told. */
export interface FollowOptions {
  readonly api: Api;
  readonly namespace: string;
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly callers: Callers;
  readonly log: Log;
  /** Told when the releases of an epoch are in the table. */
  readonly onEpoch: (epoch: number) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Settles once everything has been listed; following goes on until the signal aborts. */
export async function followCluster(options: FollowOptions): Promise<void> {
  const { api, namespace, table, endpoints, callers, log, onEpoch, signal } = options;
  const core = `/api/v1/namespaces/${namespace}`;
  const kinds = [kind.version, kind.environment, kind.releases].join(',');
  const configMaps: Collection = {
    path: `${core}/configmaps`,
    labelSelector: `${label.managedBy}=${managedBy},${label.kind} in (${kinds})`,
  };
  const pods: Collection = { path: `${core}/pods`, labelSelector: label.hash };
  await Promise.all([
    follow<V1ConfigMap>(api, configMaps, new ConfigMapFollower(table, log, onEpoch), log, signal),
    follow<V1Pod>(api, pods, new PodFollower(table, endpoints, callers, log), log, signal),
  ]);
}

/** Follows one collection; settles at its first complete list. */
async function follow<T extends ApiObject>(
  api: Api,
  collection: Collection,
  follower: Follower<T>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const announcing: Follower<T> = {
      set: (object, listing) => follower.set(object, listing),
      delete: (name) => follower.delete(name),
      listed: () => {
        follower.listed();
        resolve();
      },
    };
    new ObjectWatch<T>(api, collection, announcing, log).run(signal).catch(reject);
  });
}
