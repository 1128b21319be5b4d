// A server that delivers every request to one workload: delivery without a cluster and without routes.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Delivery } from '../../src/router/delivery/delivery.ts';
import { Endpoints } from '../../src/router/delivery/endpoints.ts';
import type { Order } from '../../src/router/delivery/order.ts';
import { defaultPatience, type Patience } from '../../src/router/patience.ts';
import type { WorkloadPods } from '../../src/router/delivery/workload-pods.ts';
import { observe } from '../../src/router/observers/observation.ts';
import { createHttpServer } from '../../src/router/server/http-server.ts';
import { closeServer } from './router-world.ts';

/** The server, and what it delivers to. */
export interface DeliveryServer {
  readonly url: string;
  readonly endpoints: Endpoints;
  readonly pods: WorkloadPods;
  readonly port: number;
  /** Starts a pod that is ready. @returns its server. */
  readonly runPod: (name: string, listener: RequestListener) => Promise<Server>;
  readonly end: () => Promise<void>;
}

export const workload = 'shop/ui/1';
const trace = { requestId: 'r', traceparent: 't', tracestate: [] };

/** Starts it. @param termsOf what is special about the order of a path */
export async function startDelivery(
  termsOf: (path: string) => Partial<Order> = () => ({}),
  patience: Partial<Patience> = {},
): Promise<DeliveryServer> {
  const endpoints = new Endpoints();
  const server = createHttpServer(
    (request, response) => {
      const order = {
        workload,
        component: 'ui',
        target: request.url ?? '/',
        headers: ['host', 'ui'],
        added: [],
        observation: observe([], 'edge', request, response, { client: 'test' }, trace),
        limits: {},
        timeout: 10_000,
        isFirm: true,
        ...termsOf(request.url ?? '/'),
      };
      new Delivery(request, response, order, endpoints, { ...defaultPatience, ...patience }).start();
    },
    { ...defaultPatience, ...patience },
  );
  const port = await listenAnywhere(server);
  const servers = [server];
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    endpoints,
    pods: endpoints.enter(workload),
    runPod: async (name, listener) => {
      const pod = createServer(listener);
      servers.unshift(pod);
      endpoints.set(workload, name, `http://127.0.0.1:${await listenAnywhere(pod)}`);
      return pod;
    },
    end: async () => {
      await endpoints.destroy();
      for (const each of servers) await closeServer(each);
    },
  };
}

async function listenAnywhere(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
