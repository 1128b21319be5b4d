// Wires the router together: what it watches, what it decides by, what it listens on.
import { setTimeout as delay } from 'node:timers/promises';
import { defaultRouterSettings, settingsInForce } from '../core/routing/router-settings.ts';
import { annotation } from '../core/labels.ts';
import { RoutingTable } from '../core/routing/table/routing-table.ts';
import { Api } from './cluster/api.ts';
import { defaultPatience, type Patience } from './patience.ts';
import { edgeListener } from './requests/edge.ts';
import { Endpoints } from './delivery/endpoints.ts';
import { followCluster } from './cluster/follow-cluster.ts';
import { createHealthServer } from './server/health.ts';
import { closeServers, createHttpServer, sendElsewhere } from './server/http-server.ts';
import { podSide, portSide } from './requests/internal-side.ts';
import { type ListenAddress, listen } from './server/listen.ts';
import type { Log } from './log.ts';
import type { Observer } from './observers/observation.ts';
import { AccessLog, type LogOutput } from './observers/access-log.ts';
import { HopCounts } from './observers/hop-counts.ts';
import { Probes } from './observers/probes.ts';
import { StreamCounts } from './observers/stream-counts.ts';
import { OwnLease } from './cluster/own-lease.ts';
import { refusedHops } from './callers/refused-hops.ts';

/** How a router is started. */
export interface RouterOptions {
  /** Path of the kubeconfig; absent: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  readonly namespace: string;
  /** Tells routers of a namespace apart. */
  readonly id: string;
  /** Version of fox. */
  readonly version: string;
  /** Where requests from outside come in; port 0 takes a free one. */
  readonly edge: ListenAddress;
  /** Absent on the embedded cluster. */
  readonly kubernetes?: KubernetesOptions;
  readonly log: Log;
  /** Takes a line per request, where the settings want that; absent: nobody does. */
  readonly accessLog?: LogOutput;
  readonly patience?: Partial<Patience>;
}

/** What a router on Kubernetes has besides. */
export interface KubernetesOptions {
  /** Where calls between components come in. */
  readonly internal: ListenAddress;
  /** Where the kubelet asks. */
  readonly health: ListenAddress;
  /** Uid of the router's own pod. */
  readonly podUid?: string;
  /** How long requests go on coming in after the end was asked for, until nobody is sent here any more, in ms. */
  readonly drain: number;
}

/** A router that runs. */
export interface Router {
  /** Base URL of the edge. */
  readonly url: string;
  /** Base URLs of the other ports, on Kubernetes. */
  readonly internal?: string;
  readonly health?: string;
  /** Settles once the cluster has been read and requests are routed. */
  readonly ready: Promise<void>;
  /** Lets requests finish, gives up the Lease, and ends. */
  stop(): Promise<void>;
}

/** How long requests may take to finish when the router ends, in ms. */
const finishMilliseconds = { embedded: 10_000, kubernetes: 30_000 } as const;

/** Starts a router. @throws FoxError PORT_TAKEN, CONFIG_INVALID */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const { namespace, id, version, kubernetes, log } = options;
  const api = new Api(options.kubeconfig);
  const table = new RoutingTable();
  const endpoints = new Endpoints();
  const observers: Observer[] = [];
  let settings = settingsInForce(defaultRouterSettings);
  const common = {
    table,
    endpoints,
    patience: { ...defaultPatience, ...options.patience },
    settings: () => settings,
    observers,
  };
  const calls = { ...common, onRefused: refusedHops(log) };
  let isReady = false;
  let isEnding = false;
  let epoch = 0;
  const inside =
    kubernetes === undefined ? portSide(calls, log) : await podSide(calls, namespace, kubernetes.internal);
  const edge = createHttpServer(
    edgeListener({ ...common, isReady: () => isReady, isEmbedded: kubernetes === undefined }),
    common.patience,
  );
  const url = await listen(edge, 'edge', options.edge);
  const health = createHealthServer(() => {
    if (isEnding) return 'it is ending';
    if (!isReady) return 'the cluster has not been read yet';
    return freshness.isDeaf ? 'its watch of the cluster delivers nothing' : undefined;
  });
  const healthUrl = kubernetes === undefined ? undefined : await listen(health, 'health', kubernetes.health);
  const ending = new AbortController();

  const { listed, freshness } = followCluster({
    api,
    namespace,
    table,
    endpoints,
    callers: inside.callers,
    log,
    lagging: common.patience.lagging,
    signal: ending.signal,
    onSettings: (given) => {
      settings = settingsInForce(given);
    },
    onEpoch: (served) => {
      epoch = served;
      if (isReady) lease.serve(epoch);
    },
  });
  const lease = new OwnLease({
    api,
    namespace,
    id,
    version,
    log,
    currentAt: () => freshness.currentAt,
    // From within the cluster nobody knows how it is reached from outside.
    ...(kubernetes === undefined ? { url } : {}),
    ...(kubernetes?.podUid === undefined ? {} : { podUid: kubernetes.podUid }),
  });
  observers.push(new StreamCounts((report) => lease.say(annotation.streams, report, 'now')));
  const hops = new HopCounts();
  const probes = new Probes((report) => lease.say(annotation.probes, report, 'now'));
  observers.push(hops, probes);
  const accessLog =
    options.accessLog === undefined ? undefined : new AccessLog(options.accessLog, () => settings.accessLog);
  if (accessLog !== undefined) observers.push(accessLog);
  lease.say(annotation.hops, hops.text, 'soon');
  log('info', 'started', { url, namespace, id, version });

  async function becomeReady(): Promise<void> {
    await listed;
    isReady = true;
    lease.serve(epoch);
    log('info', 'ready', { url, epoch });
  }

  async function stop(): Promise<void> {
    log('info', 'stopping');
    isEnding = true;
    inside.stop();
    if (kubernetes !== undefined && isReady) {
      // Whoever sends requests here learns only bit by bit that he shouldn't any more.
      for (const server of [edge, ...inside.servers()]) sendElsewhere(server);
      await delay(kubernetes.drain);
    }
    const patience = finishMilliseconds[kubernetes === undefined ? 'embedded' : 'kubernetes'];
    const deadline = Date.now() + patience;
    // Requests from outside need the calls between components to finish.
    await closeServers([edge], patience);
    await closeServers(inside.servers(), Math.max(0, deadline - Date.now()));
    await lease.giveUp();
    ending.abort();
    health.close();
    health.closeAllConnections();
    await endpoints.destroy();
    api.close();
    log('info', 'stopped');
    await accessLog?.flush();
  }

  let stopped: Promise<void> | undefined;
  return {
    url,
    ...(inside.url === undefined ? {} : { internal: inside.url }),
    ...(healthUrl === undefined ? {} : { health: healthUrl }),
    ready: becomeReady(),
    stop: async () => (stopped ??= stop()),
  };
}
