// Follows all that the router decides by, from the Kubernetes API into its table, endpoints and callers.
import type { V1ConfigMap, V1Pod } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import type { Api } from './api.ts';
import type { Callers } from '../callers/callers.ts';
import { ConfigMapFollower, PodFollower } from './cluster-state.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import { Freshness } from './freshness.ts';
import type { Log } from '../log.ts';
import { type ApiObject, type Collection, type Follower, ObjectWatch } from './object-watch.ts';
import type { OnSettings } from './settings-follower.ts';

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
  readonly onSettings: OnSettings;
  /** Ms that the watch may lag behind. */
  readonly lagging: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What is being followed. */
export interface Following {
  /** Settles once everything has been listed; following goes on until the signal aborts. */
  readonly listed: Promise<void>;
  /** Whether what is known is what there is. */
  readonly freshness: Freshness;
}

/** What has been replaced is remembered for once or twice as long: requests are under way there. */
const agingMilliseconds = 60_000;

/** Begins to follow. */
export function followCluster(options: FollowOptions): Following {
  const { api, namespace, table, endpoints, callers, log, onEpoch, onSettings, lagging, signal } = options;
  const core = `/api/v1/namespaces/${namespace}`;
  const kinds = [kind.version, kind.environment, kind.configuration, kind.releases, kind.routerSettings].join(
    ',',
  );
  const configMaps = follow<V1ConfigMap>(
    options,
    {
      path: `${core}/configmaps`,
      labelSelector: `${label.managedBy}=${managedBy},${label.kind} in (${kinds})`,
    },
    new ConfigMapFollower(table, log, onEpoch, onSettings),
  );
  const aging = setInterval(() => table.age(), agingMilliseconds).unref();
  signal.addEventListener('abort', () => clearInterval(aging), { once: true });
  const pods = follow<V1Pod>(
    options,
    { path: `${core}/pods`, labelSelector: label.hash },
    new PodFollower(table, endpoints, callers, log),
  );
  const watch = {
    versionOf: (name: string) => configMaps.watch.versionOf(name),
    // What has made the one deaf has maybe done so to the other.
    restart: () => [configMaps.watch, pods.watch].forEach((each) => each.restart()),
  };
  // Everything that routers must learn of counts the epoch in it up.
  const name = objectName.releases;
  const freshness = new Freshness({ api, path: `${core}/configmaps`, name, watch, log, period: lagging });
  signal.addEventListener('abort', () => freshness.stop(), { once: true });
  const listed = Promise.all([configMaps.listed, pods.listed]).then(() => freshness.start());
  return { listed, freshness };
}

/** Follows one collection. */
function follow<T extends ApiObject>(
  { api, log, signal }: FollowOptions,
  collection: Collection,
  follower: Follower<T>,
): { watch: ObjectWatch<T>; listed: Promise<void> } {
  const watch = new ObjectWatch<T>(api, collection, follower, log);
  const listed = new Promise<void>((resolve, reject) => {
    watch.run(signal, resolve).catch(reject);
  });
  return { watch, listed };
}
