// Wires the router together: what it watches, what it decides by, what it listens on.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { FoxError } from '../core/errors.ts';
import { RoutingTable } from '../core/routing-table.ts';
import { Api } from './api.ts';
import { PortCallers } from './callers.ts';
import { defaultPatience, type Patience } from './delivery.ts';
import { edgeListener } from './edge.ts';
import { Endpoints } from './endpoints.ts';
import { followCluster } from './follow-cluster.ts';
import { closeServers, createHttpServer } from './http-server.ts';
import { internalListener } from './internal.ts';
import { refusedHops } from './refused-hops.ts';
import type { Log } from './log.ts';
import { OwnLease } from './own-lease.ts';

/** How a router is started. */
export interface RouterOptions {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Tells routers of a namespace apart. */
  readonly id: string;
  /** Where requests from outside come in; port 0 takes a free one. */
  readonly edge: { readonly host: string; readonly port: number };
  readonly log: Log;
  readonly patience?: Partial<Patience>;
}

/** A router that runs. */
export interface Router {
  /** Base URL of the edge. */
  readonly url: string;
  /** Settles once the cluster has been read and requests are routed. */
  readonly ready: Promise<void>;
  /** Lets requests finish (10 s at most), gives up the Lease, and ends. */
  stop(): Promise<void>;
}

const drainMilliseconds = 10_000;

/** Starts a router. @throws FoxError PORT_TAKEN, CONFIG_INVALID */
export async function startRouter({
  kubeconfig,
  namespace,
  id,
  edge,
  log,
  patience: given,
}: RouterOptions): Promise<Router> {
  const api = new Api(kubeconfig);
  const patience = { ...defaultPatience, ...given };
  const table = new RoutingTable();
  const endpoints = new Endpoints();
  const callers = new PortCallers(
    () => createHttpServer((request, response) => answerCall(request, response)),
    log,
  );
  const answerCall = internalListener({
    table,
    endpoints,
    patience,
    callers,
    onRefused: refusedHops(log),
  });

  let isReady = false;
  let epoch = 0;
  const server = createHttpServer(edgeListener({ table, endpoints, patience, isReady: () => isReady }));
  const url = await listen(server, edge);
  const lease = new OwnLease(api, namespace, id, url, log);
  const ending = new AbortController();

  const listed = followCluster({
    api,
    namespace,
    table,
    endpoints,
    callers,
    log,
    signal: ending.signal,
    onEpoch: (served) => {
      epoch = served;
      if (isReady) lease.serve(epoch);
    },
  });
  log('info', 'started', { url, namespace, id });

  async function becomeReady(): Promise<void> {
    await listed;
    isReady = true;
    lease.serve(epoch);
    log('info', 'ready', { url, epoch });
  }

  async function stop(): Promise<void> {
    log('info', 'stopping');
    callers.stop();
    const deadline = Date.now() + drainMilliseconds;
    // Requests from outside need the calls between components to finish.
    await closeServers([server], drainMilliseconds);
    await closeServers(callers.servers(), Math.max(0, deadline - Date.now()));
    await lease.remove();
    ending.abort();
    await endpoints.destroy();
    api.close();
    log('info', 'stopped');
  }

  let stopped: Promise<void> | undefined;
  return { url, ready: becomeReady(), stop: async () => (stopped ??= stop()) };
}

async function listen(
  server: ReturnType<typeof createHttpServer>,
  { host, port }: RouterOptions['edge'],
): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isTaken
      ? 'is taken'
      : `can't be listened on: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new FoxError('PORT_TAKEN', `the edge port ${host}:${port} ${why}`, { cause });
  }
  const { address, family, port: actual } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}
